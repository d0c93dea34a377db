//! The books say what is not so.

mod apes;
mod auction;
mod exits;
mod fees;
mod ruined;
mod shares;
mod slots;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    auction::BATCH_AUCTION,
    exits::EMERGENCY_EXIT,
    ruined::RUINED_ACCOUNT,
    fees::PASSED_SHARES,
    apes::BORROWED_APES,
    slots::MOVED_OWNER,
    shares::LOAN_TOKEN,
];
