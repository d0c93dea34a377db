//! The flat form of a call trace (`trace_transaction`, as OpenEthereum introduced it and Erigon, Nethermind, Reth and anvil
//! serve it): a list in the order of the calls, each with its place in the tree. Unlike geth's nested form it has no limit
//! of depth.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{CallTrace, bad};
use crate::wire::{self, Whole, WireError};

const WHAT: &str = "flat call trace";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawFlat {
    #[serde(rename = "type")]
    kind: String,
    action: Action,
    #[serde(default)]
    result: Option<Outcome>,
    #[serde(default)]
    error: Option<String>,
    trace_address: Vec<usize>,
    // Rewards of a block belong to no transaction.
    #[serde(default)]
    transaction_hash: Option<B256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    #[serde(default)]
    call_type: Option<String>,
    #[serde(default)]
    creation_method: Option<String>,
    #[serde(default)]
    from: Option<Address>,
    #[serde(default)]
    to: Option<Address>,
    #[serde(default)]
    value: Option<Whole<U256>>,
    #[serde(default)]
    gas: Whole<u64>,
    #[serde(default)]
    input: Bytes,
    #[serde(default)]
    init: Bytes,
    // A self-destruct.
    #[serde(default)]
    address: Option<Address>,
    #[serde(default)]
    refund_address: Option<Address>,
    #[serde(default)]
    balance: Option<Whole<U256>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    #[serde(default)]
    gas_used: Whole<u64>,
    #[serde(default)]
    output: Bytes,
    #[serde(default)]
    code: Bytes,
    #[serde(default)]
    address: Option<Address>,
}

/// The tree of a transaction's calls, from the answer of `trace_transaction`.
///
/// # Errors
/// [`WireError::Shape`] for another form, or calls that are not one tree of this transaction.
pub fn tree_from(json: &RawValue, tx: B256) -> Result<CallTrace, WireError> {
    let list: Vec<RawFlat> = wire::parse(WHAT, json)?;
    let mut root: Option<CallTrace> = None;
    for (index, flat) in list.into_iter().enumerate() {
        if flat.transaction_hash.is_some_and(|hash| hash != tx) {
            return Err(bad(WHAT, index, "is of another transaction"));
        }
        let place = flat.trace_address.clone();
        let call = flat.into_call().ok_or_else(|| bad(WHAT, index, "is of a kind that is not known here"))?;
        let Some((last, path)) = place.split_last() else {
            if root.replace(call).is_some() {
                return Err(bad(WHAT, index, "is a second outermost call"));
            }
            continue;
        };
        let lost = || bad(WHAT, index, "comes before the call that made it");
        let mut parent = root.as_mut().ok_or_else(lost)?;
        for step in path {
            parent = parent.calls.get_mut(*step).ok_or_else(lost)?;
        }
        if parent.calls.len() != *last {
            return Err(bad(WHAT, index, "is out of order"));
        }
        parent.calls.push(call);
    }
    root.ok_or_else(|| bad(WHAT, 0, "is missing: the list is empty"))
}

impl RawFlat {
    fn into_call(self) -> Option<CallTrace> {
        let Self { kind, action, result, error, .. } = self;
        let word = |given: Option<String>, usual: &str| given.unwrap_or_else(|| usual.to_owned()).to_uppercase();
        let mut call = CallTrace {
            kind: String::new(),
            from: action.from.or(action.address)?,
            to: None,
            value: action.value.or(action.balance).unwrap_or_default().0,
            gas: action.gas.0,
            gas_used: result.as_ref().map_or(0, |result| result.gas_used.0),
            input: Bytes::new(),
            output: Bytes::new(),
            error: error.map(|text| crate::error::short(&text)),
            calls: Vec::new(),
        };
        match kind.as_str() {
            "call" => {
                call.kind = word(action.call_type, "call");
                call.to = action.to;
                call.input = action.input;
                call.output = result.map(|result| result.output).unwrap_or_default();
            }
            "create" => {
                call.kind = word(action.creation_method, "create");
                call.input = action.init;
                call.to = result.as_ref().and_then(|result| result.address);
                call.output = result.map(|result| result.code).unwrap_or_default();
            }
            "suicide" | "selfdestruct" => {
                call.kind = "SELFDESTRUCT".to_owned();
                call.to = action.refund_address;
            }
            _ => return None,
        }
        Some(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: serde_json::Value) -> Result<CallTrace, String> {
        let json = serde_json::value::to_raw_value(&list).unwrap();
        tree_from(&json, B256::repeat_byte(7)).map_err(|error| error.to_string())
    }

    fn call(to: u8, place: &[usize]) -> serde_json::Value {
        let address = |byte| Address::repeat_byte(byte);
        serde_json::json!({
            "type": "call", "traceAddress": place, "transactionHash": B256::repeat_byte(7),
            "action": { "callType": "staticcall", "from": address(1), "to": address(to), "value": "0x0", "gas": "0x5",
                        "input": "0x01" },
            "result": { "gasUsed": "0x2", "output": "0x03" },
        })
    }

    #[test]
    fn a_flat_list_becomes_a_tree() {
        let tree = read(serde_json::json!([call(1, &[]), call(2, &[0]), call(3, &[0, 0]), call(4, &[1])])).unwrap();
        assert_eq!((tree.kind.as_str(), tree.gas_used, tree.calls.len()), ("STATICCALL", 2, 2));
        assert_eq!(tree.calls[0].calls[0].to, Some(Address::repeat_byte(3)));
    }

    #[test]
    fn a_list_that_does_not_fit_together_is_no_trace() {
        for (list, why) in [
            (serde_json::json!([]), "the list is empty"),
            (serde_json::json!([call(1, &[0])]), "comes before the call that made it"),
            (serde_json::json!([call(1, &[]), call(2, &[1])]), "is out of order"),
            (serde_json::json!([call(1, &[]), call(2, &[])]), "is a second outermost call"),
        ] {
            let said = read(list).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        let mut other = call(1, &[]);
        other["transactionHash"] = serde_json::json!(B256::repeat_byte(8));
        assert!(read(serde_json::json!([other])).unwrap_err().contains("is of another transaction"));
    }

    #[test]
    fn as_deep_as_the_machine_goes() {
        let list: Vec<_> = (0..1_024).map(|depth| call(1, &vec![0; depth])).collect();
        let mut tree = &read(serde_json::json!(list)).unwrap();
        let mut depth = 0;
        while let Some(inner) = tree.calls.first() {
            (tree, depth) = (inner, depth + 1);
        }
        assert_eq!(depth, 1_023);
    }
}
