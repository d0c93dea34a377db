//! Those whom the users trusted take it.

mod farms;
mod launches;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] =
    &[launches::PRESALE, launches::LOOSE_LOCK, farms::EVIL_STRATEGY, farms::RECOVERED_STAKE];
