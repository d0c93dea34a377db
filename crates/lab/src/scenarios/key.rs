//! A key does what its holder did not want.

mod admins;
mod blind;
mod blind_owner;
mod delegations;
mod hot;
mod operators;
mod stock;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    admins::UNBACKED_BONDS,
    stock::STOLEN_OPERATOR,
    operators::TWO_OF_FIVE,
    hot::HOT_WALLET,
    blind::CHANGED_SINGLETON,
    blind_owner::GIVEN_PROVIDER,
    delegations::SWEEPER,
    delegations::OPEN_BATCH,
];
