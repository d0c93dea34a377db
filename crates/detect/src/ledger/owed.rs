//! What contracts owe to those who paid in, as far as their own books say it.
//!
//! Where somebody pays in and just that amount is booked under a name, the booking is a claim. It grows by what is paid
//! in for it and shrinks with the entry, whatever the entry shrinks for; interest and gifts do not count. So what is
//! owed here is never more than what was paid in and not taken off the books since: a contract that holds less than
//! that, of what was paid in, has lost it or put it to work elsewhere.

use facts::{Address, Asset, KeyedMap, NetChange, U256, Write};

use crate::{Indexed, MemoryView, indexed::is_name};

/// Claims that are kept in mind. No claim is better than one that is forgotten: what is left of a sum after one of its
/// parts was forgotten would be owed to nobody. Each may come with a sum and a mark of its own, and all of them together
/// stay below [`MemoryLimits::entries_per_rule`](crate::MemoryLimits::entries_per_rule).
const CLAIMS_MAX: u64 = 15_000;
/// What is owed is written down with the number of claims, whether one was honoured, and whether it was put there.
const OWED_BYTES: usize = 42;
/// A claim is written down with its asset.
const CLAIM_BYTES: usize = 52;

/// What one account owes of one asset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) amount: U256,
    /// How many claims it is to.
    pub(crate) claims: u64,
    /// Whether somebody was seen to be paid what was taken off his claim.
    pub(crate) honoured: bool,
    /// Whether it is owed to a contract that put it to work here, which owes it to others.
    pub(crate) put: bool,
}

/// What was owed before a transaction, and what is after it.
pub(crate) type Change = (Owed, Owed);

/// Reads a transaction's bookings. Says what accounts owed before and owe after it, of those that it may concern: whose
/// claims changed, or who lost something.
pub(crate) fn learn(facts: &Indexed<'_>, memory: &mut MemoryView<'_>) -> KeyedMap<(Address, Asset), Change> {
    let mut changes: KeyedMap<(Address, Asset), Change> = KeyedMap::default();
    // Whoever sends a transaction owes nobody here: a person keeps no books.
    let loses = |net: &&NetChange| net.account != facts.from && is_counted(net.asset) && !net.loss().is_zero();
    for net in facts.net().iter().filter(loses) {
        if let Some(owed) = owed(memory, net.account, net.asset) {
            changes.insert((net.account, net.asset), (owed, owed));
        }
    }
    for ((account, asset), (_, after)) in changes.iter_mut().filter(|(_, (before, _))| before.put) {
        for flow in facts.flows_of(*account, *asset) {
            let back = give_back(memory, *account, flow.to, flow.amount);
            after.amount = after.amount.saturating_sub(back);
        }
    }
    let mut paid = payments(facts);
    let mut with_books: Option<(Address, bool)> = None;
    for write in &facts.writes {
        let known = match with_books {
            Some((address, known)) if address == write.address => known,
            _ => {
                paid.payees.contains_key(&write.address) || memory.last(&[b"books", write.address.as_slice()]).is_some()
            }
        };
        with_books = Some((write.address, known));
        if known {
            book(facts, memory, &mut paid, write, &mut changes);
        }
    }
    for ((account, asset), (before, after)) in &changes {
        if before != after {
            keep(memory, *account, *asset, *after);
        }
    }
    changes
}

/// Remembers that what `owed` owes was put to work in another contract, which owes it from now on.
pub(crate) fn put(memory: &mut MemoryView<'_>, from: Address, owed: &Owed, to: (Address, Asset), amount: U256) {
    let (at, asset) = to;
    let before = self::owed(memory, at, asset).unwrap_or_default();
    // What keeps books of its own is followed by them.
    if before.claims > 0 && !before.put {
        return;
    }
    let claim: &[&[u8]] = &[b"claim", at.as_slice(), from.as_slice()];
    let known = memory.last(claim).and_then(read_claim);
    if known.is_none() && !is_room(memory) {
        return;
    }
    let had = known.map_or(U256::ZERO, |(_, amount)| amount);
    keep_claim(memory, claim, asset, had.saturating_add(amount));
    keep(memory, at, asset, Owed { amount: before.amount.saturating_add(amount), put: true, ..*owed });
}

/// Takes what came back off what was put to work; says how much of it there was.
fn give_back(memory: &mut MemoryView<'_>, at: Address, to: Address, amount: U256) -> U256 {
    let claim: &[&[u8]] = &[b"claim", at.as_slice(), to.as_slice()];
    let Some((asset, had)) = memory.last(claim).and_then(read_claim) else { return U256::ZERO };
    let back = had.min(amount);
    keep_claim(memory, claim, asset, had - back);
    back
}

/// Payments into and out of accounts that write in the same transaction, each good for one booking.
#[derive(Default)]
struct Payments {
    payees: KeyedMap<Address, ()>,
    into: KeyedMap<(Address, U256), Vec<Asset>>,
    /// How many of each there are.
    exact: KeyedMap<(Address, U256, Asset), u32>,
    out_of: KeyedMap<(Address, U256), Vec<Asset>>,
}

fn payments(facts: &Indexed<'_>) -> Payments {
    let mut writers: Vec<Address> = facts.writes.iter().map(|write| write.address).collect();
    writers.sort_unstable();
    writers.dedup();
    let mut paid = Payments::default();
    for flow in &facts.flows {
        // A token's own entries follow every movement of it: they are holdings, not claims.
        let has_books =
            |account: Address| writers.binary_search(&account).is_ok() && flow.asset.contract() != Some(account);
        if flow.amount.is_zero() || !is_counted(flow.asset) || flow.from.is_zero() || flow.to.is_zero() {
            continue;
        }
        if has_books(flow.to) {
            paid.payees.insert(flow.to, ());
            paid.into.entry((flow.to, flow.amount)).or_default().push(flow.asset);
            *paid.exact.entry((flow.to, flow.amount, flow.asset)).or_default() += 1;
        }
        if has_books(flow.from) {
            paid.out_of.entry((flow.from, flow.amount)).or_default().push(flow.asset);
        }
    }
    paid
}

impl Payments {
    /// Uses a payment of this amount into an account up, of an asset if that is given.
    fn take(&mut self, account: Address, amount: U256, of: Option<Asset>) -> Option<Asset> {
        loop {
            let asset = match of {
                Some(asset) => asset,
                None => self.into.get_mut(&(account, amount))?.pop()?,
            };
            match self.exact.get_mut(&(account, amount, asset)) {
                Some(left @ 1..) => {
                    *left -= 1;
                    return Some(asset);
                }
                _ if of.is_some() => return None,
                _ => {}
            }
        }
    }
}

/// Follows one write in the books of an account.
fn book(
    facts: &Indexed<'_>,
    memory: &mut MemoryView<'_>,
    paid: &mut Payments,
    write: &Write,
    changes: &mut KeyedMap<(Address, Asset), Change>,
) {
    let (account, slot) = (write.address, write.slot.to_be_bytes::<32>());
    let at: &[&[u8]] = &[b"claim", account.as_slice(), &slot];
    let known = memory.last(at).and_then(read_claim);
    if write.after > write.before {
        let more = write.after - write.before;
        let is_named = || facts.is_under(write.slot, 1, &is_name);
        if known.is_none() && !is_named() {
            return;
        }
        let Some(asset) = paid.take(account, more, known.map(|(asset, _)| asset)) else { return };
        if known.is_none() && !is_room(memory) {
            return;
        }
        let had = known.map_or(U256::ZERO, |(_, amount)| amount);
        keep_claim(memory, at, asset, had.saturating_add(more));
        let after = &mut entry(memory, changes, account, asset).1;
        after.amount = after.amount.saturating_add(more);
        after.claims += u64::from(had.is_zero());
        return;
    }
    let less = write.before - write.after;
    let paid_out = paid.out_of.get_mut(&(account, less)).and_then(Vec::pop);
    let asset = known.map(|(asset, _)| asset).or(paid_out);
    let Some(asset) = asset else { return };
    if known.is_none() && owed(memory, account, asset).is_none() {
        return;
    }
    let had = known.map_or(U256::ZERO, |(_, amount)| amount);
    let gone = had.min(less);
    if !gone.is_zero() {
        keep_claim(memory, at, asset, had - gone);
    }
    let after = &mut entry(memory, changes, account, asset).1;
    after.amount = after.amount.saturating_sub(gone);
    after.claims = after.claims.saturating_sub(u64::from(!had.is_zero() && gone == had));
    after.honoured |= paid_out == Some(asset);
}

fn entry<'a>(
    memory: &MemoryView<'_>,
    changes: &'a mut KeyedMap<(Address, Asset), Change>,
    account: Address,
    asset: Asset,
) -> &'a mut Change {
    changes.entry((account, asset)).or_insert_with(|| {
        let owed = owed(memory, account, asset).unwrap_or_default();
        (owed, owed)
    })
}

fn is_counted(asset: Asset) -> bool {
    matches!(asset, Asset::Native | Asset::Erc20(_))
}

fn is_room(memory: &mut MemoryView<'_>) -> bool {
    let room = memory.count(&[b"claims"]) < CLAIMS_MAX;
    if room {
        memory.add_count(&[b"claims"], 1);
    }
    room
}

/// The contract of an asset; zero for the native coin.
fn contract(asset: Asset) -> Address {
    asset.contract().unwrap_or_default()
}

fn keep_claim(memory: &mut MemoryView<'_>, at: &[&[u8]], asset: Asset, amount: U256) {
    memory.set_last(at, &[contract(asset).as_slice(), &amount.to_be_bytes::<32>()].concat());
}

fn read_claim(bytes: &[u8]) -> Option<(Asset, U256)> {
    let (contract, amount) = (bytes.len() == CLAIM_BYTES).then(|| bytes.split_at(20))?;
    let contract = Address::from_slice(contract);
    let asset = if contract.is_zero() { Asset::Native } else { Asset::Erc20(contract) };
    Some((asset, U256::from_be_slice(amount)))
}

fn keep(memory: &mut MemoryView<'_>, account: Address, asset: Asset, owed: Owed) {
    let bytes = [
        &owed.amount.to_be_bytes::<32>()[..],
        &owed.claims.to_be_bytes(),
        &[u8::from(owed.honoured), u8::from(owed.put)],
    ]
    .concat();
    memory.set_last(&[b"owed", account.as_slice(), contract(asset).as_slice()], &bytes);
    memory.set_last(&[b"books", account.as_slice()], &[]);
}

fn owed(memory: &MemoryView<'_>, account: Address, asset: Asset) -> Option<Owed> {
    let bytes = memory.last(&[b"owed", account.as_slice(), contract(asset).as_slice()])?;
    if bytes.len() != OWED_BYTES {
        return None;
    }
    Some(Owed {
        amount: U256::from_be_slice(&bytes[..32]),
        claims: u64::from_be_bytes(bytes[32..40].try_into().ok()?),
        honoured: bytes[40] == 1,
        put: bytes[41] == 1,
    })
}
