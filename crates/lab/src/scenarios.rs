//! The stories. Each class of the taxonomy has a file.

mod access;
mod arithmetic;
mod bridge;
mod cast;
mod declare;
mod governance;
mod key;
mod logic;
mod price;
mod props;
mod reentrancy;
mod safe;
mod signature;
mod token;

use crate::Scenario;

/// All of them.
pub const SCENARIOS: &[&[Scenario]] = &[
    access::STORIES,
    arithmetic::STORIES,
    bridge::STORIES,
    governance::STORIES,
    key::STORIES,
    logic::STORIES,
    price::STORIES,
    reentrancy::STORIES,
    signature::STORIES,
    token::STORIES,
];
