//! What everybody could do in an afternoon: three rules to be measured against.

use alloy_primitives::keccak256;
use atlas::Callbacks;
use facts::{Asset, B256, TxFacts};
use serde::Serialize;

use crate::{WETH, ether};

/// Coins from which a movement is large.
const LARGE: u64 = 100;

/// What each of the three says of a transaction, or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Baseline {
    /// A movement of at least a hundred coins, native or wrapped.
    pub large_transfer: bool,
    /// Any call back that a flash lender makes.
    pub any_flash_loan: bool,
    /// One of a few events that every monitor has a template for.
    pub single_event: bool,
}

/// The three rules.
pub struct Baselines {
    callbacks: Callbacks,
    events: Vec<B256>,
}

impl Default for Baselines {
    fn default() -> Self {
        let named = [
            "OwnershipTransferred(address,address)",
            "Upgraded(address)",
            "AdminChanged(address,address)",
            "RoleGranted(bytes32,address,address)",
            "Paused(address)",
        ];
        Self { callbacks: Callbacks::embedded(), events: named.map(keccak256).to_vec() }
    }
}

impl Baselines {
    /// What they say of a transaction.
    pub fn of(&self, tx: &TxFacts) -> Baseline {
        let large = ether(LARGE);
        let is_coin = |asset: &Asset| *asset == Asset::Native || *asset == Asset::Erc20(WETH);
        Baseline {
            large_transfer: tx.flows.iter().any(|flow| is_coin(&flow.asset) && flow.amount >= large),
            any_flash_loan: tx
                .frames
                .iter()
                .any(|frame| frame.selector().is_some_and(|selector| self.callbacks.get(selector).is_some())),
            single_event: tx.logs.iter().any(|log| log.topics.first().is_some_and(|topic| self.events.contains(topic))),
        }
    }
}

impl std::ops::BitOrAssign for Baseline {
    fn bitor_assign(&mut self, other: Self) {
        self.large_transfer |= other.large_transfer;
        self.any_flash_loan |= other.any_flash_loan;
        self.single_event |= other.single_event;
    }
}
