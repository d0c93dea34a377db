//! The books say what is not so.

mod apes;
mod auction;
mod drop;
mod exits;
mod fees;
mod pawn;
mod recipe;
mod ruined;
mod sacks;
mod shares;
mod slots;
mod trove;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    auction::BATCH_AUCTION,
    exits::EMERGENCY_EXIT,
    ruined::RUINED_ACCOUNT,
    fees::PASSED_SHARES,
    apes::BORROWED_APES,
    slots::MOVED_OWNER,
    shares::LOAN_TOKEN,
    drop::OTHER_NUMBER,
    trove::NONE_OF_ONE,
    sacks::NAMED_TWICE,
    pawn::WITHDRAWN_PLEDGE,
    recipe::FORGOTTEN_CHECK,
];
