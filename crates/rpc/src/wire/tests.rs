use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

fn raw(value: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap()
}

/// Mainnet block 46147, which holds the first transaction of Ethereum.
fn first() -> Value {
    serde_json::from_str(include_str!("../../tests/data/46147.json")).unwrap()
}

/// Reads the block after `edit` and tells what came of it.
fn check(form: Form, edit: impl Fn(&mut Value), expect: Expect) {
    let mut value = first();
    edit(&mut value);
    let told = match block(&raw(&value), form) {
        Ok(block) => {
            let tx = &block.txs[0];
            format!("{} {} type {} {:?}", block.header.number, block.header.hash, tx.kind, tx.signature.is_some())
        }
        Err(error) => error.to_string(),
    };
    expect.assert_eq(&told);
}

#[test]
fn a_block_as_it_is_verifies() {
    check(
        Form::Ethereum,
        |_| {},
        expect!["46147 0x4e3a3754410177e6937ef1f84bba68ea139e8d1a2258c5f85db9f1cd715a1bdd type 0 true"],
    );
}

#[test]
fn the_sender_of_the_first_transaction_is_recovered() {
    let block = block(&raw(&first()), Form::Ethereum).unwrap();
    assert_eq!(sender(&block.txs[0]), Some(block.txs[0].from));
}

#[test]
fn every_changed_field_is_noticed() {
    check(
        Form::Ethereum,
        |block| block["hash"] = json!("0x0000000000000000000000000000000000000000000000000000000000000001"),
        expect![
            "`hash` of block `46147` does not verify: given `0x0000000000000000000000000000000000000000000000000000000000000001`, computed `0x4e3a3754410177e6937ef1f84bba68ea139e8d1a2258c5f85db9f1cd715a1bdd`"
        ],
    );
    for field in ["timestamp", "gasUsed", "difficulty", "gasLimit", "number"] {
        let mut value = first();
        value[field] = json!("0x7");
        let error = block(&raw(&value), Form::Ethereum).unwrap_err();
        assert!(matches!(&error, WireError::Unproved { field, .. } if field == "hash"), "{field}: {error}");
    }
    for (field, to) in [("value", "0x7a6a"), ("nonce", "0x1"), ("gasPrice", "0x1"), ("input", "0x00"), ("r", "0x1")] {
        let mut value = first();
        value["transactions"][0][field] = json!(to);
        let error = block(&raw(&value), Form::Ethereum).unwrap_err();
        assert!(
            matches!(&error, WireError::Unproved { field, .. } if field == "transactions[0].hash"),
            "{field}: {error}"
        );
    }
}

#[test]
fn a_transaction_left_out_is_noticed() {
    let mut value = first();
    value["transactions"] = json!([]);
    let error = block(&raw(&value), Form::Ethereum).unwrap_err();
    assert!(matches!(&error, WireError::Unproved { field, .. } if field == "transactionsRoot"), "{error}");
}

#[test]
fn wrong_shapes_name_their_field() {
    let ethereum = Form::Ethereum;
    check(
        ethereum,
        |block| *block = json!(null),
        expect!["`.` of a block: invalid type: null, expected a block at line 1 column 4"],
    );
    check(ethereum, |block| *block = json!({}), expect!["`.` of a block: missing field `hash` at line 1 column 2"]);
    check(
        ethereum,
        |block| block["gasUsed"] = json!("21000"),
        expect!["`gasUsed` of a block: `21000` is not a 0x-prefixed u64 at line 1 column 1160"],
    );
    check(
        ethereum,
        |block| block["transactions"][0]["value"] = json!("0x-1"),
        expect!["`transactions[0].value` of a block: `0x-1` is not a 0x-prefixed u256 at line 1 column 1735"],
    );
    check(
        ethereum,
        |block| block["transactions"] = json!(["0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060"]),
        expect![[
            r#"`transactions[0]` of a block: invalid type: string "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060", expected a whole transaction at line 1 column 1467"#
        ]],
    );
    check(
        ethereum,
        |block| block["transactions"][0]["v"] = json!("0x5"),
        expect!["`transactions[0]` of a block: signature is missing or its `v` makes no sense"],
    );
}

#[test]
fn an_unknown_type_is_refused_or_kept_as_the_form_says() {
    let edit = |block: &mut Value| block["transactions"][0]["type"] = json!("0x7e");
    check(
        Form::Ethereum,
        edit,
        expect![
            "transaction `0` of block `46147` has the unknown type `0x7e`: read this chain without proofs (form `foreign`) or upgrade"
        ],
    );
    check(
        Form::Foreign,
        edit,
        expect!["46147 0x4e3a3754410177e6937ef1f84bba68ea139e8d1a2258c5f85db9f1cd715a1bdd type 126 false"],
    );
}

#[test]
fn receipts_say_success_failure_or_nothing() {
    let read = |value: Value| match receipts(&raw(&value)) {
        Ok(list) => format!("{:?}", list.iter().map(|receipt| receipt.success).collect::<Vec<_>>()),
        Err(error) => error.to_string(),
    };
    let receipt = |status: Value| json!([{ "status": status, "cumulativeGasUsed": "0x5208", "logs": [] }]);
    expect!["[Some(true)]"].assert_eq(&read(receipt(json!("0x1"))));
    expect!["[Some(false)]"].assert_eq(&read(receipt(json!(0))));
    expect!["`[0].status` of a list of receipts: neither 0 nor 1"].assert_eq(&read(receipt(json!("0x2"))));
    expect!["`[0].status` of a list of receipts: missing, and no state root in its place"]
        .assert_eq(&read(json!([{ "cumulativeGasUsed": "0x5208", "logs": [] }])));
    expect!["[None]"].assert_eq(&read(json!([{ "root": "0x01", "cumulativeGasUsed": "0x5208", "logs": [] }])));
    expect!["`[0]` of a list of receipts: missing field `cumulativeGasUsed` at line 1 column 3"]
        .assert_eq(&read(json!([{}])));
}
