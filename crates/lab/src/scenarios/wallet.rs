//! Holders give it away themselves, and do not know it.

mod approvals;
mod collectibles;
mod counterfeit;
mod drainer;
mod permit2;
mod phantom;
mod poison;

use alloy_dyn_abi::DynSolValue;
use facts::Address;

use super::declare::Invariant;
use crate::{Scenario, Stage};

pub(super) const STORIES: &[Scenario] = &[
    approvals::OLD_APPROVALS,
    collectibles::WHOLE_COLLECTION,
    permit2::SIGNED_BATCH,
    poison::COPIED_ADDRESS,
    counterfeit::FAMOUS_NAME,
    drainer::CLAIM_PAGE,
    phantom::PHANTOM_PERMIT,
];

/// What these holders have of a token is moved on their behalf by whom they trust, and by nobody else.
fn taken_only_by(
    stage: &mut Stage<'_>,
    id: &str,
    kind: &str,
    token: Address,
    holders: &[Address],
    trusted: &[Address],
) {
    let theirs: Vec<String> =
        holders.iter().map(|holder| format!("address(call.word(0)) == address(\"{holder:#x}\")")).collect();
    let others: String = trusted.iter().map(|by| format!(" && call.from != address(\"{by:#x}\")")).collect();
    let broken = format!(
        "call.effective && call.to == address(\"{token:#x}\") \
         && call.selector == selector(\"transferFrom(address,address,uint256)\") && ({}){others}",
        theirs.join(" || "),
    );
    Invariant { id, kind, on: "call", broken, about: token, asks: None }.declare(stage);
}

/// What an account has of a token, or of coins, goes to accounts of its address book only.
fn sends_only_to(
    stage: &mut Stage<'_>,
    id: &str,
    kind: &str,
    (holder, token): (Address, Option<Address>),
    book: &[Address],
) {
    let asset = token.map_or("flow.token == null".to_owned(), |token| {
        format!("flow.token != null && flow.token == address(\"{token:#x}\")")
    });
    let others: String = book.iter().map(|to| format!(" && flow.to != address(\"{to:#x}\")")).collect();
    let broken = format!("flow.from == address(\"{holder:#x}\") && flow.amount > amount(\"0\") && {asset}{others}");
    Invariant { id, kind, on: "flow", broken, about: holder, asks: None }.declare(stage);
}

/// Structs as an array argument.
fn list(structs: impl IntoIterator<Item = DynSolValue>) -> DynSolValue {
    DynSolValue::Array(structs.into_iter().collect())
}
