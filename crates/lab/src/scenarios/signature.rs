//! What was signed is used for something else, or again.

mod cheques;
mod permits;
mod rewards;
mod siblings;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] =
    &[siblings::SIBLING_VAULTS, rewards::SECOND_FORM, cheques::CASHED_AGAIN, permits::SIGNED_AWAY];
