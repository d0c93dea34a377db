//! Who took something out of a contract: a person, or another contract that the business goes on in.
//!
//! What a vault lends to its strategy, a bridge to its successor, a fund to a market is still there for those who paid
//! it in. What went to a person, or to a contract that he made and acts through, is not.

use std::cell::{OnceCell, RefCell};

use facts::{Address, Asset, Flow, Frame, KeyedMap, U256};

use crate::{Indexed, MemoryView, origins, value::ancestors};

/// How many times more or less than what was taken a debt may be booked as: interest, and indexes that it is divided by.
const SCALE_MAX: u64 = 2;
/// Books that are searched for one account's debts. Who stands in more of them owes it somewhere.
const BOOKS_MAX: usize = 64;

/// What people took of one asset out of one account.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Who, in order.
    pub(crate) by: Vec<Address>,
    /// How much together.
    pub(crate) amount: U256,
    /// The frame of the largest movement.
    pub(crate) frame: u32,
}

/// Who takes things in one transaction. What is found out of an account is kept.
pub(crate) struct Takers<'a> {
    facts: &'a Indexed<'a>,
    kinds: RefCell<KeyedMap<Address, Kind>>,
    /// By account and book, what entries under its name grew by, in order.
    debts: OnceCell<KeyedMap<Address, KeyedMap<Address, Vec<U256>>>>,
}

/// What an account is to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The sender, or an account without code as far as was seen.
    Person,
    /// A contract of the sender's, and whether he comes out with anything that was not made in this transaction.
    Tool {
        keeps: bool,
    },
    Other,
}

impl<'a> Takers<'a> {
    pub(crate) fn of(facts: &'a Indexed<'a>) -> Self {
        Self { facts, kinds: RefCell::default(), debts: OnceCell::new() }
    }

    /// What people took of an asset out of an account, debts that were booked for it left out.
    pub(crate) fn taken(&self, memory: &MemoryView<'_>, victim: Address, asset: Asset) -> Taken {
        let facts = self.facts;
        let mut taken = Taken::default();
        let mut largest = U256::ZERO;
        let is_unwrapped = |flow: &Flow| flow.to.is_zero() || Some(flow.to) == asset.contract();
        let coins = asset != Asset::Native && facts.flows_of(victim, asset).any(is_unwrapped);
        let of_coins = coins.then(|| facts.flows_of(victim, Asset::Native)).into_iter().flatten();
        for flow in facts.flows_of(victim, asset).filter(|flow| !is_unwrapped(flow)).chain(of_coins) {
            let is_none = flow.to == victim || flow.amount.is_zero();
            if is_none || !self.is_taker(memory, victim, flow) || self.owes_it(flow.to, flow.amount, asset) {
                continue;
            }
            taken.by.push(flow.to);
            taken.amount = taken.amount.saturating_add(flow.amount);
            if flow.amount > largest {
                (largest, taken.frame) = (flow.amount, flow.frame);
            }
        }
        taken.by.sort_unstable();
        taken.by.dedup();
        taken
    }

    /// Whether all of an asset that left an account went on into contracts that are known, by who made them or by
    /// `knows`, and that had not asked for it.
    pub(crate) fn all_stayed(
        &self,
        memory: &MemoryView<'_>,
        (account, asset): (Address, Asset),
        knows: impl Fn(Address) -> bool,
    ) -> bool {
        let facts = self.facts;
        let is_known = |to| knows(to) || self.kind(memory, to) == Kind::Other && origins::entity(memory, to).is_some();
        let mut moved = facts.flows_of(account, asset).filter(|flow| !flow.amount.is_zero());
        moved.all(|flow| is_known(flow.to) && !asked(facts, account, flow))
    }

    /// Whether what was paid went to a person, or to a contract of the sender's own that had asked for it and did not
    /// pass it on for shares of something else.
    fn is_taker(&self, memory: &MemoryView<'_>, victim: Address, flow: &Flow) -> bool {
        match self.kind(memory, flow.to) {
            Kind::Person => true,
            Kind::Tool { keeps } => keeps && asked(self.facts, victim, flow),
            Kind::Other => false,
        }
    }

    fn kind(&self, memory: &MemoryView<'_>, account: Address) -> Kind {
        if let Some(known) = self.kinds.borrow().get(&account) {
            return *known;
        }
        let facts = self.facts;
        let maker = origins::entity(memory, account);
        let kind = if account == facts.from {
            Kind::Person
        } else if facts.is_new(account) || maker == Some(facts.from) {
            Kind::Tool { keeps: self.keeps_something(account) }
        } else if maker.is_none() && is_codeless(facts, account) {
            Kind::Person
        } else {
            Kind::Other
        };
        self.kinds.borrow_mut().insert(account, kind);
        kind
    }

    /// Whether the sender, a contract of his, or somebody without code has more of something that was not made in this
    /// transaction.
    fn keeps_something(&self, tool: Address) -> bool {
        let facts = self.facts;
        let is_made = |asset: Asset| facts.flows_of(Address::ZERO, asset).next().is_some();
        facts.net().iter().any(|net| {
            let is_theirs = || net.account == facts.from || net.account == tool || is_codeless(facts, net.account);
            !net.gain().is_zero() && !net.account.is_zero() && !is_made(net.asset) && is_theirs()
        })
    }

    /// Whether a book says that somebody who was paid, or who asked for it, owes about as much since.
    fn owes_it(&self, payee: Address, amount: U256, asset: Asset) -> bool {
        let scale = U256::from(SCALE_MAX);
        let (least, most) = (amount / scale, amount.saturating_mul(scale));
        let debts = self.debts.get_or_init(|| debts(self.facts));
        [payee, self.facts.from].iter().filter_map(|account| debts.get(account)).any(|books| {
            let is_holding = |book: &Address| asset.contract() == Some(*book);
            let grew = |grown: &Vec<U256>| {
                let first = grown.partition_point(|more| *more < least);
                grown.get(first).is_some_and(|more| *more <= most)
            };
            books.len() > BOOKS_MAX || books.iter().any(|(book, grown)| !is_holding(book) && grew(grown))
        })
    }
}

/// What entries grew by over the transaction, by whom they name and whose books they are in.
fn debts(facts: &Indexed<'_>) -> KeyedMap<Address, KeyedMap<Address, Vec<U256>>> {
    let mut debts: KeyedMap<Address, KeyedMap<Address, Vec<U256>>> = KeyedMap::default();
    for (first, last) in facts.changed().filter(|(first, last)| last.after > first.before) {
        for name in facts.names_near(first.slot, 1) {
            let books = debts.entry(name).or_default();
            books.entry(first.address).or_default().push(last.after - first.before);
        }
    }
    debts.values_mut().flat_map(|books| books.values_mut()).for_each(|grown| grown.sort_unstable());
    debts
}

/// Whether no code of an account was seen to run.
fn is_codeless(facts: &Indexed<'_>, account: Address) -> bool {
    let ran = |frame: &Frame| frame.gas_used > 0 || !frame.output.is_empty();
    !facts.is_new(account)
        && facts.frames_by(account).next().is_none()
        && !facts.frames_of(account).any(|(_, frame)| ran(frame))
}

/// Whether it began with the payee's call, and not with one of the payer's.
pub(crate) fn asked(facts: &Indexed<'_>, victim: Address, flow: &Flow) -> bool {
    let callers = ancestors(&facts.frames, flow.frame).map(|(_, frame)| frame.caller);
    callers.filter(|caller| [flow.to, victim].contains(caller)).last() == Some(flow.to)
}
