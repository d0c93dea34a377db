//! The stories. Each class of the taxonomy has a file.

mod access;
mod arithmetic;
mod bridge;
mod cast;
mod declare;
mod dos;
mod governance;
mod identity;
mod key;
mod logic;
mod price;
mod props;
mod reentrancy;
mod rug;
mod safe;
mod signature;
mod token;
mod wallet;

use crate::Scenario;

/// All of them.
pub const SCENARIOS: &[&[Scenario]] = &[
    access::STORIES,
    arithmetic::STORIES,
    bridge::STORIES,
    dos::STORIES,
    governance::STORIES,
    identity::STORIES,
    key::STORIES,
    logic::STORIES,
    price::STORIES,
    reentrancy::STORIES,
    rug::STORIES,
    signature::STORIES,
    token::STORIES,
    wallet::STORIES,
];
