//! An identity on the chain, and somebody who acts for it without the right.

mod accounts;
mod attempts;
mod credentials;
mod names;
mod owners;
mod recoveries;
mod rescues;
mod rotations;

use facts::Address;

use super::declare::view_never;
use crate::{EXCHANGE, Scenario, Stage, ether};

pub(super) const STORIES: &[Scenario] = &[
    attempts::SPRAYED_KEYS,
    credentials::OPEN_BATCH,
    credentials::ADDED_DELEGATE,
    owners::UNBOUND_SIGNATURE,
    accounts::UNKNOWN_KEY,
    recoveries::SAME_GUARDIAN,
    names::OPEN_RECLAIM,
    names::LAPSED_NAME,
    rotations::ROTATED_BACK,
    rescues::NO_GUARDIANS,
];

/// An account that was named before, with coins from an exchange.
fn funded(stage: &mut Stage<'_>, name: &str) -> Address {
    let account = stage.stranger(name);
    stage.transfer(EXCHANGE, account, ether(10));
    account
}

/// What a view says of an identity is one of these accounts, once it is any.
fn says_one_of(
    stage: &mut Stage<'_>,
    (id, kind): (&str, &str),
    about: Address,
    view: (&str, Vec<alloy_dyn_abi::DynSolValue>),
    any_of: &[Address],
) {
    let number = |account: &Address| facts::U256::from_be_slice(account.as_slice());
    let others: String =
        any_of.iter().map(|account| format!(" && observed.value != amount(\"{}\")", number(account))).collect();
    view_never(stage, id, kind, about, view, &format!("observed.value != 0{others}"));
}
