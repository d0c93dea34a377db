//! What was signed is used for something else, or again.

mod bazaar;
mod cheques;
mod old_permits;
mod permits;
mod rewards;
mod siblings;
mod vouchers;

use crate::Scenario;

pub(super) const STORIES: &[Scenario] = &[
    siblings::SIBLING_VAULTS,
    rewards::SECOND_FORM,
    cheques::CASHED_AGAIN,
    permits::SIGNED_AWAY,
    vouchers::GAS_VOUCHER,
    old_permits::OLD_PERMIT,
    bazaar::LISTED_FOR_NOTHING,
];
