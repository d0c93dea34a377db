//! Whoever leaves with his share of what there is takes nothing from the others, whatever a share is counted in.

use facts::{U256, Write};

use crate::{Indexed, value::Unreturned};

/// Writes of the payer that are looked at; whoever leaves needs two of them.
const WRITES_MAX: usize = 256;

/// Whether a loss is no more than somebody's share: an entry of the payer's books that was there before the transaction
/// went down, a total went down by as much, and no greater part of the holding was paid than that was of the total.
pub(super) fn is_share(facts: &Indexed<'_>, row: &Unreturned) -> bool {
    let Some((held, _)) = facts.holding(row.account, &row.asset) else { return false };
    let own = facts.writes.iter().filter(|write| write.address == row.account && write.after < write.before);
    let falls: Vec<&Write> = own.take(WRITES_MAX).collect();
    let first = |write: &Write| facts.writes_at(write.address, write.slot).next().map(|first| first.before);
    let entries = falls.iter().filter(|write| facts.key(write.slot).is_some());
    entries.into_iter().any(|entry| {
        let less = entry.before - entry.after;
        let was_there = first(entry).is_some_and(|before| before >= less);
        let mut totals = falls.iter().filter(|write| facts.key(write.slot).is_none());
        was_there
            && totals.any(|total| {
                let all = first(total).unwrap_or_default();
                let share = held.checked_mul(less).and_then(|product| product.checked_div(all));
                total.before - total.after == less && share.is_some_and(|share| row.amount <= share)
            })
    })
}
