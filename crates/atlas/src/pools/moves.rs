//! How far a transaction moved a price, and whether it moved it back.

use std::collections::BTreeMap;

use facts::TxFacts;

use super::{Basis, Mark, Pool, Price, marks};

/// What became of the price of one pool within a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceMove {
    /// Which pool.
    pub pool: Pool,
    /// How the prices are known.
    pub basis: Basis,
    /// The price before the first trade, out of the pool's storage; none when no write was seen that tells it. Of trades
    /// without a spot price, the rate of the first.
    pub before: Option<Price>,
    /// The price that was furthest from the one before; without one, from the first.
    pub worst: Price,
    /// The last price.
    pub after: Price,
    /// Where in the transaction the worst was.
    pub worst_at: u32,
    /// How many times the pool told a price.
    pub marks: usize,
}

impl PriceMove {
    /// By which factor the worst price is away from the one before, in basis points: 10,000 for not at all.
    pub fn worst_factor_bp(&self) -> Option<u64> {
        self.before.map(|before| self.worst.factor_bp(before))
    }

    /// By which factor the last price is away from the one before, in basis points.
    pub fn after_factor_bp(&self) -> Option<u64> {
        self.before.map(|before| self.after.factor_bp(before))
    }
}

/// What became of every pool that told its price in a transaction, ordered by pool.
pub fn moves(tx: &TxFacts) -> Vec<PriceMove> {
    let mut by_pool: BTreeMap<Pool, Vec<Mark>> = BTreeMap::new();
    for mark in marks(tx) {
        by_pool.entry(mark.pool).or_default().push(mark);
    }
    by_pool.into_values().filter_map(|marks| moved(tx, &marks)).collect()
}

/// The price that a pool had before the trade of its first mark, as [`PriceMove::before`] has it.
pub fn before(tx: &TxFacts, first: &Mark) -> Option<Price> {
    price_before(tx, std::slice::from_ref(first))
}

fn moved(tx: &TxFacts, marks: &[Mark]) -> Option<PriceMove> {
    let (first, last) = (marks.first()?, marks.last()?);
    let before = match first.basis {
        Basis::Spot => price_before(tx, marks),
        Basis::Trade => Some(first.price),
    };
    let from = before.unwrap_or(first.price);
    // Of prices equally far away the first is told.
    let further = |worst: &'_ Mark, mark: &Mark| mark.price.is_further(worst.price, from);
    let worst = marks.iter().fold(first, |worst, mark| if further(worst, mark) { mark } else { worst });
    Some(PriceMove {
        pool: first.pool,
        basis: first.basis,
        before,
        worst: worst.price,
        after: last.price,
        worst_at: worst.at,
        marks: marks.len(),
    })
}

/// The price in the slot in which the pool keeps it, before the transaction: the slot is the one that held, after a
/// trade, what the trade's event told.
fn price_before(tx: &TxFacts, marks: &[Mark]) -> Option<Price> {
    let contract = marks.first()?.pool.contract;
    let slot = marks.iter().find_map(|mark| {
        let kept = mark.kept?;
        // What was last written before the event, which comes behind the write in every known pool.
        let mut written = tx.writes.iter().rev().skip_while(|write| write.at > mark.at);
        written.find(|write| write.address == contract && kept.is_in(write.after)).map(|write| (write.slot, kept))
    });
    let (slot, kept) = slot?;
    let first = tx.writes.iter().find(|write| write.address == contract && write.slot == slot)?;
    kept.price_in(first.before)
}
