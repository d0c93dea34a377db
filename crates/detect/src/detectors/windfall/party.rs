//! Who acts for the sender of a transaction, and what they come out with.

use facts::{Address, Asset, KeyedMap, U256};

use crate::{Indexed, MemoryView, detectors::flash_gain, origins, value::Claims};

/// Words of the transaction's input that may name somebody.
const NAMED_MAX: usize = 64;

/// Whoever acts for the sender in a transaction.
pub(crate) struct Party {
    pub(crate) members: Vec<Address>,
    /// The same in order, to be looked up among.
    ordered: Vec<Address>,
    /// Members whose tokens are their own invention, so that having fewer of them is no loss. In order.
    made: Vec<Address>,
    pub(crate) loans: Vec<flash_gain::Loan>,
    /// In order.
    lenders: Vec<Address>,
}

impl Party {
    pub(crate) fn of(facts: &Indexed<'_>) -> Self {
        let loans = flash_gain::loans(facts);
        let mut members = flash_gain::drivers(facts, &loans);
        let mut made: Vec<Address> = facts.codes.iter().map(|code| code.address).collect();
        made.extend(loans.iter().map(|loan| loan.borrower));
        members.extend(payees(facts).into_iter().filter(|payee| !loans.iter().any(|loan| loan.lender == *payee)));
        // Whoever the sender calls and who calls on is either its own contract or passes its wishes on.
        if let Some(to) = facts.to.filter(|to| !members.contains(to)) {
            members.push(to);
        }
        let ordered = flash_gain::in_order(&members);
        let (made, lenders) =
            (flash_gain::in_order(&made), flash_gain::in_order(loans.iter().map(|loan| &loan.lender)));
        Self { members, ordered, made, loans, lenders }
    }

    /// The same, with the contracts on the way that the sender or a contract of its had put in place before.
    pub(crate) fn with_tools(facts: &Indexed<'_>, memory: &MemoryView<'_>) -> Self {
        let mut this = Self::of(facts);
        let mut asked: KeyedMap<Address, ()> = KeyedMap::default();
        for frame in &facts.frames {
            if asked.insert(frame.target, ()).is_none()
                && !this.has(frame.target)
                && origins::entity(memory, frame.target) == Some(facts.from)
            {
                this.members.push(frame.target);
                this.made.push(frame.target);
            }
        }
        this.ordered = flash_gain::in_order(&this.members);
        this.made.sort_unstable();
        this
    }

    /// Whether an account is one of them.
    pub(crate) fn has(&self, account: Address) -> bool {
        self.ordered.binary_search(&account).is_ok()
    }

    fn has_made(&self, account: Address) -> bool {
        self.made.binary_search(&account).is_ok()
    }

    pub(crate) fn is_lender(&self, account: Address) -> bool {
        self.lenders.binary_search(&account).is_ok()
    }

    /// A debt that was taken on with borrowed means is nothing that anybody means to pay.
    pub(crate) fn claims(&self) -> Claims {
        if self.loans.is_empty() { Claims::BalancesAndDebts } else { Claims::Balances }
    }

    /// Whether its members gave this account something of which they had not borrowed or made all.
    pub(crate) fn paid(&self, facts: &Indexed<'_>, account: Address) -> bool {
        facts.net_rows(account).iter().any(|net| !net.gain().is_zero())
            && facts.flows_to(account).any(|flow| {
                self.has(flow.from)
                    && !flow.amount.is_zero()
                    && flow.asset.contract().is_none_or(|token| !self.has_made(token))
            })
    }

    /// Whether its members together have more of something, and whether they have less of anything, that is not of their
    /// own making.
    pub(crate) fn balance(&self, facts: &Indexed<'_>) -> (bool, bool) {
        let mut rows: KeyedMap<Asset, (U256, U256)> = KeyedMap::default();
        for net in facts.net().iter().filter(|net| self.has(net.account)) {
            if net.asset.contract().is_some_and(|token| self.has_made(token)) {
                continue;
            }
            let (received, sent) = rows.entry(net.asset).or_default();
            *received = received.saturating_add(net.received);
            *sent = sent.saturating_add(net.sent);
        }
        let gains = rows.values().any(|(received, sent)| received > sent);
        (gains, rows.values().any(|(received, sent)| sent > received))
    }
}

/// Accounts that the sender named, that took no part, and that only gained: where it wants its gain to go.
fn payees(facts: &Indexed<'_>) -> Vec<Address> {
    let named = facts.frames.first().map_or(&[][..], |frame| frame.input.get(4..).unwrap_or_default());
    let words = named.chunks_exact(32).take(NAMED_MAX).filter(|word| word[..12] == [0; 12]);
    let mut payees: Vec<Address> = words.map(|word| Address::from_slice(&word[12..])).collect();
    payees.sort_unstable();
    payees.dedup();
    payees.retain(|account| {
        let own = facts.net_rows(*account);
        !own.is_empty()
            && own.iter().all(|net| net.loss().is_zero())
            && facts
                .frames
                .iter()
                .all(|frame| frame.caller != *account && (frame.target != *account || frame.input.is_empty()))
    });
    payees
}
