//! Others are kept from what is theirs.

mod auction;
mod list;
mod queue;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[auction::UNPAYABLE_BIDDER, queue::GAS_EATER, list::FLOODED_LIST];
