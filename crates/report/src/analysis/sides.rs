//! On whose side an account stands: the sender's, or the others'. A guess by what accounts do, never by who they are.

use std::collections::BTreeSet;

use case::{Alert, Severity};
use facts::{AccountId, Address, Asset, TxFacts, U256};

use super::{borrowed::Loan, material::Material};

/// The sender's side.
pub(super) struct Sides {
    own: BTreeSet<Address>,
}

impl Sides {
    /// The sender, what it deployed, whoever borrowed for it with everybody on the way there, and those whom a rule
    /// suspects; never what is protected.
    pub(super) fn of(material: &Material<'_>, facts: &TxFacts, loans: &[Loan]) -> Self {
        let mut own = BTreeSet::from([facts.from, material.sender.account()]);
        own.extend(facts.codes.iter().map(|code| code.address));
        for loan in loans {
            own.insert(loan.borrower);
        }
        let outermost = loans.iter().filter_map(|loan| facts.frames.get(loan.frame as usize)).map(|frame| frame.depth);
        if let Some(outermost) = outermost.min() {
            for loan in loans {
                let mut next = Some(loan.frame);
                while let Some(frame) = next.and_then(|at| facts.frames.get(at as usize)) {
                    if frame.depth < outermost {
                        own.insert(frame.target);
                    }
                    next = frame.parent;
                }
            }
        }
        // Whom rules name on both sides stands where the graver ones put it. Whoever drives a transaction is suspected of
        // more than a rule of little weight can take back.
        let graver = |named: fn(&Alert) -> &[AccountId], account: Address| {
            let of = material.alerts.iter().filter(|alert| named(alert).iter().any(|held| held.address == account));
            of.map(|alert| alert.severity).max()
        };
        let suspects: Vec<Address> =
            material.alerts.iter().flat_map(|alert| &alert.attackers).map(|account| account.address).collect();
        let drives = own.clone();
        own.extend(suspects);
        own.retain(|account| {
            let id = AccountId { chain: material.chain.id.clone(), address: *account };
            let protected = material.protocol.is_some_and(|protocol| protocol.contains(&id));
            let suffers = graver(|alert| &alert.victims, *account);
            let acts =
                graver(|alert| &alert.attackers, *account).max(drives.contains(account).then_some(Severity::Medium));
            !account.is_zero() && !protected && (acts >= suffers || *account == facts.from)
        });
        Self { own }
    }

    /// Whether an account stands on the sender's side.
    pub(super) fn is_own(&self, account: Address) -> bool {
        self.own.contains(&account)
    }

    /// What the sender's side as a whole gained and lost of each asset, ordered by asset: principal and fees of loans are
    /// paid in it, gas is not.
    pub(super) fn balance(&self, facts: &TxFacts) -> Vec<(Asset, U256, U256)> {
        let mut sums: Vec<(Asset, U256, U256)> = Vec::new();
        for net in facts.net().iter().filter(|net| self.is_own(net.account)) {
            match sums.iter_mut().find(|(asset, ..)| *asset == net.asset) {
                Some((_, received, sent)) => {
                    *received = received.saturating_add(net.received);
                    *sent = sent.saturating_add(net.sent);
                }
                None => sums.push((net.asset, net.received, net.sent)),
            }
        }
        sums.sort_by_key(|(asset, ..)| *asset);
        let net = |(asset, received, sent): (Asset, U256, U256)| {
            (asset, received.saturating_sub(sent), sent.saturating_sub(received))
        };
        sums.into_iter().map(net).filter(|(_, gained, lost)| gained != lost).collect()
    }
}
