//! One chain believes what did not happen on the other.

mod express;
mod ghost;
mod optimistic;
mod proofs;
mod receipts;
mod validators;
mod wardens;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    optimistic::ZERO_ROOT,
    proofs::RANGE_PROOF,
    validators::FIVE_OF_NINE,
    ghost::GHOST_DEPOSIT,
    receipts::SECOND_BRIDGE,
    express::EXPRESS_LANE,
    wardens::EMPTY_SEATS,
];
