//! Who has dealt with which contract before: who paid it, and who called on it.
//!
//! One drawer of the memory for all rules, kept only while a rule asks where accounts come from. A contract that more
//! have dealt with than are kept in mind is known to nobody here: who is forgotten must not be taken for a stranger.

use facts::{Address, FrameKind};

use crate::{Indexed, MemoryView};

/// The drawer's name; no rule has a name like it.
pub(crate) const DRAWER: &str = "~dealings";

/// Accounts that are kept in mind of one contract.
const KNOWN_MAX: u64 = 512;
/// Entries of the drawer, pairs and counts together. Beyond, nothing is added, so that nothing is forgotten: it stays below
/// [`MemoryLimits::entries_per_rule`](crate::MemoryLimits::entries_per_rule).
const ENTRIES_MAX: u64 = 45_000;
const ENTRIES: &[&[u8]] = &[b"entries"];

/// Learns from a transaction, after the rules have looked at it.
pub(crate) fn learn(facts: &Indexed<'_>, block: u64, memory: &mut MemoryView<'_>, covers: impl Fn(Address) -> bool) {
    if !facts.succeeded() || facts.frames.iter().all(|frame| frame.input.is_empty()) {
        return;
    }
    let mut notes = Notes { entries: number(memory.last(ENTRIES)), memory, block };
    if notes.entries >= ENTRIES_MAX {
        return;
    }
    if let Some(to) = facts.to.filter(|to| covers(*to) && ran(facts, *to)) {
        notes.note(b"caller", to, facts.from);
    }
    for own in facts.net().chunk_by(|one, two| one.account == two.account) {
        let Some(account) = own.first().map(|net| net.account) else { continue };
        if account == facts.from || account.is_zero() || !covers(account) || !ran(facts, account) {
            continue;
        }
        // Whoever has those paid who once paid in is no stranger any more.
        let is_payer = |who: Address| notes.memory.last(&[b"payer", account.as_slice(), who.as_slice()]).is_some();
        let lost = own.iter().filter(|net| !net.loss().is_zero());
        if lost.flat_map(|net| facts.flows_of(account, net.asset)).any(|flow| is_payer(flow.to)) {
            notes.note(b"helper", account, facts.from);
        }
        notes.note(b"caller", account, facts.from);
        for flow in facts.flows_to(account).filter(|flow| !flow.amount.is_zero() && !flow.from.is_zero()) {
            notes.note(b"payer", account, flow.from);
        }
    }
}

/// Whether an account's code ran.
fn ran(facts: &Indexed<'_>, account: Address) -> bool {
    facts.frames_of(account).any(|(_, frame)| frame.kind != FrameKind::StaticCall && frame.gas_used > 0)
}

/// The drawer, while it is written in.
struct Notes<'a, 'm> {
    memory: &'a mut MemoryView<'m>,
    entries: u64,
    block: u64,
}

impl Notes<'_, '_> {
    fn note(&mut self, what: &[u8], contract: Address, who: Address) {
        let pair: &[&[u8]] = &[what, contract.as_slice(), who.as_slice()];
        if self.entries >= ENTRIES_MAX || self.memory.last(pair).is_some() {
            return;
        }
        let of_contract: &[&[u8]] = &[what, contract.as_slice()];
        let count = number(self.memory.last(of_contract));
        if count > KNOWN_MAX {
            return;
        }
        self.entries += 1 + u64::from(count == 0);
        self.memory.set_last(ENTRIES, &self.entries.to_be_bytes());
        self.memory.set_last(of_contract, &(count + 1).to_be_bytes());
        self.memory.set_last(pair, &self.block.to_be_bytes());
    }
}

fn number(bytes: Option<&[u8]>) -> u64 {
    bytes.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes)
}

/// What is known of who dealt with one contract.
pub(crate) struct Dealings<'a, 'm> {
    memory: &'a MemoryView<'m>,
    contract: Address,
}

/// The dealings with a contract; nothing if not all of them can be known.
pub(crate) fn of<'a, 'm>(memory: &'a MemoryView<'m>, contract: Address) -> Option<Dealings<'a, 'm>> {
    let dealings = Dealings { memory, contract };
    let is_full = number(memory.last_of(DRAWER, ENTRIES)) >= ENTRIES_MAX;
    let most = [&b"caller"[..], b"payer"].map(|what| dealings.number(&[what, contract.as_slice()]));
    (!is_full && most.iter().all(|count| *count <= KNOWN_MAX)).then_some(dealings)
}

impl Dealings<'_, '_> {
    fn number(&self, key: &[&[u8]]) -> u64 {
        number(self.memory.last_of(DRAWER, key))
    }

    /// How many have paid it.
    pub(crate) fn payers(&self) -> u64 {
        self.number(&[b"payer", self.contract.as_slice()])
    }

    /// Whether an account has paid it.
    pub(crate) fn has_paid(&self, who: Address) -> bool {
        self.memory.last_of(DRAWER, &[b"payer", self.contract.as_slice(), who.as_slice()]).is_some()
    }

    /// Whether an account had those paid who had paid it.
    pub(crate) fn has_helped(&self, who: Address) -> bool {
        self.memory.last_of(DRAWER, &[b"helper", self.contract.as_slice(), who.as_slice()]).is_some()
    }

    /// The block in which an account first called on it, if it did.
    pub(crate) fn caller_since(&self, who: Address) -> Option<u64> {
        let known = self.memory.last_of(DRAWER, &[b"caller", self.contract.as_slice(), who.as_slice()]);
        known.map(|bytes| number(Some(bytes)))
    }
}
