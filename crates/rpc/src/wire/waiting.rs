//! Transactions that wait to be mined: what anybody at all may hand to a node.

use alloy_primitives::{Address, B256};
use facts::Tx;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Form, WireError, check, parse, tx::RawTx};

const WHAT: &str = "waiting transaction";
/// Bytes of JSON of one. Nodes pass on transactions of at most 128 KiB, which are twice as many digits, beside what a node
/// adds; blobs are not among what it answers.
const BYTES_MAX: usize = 512 << 10;

/// A transaction that waits to be mined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The transaction, from the one who signed it.
    pub tx: Tx,
    /// Whom the node names in place of the one who signed it, if it does.
    pub named: Option<Address>,
    /// The block that the node says it is in: one of the chain, or the one that is being made.
    pub block: Option<B256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(default)]
    block_hash: Option<B256>,
    #[serde(default)]
    chain_id: Option<super::Whole<u64>>,
}

/// Reads a transaction that waits. Its hash is computed, and its sender is recovered from the signature.
///
/// # Errors
/// If it is no transaction that can be mined, or not the one of the hash that it claims.
pub fn waiting(json: &RawValue, chain: u64) -> Result<Waiting, WireError> {
    if json.get().len() > BYTES_MAX {
        return Err(bad(".", format!("takes {} bytes: at most {BYTES_MAX} are read", json.get().len())));
    }
    let place: Place = parse(WHAT, json)?;
    let mut tx = parse::<RawTx>(WHAT, json)?.into_tx(0, 0, Form::Foreign)?;
    let of = tx.chain_id.or(place.chain_id.map(|id| id.0));
    if let Some(other) = of.filter(|other| *other != chain) {
        return Err(bad("chainId", format!("is of chain {other}, not of {chain}")));
    }
    let envelope = check::envelope(&tx).map_err(|why| bad(".", why))?;
    if *envelope.hash() != tx.hash {
        return Err(bad("hash", format!("is {}, and what it holds has {}", tx.hash, envelope.hash())));
    }
    let signed = check::sender(&tx).ok_or_else(|| bad("r", "the signature is of nobody".to_owned()))?;
    let named = std::mem::replace(&mut tx.from, signed);
    let block = place.block_hash.filter(|hash| !hash.is_zero());
    Ok(Waiting { tx, named: (named != signed).then_some(named), block })
}

fn bad(field: &str, why: String) -> WireError {
    WireError::Shape { what: WHAT, field: field.to_owned(), why: crate::error::short(&why) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The first transaction of Ethereum, as if it still waited.
    fn first() -> Value {
        let block: Value = serde_json::from_str(include_str!("../../tests/data/46147.json")).unwrap();
        let mut tx = block["transactions"][0].clone();
        tx["blockHash"] = Value::Null;
        tx["blockNumber"] = Value::Null;
        tx
    }

    fn read(edit: impl Fn(&mut Value)) -> Result<Waiting, WireError> {
        let mut tx = first();
        edit(&mut tx);
        waiting(&serde_json::value::to_raw_value(&tx).unwrap(), 1)
    }

    #[test]
    fn one_that_waits_is_read_with_the_block_it_is_said_to_be_in() {
        let held = read(|_| {}).unwrap();
        assert_eq!((held.named, held.tx.nonce, held.block), (None, 0, None));
        let mined = read(|tx| tx["blockHash"] = json!(B256::repeat_byte(1))).unwrap();
        assert_eq!(mined.block, Some(B256::repeat_byte(1)));
    }

    #[test]
    fn the_sender_is_the_one_who_signed_whoever_is_named() {
        let honest = read(|_| {}).unwrap();
        let other = Address::repeat_byte(7);
        let lie = read(|tx| tx["from"] = json!(other)).unwrap();
        assert_eq!((lie.tx, lie.named), (honest.tx, Some(other)));
    }

    #[test]
    fn what_is_not_what_its_hash_says_is_refused() {
        for (field, to) in [
            ("hash", json!(B256::repeat_byte(9))),
            ("value", json!("0x1")),
            ("input", json!("0x00")),
            ("r", json!("0x0")),
            ("v", json!("0x40")),
            ("chainId", json!("0x5")),
            ("type", json!("0x7f")),
            ("input", json!(format!("0x{}", "00".repeat(300 << 10)))),
        ] {
            let refused = read(|tx| tx[field] = to.clone());
            assert!(refused.is_err(), "{field}: {refused:?}");
        }
    }
}
