//! What stands in the town, and where.

use facts::{Address, U256};

use super::subjects;

/// Coins by their place in [`Places::coins`].
pub(super) const WRAPPED: usize = 0;
/// A dollar with EIP-2612 permits and six digits.
pub(super) const USDC: usize = 1;
/// A dollar without return values and with six digits.
pub(super) const USDT: usize = 2;
/// A dollar with eighteen digits.
pub(super) const DAI: usize = 3;
/// A coin with eight digits.
pub(super) const BTC: usize = 4;
/// A plain coin.
pub(super) const LINK: usize = 5;
/// One that keeps a fee of every transfer.
pub(super) const FEES: usize = 6;
/// One whose balances grow.
pub(super) const STAKED: usize = 7;
/// One with votes.
pub(super) const VOTES: usize = 8;
/// One that staking pays.
pub(super) const REWARD: usize = 9;

/// A token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coin {
    pub(super) at: Address,
    /// Base units of a whole one.
    pub(super) unit: U256,
    /// The price of a whole one on the markets of the world, in cents of a dollar.
    pub(super) price_cents: u64,
}

/// What stands in the town.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) coins: Vec<Coin>,
    pub(super) money: subjects::money::Places,
    pub(super) swaps: subjects::swaps::Places,
    pub(super) lending: subjects::lending::Places,
    pub(super) bots: subjects::bots::Places,
    pub(super) vaults: subjects::vaults::Places,
    pub(super) giving: subjects::giving::Places,
    pub(super) art: subjects::art::Places,
    pub(super) bridge: subjects::bridge::Places,
    pub(super) hall: subjects::hall::Places,
    pub(super) safes: subjects::safes::Places,
    pub(super) signed: subjects::signed::Places,
    pub(super) offices: subjects::offices::Places,
    pub(super) launches: subjects::launches::Places,
}

impl Places {
    /// Whether this token's allowances must be zero before they are changed.
    pub(super) fn is_tether(&self, token: Address) -> bool {
        self.coins.get(USDT).is_some_and(|coin| coin.at == token)
    }

    /// The address of a coin.
    pub(super) fn coin(&self, index: usize) -> Address {
        self.coins.get(index).map(|coin| coin.at).unwrap_or_default()
    }

    /// Contracts that a protocol would declare as its own, by name.
    pub(super) fn protected(&self) -> Vec<(Address, String)> {
        let mut all = Vec::new();
        all.extend(self.swaps.protected());
        all.extend(self.lending.protected());
        all.extend(self.vaults.protected());
        all.extend(self.bridge.protected());
        all.extend(self.hall.protected());
        all.extend(self.offices.protected());
        all
    }
}
