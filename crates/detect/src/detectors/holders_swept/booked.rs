//! Whose names contracts wrote something under: a deposit, a debt that became smaller, a date that was moved.

use std::collections::BTreeSet;

use facts::{Address, U256};

use crate::Indexed;

/// Members of a struct that stands under one key of a mapping.
const MEMBERS_MAX: u64 = 4;

/// Accounts under whose name a contract wrote something, by contract.
pub(super) struct Booked {
    /// Contracts of others.
    by_others: BTreeSet<Address>,
    /// Contracts of the sender's own making, with the account: what they write counts where they keep the value.
    by_own: BTreeSet<(Address, Address)>,
}

impl Booked {
    pub(super) fn of(facts: &Indexed<'_>, is_own: impl Fn(Address) -> bool) -> Self {
        let (mut by_others, mut by_own) = (BTreeSet::new(), BTreeSet::new());
        for write in &facts.writes {
            // A number that is used up, or its bit, is no booking; nor is what a token writes of itself.
            let is_mark =
                write.before.abs_diff(write.after) == U256::ONE || (write.before ^ write.after).count_ones() == 1;
            if is_mark || facts.is_token(write.address) {
                continue;
            }
            let names = facts.names_near(write.slot, MEMBERS_MAX);
            // What stands under somebody's name and that of whoever acts is what the one allowed the other.
            let acts = |name: &Address| *name == facts.from || facts.frames_by(*name).next().is_some();
            if names.len() > 1 && names.iter().any(acts) {
                continue;
            }
            for account in names {
                by_own.insert((write.address, account));
                if !by_others.contains(&account) && !is_own(write.address) && !facts.is_new(write.address) {
                    by_others.insert(account);
                }
            }
        }
        Self { by_others, by_own }
    }

    /// Whether something was written under a holder's name, by a contract that is not the sender's own or that keeps what
    /// was taken.
    pub(super) fn names(&self, holder: Address, taker: Address) -> bool {
        self.by_others.contains(&holder) || self.by_own.contains(&(taker, holder))
    }
}
