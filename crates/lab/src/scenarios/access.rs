//! Somebody does what only others should be able to do.

mod delegated;
mod diamond;
mod initialized;
mod middle;
mod migrated;
mod mirrored;
mod origin;
mod owners;
mod poly;
mod roles;
mod routed;
mod spoofed;
mod upgraded;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    routed::OPEN_ROUTER,
    migrated::UNKNOWN_PREDECESSOR,
    poly::NEW_KEEPER,
    roles::LOST_MODIFIER,
    owners::RENAMED,
    owners::UNLOCKED_AGAIN,
    upgraded::OPEN_UPGRADE,
    upgraded::ROGUE_UPGRADE,
    initialized::PARITY_WALLET,
    initialized::FIRST_SLOT,
    delegated::COMBO,
    origin::LURED_OWNER,
    spoofed::SPOOFED_SENDER,
    diamond::OPEN_DIAMOND,
    middle::PROXY_IN_THE_MIDDLE,
    mirrored::MIRRORED_ALLOWANCE,
];
