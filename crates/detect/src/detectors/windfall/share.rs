//! Whoever leaves with his share of what there is takes nothing from the others, whatever a share is counted in.

use facts::{Address, KeyedMap, U256};

use crate::{Indexed, value::Unreturned};

/// Shares of one payer that are looked at; whoever leaves needs one.
const SHARES_MAX: usize = 16;

/// What entries of books went down by, each with the total that went down by as much: so many of so many.
pub(super) struct Shares(KeyedMap<Address, Vec<(U256, U256)>>);

impl Shares {
    /// Entries that were there before the transaction, and totals as they were before it.
    pub(super) fn of(facts: &Indexed<'_>) -> Self {
        let first = |address, slot| facts.writes_at(address, slot).next().map(|write| write.before);
        let falls = || facts.writes.iter().filter(|write| write.after < write.before);
        let mut totals: KeyedMap<(Address, U256), U256> = KeyedMap::default();
        for total in falls().filter(|write| facts.key(write.slot).is_none()) {
            let before = first(total.address, total.slot).unwrap_or_default();
            totals.entry((total.address, total.before - total.after)).or_insert(before);
        }
        let mut shares: KeyedMap<Address, Vec<(U256, U256)>> = KeyedMap::default();
        for entry in falls().filter(|write| facts.key(write.slot).is_some()) {
            let less = entry.before - entry.after;
            let was_there = first(entry.address, entry.slot).is_some_and(|before| before >= less);
            if let (true, Some(total)) = (was_there, totals.get(&(entry.address, less))) {
                let of_payer = shares.entry(entry.address).or_default();
                if of_payer.len() < SHARES_MAX {
                    of_payer.push((less, *total));
                }
            }
        }
        Self(shares)
    }

    /// Whether no greater part of a holding was lost than somebody's share was of the total.
    pub(super) fn covers(&self, facts: &Indexed<'_>, row: &Unreturned) -> bool {
        let Some(shares) = self.0.get(&row.account) else { return false };
        let Some((held, _)) = facts.holding(row.account, &row.asset) else { return false };
        shares.iter().any(|(share, total)| {
            let due = held.checked_mul(*share).and_then(|product| product.checked_div(*total));
            due.is_some_and(|due| row.amount <= due)
        })
    }
}
