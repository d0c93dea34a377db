//! What a node's own tracers say of a block. The fallback where execution here is not possible.

mod deep;
mod flat;

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use facts::{AccountState, PreState};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::wire::{self, Whole, WireError};

/// One call of a transaction as geth's `callTracer` tells it.
///
/// Amounts are in wei. Gas is what the node says: anvil gives zero for `gas` of the outermost call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallTrace {
    /// `CALL`, `DELEGATECALL`, `STATICCALL`, `CALLCODE`, `CREATE`, `CREATE2` or `SELFDESTRUCT`.
    pub kind: String,
    /// Who called.
    pub from: Address,
    /// Who was called or created; none for a creation that failed.
    pub to: Option<Address>,
    /// Native value.
    pub value: U256,
    /// Gas given.
    pub gas: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Call data or init code.
    pub input: Bytes,
    /// Return data, revert data or deployed code.
    pub output: Bytes,
    /// Why it failed, in the node's words; none when it succeeded.
    pub error: Option<String>,
    /// What it called, in order.
    pub calls: Vec<CallTrace>,
}

/// As the node tells it. The reader of JSON goes a level deeper for every call: see [`deep`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCall {
    #[serde(rename = "type")]
    kind: String,
    from: Address,
    #[serde(default)]
    to: Option<Address>,
    #[serde(default)]
    value: Option<Whole<U256>>,
    #[serde(default)]
    gas: Whole<u64>,
    gas_used: Whole<u64>,
    #[serde(default)]
    input: Bytes,
    #[serde(default)]
    output: Bytes,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    calls: Vec<RawCall>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Traced<T> {
    // Some nodes leave it out; where it is, it has to be right.
    #[serde(default)]
    tx_hash: Option<B256>,
    #[serde(default = "Option::default")]
    result: Option<T>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct RawAccount {
    #[serde(default)]
    balance: Option<Whole<U256>>,
    #[serde(default)]
    nonce: Option<Whole<u64>>,
    #[serde(default)]
    code: Option<Bytes>,
    #[serde(default)]
    storage: BTreeMap<B256, B256>,
}

#[derive(Serialize)]
pub(crate) struct Tracer {
    tracer: &'static str,
    timeout: &'static str,
}

pub(crate) const PRESTATE: Tracer = Tracer { tracer: "prestateTracer", timeout: "50s" };
pub(crate) const CALLS: Tracer = Tracer { tracer: "callTracer", timeout: "50s" };

/// The state before each transaction, with the transaction's hash where the node gives it: the answer of geth's
/// `prestateTracer` for a block.
///
/// # Errors
/// [`WireError::Shape`] for another form, or a transaction that the node could not trace.
pub fn prestates_from(json: &RawValue) -> Result<Vec<(Option<B256>, PreState)>, WireError> {
    let traced: Vec<Traced<BTreeMap<Address, RawAccount>>> = wire::parse("prestate trace", json)?;
    let mut all = Vec::with_capacity(traced.len());
    for (index, (hash, accounts)) in results(traced, "prestate trace")?.into_iter().enumerate() {
        if accounts.is_empty() {
            // A transaction always touches its sender.
            return Err(bad("prestate trace", index, "is empty: the node does not really serve this tracer"));
        }
        all.push((hash, accounts.into_iter().map(|(address, account)| (address, account.into())).collect()));
    }
    Ok(all)
}

/// The calls of each transaction, with the transaction's hash where the node gives it: the answer of geth's `callTracer`
/// for a block.
///
/// # Errors
/// As [`prestates_from`]; also for calls that nest deeper than the EVM goes.
pub fn calls_from(json: &RawValue) -> Result<Vec<(Option<B256>, CallTrace)>, WireError> {
    deep::read(json, |json| {
        let traced: Vec<Traced<RawCall>> = wire::parse_deep("call trace", json)?;
        let results = results(traced, "call trace")?;
        Ok(results.into_iter().map(|(hash, call)| (hash, call.into())).collect())
    })
}

/// The calls of one transaction: the answer of geth's `callTracer` for it.
///
/// # Errors
/// As [`calls_from`].
pub fn call_from(json: &RawValue) -> Result<CallTrace, WireError> {
    deep::read(json, |json| wire::parse_deep::<RawCall>("call trace", json).map(Into::into))
}

pub use flat::tree_from as call_from_flat;

/// The state before the block: what each account and slot was when a transaction first touched it.
pub(crate) fn merge(states: impl IntoIterator<Item = PreState>) -> PreState {
    let mut whole = PreState::new();
    for (address, account) in states.into_iter().flatten() {
        match whole.entry(address) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(account);
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                for (slot, value) in account.storage {
                    known.get_mut().storage.entry(slot).or_insert(value);
                }
            }
        }
    }
    whole
}

fn results<T>(traced: Vec<Traced<T>>, what: &'static str) -> Result<Vec<(Option<B256>, T)>, WireError> {
    let read = |(index, one): (usize, Traced<T>)| match (one.result, one.error) {
        (Some(result), None) => Ok((one.tx_hash, result)),
        (_, Some(error)) => Err(bad(what, index, &format!("failed: {}", crate::error::short(&error)))),
        (None, None) => Err(bad(what, index, "has no result")),
    };
    traced.into_iter().enumerate().map(read).collect()
}

fn bad(what: &'static str, index: usize, why: &str) -> WireError {
    WireError::Shape { what, field: format!("[{index}]"), why: why.into() }
}

impl From<RawAccount> for AccountState {
    fn from(raw: RawAccount) -> Self {
        let number = |word: B256| U256::from_be_bytes(word.0);
        AccountState {
            balance: raw.balance.unwrap_or_default().0,
            nonce: raw.nonce.unwrap_or_default().0,
            code: raw.code.unwrap_or_default(),
            storage: raw.storage.into_iter().map(|(slot, value)| (number(slot), number(value))).collect(),
        }
    }
}

impl From<RawCall> for CallTrace {
    fn from(raw: RawCall) -> Self {
        CallTrace {
            kind: raw.kind,
            from: raw.from,
            to: raw.to,
            value: raw.value.unwrap_or_default().0,
            gas: raw.gas.0,
            gas_used: raw.gas_used.0,
            input: raw.input,
            output: raw.output,
            error: raw.error.map(|text| crate::error::short(&text)),
            calls: raw.calls.into_iter().map(Into::into).collect(),
        }
    }
}
