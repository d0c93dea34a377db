//! Somebody comes in again before the first visit is over.

mod apes;
mod banks;
mod markets;
mod notes;
mod twins;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    banks::ETHER_BANK,
    banks::GUILD_BANK,
    banks::TIP_JAR,
    markets::FUSE_POOL,
    markets::CURVE_MIRAGE,
    markets::HOOK_MARKET,
    notes::NFT_DROP,
    notes::LOCKED_NOTES,
    apes::APE_LOANS,
    twins::BROKEN_LOCK,
];
