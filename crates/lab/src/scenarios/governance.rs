//! Votes, proposals and delays that do not hold what they promise.

mod borrowed;
mod bought;
mod flash;
mod hat;
mod timelock;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    flash::EMERGENCY_COMMIT,
    borrowed::BORROWED_LIBRARY,
    bought::BOUGHT_QUORUM,
    timelock::SCHEDULES_ITSELF,
    hat::BORROWED_HAT,
];
