//! What people do, a file for each thing they do it with.

pub(super) mod art;
pub(super) mod bots;
pub(super) mod bridge;
pub(super) mod exchange;
pub(super) mod giving;
pub(super) mod hall;
pub(super) mod launches;
pub(super) mod lending;
pub(super) mod liquidity;
pub(super) mod money;
pub(super) mod offices;
pub(super) mod safes;
pub(super) mod signed;
pub(super) mod swaps;
pub(super) mod vaults;

use anyhow::Result;

use super::{Kind, city::City};

/// All kinds.
pub(super) const ALL: &[&[Kind]] = &[
    money::KINDS,
    exchange::KINDS,
    swaps::KINDS,
    liquidity::KINDS,
    lending::KINDS,
    bots::KINDS,
    vaults::KINDS,
    giving::KINDS,
    art::KINDS,
    bridge::KINDS,
    hall::KINDS,
    safes::KINDS,
    signed::KINDS,
    offices::KINDS,
    launches::KINDS,
];

/// Inhabitants of a town when it begins to live.
const PEOPLE: usize = 600;

/// Founds the town: its coins, its markets, its people.
///
/// # Errors
/// If a contract is missing or a block cannot be made.
pub(super) fn found(city: &mut City<'_>) -> Result<()> {
    // The issuer, the market maker.
    city.newcomer();
    city.newcomer();
    money::found(city)?;
    city.mine()?;
    swaps::found(city)?;
    lending::found(city)?;
    bots::found(city)?;
    vaults::found(city)?;
    giving::found(city)?;
    art::found(city)?;
    bridge::found(city)?;
    hall::found(city)?;
    safes::found(city)?;
    signed::found(city)?;
    offices::found(city)?;
    for _ in 0..PEOPLE {
        city.newcomer();
    }
    city.mine()
}
