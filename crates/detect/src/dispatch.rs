//! Who is woken by a transaction. A transaction that nobody wants costs one look-up or two for each call and log.
//!
//! What wakes a rule is kept by the account it is about, and there by the event or function, so that a hundred
//! thousand rules over ten thousand accounts cost what a handful costs: only those are touched that may have
//! something to say, and they are told which calls, logs or flows it was.

mod awake;
mod list;
mod sieve;

pub use awake::Woken;
pub(crate) use awake::{Awake, Kind};

use facts::{Address, B256, KeyedMap, Selector, TxFacts};

use crate::{Detector, FlowShape, Scope, Wake, Whose};
use list::{Graded, List, Named};
use sieve::Sieve;

/// Rules that one process runs; an instance of a card counts as one. Ten times what the largest users write, and a few
/// hundred bytes each.
pub(crate) const MAX_RULES: usize = 1_000_000;

/// The rules by what wakes them.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    /// Those that want a transaction for what it is: by whether it is more than a payment, and whether anything moves.
    every_tx: [[List; 2]; 2],
    every_block: List,
    /// The accounts that wake somebody, by their place among `doors`.
    accounts: KeyedMap<Address, u32>,
    /// Tells of most accounts that they are not among those.
    sieve: Sieve,
    doors: Vec<Doors>,
    /// What every protected account wakes, beside its own.
    protected: Doors,
    selectors: KeyedMap<Selector, List>,
    called: KeyedMap<Selector, List>,
    topics: KeyedMap<B256, List>,
    logged: KeyedMap<B256, List>,
    mint_or_burn: List,
    /// Those that want movements of the native coin.
    native: Graded,
    failure: List,
    change: List,
    code: List,
    delegation: List,
}

/// The rules that one account wakes, by the way in which it takes part.
#[derive(Debug, Default)]
struct Doors {
    is_protected: bool,
    any: List,
    party: List,
    calls: Named<Selector>,
    logs: Named<B256>,
    flows: Graded,
    changes: List,
}

impl Dispatch {
    /// The index over detectors, of which there are at most [`MAX_RULES`].
    pub(crate) fn new<'a>(detectors: impl Iterator<Item = &'a dyn Detector>, scope: &Scope) -> Self {
        let mut this = Self::default();
        for (rule, detector) in (0u32..).zip(detectors) {
            for wake in detector.wakes() {
                this.add(rule, wake, scope);
            }
        }
        if !this.protected.is_empty() {
            for account in scope.contracts() {
                this.doors(account.address).is_protected = true;
            }
        }
        this.accounts.keys().for_each(|account| this.sieve.add(account));
        this.native.settle();
        this.doors.iter_mut().chain([&mut this.protected]).for_each(|doors| doors.flows.settle());
        this.doors.shrink_to_fit();
        this
    }

    fn add(&mut self, rule: u32, wake: Wake, scope: &Scope) {
        match wake {
            Wake::Tx | Wake::Call(None, None) | Wake::Log(None, None) => self.every(rule, |_, _| true),
            Wake::InScope if scope.is_everything() => self.every(rule, |_, _| true),
            Wake::Work => self.every(rule, |works, _| works),
            Wake::Flow(FlowShape::Any) => self.every(rule, |_, moves| moves),
            Wake::Flow(FlowShape::AtWork) => self.every(rule, |works, moves| works && moves),
            Wake::Protected | Wake::InScope => self.protected.any.add(rule),
            Wake::Address(address) => self.doors(address).any.add(rule),
            Wake::Party(whose) => self.whose(whose).party.add(rule),
            Wake::Call(Some(whose), selector) => self.whose(whose).calls.add(selector, rule),
            Wake::Call(None, Some(selector)) => self.called.entry(selector).or_default().add(rule),
            Wake::Log(Some(whose), topic) => self.whose(whose).logs.add(topic, rule),
            Wake::Log(None, Some(topic)) => self.logged.entry(topic).or_default().add(rule),
            Wake::Moved { whose, at_least } => self.whose(whose).flows.add(at_least, rule),
            Wake::Changed(whose) => self.whose(whose).changes.add(rule),
            Wake::Selector(selector) => self.selectors.entry(selector).or_default().add(rule),
            Wake::Topic(topic) => self.topics.entry(topic).or_default().add(rule),
            Wake::Flow(FlowShape::MintOrBurn) => self.mint_or_burn.add(rule),
            Wake::Flow(FlowShape::Native { at_least }) => self.native.add(at_least, rule),
            Wake::Failure => self.failure.add(rule),
            Wake::Change => self.change.add(rule),
            Wake::Code => self.code.add(rule),
            Wake::Delegation => self.delegation.add(rule),
            Wake::Block => self.every_block.add(rule),
        }
    }

    /// Has a rule woken by transactions for what they are: whether they do more than pay, whether anything moves.
    fn every(&mut self, rule: u32, wants: impl Fn(bool, bool) -> bool) {
        for (works, moves) in [(false, false), (false, true), (true, false), (true, true)] {
            if wants(works, moves) {
                self.every_tx[usize::from(works)][usize::from(moves)].add(rule);
            }
        }
    }

    fn whose(&mut self, whose: Whose) -> &mut Doors {
        match whose {
            Whose::Account(address) => self.doors(address),
            Whose::Protected => &mut self.protected,
        }
    }

    fn doors(&mut self, address: Address) -> &mut Doors {
        let next = u32::try_from(self.doors.len()).unwrap_or(u32::MAX);
        let at = *self.accounts.entry(address).or_insert(next);
        if at == next {
            self.doors.push(Doors::default());
        }
        &mut self.doors[at as usize]
    }

    /// The rules that look at every block.
    pub(crate) fn of_block(&self) -> impl Iterator<Item = u32> + '_ {
        self.every_block.iter()
    }

    /// Wakes the rules that this transaction concerns.
    pub(crate) fn of_tx(&self, tx: &TxFacts, awake: &mut Awake) {
        awake.clear();
        awake.whole(&self.every_tx[usize::from(!tx.is_payment())][usize::from(!tx.flows.is_empty())]);
        if !tx.changes.is_empty() {
            awake.whole(&self.change);
        }
        if !tx.codes.is_empty() {
            awake.whole(&self.code);
        }
        if !tx.delegations.is_empty() {
            awake.whole(&self.delegation);
        }
        if !self.accounts.is_empty() {
            self.by_parties(tx, awake);
        }
        self.by_calls(tx, awake);
        self.by_logs(tx, awake);
        self.by_flows(tx, awake);
        awake.settle();
    }

    fn by_parties(&self, tx: &TxFacts, awake: &mut Awake) {
        for party in [Some(tx.from), tx.to].into_iter().flatten() {
            self.each(&party, |doors| {
                awake.whole(&doors.any);
                awake.whole(&doors.party);
            });
        }
        for (at, change) in (0..).zip(&tx.changes) {
            self.each(&change.contract, |doors| {
                awake.whole(&doors.any);
                awake.item(&doors.changes, Kind::Change, at);
            });
        }
    }

    fn by_calls(&self, tx: &TxFacts, awake: &mut Awake) {
        let by_account = !self.accounts.is_empty();
        let by_selector = !self.selectors.is_empty() || !self.called.is_empty();
        let mut failed = false;
        for (at, frame) in (0..).zip(&tx.frames) {
            failed |= !frame.succeeded();
            if !by_account && !by_selector {
                continue;
            }
            let selector = frame.selector();
            if by_account {
                let mut called = |doors: &Doors| {
                    awake.whole(&doors.any);
                    doors.calls.each(selector.as_ref(), |rules| awake.item(rules, Kind::Call, at));
                };
                self.each(&frame.target, &mut called);
                if frame.code != frame.target {
                    self.each(&frame.code, called);
                }
            }
            if let (true, Some(selector)) = (by_selector, selector) {
                if let Some(rules) = self.selectors.get(&selector) {
                    awake.whole(rules);
                }
                if let Some(rules) = self.called.get(&selector) {
                    awake.item(rules, Kind::Call, at);
                }
            }
        }
        if failed {
            awake.whole(&self.failure);
        }
    }

    fn by_logs(&self, tx: &TxFacts, awake: &mut Awake) {
        let by_account = !self.accounts.is_empty();
        // Where there are many logs, most are alike.
        let mut last: Option<(&B256, Option<&List>)> = None;
        for (at, log) in (0..).zip(&tx.logs) {
            let topic = log.topics.first();
            if by_account {
                self.each(&log.address, |doors| {
                    awake.whole(&doors.any);
                    doors.logs.each(topic, |rules| awake.item(rules, Kind::Log, at));
                });
            }
            let Some(topic) = topic else { continue };
            let rules = last.filter(|(known, _)| *known == topic).map_or_else(
                || {
                    if let Some(rules) = self.topics.get(topic) {
                        awake.whole(rules);
                    }
                    self.logged.get(topic)
                },
                |(_, rules)| rules,
            );
            last = Some((topic, rules));
            if let Some(rules) = rules {
                awake.item(rules, Kind::Log, at);
            }
        }
    }

    fn by_flows(&self, tx: &TxFacts, awake: &mut Awake) {
        let by_account = !self.accounts.is_empty();
        let mut minted = false;
        for (at, flow) in (0..).zip(&tx.flows) {
            minted |= flow.from.is_zero() || flow.to.is_zero();
            if by_account {
                for party in [Some(flow.from), Some(flow.to), flow.asset.contract()].into_iter().flatten() {
                    self.each(&party, |doors| {
                        awake.whole(&doors.any);
                        doors.flows.each(flow.amount, |rule| awake.one(rule, Kind::Flow, at));
                    });
                }
            }
            if flow.asset == facts::Asset::Native {
                self.native.each(flow.amount, |rule| awake.one(rule, Kind::Flow, at));
            }
        }
        if minted {
            awake.whole(&self.mint_or_burn);
        }
    }

    /// The account's own doors, and those of whatever is protected if it is.
    fn each(&self, address: &Address, mut open: impl FnMut(&Doors)) {
        if !self.sieve.lets_through(address) {
            return;
        }
        let Some(at) = self.accounts.get(address) else { return };
        let doors = &self.doors[*at as usize];
        open(doors);
        if doors.is_protected {
            open(&self.protected);
        }
    }
}

impl Doors {
    fn is_empty(&self) -> bool {
        let lists = [&self.any, &self.party, &self.changes];
        let named = self.calls.is_empty() && self.logs.is_empty();
        lists.iter().all(|list| list.is_empty()) && named && self.flows.is_empty()
    }
}
