//! Numbers that wrap round, are cut short, or lose what is behind the point.

mod batch;
mod cut;
mod shifted;
mod wrapped;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    wrapped::BATCH_TOKEN,
    wrapped::BONDING_CURVE,
    cut::RANGE_FUND,
    cut::WHOLE_UNITS,
    batch::BATCH_SWAP,
    shifted::SHIFTED_RANGE,
];
