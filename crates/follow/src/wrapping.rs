//! Native coin that is unwrapped arrives before the wrapped token says so: which payment belongs to which notice.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Asset, Flow, FlowKind, TxFacts};

/// Movements between a payment and its notice that are looked past. The receiver may pass the coin on before the notice
/// comes, but not for ever.
const LOOK_BACK_MAX: usize = 256;

/// What a transaction unwrapped.
#[derive(Debug, Default)]
pub(crate) struct Unwrapping {
    /// For the position of a payment, the wrapped token that it came out of.
    paid: BTreeMap<usize, Asset>,
    /// Positions of notices whose payment was found.
    told: BTreeSet<usize>,
}

impl Unwrapping {
    /// What a transaction unwrapped. Coin that `is_taken` says was taken from a wrapper is no payment for its token.
    pub(crate) fn of(tx: &TxFacts, is_taken: impl Fn(&Flow) -> bool) -> Self {
        let mut found = Self::default();
        for (at, notice) in tx.flows.iter().enumerate().filter(|(_, flow)| flow.kind == FlowKind::Unwrap) {
            let pays = |flow: &Flow| {
                flow.asset == Asset::Native
                    && Some(flow.from) == notice.asset.contract()
                    && flow.to == notice.from
                    && flow.amount == notice.amount
                    && !is_taken(flow)
            };
            let mut before = (0..at).rev().take(LOOK_BACK_MAX);
            let payment = before.find(|index| pays(&tx.flows[*index]) && !found.paid.contains_key(index));
            if let Some(payment) = payment {
                found.paid.insert(payment, notice.asset);
                found.told.insert(at);
            }
        }
        found
    }

    /// The wrapped token that this payment came out of.
    pub(crate) fn source(&self, at: usize) -> Option<Asset> {
        self.paid.get(&at).copied()
    }

    /// Whether this is the notice of a payment that was dealt with already.
    pub(crate) fn is_told(&self, at: usize) -> bool {
        self.told.contains(&at)
    }
}
