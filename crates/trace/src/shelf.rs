//! Facts as they come: put down by the thread that executes, and looked at by another while the next transaction runs.
//!
//! What rules make of a transaction costs about as much as a third of running it. Side by side with the next one it costs
//! the block nothing, and a finding is there no later than it would be.

use std::{
    iter,
    sync::{
        LazyLock, Mutex, OnceLock, PoisonError, TryLockError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use facts::TxFacts;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How long anybody waits awake for the other. To be woken takes longer than most transactions, and many virtual machines
/// need a tenth of a millisecond for it; whoever waits longer than this waits for a node.
const AWAKE: Duration = Duration::from_millis(1);
/// How long somebody who was woken for a block waits awake for it: as long as its state may take to be put in order.
const ROUSED: Duration = Duration::from_millis(4);
/// Looks at the shelf between two looks at the clock, and pauses between two looks: a fraction of a microsecond.
const LOOKS: usize = 8;
const PAUSES: usize = 8;
/// Pauses in which a task that has nothing left to do comes to its end: a microsecond.
const ENDING: usize = 8;
/// Least gas of a block that is worth waking another thread for: a quarter of a millisecond's.
const WORTH_GAS: u64 = 1_000_000;

/// Somebody who is shown each transaction's facts as soon as it has ended, long before the block has. It may be from
/// another thread, but one after the other and in order.
pub type EachTx<'a> = &'a mut (dyn FnMut(&TxFacts) + Send);

/// Where the transactions of one block are put down, and who looks at them.
struct Shelf<'a> {
    /// One for each transaction that may come, filled in order.
    places: Vec<OnceLock<TxFacts>>,
    /// Nothing more will come.
    closed: AtomicBool,
    /// Somebody reads, or was sent for.
    attended: AtomicBool,
    /// Whoever has this reads.
    reading: Mutex<Reading<'a>>,
}

/// Who is shown what comes, and how far.
struct Reading<'a> {
    each: EachTx<'a>,
    /// The first that was not shown.
    next: usize,
    /// When the last was shown after which nothing more could come.
    ended: Option<Instant>,
}

/// The threads that look. Nobody waits for one: a block that finds all of them with other chains is looked at by the thread
/// that executes it, for a reader stays with a block while that waits for its node.
static READERS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    // One core executes and one reads; on a single core both would only take turns.
    let pool = || ThreadPoolBuilder::new().num_threads(cores / 2).thread_name(|at| format!("reader {at}")).build();
    (cores > 1).then(pool)?.ok()
});

/// How many of them are with a block.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
/// How often one was sent for.
static SENT_FOR: AtomicUsize = AtomicUsize::new(0);

/// Wakes somebody who looks, for a block of so much gas that is about to run: to be woken takes as long as a dozen
/// transactions. Nothing hangs on it.
pub fn rouse(gas: u64) {
    let Some(readers) = READERS.as_ref().filter(|_| gas >= WORTH_GAS) else { return };
    if TAKEN.load(Ordering::Relaxed) >= readers.current_num_threads() {
        return;
    }
    let before = SENT_FOR.load(Ordering::Relaxed);
    readers.spawn(move || {
        let since = Instant::now();
        while SENT_FOR.load(Ordering::Relaxed) == before && since.elapsed() < ROUSED {
            pause();
        }
    });
}

/// A reader that is free for a block, and is given back when it is dropped.
struct Reader(&'static ThreadPool);

impl Reader {
    fn take() -> Option<Self> {
        let readers = READERS.as_ref()?;
        let one_more = |taken: usize| (taken < readers.current_num_threads()).then_some(taken + 1);
        TAKEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        Some(Self(readers))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        TAKEN.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Collects the facts that `run` puts down, of which there are at most `room` that take so much `gas`, showing them to
/// `each` meanwhile, and then does with all of them what is `left` to do while the last are shown. When it returns all of
/// them were shown; beside them it says for how long that took what was left had company.
pub(crate) fn collect<T>(
    (room, gas): (usize, u64),
    each: Option<EachTx<'_>>,
    run: impl FnOnce(&mut dyn FnMut(TxFacts)) -> T,
    left: impl FnOnce(T, &mut dyn Iterator<Item = &TxFacts>),
) -> (Vec<TxFacts>, Duration) {
    let reader = (each.is_some() && gas >= WORTH_GAS).then(Reader::take).flatten();
    let (each, reader) = match (each, reader) {
        (Some(each), Some(reader)) => (each, reader),
        (mut each, _) => {
            let mut txs = Vec::with_capacity(room);
            let came_of_it = run(&mut |tx| {
                if let Some(each) = &mut each {
                    each(&tx);
                }
                txs.push(tx);
            });
            left(came_of_it, &mut txs.iter());
            return (txs, Duration::ZERO);
        }
    };
    let shelf = Shelf {
        places: iter::repeat_with(OnceLock::new).take(room).collect(),
        closed: AtomicBool::new(false),
        attended: AtomicBool::new(false),
        reading: Mutex::new(Reading { each, next: 0, ended: None }),
    };
    let (from, to) = reader.0.in_place_scope(|scope| {
        // Closed whatever happens: a reader would wait for one who panicked.
        let closing = Closing(&shelf);
        let mut places = shelf.places.iter();
        let came_of_it = run(&mut |tx| {
            // There is room for all of them.
            let is_put = places.next().is_some_and(|place| place.set(tx).is_ok());
            debug_assert!(is_put);
            // A reader that is just leaving may miss this one: then it is shown with the next, or at the end.
            if !shelf.attended.load(Ordering::Relaxed) {
                shelf.attended.store(true, Ordering::Relaxed);
                SENT_FOR.fetch_add(1, Ordering::Relaxed);
                scope.spawn(|_| shelf.attend());
            }
        });
        drop(closing);
        let from = Instant::now();
        left(came_of_it, &mut shelf.places.iter().map_while(OnceLock::get));
        let to = Instant::now();
        shelf.read_out();
        (from, to)
    });
    let reading = shelf.reading.into_inner().unwrap_or_else(PoisonError::into_inner);
    let company = reading.ended.map_or(Duration::ZERO, |ended| ended.min(to).saturating_duration_since(from));
    (shelf.places.into_iter().map_while(OnceLock::into_inner).collect(), company)
}

struct Closing<'a, 'b>(&'a Shelf<'b>);

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Release);
    }
}

impl Shelf<'_> {
    /// Shows what comes, until nothing has come for a while or nothing more will. After a rule that came to an end nobody
    /// is sent for again.
    fn attend(&self) {
        let Ok(mut reading) = self.reading.lock() else { return };
        while let Some(tx) = self.await_one(reading.next) {
            reading.show(tx);
        }
        if self.closed.load(Ordering::Acquire) {
            reading.ended = Some(Instant::now());
        }
        drop(reading);
        self.attended.store(false, Ordering::Release);
    }

    fn await_one(&self, at: usize) -> Option<&TxFacts> {
        let place = self.places.get(at)?;
        let mut since = None;
        loop {
            for _ in 0..LOOKS {
                if let Some(tx) = place.get() {
                    return Some(tx);
                }
                if self.closed.load(Ordering::Acquire) {
                    return place.get();
                }
                pause();
            }
            if since.get_or_insert_with(Instant::now).elapsed() > AWAKE {
                return None;
            }
        }
    }

    /// Shows what nobody has read yet, and waits awake for the reader's end: to be woken for it would take longer.
    fn read_out(&self) {
        let since = Instant::now();
        let reading = loop {
            match self.reading.try_lock() {
                Ok(reading) => break Some(reading),
                Err(TryLockError::Poisoned(_)) => break None,
                Err(TryLockError::WouldBlock) if since.elapsed() > AWAKE => break self.reading.lock().ok(),
                Err(TryLockError::WouldBlock) => pause(),
            }
        };
        if let Some(mut reading) = reading {
            let mut is_late = false;
            while let Some(tx) = self.places.get(reading.next).and_then(OnceLock::get) {
                reading.show(tx);
                is_late = true;
            }
            if is_late {
                reading.ended = Some(Instant::now());
            }
        }
        while self.attended.load(Ordering::Acquire) && since.elapsed() < AWAKE {
            pause();
        }
        (0..ENDING).for_each(|_| pause());
    }
}

impl Reading<'_> {
    fn show(&mut self, tx: &TxFacts) {
        (self.each)(tx);
        self.next += 1;
    }
}

/// Whoever looks all the time takes the place away from the one who is about to write it.
fn pause() {
    (0..PAUSES).for_each(|_| std::hint::spin_loop());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tx(index: u32) -> TxFacts {
        TxFacts { index, ..TxFacts::default() }
    }

    #[test]
    fn everything_is_shown_once_and_in_order_however_slow_either_side_is() {
        for (count, slow_put, slow_look) in [(0, 0, 0), (2, 0, 0), (500, 0, 0), (40, 7, 0), (40, 0, 7), (40, 11, 3)] {
            let mut shown = Vec::new();
            let nap = |at: u32, every: u32| {
                if every > 0 && at.is_multiple_of(every) {
                    thread::sleep(Duration::from_micros(400));
                }
            };
            let mut each = |tx: &TxFacts| {
                nap(tx.index, slow_look);
                shown.push(tx.index);
            };
            let run = |put: &mut dyn FnMut(TxFacts)| {
                for index in 0..count {
                    nap(index, slow_put);
                    put(tx(index));
                }
            };
            let mut left = Vec::new();
            let (txs, _) = collect((600, WORTH_GAS), Some(&mut each), run, |(), txs| {
                left.extend(txs.map(|tx| tx.index));
            });
            let expected: Vec<u32> = (0..count).collect();
            assert_eq!(shown, expected);
            assert_eq!(left, expected);
            assert_eq!(txs.iter().map(|tx| tx.index).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_is_left_to_do_has_company_as_long_as_somebody_looks() {
        let (done, is_done) = std::sync::mpsc::channel();
        let is_done = Mutex::new(is_done);
        let (executes, mut shown, mut did) = (thread::current().id(), None, None);
        let mut each = |tx: &TxFacts| {
            // Another thread looks at the last one until there is nothing left to do.
            if tx.index == 9 && thread::current().id() != executes {
                is_done.lock().unwrap().recv().unwrap();
            }
            shown = Some(Instant::now());
        };
        let left = |(), _: &mut dyn Iterator<Item = &TxFacts>| {
            let start = Instant::now();
            thread::sleep(Duration::from_millis(2));
            did = Some((Instant::now(), start.elapsed()));
            done.send(()).unwrap();
        };
        let (txs, company) =
            collect((10, WORTH_GAS), Some(&mut each), |put| (0..10).for_each(|index| put(tx(index))), left);
        let (end, took) = did.unwrap();
        assert_eq!(txs.len(), 10);
        // Where no reader was free all was shown before.
        let is_late = shown.unwrap() > end;
        assert!(if is_late { company >= took } else { company.is_zero() }, "{is_late}: {company:?} of {took:?}");
        let (_, alone) = collect((10, WORTH_GAS), None, |put| put(tx(0)), |(), _| {});
        assert!(alone.is_zero());
    }

    #[test]
    fn a_block_does_not_wait_for_the_reader_of_another() {
        // As many blocks as there may be readers stand still, each with its reader.
        fn open(depth: usize) -> usize {
            let (mut shown, mut inner) = (0, 0);
            let mut each = |_: &TxFacts| shown += 1;
            let run = |put: &mut dyn FnMut(TxFacts)| {
                put(tx(0));
                inner = depth.checked_sub(1).map_or(0, open);
            };
            collect((3, WORTH_GAS), Some(&mut each), run, |(), _| {});
            shown + inner
        }
        let cores = thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(open(cores + 3), cores + 4);
    }

    #[test]
    fn who_panics_leaves_nobody_waiting() {
        let mut each = |_: &TxFacts| {};
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let run = |put: &mut dyn FnMut(TxFacts)| {
                put(tx(0));
                panic!("execution came to an end");
            };
            collect((10, WORTH_GAS), Some(&mut each), run, |(), _| {})
        }));
        assert!(ran.is_err());
        let mut each = |_: &TxFacts| panic!("a rule came to an end");
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            collect((10, WORTH_GAS), Some(&mut each), |put| (0..10).for_each(|index| put(tx(index))), |(), _| {})
        }));
        assert!(looked.is_err());
    }
}
