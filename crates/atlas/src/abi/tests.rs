use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn signatures(text: &str) -> Vec<String> {
    Abi::parse("Vault.json", text).unwrap().signatures().iter().map(|signature| format!("{signature:?}")).collect()
}

#[test]
fn the_bare_array_and_the_artifacts_of_both_tools_say_the_same() {
    let abi = r#"[
        {"type": "constructor", "inputs": []},
        {"type": "receive", "stateMutability": "payable"},
        {"type": "function", "name": "pause", "inputs": [], "outputs": [], "stateMutability": "nonpayable"},
        {"name": "old", "inputs": [{"type": "tuple[2]", "components": [{"type": "uint256"}, {"type": "tuple", "components": [{"type": "bool"}]}]}]},
        {"type": "event", "name": "Paused", "inputs": [{"type": "address", "indexed": false}], "anonymous": false},
        {"type": "error", "name": "Empty"}
    ]"#;
    let says = ["Function pause()", "Function old((uint256,(bool))[2])", "Event Paused(address)", "Error Empty()"];
    assert_eq!(signatures(abi), says);
    assert_eq!(signatures(&format!(r#"{{"abi": {abi}, "bytecode": {{"object": "0x"}}, "ast": {{"a": [1]}}}}"#)), says);
    assert_eq!(signatures(&format!("\u{feff}\n {{\"_format\": \"hh-sol-artifact-1\", \"abi\": {abi}}}")), says);
}

fn check(text: &str, refused: Expect) {
    refused.assert_eq(&Abi::parse("Vault.json", text).unwrap_err().to_string());
}

#[test]
fn what_no_compiler_wrote_is_refused_with_its_place() {
    check(
        "",
        expect![
            "not an ABI: EOF while parsing a value at Vault.json:1:1; give a Foundry or Hardhat artifact, or the ABI array itself"
        ],
    );
    check(
        "[{\"type\": \"function\",\n \"name\": 7}]",
        expect![
            "not an ABI: invalid type: integer `7`, expected a string at Vault.json:2:10; give a Foundry or Hardhat artifact, or the ABI array itself"
        ],
    );
    check(
        "{\"bytecode\": \"0x\"}",
        expect![
            "not an ABI: missing field `abi` at Vault.json:1:18; give a Foundry or Hardhat artifact, or the ABI array itself"
        ],
    );
    check(
        "[{}]",
        expect![
            "`` is not a name of at most 128 letters, digits, `_` and `$`, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
    check(
        r#"[{"type": "function", "name": "a"}, {"type": "function", "name": "<script>"}]"#,
        expect![
            "`<script>` is not a name of at most 128 letters, digits, `_` and `$`, in entry 2 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
    check(
        r#"[{"type": "function", "name": "a\n\u001b"}]"#,
        expect![[
            r#"`a\n\u{1b}` is not a name of at most 128 letters, digits, `_` and `$`, in entry 1 of `Vault.json`; give the file that the compiler wrote"#
        ]],
    );
    check(
        r#"[{"type": "function", "name": "a", "inputs": [{"type": "\b"}]}]"#,
        expect![[
            r#"`a(\u{8})` does not end with Solidity's types in parentheses, without spaces or argument names, in entry 1 of `Vault.json`; give the file that the compiler wrote"#
        ]],
    );
    check(
        r#"[{"type": "modifier", "name": "a"}]"#,
        expect!["`modifier` is no kind of entry, in entry 1 of `Vault.json`; give the file that the compiler wrote"],
    );
    check(
        r#"[{"type": "function", "name": "a", "inputs": [{"type": "uint257"}]}]"#,
        expect![
            "`a(uint257)` does not end with Solidity's types in parentheses, without spaces or argument names, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
    check(
        r#"[{"type": "function", "name": "a", "inputs": [{"type": "uint256 b"}]}]"#,
        expect![
            "`a(uint256 b)` does not end with Solidity's types in parentheses, without spaces or argument names, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
    check(
        r#"[{"type": "function", "name": "a", "inputs": [{"type": "uint256),b("}]}]"#,
        expect![
            "`a(uint256),b()` does not end with Solidity's types in parentheses, without spaces or argument names, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
    check(
        r#"[{"type": "function", "name": "a", "inputs": [{"type": "tuple[]"}]}]"#,
        expect![
            "`a(()[])` has types that nest deeper than 16 or are empty, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
    check(
        r#"[{"type": "function", "name": "a", "inputs": [{"type": "uint8[0]"}]}]"#,
        expect![
            "`a(uint8[0])` does not end with Solidity's types in parentheses, without spaces or argument names, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
}

#[test]
fn there_is_an_end_to_what_is_read() {
    check(
        &"[".repeat(ABI_BYTES_MAX + 1),
        expect![
            "an ABI of 8388609 bytes is longer than 8388608 at Vault.json:1:1; give the ABI array alone, without the rest of the artifact"
        ],
    );
    check(
        &format!("[{}{{}}]", "{\"type\": \"receive\"},".repeat(ENTRIES_MAX)),
        expect![
            "an ABI of 4097 entries is longer than 4096 at Vault.json:1:1; give a Foundry or Hardhat artifact, or the ABI array itself"
        ],
    );
    check(
        &format!(r#"[{{"name": "{}"}}]"#, "a".repeat(200)),
        expect![
            "`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not a name of at most 128 letters, digits, `_` and `$`, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
    let deep = format!(r#"{}{{"type": "bool"}}{}"#, r#"{"type": "tuple", "components": ["#.repeat(20), "]}".repeat(20));
    check(
        &format!(r#"[{{"name": "a", "inputs": [{deep}]}}]"#),
        expect![
            "`a(((((((((((((((((((((bool)))))))))))))))))))))` has types that nest deeper than 16 or are empty, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
    let deeper = format!(r#"{}{}"#, r#"{"type": "tuple", "components": ["#.repeat(5_000), "]}".repeat(5_000));
    assert!(Abi::parse("x", &format!(r#"[{{"name": "a", "inputs": [{deeper}]}}]"#)).is_err());
    let arrays = format!(r#"[{{"name": "a", "inputs": [{{"type": "bool{}"}}]}}]"#, "[]".repeat(1_000));
    assert!(Abi::parse("x", &arrays).is_err());
    let many =
        format!(r#"[{{"name": "a", "inputs": [{}{{"type": "bool"}}]}}]"#, r#"{"type": "bool"},"#.repeat(100_000));
    check(
        &many,
        expect![
            "its signature is longer than 2048 bytes, in entry 1 of `Vault.json`; give the file that the compiler wrote"
        ],
    );
}

#[test]
fn the_abis_of_verified_contracts_are_read() {
    let corpus = std::env::var("BREAKGLASS_CORPUS")
        .unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
    let Ok(text) = std::fs::read_to_string(format!("{corpus}/selectors/verified_contract_abis.json")) else {
        println!("skipped: no corpus at {corpus}");
        return;
    };
    let contracts: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut refused = Vec::new();
    for contract in &contracts {
        let abi = match &contract["abi"] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Err(error) = Abi::parse(contract["name"].as_str().unwrap_or_default(), &abi) {
            refused.push(error.to_string());
        }
    }
    assert_eq!(refused, [""; 0]);
    assert!(contracts.len() > 200);
}

#[test]
fn our_list_agrees_with_the_hashes_of_others() {
    let corpus = std::env::var("BREAKGLASS_CORPUS")
        .unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
    let Ok(text) = std::fs::read_to_string(format!("{corpus}/selectors/selectors.csv")) else {
        println!("skipped: no corpus at {corpus}");
        return;
    };
    let known = crate::Selectors::embedded();
    let mut agree = 0;
    for line in text.lines().skip(1) {
        let (id, rest) = line.split_once(',').unwrap();
        let (head, _source) = rest.rsplit_once(',').unwrap();
        let (signature, kind) = head.rsplit_once(',').unwrap();
        let kind = match kind.split(':').next() {
            Some("function") => SignatureKind::Function,
            Some("error") => SignatureKind::Error,
            Some("event") => SignatureKind::Event,
            other => panic!("{other:?}"),
        };
        let read = Signature::parse(kind, signature.trim_matches('"')).unwrap();
        let ours = match kind {
            SignatureKind::Event => read.topic().to_string(),
            _ => read.selector().to_string(),
        };
        assert_eq!(ours, id, "{signature}");
        agree += usize::from(known.iter().any(|signature| *signature == read));
    }
    assert!(agree > 250, "{agree}");
}

proptest! {
    #[test]
    fn no_text_brings_the_reader_down(text in any::<String>(), at in 0usize..200) {
        let abi = r#"{"abi": [{"type": "function", "name": "pause", "inputs": [{"type": "tuple", "components": [{"type": "bool"}]}]}]}"#;
        let at = at % abi.len();
        for text in [text.clone(), format!("[{text}"), format!("{}{text}{}", &abi[..at], &abi[at + 1..])] {
            if let Err(error) = Abi::parse("x.json", &text) {
                prop_assert!(!error.to_string().chars().any(char::is_control), "{error}");
            }
        }
    }
}
