use alloy_primitives::{U256, address, b256, hex};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::{BadRows, RowsRead};

const ABI: &str = r#"[
    {"type": "function", "name": "execute", "inputs": [
        {"name": "order", "type": "tuple", "components": [{"name": "maker", "type": "address"}, {"name": "legs", "type": "tuple[]",
            "components": [{"name": "token", "type": "address"}, {"name": "amount", "type": "uint256"}]}]},
        {"name": "deadline", "type": "uint64"}], "outputs": [{"name": "filled", "type": "uint256"}, {"name": "", "type": "string"}]},
    {"type": "event", "name": "Transfer", "inputs": [
        {"name": "from", "type": "address", "indexed": true}, {"name": "to", "type": "address", "indexed": true},
        {"name": "value", "type": "uint256", "indexed": false}]},
    {"type": "event", "name": "Said", "inputs": [{"name": "who", "type": "string", "indexed": true}, {"name": "what", "type": "string"}]},
    {"type": "error", "name": "TooSmall", "inputs": [{"name": "wanted", "type": "uint256"}, {"name": "given", "type": "uint256"}]}
]"#;

fn known() -> Interfaces {
    Interfaces::of(&Abi::parse("Desk.json", ABI).unwrap())
}

fn told(readings: &[Reading]) -> String {
    readings.iter().map(|reading| format!("{:?} {reading}\n", reading.fit)).collect()
}

fn words(words: &[&[u8]]) -> Vec<u8> {
    words.iter().flat_map(|word| B256::left_padding_from(word).0).collect()
}

#[test]
fn calls_are_told_by_name_down_to_the_members() {
    let selector = known().functions.keys().next().unwrap().0;
    let maker = address!("d8da6bf26964af9d7eed9e03e53415d37aa96045");
    let token = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
    let body = words(&[&[0x40], &[99], maker.as_slice(), &[0x40], &[1], token.as_slice(), &[7]]);
    let input = [&selector[..], &body].concat();
    let readings = known().call(&input);
    expect![[r#"
        Exact execute(order: (maker: 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045, legs: [(token: 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2, amount: 7)]), deadline: 99)
    "#]].assert_eq(&told(&readings));
    assert_eq!(readings[0].get("deadline").and_then(Value::as_uint), Some(U256::from(99)));
    assert_eq!(readings[0].get("order").map(Value::addresses), Some(vec![maker, token]));
    expect![["No execute((address,(address,uint256)[]),uint64) with data that does not fit it\n"]]
        .assert_eq(&told(&known().call(&input[..40])));
    assert!(known().call(&hex!("deadbeef")).is_empty() && known().call(&[1]).is_empty());

    let item = known().functions(selector.into())[0].clone();
    let output = words(&[&[5], &[0x40], &[2]]).into_iter().chain(*b"ok").chain([0; 30]).collect::<Vec<_>>();
    let (fields, fit) = Interfaces::output(&item, &output).unwrap();
    let shown: Vec<_> = fields.iter().map(ToString::to_string).collect();
    assert_eq!((shown.join(" | ").as_str(), fit), ("filled: 5 | \"ok\"", Fit::Exact));
    assert_eq!(Interfaces::output(&item, &[]), None);
}

#[test]
fn of_two_functions_with_the_same_four_bytes_the_data_decides() {
    // Both hash to 0xa9059cbb; the second was found by search.
    let mut both = Interfaces::default();
    let list = "a9059cbb,many_msg_babbage(bytes1)\n0xa9059cbb: transfer(address,uint256)\n";
    assert_eq!(both.add_list("list.txt", list, BadRows::Refuse).unwrap().taken, 2);
    let transfer = [&hex!("a9059cbb")[..], &words(&[&[1; 20], &[9]])].concat();
    expect![[r#"
        Exact transfer(0x0101010101010101010101010101010101010101, 9)
        No many_msg_babbage(bytes1) with data that does not fit it
    "#]]
    .assert_eq(&told(&both.call(&transfer)));
    let other =
        [&hex!("a9059cbb")[..], &hex!("ab00000000000000000000000000000000000000000000000000000000000000")].concat();
    expect![[r#"
        Exact many_msg_babbage(0xab)
        No transfer(address,uint256) with data that does not fit it
    "#]]
    .assert_eq(&told(&both.call(&other)));
    // When both fit, the one that was known first comes first, and the other is still there.
    let both_fit = [&other[..], &[0; 32]].concat();
    assert_eq!(both.call(&both_fit).len(), 2);
}

#[test]
fn logs_are_told_with_their_topics() {
    let transfer = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    let (from, to) = (B256::left_padding_from(&[1; 20]), B256::left_padding_from(&[2; 20]));
    let check = |known: &Interfaces, topics: &[B256], data: &[u8], says: Expect| {
        says.assert_eq(&told(&known.log(topics, data)))
    };
    check(
        &known(),
        &[transfer, from, to],
        &words(&[&[9]]),
        expect![[r#"
        Exact Transfer(from: 0x0101010101010101010101010101010101010101, to: 0x0202020202020202020202020202020202020202, value: 9)
    "#]],
    );
    // The same event of a collection has one more topic and no data.
    let id = B256::left_padding_from(&[7]);
    check(
        &known(),
        &[transfer, from, to, id],
        &[],
        expect![[r#"
        No Transfer(address,address,uint256) with data that does not fit it
    "#]],
    );
    check(
        &Interfaces::embedded(),
        &[transfer, from, to, id],
        &[],
        expect![[r#"
        Exact Transfer(0x0101010101010101010101010101010101010101, 0x0202020202020202020202020202020202020202, 7)
    "#]],
    );
    // Only the signature is known: what is indexed is a guess.
    check(
        &Interfaces::embedded(),
        &[transfer, from, to],
        &words(&[&[9]]),
        expect![[r#"
        Loose Transfer(0x0101010101010101010101010101010101010101, 0x0202020202020202020202020202020202020202, 9)
    "#]],
    );
    let said = known().events.keys().copied().find(|topic| *topic != transfer).unwrap();
    check(
        &known(),
        &[said, from],
        &words(&[&[0x20], &[0]]),
        expect![[r#"
        Exact Said(who: hash 0x0000000000000000000000000101010101010101010101010101010101010101, what: "")
    "#]],
    );
    assert!(known().log(&[], &[]).is_empty());
}

#[test]
fn reverts_are_told_with_their_values() {
    let selector = known().errors.keys().next().unwrap().0;
    let (reason, reading) = known().reason(&[&selector[..], &words(&[&[9], &[3]])].concat());
    assert!(matches!(reason, Reason::Raw { .. }));
    assert_eq!(reading.unwrap().to_string(), "TooSmall(wanted: 9, given: 3)");
    let (reason, reading) = known().reason(&[]);
    assert_eq!((reason, reading), (Reason::Silent, None));
}

fn list(text: &str) -> (Interfaces, RowsRead) {
    let mut all = Interfaces::default();
    let read = all.add_list("list", text, BadRows::Skip).unwrap();
    (all, read)
}

#[test]
fn lists_are_read_as_directories_publish_them() {
    for (text, wanted) in [
        ("transfer(address,uint256)\nfunction approve(address,uint256)\nevent Paused(address)\nerror Empty()\n", 4),
        ("0xa9059cbb transfer(address,uint256)\n# a note\n\n095ea7b3: approve(address,uint256)", 2),
        ("a9059cbb;\n", 0),
        ("a9059cbb transfer(address,uint256);many_msg_babbage(bytes1)\n", 2),
        (
            "id,signature,kind,source\n0xa9059cbb,\"transfer(address,uint256)\",function,x\n0xcaa5c23f,multicall((address)[]),function,x\n",
            1,
        ),
        (r#"{"0xa9059cbb": "transfer(address,uint256)", "0x095ea7b3": ["approve(address,uint256)"]}"#, 2),
        (
            r#"{"ok": true, "result": {"event": {"0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef": [{"name": "Transfer(address,address,uint256)", "filtered": false}]}, "function": {"0xa9059cbb": [{"name": "transfer(address,uint256)"}]}}}"#,
            2,
        ),
        (
            r#"{"count": 1, "next": null, "results": [{"id": 1, "text_signature": "transfer(address,uint256)", "hex_signature": "0xa9059cbb"}]}"#,
            1,
        ),
        (r#"["transfer(address,uint256)", "approve(address,uint256)"]"#, 2),
    ] {
        let (all, read) = list(text);
        assert_eq!((all.len(), read.taken), (wanted, wanted), "{text}: {:?}", read.told);
    }
}

#[test]
fn a_row_that_claims_what_is_not_so_is_told() {
    let check = |text: &str, says: Expect| {
        let told: Vec<_> = list(text).1.told.iter().map(ToString::to_string).collect();
        says.assert_eq(&told.join("\n"));
    };
    check(
        "\n0xa9059cbb approve(address,uint256)\n",
        expect![[
            "`approve(address,uint256)` does not stand behind `0xa9059cbb` at list:2:1; it hashes to `0x095ea7b3`: correct one of the two"
        ]],
    );
    check(
        "0xa9059c transfer(address,uint256)\n",
        expect![[
            "`0xa9059c` is no selector at list:1:1; write `0x` and 8 or 64 hex digits, and a signature such as `transfer(address,uint256)`"
        ]],
    );
    check(
        r#"{"0xa9059cbb": 7}"#,
        expect![[
            "an entry without a signature at list:1:1; write `0x` and 8 or 64 hex digits, and a signature such as `transfer(address,uint256)`"
        ]],
    );
    check(
        r#"{"names": ["a()"]}"#,
        expect![[
            "`names` is no selector at list:1:1; write `0x` and 8 or 64 hex digits, and a signature such as `transfer(address,uint256)`"
        ]],
    );
    assert!(Interfaces::default().add_list("list", "{", BadRows::Skip).is_err());
    assert!(Interfaces::default().add_list("list", "a(", BadRows::Refuse).is_err());
}

#[test]
fn a_flood_of_signatures_for_one_selector_is_limited() {
    let mut all = Interfaces::embedded();
    let before = all.functions(hex!("a9059cbb").into()).len();
    // An ABI with names takes the place of the bare signature and adds none.
    let abi = r#"[{"type": "function", "name": "transfer", "inputs": [{"name": "to", "type": "address"}, {"name": "amount", "type": "uint256"}]}]"#;
    all = all.with(&Abi::parse("Token.json", abi).unwrap());
    assert_eq!(all.functions(hex!("a9059cbb").into()).len(), before);
    assert_eq!(all.functions(hex!("a9059cbb").into())[0].inputs()[0].name, "to");
}

proptest! {
    #[test]
    fn any_list_is_read_or_refused(text in "[ -~\n]{0,200}", json in r#"[\[\]{}":,0-9a-fx() ]{0,80}"#) {
        for text in [text, json] {
            if let Ok(read) = Interfaces::default().add_list("list", &text, BadRows::Skip) {
                prop_assert!(read.skipped <= read.rows);
            }
        }
    }

    #[test]
    fn any_log_and_call_is_read(data in proptest::collection::vec(any::<u8>(), 0..200), topics in 0_usize..5) {
        let all = known();
        for topic in all.events.keys().copied() {
            let topics: Vec<B256> = std::iter::once(topic).chain(std::iter::repeat_n(B256::repeat_byte(1), topics)).collect();
            prop_assert_eq!(all.log(&topics, &data).len(), 1);
        }
        for selector in all.functions.keys() {
            prop_assert_eq!(all.call(&[&selector[..], &data].concat()).len(), 1);
        }
    }
}
