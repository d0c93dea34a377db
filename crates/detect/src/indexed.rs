//! A transaction's facts with indexes over them, so that a question about one account does not read everything again.
//!
//! Thirty million gas pay for half a million hashes, a quarter of a million reads or writes, a hundred thousand
//! movements. Whoever looks for the partner of each by reading the list again does their square, which an attacker may
//! have bought on purpose: to keep the watch busy while something else happens.

mod groups;
mod keys;
mod movements;
mod names;
mod part;
#[cfg(test)]
mod tests;

use std::{
    cell::OnceCell,
    ops::{Deref, Range},
};

use facts::{
    Address, Asset, B256, Bytes, Code, Flow, Frame, FrameKind, KeyedMap, MappingKey, NetChange, Read, Selector,
    TxFacts, U256, Write,
};

use crate::{
    reentry::{Reentry, reentries},
    value::part_bp,
};
use groups::Groups;
use keys::Keys;
use movements::{Arrivals, Heaviest};
pub(crate) use names::is_name;

/// Which storage writes answer for an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booking {
    /// Those that made a value smaller by it.
    Less,
    /// Those that changed a value by it, either way.
    Either,
}

/// A transaction's facts, and indexes that are built when they are first asked for, each once.
///
/// It stands for the facts themselves: `indexed.flows` is their list, and where `&TxFacts` is wanted, `&Indexed` will
/// do. Whoever is about to search one list for each item of another (`flows.iter().any(..)` within a loop over flows,
/// writes, keys, frames or net changes) asks here instead; every answer costs what it holds, every index what its list
/// holds. All answers are in the order of events.
#[derive(Debug)]
pub struct Indexed<'a> {
    facts: &'a TxFacts,
    net: OnceCell<Vec<NetChange>>,
    flows_of: OnceCell<Groups<(Address, Asset)>>,
    flows_to: OnceCell<Arrivals>,
    tokens: OnceCell<Groups<Address>>,
    most_to: OnceCell<Heaviest>,
    most_from: OnceCell<Heaviest>,
    writes_at: OnceCell<Groups<(Address, U256)>>,
    cleared: OnceCell<Groups<(Address, U256)>>,
    reads_at: OnceCell<Groups<(Address, U256)>>,
    booked_less: OnceCell<Groups<(Address, U256)>>,
    booked: OnceCell<Groups<(Address, U256)>>,
    frames_of: OnceCell<Groups<Address>>,
    frames_by: OnceCell<Groups<Address>>,
    calls: OnceCell<Groups<(Address, Bytes)>>,
    functions: OnceCell<Vec<Selector>>,
    codes: OnceCell<Groups<Address>>,
    keys: OnceCell<Keys>,
    holdings: OnceCell<KeyedMap<(Address, Address), Held>>,
    reentries: OnceCell<Vec<Reentry>>,
}

/// A token holding before and after, and the place of the mapping key that proves it.
#[derive(Debug, Clone, Copy)]
struct Held {
    key: u32,
    before: U256,
    after: U256,
}

impl Deref for Indexed<'_> {
    type Target = TxFacts;

    fn deref(&self) -> &TxFacts {
        self.facts
    }
}

impl<'a> Indexed<'a> {
    /// Facts without any index yet.
    pub fn new(facts: &'a TxFacts) -> Self {
        Self {
            facts,
            net: OnceCell::new(),
            flows_of: OnceCell::new(),
            flows_to: OnceCell::new(),
            tokens: OnceCell::new(),
            most_to: OnceCell::new(),
            most_from: OnceCell::new(),
            writes_at: OnceCell::new(),
            cleared: OnceCell::new(),
            reads_at: OnceCell::new(),
            booked_less: OnceCell::new(),
            booked: OnceCell::new(),
            frames_of: OnceCell::new(),
            frames_by: OnceCell::new(),
            calls: OnceCell::new(),
            functions: OnceCell::new(),
            codes: OnceCell::new(),
            keys: OnceCell::new(),
            holdings: OnceCell::new(),
            reentries: OnceCell::new(),
        }
    }

    /// The facts alone, which outlive the indexes.
    pub fn facts(&self) -> &'a TxFacts {
        self.facts
    }

    /// As [`TxFacts::net`], worked out once.
    pub fn net(&self) -> &[NetChange] {
        self.net.get_or_init(|| self.facts.net())
    }

    /// As [`TxFacts::net_of`], at the price of a look-up.
    pub fn net_of(&self, account: Address, asset: &Asset) -> Option<&NetChange> {
        let at = self.net().binary_search_by(|net| (net.account, net.asset).cmp(&(account, *asset))).ok()?;
        self.net().get(at)
    }

    /// What an account received and sent, asset by asset.
    pub fn net_rows(&self, account: Address) -> &[NetChange] {
        let net = self.net();
        let own = net.get(net.partition_point(|row| row.account < account)..).unwrap_or_default();
        own.get(..own.partition_point(|row| row.account == account)).unwrap_or_default()
    }

    /// Whether an account came out with more of anything than it went in with.
    pub fn gains(&self, account: Address) -> bool {
        self.net_rows(account).iter().any(|net| !net.gain().is_zero())
    }

    /// Second entries that mattered.
    pub(crate) fn reentries(&self) -> &[Reentry] {
        self.reentries.get_or_init(|| reentries(self))
    }

    /// Movements of one asset out of an account.
    pub fn flows_of(&self, account: Address, asset: Asset) -> impl Iterator<Item = &'a Flow> {
        let flows = &self.facts.flows;
        self.flows_of
            .get_or_init(|| Groups::by(flows, |flow| Some((flow.from, flow.asset))))
            .of(&(account, asset))
            .filter_map(|at| flows.get(at))
    }

    /// Movements into an account.
    pub fn flows_to(&self, account: Address) -> impl Iterator<Item = &'a Flow> {
        self.flows_to_within(account, 0..u32::MAX)
    }

    /// Movements into an account at these moments.
    pub fn flows_to_within(&self, account: Address, moments: Range<u32>) -> impl Iterator<Item = &'a Flow> {
        let flows = &self.facts.flows;
        let arrivals = self.flows_to.get_or_init(|| Arrivals::of(flows));
        arrivals.within(flows, account, moments).filter_map(|at| flows.get(at))
    }

    /// Whether anything of this contract's tokens moved.
    pub fn is_token(&self, contract: Address) -> bool {
        self.tokens.get_or_init(|| Groups::by(&self.facts.flows, |flow| flow.asset.contract())).has(&contract)
    }

    /// The largest movement of an asset into an account between two moments, both left out; zero if there is none.
    pub fn most_to(&self, account: Address, asset: &Asset, after: u32, before: u32) -> U256 {
        let flows = &self.facts.flows;
        self.most_to.get_or_init(|| Heaviest::of(flows, |flow| flow.to)).between(flows, account, asset, after, before)
    }

    /// The same out of an account.
    pub fn most_from(&self, account: Address, asset: &Asset, after: u32, before: u32) -> U256 {
        let flows = &self.facts.flows;
        let most = self.most_from.get_or_init(|| Heaviest::of(flows, |flow| flow.from));
        most.between(flows, account, asset, after, before)
    }

    /// Writes to one slot that changed its value.
    pub fn writes_at(&self, address: Address, slot: U256) -> impl Iterator<Item = &'a Write> {
        let writes = &self.facts.writes;
        self.writes_by_slot().of(&(address, slot)).filter_map(|at| writes.get(at))
    }

    fn writes_by_slot(&self) -> &Groups<(Address, U256)> {
        self.writes_at.get_or_init(|| Groups::by(&self.facts.writes, |write| Some((write.address, write.slot))))
    }

    /// The first and the last write of each slot that was written.
    pub fn changed(&self) -> impl Iterator<Item = (&'a Write, &'a Write)> {
        let writes = &self.facts.writes;
        self.writes_by_slot().ends().filter_map(|(first, last)| Some((writes.get(first)?, writes.get(last)?)))
    }

    /// Whether an account's storage gave this value up for nothing: it was written over with zero.
    pub fn clears(&self, address: Address, value: U256) -> bool {
        let cleared = |write: &Write| write.after.is_zero().then_some((write.address, write.before));
        self.cleared.get_or_init(|| Groups::by(&self.facts.writes, cleared)).has(&(address, value))
    }

    /// Reads of one slot of an account's storage.
    pub fn reads_at(&self, address: Address, slot: U256) -> impl Iterator<Item = &'a Read> {
        let facts = self.facts;
        let owner = |read: &Read| facts.frames.get(read.frame as usize).map(|frame| frame.target);
        self.reads_at
            .get_or_init(|| Groups::by(&facts.reads, |read| Some((owner(read)?, read.slot))))
            .of(&(address, slot))
            .filter_map(|at| facts.reads.get(at))
    }

    /// Writes by which the storage of whoever paid changed by just the amount of the payment, in an entry of a mapping
    /// under somebody's name. What stands under the name of an asset that it paid is how much there is of it, and no claim.
    pub fn bookings(&self, payment: &Flow, kind: Booking) -> impl Iterator<Item = &'a Write> + use<'_, 'a> {
        let facts = self.facts;
        let change = |write: &Write| match kind {
            Booking::Less => write.before.checked_sub(write.after),
            Booking::Either => Some(write.before.abs_diff(write.after)),
        };
        let index = match kind {
            Booking::Less => &self.booked_less,
            Booking::Either => &self.booked,
        };
        let named = |write: &Write| self.is_under(write.slot, 1, &is_name);
        let payer = payment.from;
        let is_asset =
            move |word: &B256| self.flows_of(payer, Asset::Erc20(Address::from_word(*word))).next().is_some();
        index
            .get_or_init(|| {
                Groups::by(&facts.writes, |write| Some((write.address, change(write)?)).filter(|_| named(write)))
            })
            .of(&(payment.from, payment.amount))
            .filter_map(|at| facts.writes.get(at))
            .filter(move |write| self.is_under(write.slot, 1, &|word| is_name(word) && !is_asset(word)))
    }

    /// Frames that act as an account, with their places.
    pub fn frames_of(&self, target: Address) -> impl Iterator<Item = (u32, &'a Frame)> {
        let frames = &self.facts.frames;
        let index = self.frames_of.get_or_init(|| Groups::by(frames, |frame| Some(frame.target)));
        index.numbered(&target).filter_map(|at| Some((at, frames.get(at as usize)?)))
    }

    /// Frames that an account made, with their places.
    pub fn frames_by(&self, caller: Address) -> impl Iterator<Item = (u32, &'a Frame)> {
        let frames = &self.facts.frames;
        let index = self.frames_by.get_or_init(|| Groups::by(frames, |frame| Some(frame.caller)));
        index.numbered(&caller).filter_map(|at| Some((at, frames.get(at as usize)?)))
    }

    /// Frames with the target and the input of this one, itself among them.
    pub fn same_calls(&self, call: &Frame) -> impl Iterator<Item = &'a Frame> {
        let frames = &self.facts.frames;
        let index = self.calls.get_or_init(|| Groups::by(frames, |frame| Some((frame.target, frame.input.clone()))));
        index.of(&(call.target, call.input.clone())).filter_map(|at| frames.get(at))
    }

    /// Whether a call of this function lasted that may have changed something.
    pub fn calls_function(&self, selector: Selector) -> bool {
        let may_change = |frame: &&Frame| frame.effective && frame.kind != FrameKind::StaticCall;
        let functions = self.functions.get_or_init(|| {
            let mut functions: Vec<_> =
                self.facts.frames.iter().filter(may_change).filter_map(Frame::selector).collect();
            functions.sort_unstable();
            functions.dedup();
            functions
        });
        functions.binary_search(&selector).is_ok()
    }

    /// Whether code was deployed there in this transaction.
    pub fn is_new(&self, address: Address) -> bool {
        !self.facts.codes.is_empty() && self.by_code().has(&address)
    }

    /// The code that was deployed there in this transaction.
    pub fn codes_at(&self, address: Address) -> impl Iterator<Item = &'a Code> {
        let codes = &self.facts.codes;
        self.by_code().of(&address).filter_map(|at| codes.get(at))
    }

    fn by_code(&self) -> &Groups<Address> {
        self.codes.get_or_init(|| Groups::by(&self.facts.codes, |code| Some(code.address)))
    }

    /// What was hashed to this slot, if anything was.
    pub fn key(&self, slot: U256) -> Option<&'a MappingKey> {
        let keys = &self.facts.keys;
        self.hashed().of_slot(keys, slot).and_then(|at| keys.get(at as usize))
    }

    /// What was hashed to this slot or to one of the `members - 1` before it: the keys of a struct that the slot may
    /// belong to.
    pub fn keys_near(&self, slot: U256, members: u64) -> impl Iterator<Item = &'a MappingKey> {
        let keys = &self.facts.keys;
        self.hashed().near(keys, slot, members).filter_map(|at| keys.get(at as usize))
    }

    /// Each hash once, with the words that were hashed, in the order in which they first were.
    pub fn distinct_keys(&self) -> impl Iterator<Item = &'a MappingKey> {
        let keys = &self.facts.keys;
        self.hashed().distinct().filter_map(|at| keys.get(at as usize))
    }

    fn hashed(&self) -> &Keys {
        self.keys.get_or_init(|| Keys::of(&self.facts.keys))
    }

    /// As [`TxFacts::holding`], at the price of a look-up.
    pub fn holding(&self, account: Address, asset: &Asset) -> Option<(U256, U256)> {
        let Asset::Erc20(token) = asset else { return self.facts.holding(account, asset) };
        let held = self.holdings.get_or_init(|| self.prove_holdings()).get(&(*token, account))?;
        Some((held.before, held.after))
    }

    /// Which share of what an account held of something it had less of after the transaction, in basis points; none where
    /// its holding is not proved.
    pub(crate) fn share_lost_bp(&self, account: Address, asset: &Asset) -> Option<u16> {
        let (before, after) = self.holding(account, asset)?;
        part_bp(before.saturating_sub(after), before)
    }

    /// The word that marks the mapping in which a token holding is proved to stand: of what was hashed, the one that is not
    /// the account.
    pub(crate) fn holding_mapping(&self, account: Address, token: Address) -> Option<B256> {
        let held = self.holdings.get_or_init(|| self.prove_holdings()).get(&(token, account))?;
        let words = self.facts.keys.get(held.key as usize)?.words;
        words.into_iter().find(|word| *word != account.into_word())
    }

    /// What [`TxFacts::holding`] would find for every account and token, slot by slot that was written.
    fn prove_holdings(&self) -> KeyedMap<(Address, Address), Held> {
        let mut holdings: KeyedMap<(Address, Address), Held> = KeyedMap::default();
        for (first, last) in self.changed() {
            let Some(place) = self.hashed().of_slot(&self.facts.keys, first.slot) else { continue };
            let Some(key) = self.facts.keys.get(place as usize) else { continue };
            let token = first.address;
            for word in &key.words {
                if word[..12] != [0; 12] {
                    continue;
                }
                let account = Address::from_word(*word);
                let Some(net) = self.net_of(account, &Asset::Erc20(token)) else { continue };
                let held = Held { key: place, before: first.before, after: last.after };
                if is_change(net, held.before, held.after)
                    && holdings.get(&(token, account)).is_none_or(|known| place < known.key)
                {
                    holdings.insert((token, account), held);
                }
            }
        }
        holdings
    }
}

/// Whether somebody who held `before` and holds `after` gained or lost just this.
fn is_change(net: &NetChange, before: U256, after: U256) -> bool {
    let (gain, loss) = (net.gain(), net.loss());
    if loss > gain { before.checked_sub(after) == Some(loss) } else { after.checked_sub(before) == Some(gain) }
}
