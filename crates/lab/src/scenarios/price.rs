//! Somebody is believed about what something is worth.

mod feeds;
mod given;
mod harvest;
mod keepers;
mod rounded;
mod spot;
mod vaults;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    spot::LP_BANK,
    spot::QUICK_TWAP,
    vaults::CURVE_VAULT,
    vaults::META_VAULT,
    feeds::STALE_FEED,
    feeds::TELLOR_TROVES,
    given::EMPTY_MARKET,
    given::RESUPPLY_PAIR,
    rounded::RAY_MARKET,
    keepers::OPEN_KEEPER,
    harvest::BLIND_HARVEST,
];
