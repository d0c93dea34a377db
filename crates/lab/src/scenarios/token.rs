//! Tokens that are not what their holders believe: minted from nothing, shrinking, growing, with a back door.

mod hidden;
mod listed;
mod minted;
mod rebased;
mod taxed;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    minted::CASH_MINT,
    minted::BLACKSMITH,
    taxed::SAFE_POOL,
    taxed::PAIR_BURNER,
    rebased::OHM_EPOCH,
    hidden::HIDDEN_MINT,
    hidden::FRIENDLY_TOKEN,
    listed::BOT_TOKEN,
];
