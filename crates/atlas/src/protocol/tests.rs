use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

const DEMO: &str = r#"schema = 1
name = "Demo Vault"
[[contract]]
name = "Vault"
chain = "eip155:31337"
address = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
abi = "abi/Vault.json"
pause = "pause()"
unpause = "unpause()"
signer = "guardian"
"#;

fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

#[test]
fn the_example_is_read() {
    let demo = Protocol::parse("protocol.toml", DEMO).unwrap();
    assert_eq!(demo.name(), "Demo Vault");
    let vault = account("eip155:31337:0xd8da6bf26964af9d7eed9e03e53415d37aa96045");
    let contract = demo.contract_at(&vault).unwrap();
    assert_eq!((contract.name.as_str(), contract.signer.as_deref()), ("Vault", Some("guardian")));
    assert_eq!(contract.pause.as_ref().unwrap().selector().to_string(), "0x8456cb59");
    assert!(contract.can_be_undone() && demo.contains(&vault));
    assert!(!demo.contains(&account("eip155:1:0xd8da6bf26964af9d7eed9e03e53415d37aa96045")), "another chain");
    assert_eq!(demo.addresses_on(&ChainId::eip155(31_337)).collect::<Vec<_>>(), [vault.address]);
    assert_eq!(demo.addresses_on(&ChainId::eip155(1)).count(), 0);
    assert_eq!(demo.warnings(), [""; 0]);
}

#[test]
fn name_chain_and_address_are_enough() {
    let text = "schema = 1\nname = \"a\"\n[[contract]]\nname = \"V\"\nchain = \"eip155:1\"\naddress = \"0xd8da6bf26964af9d7eed9e03e53415d37aa96045\"\n";
    let protocol = Protocol::parse("protocol.toml", text).unwrap();
    assert_eq!(protocol.warnings(), [""; 0]);
    assert!(!protocol.contracts()[0].can_be_undone());
}

#[test]
fn what_leaves_the_protocol_worse_guarded_is_told() {
    let check = |without: &str, says: Expect| {
        let text = DEMO.lines().filter(|line| !line.starts_with(without)).collect::<Vec<_>>().join("\n");
        says.assert_eq(&Protocol::parse("protocol.toml", &text).unwrap().warnings().join("\n"));
    };
    check(
        "unpause",
        expect!["contract `Vault` has `pause` without `unpause`: no machine may pause alone, at protocol.toml:4:8"],
    );
    check(
        "pause",
        expect!["contract `Vault` has `unpause` without `pause`: nothing here stops it, at protocol.toml:4:8"],
    );
    check(
        "signer",
        expect!["contract `Vault` has `pause` without `signer`: nobody is named who may pause, at protocol.toml:4:8"],
    );
}

fn check(from: &str, to: &str, refused: Expect) {
    assert!(DEMO.contains(from), "the case changes nothing");
    let error = Protocol::parse("protocol.toml", &DEMO.replace(from, to)).unwrap_err();
    refused.assert_eq(&error.to_string());
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place_and_remedy() {
    check(
        "schema = 1",
        "schema = 7",
        expect!["schema 7 is not known at protocol.toml:1:10; this version reads `schema = 1`"],
    );
    check("unpause =", "unpuase =", expect!["unknown key `unpuase` at protocol.toml:9:1; did you mean `unpause`?"]);
    check("signer =", "signers =", expect!["unknown key `signers` at protocol.toml:10:1; did you mean `signer`?"]);
    check(
        "[[contract]]",
        "[[contracts]]",
        expect!["unknown key `contracts` at protocol.toml:3:3; did you mean `contract`?"],
    );
    check(
        "eip155:31337",
        "anvil",
        expect!["`anvil` is not a CAIP-2 chain id: expected `eip155:1` at protocol.toml:5:9"],
    );
    check(
        "eip155:31337",
        "cosmos:hub",
        expect!["`cosmos:hub` is not an EVM chain at protocol.toml:5:9; write `eip155:` and the chain's number"],
    );
    check(
        "0xd8dA6B",
        "0xd8dA6b",
        expect![
            "`0xd8dA6bF26964aF9D7eEd9e03E53415D37aA96045` has a bad checksum at protocol.toml:6:11; copy it again from its source: these digits would be written `0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045`"
        ],
    );
    check(
        "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
        "0xd8dA6B",
        expect!["`0xd8dA6B` is not an address at protocol.toml:6:11; write `0x` and 40 hex digits"],
    );
    check(
        "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
        "0x0000000000000000000000000000000000000000",
        expect![
            "`0x0000000000000000000000000000000000000000` is the zero address at protocol.toml:6:11; write the address of the account"
        ],
    );
    check(
        "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
        "vitalik.eth",
        expect!["`vitalik.eth` is not an address at protocol.toml:6:11; write `0x` and 40 hex digits"],
    );
    check(
        "\"pause()\"",
        "\"pause\"",
        expect![
            "`pause` does not end with Solidity's types in parentheses, without spaces or argument names at protocol.toml:8:9; write a function's signature, such as `pause()`"
        ],
    );
    check(
        "\"pause()\"",
        "\"pause( )\"",
        expect![
            "`pause( )` does not end with Solidity's types in parentheses, without spaces or argument names at protocol.toml:8:9; write a function's signature, such as `pause()`"
        ],
    );
    check(
        "\"pause()\"",
        "\"setPaused(bool)\"",
        expect![
            "`setPaused(bool)` takes arguments, which are not written here at protocol.toml:8:9; name a function without arguments, such as `pause()`"
        ],
    );
    check(
        "\"pause()\"",
        "\"\"",
        expect![
            "`` does not end with Solidity's types in parentheses, without spaces or argument names at protocol.toml:8:9; write a function's signature, such as `pause()`"
        ],
    );
    check(
        "\"Vault\"",
        "\"\"",
        expect![
            "this name cannot be used at protocol.toml:4:8; write 1 to 80 characters, without control characters or outer spaces"
        ],
    );
    check(
        "\"Demo Vault\"",
        "\"Demo\\u001b[2J\"",
        expect![
            "this name cannot be used at protocol.toml:2:8; write 1 to 80 characters, without control characters or outer spaces"
        ],
    );
    check("\"Demo Vault\"", "7", expect!["invalid type: integer `7`, expected a string at protocol.toml:2:8"]);
    check(
        "abi/Vault.json",
        "",
        expect![
            "this is not the name of a file at protocol.toml:7:7; write the path of the ABI, relative to this file"
        ],
    );
}

#[test]
fn nothing_is_protected_twice_or_not_at_all() {
    let second = DEMO.split_once("[[contract]]").unwrap().1;
    let with = |second: &str| Protocol::parse("protocol.toml", &format!("{DEMO}[[contract]]{second}"));
    expect!["contract `Vault` is here twice at protocol.toml:12:8; give each contract a name of its own"]
        .assert_eq(&with(second).unwrap_err().to_string());
    expect!["`eip155:31337:0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045` is `Vault` already at protocol.toml:14:11; remove one of the two"].assert_eq(&with(&second.replace("Vault\"", "Other\"")).unwrap_err().to_string());
    assert!(with(&second.replace("Vault\"", "Other\"").replace("31337", "1")).is_ok());
    let none = Protocol::parse("protocol.toml", "schema = 1\nname = \"a\"\ncontract = []\n");
    expect!["0 contracts cannot be protected by one file at protocol.toml:3:12; list 1 to 1000 as `[[contract]]`"]
        .assert_eq(&none.unwrap_err().to_string());
    let entry =
        |n: u32| format!("[[contract]]\nname = \"c{n}\"\nchain = \"eip155:1\"\naddress = \"{:#042x}\"\n", n + 1);
    let many = |n: u32| format!("schema = 1\nname = \"a\"\n{}", (0..n).map(entry).collect::<String>());
    assert_eq!(Protocol::parse("protocol.toml", &many(1_000)).unwrap().contracts().len(), 1_000);
    expect!["1001 contracts cannot be protected by one file at protocol.toml:3:1; list 1 to 1000 as `[[contract]]`"]
        .assert_eq(&Protocol::parse("protocol.toml", &many(1_001)).unwrap_err().to_string());
}

#[test]
fn the_function_that_stops_a_contract_is_in_its_abi() {
    let demo = || Protocol::parse("protocol.toml", DEMO).unwrap();
    let abi = |functions: &[&str]| {
        let entries = functions.iter().map(|name| format!(r#"{{"type": "function", "name": "{name}"}}"#));
        format!("[{}]", entries.collect::<Vec<_>>().join(","))
    };
    let whole = demo().with_abi("Vault", "Vault.json", &abi(&["pause", "unpause", "drain"])).unwrap();
    let named = whole.name_more(Selectors::embedded());
    let drain = Signature::parse(SignatureKind::Function, "drain()").unwrap();
    assert_eq!(named.selector(drain.selector()), Some(&drain));
    let refused = |contract: &str, text: &str| demo().with_abi(contract, "Vault.json", text).unwrap_err().to_string();
    expect!["`pause()` of contract `Vault` is not in its ABI `Vault.json`; did you mean `pausse()`?"]
        .assert_eq(&refused("Vault", &abi(&["pausse", "unpause"])));
    expect!["`pause()` of contract `Vault` is not in its ABI `Vault.json`; behind a proxy, give the ABI of the implementation"].assert_eq(&refused("Vault", &abi(&["upgradeTo"])));
    expect!["`Vault.json` is the ABI of `Valut`, which is no contract of the protocol; did you mean `Vault`?"]
        .assert_eq(&refused("Valut", &abi(&["pause"])));
    expect![
        "not an ABI: expected ident at Vault.json:1:2; give a Foundry or Hardhat artifact, or the ABI array itself"
    ]
    .assert_eq(&refused("Vault", "not json"));
}

proptest! {
    #[test]
    fn no_text_brings_the_reader_down(at in 0usize..300, with in any::<String>(), cut in 0usize..40) {
        let at = at % DEMO.len();
        let text = format!("{}{with}{}", &DEMO[..at], &DEMO[(at + cut).min(DEMO.len())..]);
        if let Err(error) = Protocol::parse("protocol.toml", &text) {
            prop_assert!(error.to_string().contains("protocol.toml:"), "{error}");
            prop_assert!(!error.to_string().chars().any(char::is_control), "{error}");
        }
    }
}
