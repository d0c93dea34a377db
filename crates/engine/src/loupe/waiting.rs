//! Transactions that wait to be mined, until each was tried once on the head. Blocks go first: this is done while nothing
//! else is, and is left at once when a block comes.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Instant, SystemTime},
};

use facts::{Address, B256, Block, Header, KeyedMap, Tx};
use trace::{Patience, Tried, try_waiting};

use super::Bench;

/// Transactions that are held.
const HELD_MAX: usize = 1_024;
/// Bytes of call data that are held.
const BYTES_MAX: usize = 16 << 20;
/// Transactions of one sender that are held.
const OF_SENDER_MAX: usize = 16;
/// Transactions of the same sender that are run before the one that is tried.
const BEFORE_MAX: usize = 8;
/// Blocks for which one is held, and for which an alert about it stands.
pub(crate) const WAIT_BLOCKS: u64 = 25;
/// What one may cost: four of the largest that Ethereum takes, and as many reads as a question of a rule.
const PATIENCE: Patience = Patience { reads: 256, gas: 67_108_864 };

/// How many transactions were looked at before they were mined.
#[derive(Debug, Default)]
pub struct WaitingTally {
    held: AtomicU64,
    tried: AtomicU64,
    left_out: AtomicU64,
}

impl WaitingTally {
    /// How many are held.
    pub fn held(&self) -> u64 {
        self.held.load(Relaxed)
    }

    /// How many were run.
    pub fn tried(&self) -> u64 {
        self.tried.load(Relaxed)
    }

    /// For how many there was no room.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Relaxed)
    }
}

/// How far one has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is to be tried.
    Due,
    /// It pays less than the next block will ask for.
    Cheap,
    /// One before it is not known.
    Gap,
    /// It was tried; what comes after it may need it still.
    Tried,
}

#[derive(Debug)]
struct Held {
    tx: Arc<Tx>,
    since: u64,
    state: State,
}

/// What waits, by sender and number.
#[derive(Debug, Default)]
pub(super) struct Pool {
    senders: KeyedMap<Address, BTreeMap<u64, Held>>,
    due: VecDeque<(Address, u64)>,
    count: usize,
    bytes: usize,
    tally: Arc<WaitingTally>,
}

impl Pool {
    pub(super) fn new(tally: Arc<WaitingTally>) -> Self {
        Self { tally, ..Self::default() }
    }

    pub(super) fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// Takes one that was seen while `number` was the head. Where there is no room, the one that pays least has to go: to
    /// crowd another one out costs more than that one pays.
    pub(super) fn take(&mut self, tx: Arc<Tx>, number: u64) {
        let key = (tx.from, tx.nonce);
        if self.get(key).is_some_and(|held| held.tx.hash == tx.hash) {
            // What was tried on a head that was lost is tried again.
            return self.set_due(key);
        }
        self.remove(key);
        let of_sender = self.senders.get(&tx.from).map_or(0, BTreeMap::len);
        while self.count >= HELD_MAX || self.bytes + tx.input.len() > BYTES_MAX {
            match self.cheapest() {
                Some((price, cheapest)) if price < tx.gas_price => self.leave_out(Some(cheapest)),
                _ => return self.leave_out(None),
            }
        }
        if of_sender >= OF_SENDER_MAX {
            return self.leave_out(None);
        }
        if self.due.len() >= 2 * HELD_MAX {
            // Each that was replaced has left its turn behind.
            let senders = &self.senders;
            let is_held =
                |(sender, nonce): &(Address, u64)| senders.get(sender).is_some_and(|of| of.contains_key(nonce));
            let mut turns = std::collections::BTreeSet::new();
            self.due.retain(|key| is_held(key) && turns.insert(*key));
        }
        self.count += 1;
        self.bytes += tx.input.len();
        let of = self.senders.entry(tx.from).or_default();
        of.insert(tx.nonce, Held { tx, since: number, state: State::Due });
        self.due.push_back(key);
        self.fill_gaps(key.0);
        self.tell();
    }

    /// A block came: what is in it waits no longer, and neither does what is too old.
    pub(super) fn mined(&mut self, block: &Block) {
        for tx in &block.txs {
            self.over(tx.from, tx.nonce);
            self.fill_gaps(tx.from);
        }
        let all =
            || self.senders.iter().flat_map(|(sender, of)| of.iter().map(move |(nonce, held)| (sender, nonce, held)));
        let old = all().filter(|(.., held)| held.since + WAIT_BLOCKS < block.header.number);
        let old: Vec<(Address, u64)> = old.map(|(sender, nonce, _)| (*sender, *nonce)).collect();
        let floor = least_fee(&block.header);
        let dear = all().filter(|(.., held)| held.state == State::Cheap && held.tx.gas_price >= floor);
        let mut dear: Vec<(Address, u64)> = dear.map(|(sender, nonce, _)| (*sender, *nonce)).collect();
        dear.sort_unstable();
        dear.into_iter().for_each(|key| self.set_due(key));
        old.into_iter().for_each(|key| drop(self.remove(key)));
        self.tell();
    }

    /// The next one to be tried, with those of its sender that come before it.
    fn next(&mut self, head: &Header) -> Option<Vec<Arc<Tx>>> {
        let floor = least_fee(head);
        while let Some((sender, nonce)) = self.due.pop_front() {
            let Some(of) = self.senders.get_mut(&sender) else { continue };
            let Some(held) = of.get_mut(&nonce).filter(|held| held.state == State::Due) else { continue };
            if held.tx.gas_price < floor {
                held.state = State::Cheap;
                continue;
            }
            let mut run = vec![Arc::clone(&held.tx)];
            let before = (0..nonce).rev().take(BEFORE_MAX).map_while(|nonce| of.get(&nonce));
            run.extend(before.map(|held| Arc::clone(&held.tx)));
            run.reverse();
            return Some(run);
        }
        None
    }

    fn settle(&mut self, tx: &Tx, tried: &Tried) {
        let key = (tx.from, tx.nonce);
        let state = match tried {
            Tried::Over => return self.over(tx.from, tx.nonce),
            Tried::Yielded => return self.due.push_front(key),
            Tried::Gap => State::Gap,
            Tried::Ran(_) | Tried::Cannot(_) => State::Tried,
        };
        if state == State::Tried {
            self.tally.tried.fetch_add(1, Relaxed);
        }
        if let Some(held) = self.senders.get_mut(&key.0).and_then(|of| of.get_mut(&key.1)) {
            held.state = state;
        }
    }

    fn get(&self, (sender, nonce): (Address, u64)) -> Option<&Held> {
        self.senders.get(&sender)?.get(&nonce)
    }

    fn set_due(&mut self, key: (Address, u64)) {
        let held = self.senders.get_mut(&key.0).and_then(|of| of.get_mut(&key.1));
        if let Some(held) = held.filter(|held| held.state != State::Due) {
            held.state = State::Due;
            self.due.push_back(key);
        }
    }

    /// What waited for one before it is tried again.
    fn fill_gaps(&mut self, sender: Address) {
        let of = self.senders.get(&sender).into_iter().flatten();
        let gaps: Vec<u64> = of.filter(|(_, held)| held.state == State::Gap).map(|(nonce, _)| *nonce).collect();
        gaps.into_iter().for_each(|nonce| self.set_due((sender, nonce)));
    }

    /// One of this number is in a block.
    fn over(&mut self, sender: Address, nonce: u64) {
        let of = self.senders.get(&sender).into_iter().flatten();
        let over: Vec<u64> = of.map(|(held, _)| *held).take_while(|held| *held <= nonce).collect();
        over.into_iter().for_each(|nonce| drop(self.remove((sender, nonce))));
    }

    fn remove(&mut self, (sender, nonce): (Address, u64)) -> Option<Held> {
        let of = self.senders.get_mut(&sender)?;
        let held = of.remove(&nonce)?;
        if of.is_empty() {
            self.senders.remove(&sender);
        }
        self.count -= 1;
        self.bytes -= held.tx.input.len();
        Some(held)
    }

    fn cheapest(&self) -> Option<(u128, (Address, u64))> {
        let all = self.senders.values().flat_map(BTreeMap::values);
        let least: Option<(u128, B256, &Held)> =
            all.map(|held| (held.tx.gas_price, held.tx.hash, held)).min_by_key(|(price, hash, _)| (*price, *hash));
        least.map(|(price, _, held)| (price, (held.tx.from, held.tx.nonce)))
    }

    fn leave_out(&mut self, gone: Option<(Address, u64)>) {
        if let Some(gone) = gone {
            self.remove(gone);
        }
        self.tally.left_out.fetch_add(1, Relaxed);
    }

    fn tell(&self) {
        self.tally.held.store(u64::try_from(self.count).unwrap_or(u64::MAX), Relaxed);
    }
}

/// The least that the block after this one may ask for a unit of gas (EIP-1559). Whoever offers less risks nothing by being
/// seen, and nothing is said of it.
fn least_fee(head: &Header) -> u128 {
    let base = u128::from(head.base_fee.unwrap_or_default());
    base - base / 8
}

impl Bench {
    /// Tries the next transaction that waits, and lets the rules say what they would make of it.
    pub(super) fn try_waiting(&mut self) {
        let Some(head) = self.head.clone() else { return };
        let Some(run) = self.pool.next(&head) else { return };
        let Some(tx) = run.last().cloned() else { return };
        let start = Instant::now();
        let txs: Vec<&Tx> = run.iter().map(AsRef::as_ref).collect();
        let tried = match self.lens.fork(head.number + 1, head.timestamp + 1) {
            Ok(fork) => try_waiting(&mut self.tracer, &txs, &head, fork, PATIENCE),
            Err(why) => Tried::Cannot(why),
        };
        self.pool.settle(&tx, &tried);
        match tried {
            Tried::Ran(facts) => {
                let (glass, memory) = self.lens.parts();
                // What was announced since the last block is announced.
                let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |now| now.as_secs());
                let told = glass.foretell(&head, now.max(head.timestamp + 1), &facts, memory);
                self.foresee(told, start, Some(tx));
            }
            Tried::Cannot(why) => tracing::debug!(tx = %tx.hash, why, "a transaction that waits cannot be tried"),
            Tried::Over | Tried::Gap | Tried::Yielded => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use facts::U256;

    use super::*;

    fn tx(sender: u8, nonce: u64, price: u128) -> Arc<Tx> {
        let hash = B256::from(U256::from(u128::from(sender) << 100 | u128::from(nonce) << 64 | price));
        let from = Address::repeat_byte(sender);
        Arc::new(Tx { hash, from, nonce, gas_price: price, ..Tx::default() })
    }

    fn head(number: u64, base_fee: u64) -> Header {
        Header { number, base_fee: Some(base_fee), ..Header::default() }
    }

    fn run(pool: &mut Pool, fee: u64) -> Option<Vec<(u8, u64)>> {
        let run = pool.next(&head(1, fee))?;
        Some(run.iter().map(|tx| (tx.from.0[0], tx.nonce)).collect())
    }

    #[test]
    fn one_is_tried_after_those_before_it_and_again_when_a_gap_is_filled() {
        let mut pool = Pool::default();
        pool.take(tx(1, 7, 10), 1);
        assert_eq!(run(&mut pool, 0), Some(vec![(1, 7)]));
        pool.settle(&tx(1, 7, 10), &Tried::Gap);
        assert_eq!(run(&mut pool, 0), None);
        pool.take(tx(1, 6, 10), 1);
        assert_eq!(run(&mut pool, 0), Some(vec![(1, 6)]));
        assert_eq!(run(&mut pool, 0), Some(vec![(1, 6), (1, 7)]));
    }

    #[test]
    fn a_flood_is_bounded_and_whoever_pays_more_stays() {
        let mut pool = Pool::default();
        pool.take(tx(200, 0, 1_000), 1);
        for n in 0..10_000u64 {
            let sender = Address::from_word(B256::from(U256::from(n + 1)));
            let hash = B256::from(U256::from(n));
            let one = Tx { hash, from: sender, gas_price: u128::from(n % 50), ..Tx::default() };
            pool.take(Arc::new(one), 1);
        }
        assert_eq!((pool.count, pool.tally.held()), (HELD_MAX, HELD_MAX as u64));
        assert_eq!(pool.tally.left_out(), 10_001 - HELD_MAX as u64);
        assert!(pool.get((Address::repeat_byte(200), 0)).is_some());
        for nonce in 0..50 {
            pool.take(tx(9, nonce, 5_000), 1);
        }
        assert_eq!(pool.senders[&Address::repeat_byte(9)].len(), OF_SENDER_MAX);
    }

    #[test]
    fn what_is_mined_replaced_or_old_waits_no_longer() {
        let mut pool = Pool::default();
        pool.take(tx(1, 3, 10), 1);
        pool.take(tx(1, 4, 10), 1);
        pool.take(tx(2, 0, 10), 1);
        pool.take(tx(2, 0, 11), 1);
        assert_eq!(pool.count, 3);
        assert_eq!(pool.get((Address::repeat_byte(2), 0)).unwrap().tx.gas_price, 11);
        let mut block = Block { header: head(2, 0), txs: vec![(*tx(1, 3, 99)).clone()], ..Block::default() };
        pool.mined(&block);
        assert_eq!(pool.count, 2);
        block = Block { header: head(2 + WAIT_BLOCKS, 0), ..Block::default() };
        pool.mined(&block);
        assert_eq!((pool.count, pool.bytes, pool.senders.len()), (0, 0, 0));
    }

    #[test]
    fn what_offers_too_little_is_tried_when_it_is_enough() {
        let mut pool = Pool::default();
        pool.take(tx(1, 0, 50), 1);
        assert_eq!(run(&mut pool, 100), None);
        pool.mined(&Block { header: head(2, 60), ..Block::default() });
        assert_eq!(run(&mut pool, 50), None, "a fee of 53 is more than it offers");
        pool.mined(&Block { header: head(3, 57), ..Block::default() });
        assert_eq!(run(&mut pool, 57), Some(vec![(1, 0)]));
    }
}
