//! What speaks for a loss being business.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Address, B256, Flow, Frame, FrameKind, U256};

use crate::{
    Indexed, MemoryView, TxCtx,
    authority::{Guard, guard, known_by_hash, proves_membership, vouched_for},
    ledger::takers::{Takers, asked},
    origins,
    value::Unreturned,
};

/// Why losses of a protected contract are told more softly: it knew whom it let in, or was shown that it owes it, or had
/// owed it before this transaction, and nobody came in twice; or nothing of it went to people.
pub(super) fn explained(ctx: &TxCtx<'_>, memory: &MemoryView<'_>, rows: &[Unreturned]) -> Option<&'static str> {
    let facts = ctx.facts;
    let protects = |account| ctx.protects(account);
    // Who has no code of his own was asked by the token, when he allowed somebody to take it.
    let entry = |row: &Unreturned| row.entry(facts).unwrap_or(row.frame);
    let knew = |row: &Unreturned| was_asked(facts, entry(row));
    let takers = Takers::of(facts);
    let stayed = |row: &Unreturned| takers.all_stayed(memory, (row.account, row.asset), protects);
    if facts.reentries().is_empty() {
        if rows.iter().all(knew) {
            return Some("what it consulted names who asked for it");
        }
        if proves_membership(facts) {
            return Some("a proof was computed that it is owed");
        }
        let books = Books::before(facts, protects);
        if rows.iter().all(|row| books.owed(facts, row)) {
            return Some("who was paid, and how much, stood in its books before");
        }
        if rows.iter().all(|row| books.lent(facts, memory, row)) {
            return Some("it went to contracts that stood in its books before, and that had not asked for it");
        }
    }
    rows.iter().all(stayed).then_some("it went to other contracts, and to nobody")
}

/// Whether the contract that was entered knew its caller, or the caller, a contract that stands in its code, knew its own.
fn was_asked(facts: &Indexed<'_>, entry: u32) -> bool {
    match guard(facts, entry) {
        Guard::Named => true,
        Guard::Asked if vouched_for(facts, entry, |entry| guard(facts, entry)) => true,
        Guard::Asked | Guard::Open => known_by_hash(facts, entry),
    }
}

/// What protected contracts read of their own storage that nobody had written in this transaction.
struct Books {
    /// Accounts that stand in it.
    named: BTreeSet<Address>,
    /// Numbers that stand in it, each in so many places.
    numbers: BTreeMap<U256, usize>,
    /// What entries of it went down by, each in so many places.
    taken_off: BTreeMap<(Address, U256), usize>,
}

impl Books {
    fn before(facts: &Indexed<'_>, protects: impl Fn(Address) -> bool) -> Self {
        let (mut named, mut numbers) = (BTreeSet::new(), BTreeMap::new());
        let mut places = BTreeSet::new();
        for read in &facts.reads {
            let Some(frame) = facts.frames.get(read.frame as usize) else { continue };
            let place = (frame.target, read.slot);
            let is_written = || facts.writes_at(place.0, place.1).any(|write| write.at < read.at);
            // What a token says of balances is no debt.
            let is_books = read.value > U256::ZERO && protects(frame.target) && !facts.is_token(frame.target);
            if !is_books || !places.insert(place) || is_written() {
                continue;
            }
            let word = B256::from(read.value);
            named.extend(word.windows(20).map(Address::from_slice).filter(|account| account[..8] != [0; 8]));
            let (low, high): (U256, U256) = (read.value & U256::from(u128::MAX), read.value >> 128);
            let mut held = vec![read.value, low, high, read.value >> 160, read.value & (U256::MAX >> 160)];
            held.sort_unstable();
            held.dedup();
            held.into_iter().for_each(|number| *numbers.entry(number).or_default() += 1);
        }
        let mut taken_off = BTreeMap::new();
        for (first, last) in facts.changed() {
            let is_entry = facts.keys_near(first.slot, 8).next().is_some();
            if let (true, Some(less)) = (is_entry, first.before.checked_sub(last.after)) {
                *taken_off.entry((first.address, less)).or_default() += 1;
            }
        }
        Self { named, numbers, taken_off }
    }

    /// Whether everybody who was paid stands in the books, and what he was paid does, once for each payment.
    fn owed(&self, facts: &Indexed<'_>, row: &Unreturned) -> bool {
        let mut paid: BTreeMap<U256, usize> = BTreeMap::new();
        let mut flows = payments(facts, row).peekable();
        flows.peek().is_some()
            && flows.all(|flow| {
                let times = paid.entry(flow.amount).or_default();
                *times += 1;
                let stands = self.numbers.get(&flow.amount).copied().unwrap_or_default();
                let taken_off = self.taken_off.get(&(row.account, flow.amount)).copied().unwrap_or_default();
                self.named.contains(&flow.to) && *times <= stands.max(taken_off)
            })
    }

    /// Whether all of it went to contracts that stand in the books and did not ask for it: a vault sends what it holds to
    /// its strategy.
    fn lent(&self, facts: &Indexed<'_>, memory: &MemoryView<'_>, row: &Unreturned) -> bool {
        let ran = |frame: &Frame| frame.gas_used > 0 && frame.kind == FrameKind::Call;
        let mut known = BTreeMap::new();
        let mut is_contract = |account| {
            let runs = || facts.frames_of(account).any(|(_, frame)| ran(frame));
            *known.entry(account).or_insert_with(|| origins::entity(memory, account).is_some() || runs())
        };
        let mut flows = payments(facts, row).peekable();
        flows.peek().is_some()
            && flows.all(|flow| {
                self.named.contains(&flow.to)
                    && flow.to != facts.from
                    && !facts.is_new(flow.to)
                    && !asked(facts, row.account, flow)
                    && is_contract(flow.to)
            })
    }
}

fn payments<'a>(facts: &'a Indexed<'_>, row: &Unreturned) -> impl Iterator<Item = &'a Flow> + use<'a> {
    let account = row.account;
    facts.flows_of(account, row.asset).filter(move |flow| !flow.amount.is_zero() && flow.to != account)
}
