//! Facts as they come: put down by the thread that executes, and looked at by another while the next transaction runs.
//!
//! What rules make of a transaction costs about as much as a third of running it. Side by side with the next one it costs
//! the block nothing, and a finding is there no later than it would be.

use std::{
    sync::{
        LazyLock, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering, fence},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use facts::TxFacts;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How long a reader waits awake: longer than most transactions take, so that it need not be woken for each.
const AWAKE: Duration = Duration::from_micros(100);
/// Looks at a slot between two looks at the clock, and pauses between two looks: a fraction of a microsecond.
const LOOKS: usize = 8;
const PAUSES: usize = 8;
/// Fewest transactions of a block that are worth waking another thread for.
const WORTH: usize = 3;

/// Somebody who is shown each transaction's facts as soon as it has ended, long before the block has. It may be from
/// another thread, but one after the other and in order.
pub type EachTx<'a> = &'a mut (dyn FnMut(&TxFacts) + Send);

/// Transactions of one block in their order.
struct Shelf {
    slots: Box<[OnceLock<TxFacts>]>,
    /// Nothing more will come.
    closed: AtomicBool,
    /// The reader went to sleep, and has to be woken.
    asleep: AtomicBool,
    reader: Mutex<Option<Thread>>,
    /// Everything was shown.
    read: AtomicBool,
}

/// The threads that look. Nobody waits for one: a block that finds all of them with other chains is looked at by the thread
/// that executes it, for a reader stays with a block while that waits for its node.
static READERS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let pool = || ThreadPoolBuilder::new().num_threads(cores).thread_name(|at| format!("reader {at}")).build();
    // On a single core both would only take turns.
    (cores > 1).then(pool)?.ok()
});

/// How many of them are with a block.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

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

/// Collects the facts that `run` puts down, of which there are at most `room`, showing them to `each` meanwhile. When it
/// returns all of them were shown.
pub(crate) fn collect(
    room: usize,
    each: Option<EachTx<'_>>,
    run: impl FnOnce(&mut dyn FnMut(TxFacts)),
) -> Vec<TxFacts> {
    let Some(each) = each else {
        let mut txs = Vec::with_capacity(room);
        run(&mut |tx| txs.push(tx));
        return txs;
    };
    let Some(reader) = (room >= WORTH).then(Reader::take).flatten() else {
        let mut txs = Vec::with_capacity(room);
        run(&mut |tx| {
            each(&tx);
            txs.push(tx);
        });
        return txs;
    };
    let shelf = Shelf::with_room(room);
    reader.0.in_place_scope(|scope| {
        scope.spawn(|_| shelf.read(each));
        // Closed whatever happens: a reader would wait for ever for one who panicked.
        let closing = Closing(&shelf);
        let mut slots = shelf.slots.iter();
        run(&mut |tx| shelf.put(slots.next(), tx));
        drop(closing);
        shelf.await_reader();
    });
    shelf.slots.into_iter().map_while(OnceLock::into_inner).collect()
}

struct Closing<'a>(&'a Shelf);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Release);
        self.0.wake();
    }
}

impl Shelf {
    fn with_room(room: usize) -> Self {
        let slots = (0..room).map(|_| OnceLock::new()).collect();
        let [closed, asleep, read] = [const { AtomicBool::new(false) }; 3];
        Self { slots, closed, asleep, reader: Mutex::new(None), read }
    }

    fn put(&self, slot: Option<&OnceLock<TxFacts>>, tx: TxFacts) {
        if let Some(slot) = slot {
            slot.get_or_init(|| tx);
            self.wake();
        }
    }

    fn wake(&self) {
        // Either the reader sees what was put before it sleeps, or this sees that it sleeps.
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed)
            && let Some(reader) = &*self.reader.lock().unwrap_or_else(PoisonError::into_inner)
        {
            reader.unpark();
        }
    }

    /// Shows everything in order, until nothing more will come.
    fn read(&self, each: EachTx<'_>) {
        for slot in &self.slots {
            let Some(tx) = self.await_one(slot) else { break };
            each(tx);
        }
        self.read.store(true, Ordering::Release);
    }

    /// Waits awake for the reader to end: most often it is about to.
    fn await_reader(&self) {
        let since = Instant::now();
        while !self.read.load(Ordering::Acquire) && since.elapsed() < AWAKE {
            std::hint::spin_loop();
        }
    }

    fn await_one<'a>(&self, slot: &'a OnceLock<TxFacts>) -> Option<&'a TxFacts> {
        let mut since = None;
        loop {
            for _ in 0..LOOKS {
                if let Some(tx) = slot.get() {
                    return Some(tx);
                }
                if self.closed.load(Ordering::Acquire) {
                    return slot.get();
                }
                // Whoever looks all the time takes the place away from the one who is about to write it.
                (0..PAUSES).for_each(|_| std::hint::spin_loop());
            }
            if since.get_or_insert_with(Instant::now).elapsed() > AWAKE {
                self.sleep(slot);
            }
        }
    }

    fn sleep(&self, slot: &OnceLock<TxFacts>) {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current());
        self.asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        while slot.get().is_none() && !self.closed.load(Ordering::Acquire) {
            thread::park();
        }
        self.asleep.store(false, Ordering::Relaxed);
    }
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
            let txs = collect(600, Some(&mut each), |put| {
                for index in 0..count {
                    nap(index, slow_put);
                    put(tx(index));
                }
            });
            let expected: Vec<u32> = (0..count).collect();
            assert_eq!(shown, expected);
            assert_eq!(txs.iter().map(|tx| tx.index).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_block_does_not_wait_for_the_reader_of_another() {
        // As many blocks as there may be readers stand still, each with its reader.
        fn open(depth: usize) -> usize {
            let (mut shown, mut inner) = (0, 0);
            let mut each = |_: &TxFacts| shown += 1;
            collect(3, Some(&mut each), |put| {
                put(tx(0));
                inner = depth.checked_sub(1).map_or(0, open);
            });
            shown + inner
        }
        let cores = thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(open(cores + 3), cores + 4);
    }

    #[test]
    fn who_panics_leaves_nobody_waiting() {
        let mut each = |_: &TxFacts| {};
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            collect(10, Some(&mut each), |put| {
                put(tx(0));
                panic!("execution came to an end");
            })
        }));
        assert!(ran.is_err());
        let mut each = |_: &TxFacts| panic!("a rule came to an end");
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            collect(10, Some(&mut each), |put| (0..10).for_each(|index| put(tx(index))))
        }));
        assert!(looked.is_err());
    }
}
