use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

const ABI: &str = r#"[{"type": "function", "name": "pause", "inputs": [], "outputs": []}]"#;
const LAYOUT: &str = r#"{"storage": [{"label": "paused", "slot": "0", "offset": 0, "type": "t_bool"}],
    "types": {"t_bool": {"encoding": "inplace", "label": "bool", "numberOfBytes": "1"}}}"#;

fn told(text: &str) -> String {
    let line = |artifact: &Artifact| {
        let variables: Vec<_> = artifact.layout.iter().flat_map(Layout::variables).collect();
        let code = |code: &Option<Bytes>| code.as_ref().map_or("-".to_owned(), ToString::to_string);
        format!(
            "{:?} of {:?} at {:?}: {:?} {variables:?} runtime {} init {}\n",
            artifact.name,
            artifact.source,
            artifact.address,
            artifact.abi.signatures(),
            code(&artifact.runtime),
            code(&artifact.init)
        )
    };
    match Artifact::parse_all("Vault.json", text) {
        Ok(artifacts) => artifacts.iter().map(line).collect(),
        Err(error) => format!("refused: {error}\n"),
    }
}

fn check(text: &str, says: Expect) {
    says.assert_eq(&told(text));
}

#[test]
fn every_tools_artifact_is_read() {
    check(
        ABI,
        expect![[r#"
        "" of None at None: [Function pause()] [] runtime - init -
    "#]],
    );
    // Foundry.
    check(
        &format!(
            r#"{{"abi": {ABI}, "bytecode": {{"object": "0x6001", "linkReferences": {{}}}}, "deployedBytecode": {{"object": "0x6002"}},
        "storageLayout": {LAYOUT}, "metadata": {{"compiler": {{}}}}, "id": 7}}"#
        ),
        expect![[r#"
        "" of None at None: [Function pause()] ["paused"] runtime 0x6002 init 0x6001
    "#]],
    );
    // Hardhat.
    check(
        &format!(
            r#"{{"_format": "hh-sol-artifact-1", "contractName": "Vault", "sourceName": "src/Vault.sol", "abi": {ABI},
        "bytecode": "0x6001", "deployedBytecode": "0x", "linkReferences": {{}}}}"#
        ),
        expect![[r#"
        "Vault" of Some("src/Vault.sol") at None: [Function pause()] [] runtime - init 0x6001
    "#]],
    );
    // solc, and build-info around it. A library is not linked in one of them.
    let standard = format!(
        r#"{{"contracts": {{"a.sol": {{"A": {{"abi": {ABI}, "storageLayout": {LAYOUT}, "evm": {{"bytecode": {{"object": "60__$ab$__"}},
        "deployedBytecode": {{"object": "6003"}}}}}}, "I": {{"abi": []}}}}}}, "sources": {{"a.sol": {{"ast": {{"nodes": [{{}}]}}}}}}}}"#
    );
    check(
        &standard,
        expect![[r#"
        "A" of Some("a.sol") at None: [Function pause()] ["paused"] runtime 0x6003 init -
        "I" of Some("a.sol") at None: [] [] runtime - init -
    "#]],
    );
    let build_info =
        format!(r#"{{"id": "1", "solcVersion": "0.8.30", "input": {{"sources": {{}}}}, "output": {standard}}}"#);
    assert_eq!(told(&build_info), told(&standard));
    // A collection of deployed contracts.
    check(
        &format!(
            r#"[{{"address": "0x00000000000000000000000000000000000000aa", "name": "Vault", "compiler": "x", "abi": {ABI}}}]"#
        ),
        expect![[r#"
        "Vault" of None at Some(0x00000000000000000000000000000000000000aa): [Function pause()] [] runtime - init -
    "#]],
    );
}

#[test]
fn our_own_artifacts_say_everything() {
    let vault = Artifact::parse_all("Vault.json", include_str!("../../../../contracts/artifacts/Vault.json")).unwrap();
    assert_eq!(vault[0].name, "Vault");
    assert!(vault[0].layout.as_ref().unwrap().variables().any(|name| name == "depositOf"));
    assert!(vault[0].runtime.as_ref().unwrap().len() < vault[0].init.as_ref().unwrap().len());
}

#[test]
fn what_is_no_artifact_is_refused_with_a_remedy() {
    check(
        "{}",
        expect![[r#"
        refused: there is no contract in it at Vault.json:1:1; give a Foundry or Hardhat artifact, build-info, solc's standard JSON output, or an ABI
    "#]],
    );
    check(
        "{\n\"abi\": 7}",
        expect![[r#"
        refused: not an artifact: invalid type: integer `7`, expected a sequence at Vault.json:2:8; give a Foundry or Hardhat artifact, build-info, solc's standard JSON output, or an ABI
    "#]],
    );
    check(
        r#"{"contracts": {"a.sol": {"A": {"abi": [{"name": "<script>"}]}}}}"#,
        expect![[r#"
        refused: `<script>` is not a name of at most 128 letters, digits, `_` and `$`, in entry 1 of `Vault.json` of `A`; give the file that the compiler wrote
    "#]],
    );
    let no_type = LAYOUT.replace("t_bool\"}]", "t_uint\"}]");
    check(
        &format!(r#"{{"contractName": "A", "abi": [], "storageLayout": {no_type}}}"#),
        expect![[r#"
        refused: the type `t_uint` is not described, in the storage layout of `Vault.json` of `A`; give what the compiler wrote
    "#]],
    );
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(Artifact::parse_all("deep.json", &deep).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in r#"[\[\]{}":,a-z0-9]{0,200}"#) {
        let _ = Artifact::parse_all("a.json", &text);
        let _ = Artifact::parse_all("a.json", &format!("{{\"abi\": [], \"storageLayout\": {text}}}"));
    }
}
