use std::fmt::Write as _;

use alloy_primitives::{Bytes, address, hex};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::{Callbacks, Selectors};

const TARGET: Address = address!("bebebebebebebebebebebebebebebebebebebebe");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    bytecode: Bytes,
    deployed_bytecode: Bytes,
    method_identifiers: std::collections::BTreeMap<String, String>,
}

macro_rules! artifact {
    ($name:literal) => {
        serde_json::from_str::<Artifact>(include_str!(concat!("../../../../contracts/artifacts/", $name, ".json")))
            .unwrap()
    };
}

/// What a responder would want to read of it.
fn told(code: &[u8]) -> String {
    let read = Bytecode::read(code);
    let mut told = format!("{:?}, {} of {} bytes\n", read.form, read.code_len, read.len);
    if let Some(note) = &read.metadata {
        let words = [note.compiler.as_ref().map(ToString::to_string), note.source.as_ref().map(ToString::to_string)];
        writeln!(told, "note {:?} experimental {}", words, note.experimental).unwrap();
    }
    let functions: Vec<_> = read.functions.iter().map(|(selector, at)| format!("{selector}@{at:?}")).collect();
    for (name, list) in [
        ("functions", functions),
        ("mentions", read.mentions.iter().map(ToString::to_string).collect()),
        ("addresses", read.addresses.iter().map(ToString::to_string).collect()),
        ("words", read.words.iter().map(ToString::to_string).collect()),
    ] {
        if !list.is_empty() {
            writeln!(told, "{name} {}", list.join(" ")).unwrap();
        }
    }
    told
}

fn check(code: &[u8], says: Expect) {
    says.assert_eq(&told(code));
}

#[test]
fn our_own_contracts_answer_to_what_the_compiler_says_they_do() {
    for artifact in [artifact!("Vault"), artifact!("DemoToken"), artifact!("Attacker"), artifact!("VaultProxy")] {
        let read = Bytecode::read(&artifact.deployed_bytecode);
        let mut wanted: Vec<Selector> =
            artifact.method_identifiers.values().map(|four| four.parse().unwrap()).collect();
        wanted.sort();
        let found: Vec<Selector> = read.functions.iter().map(|(selector, _)| *selector).collect();
        assert_eq!(found, wanted);
        assert!(!read.computed_jumps);
    }
}

#[test]
fn a_contract_is_told_by_its_code_alone() {
    check(
        &artifact!("Attacker").deployed_bytecode,
        expect![[r#"
        Plain, 1617 of 1617 bytes
        functions 0x35faa416@Some(384) 0x3a4b66f1@Some(404) 0x64dd891a@Some(412) 0x7f371624@Some(443) 0x8da5cb5b@Some(513) 0xc3e57fef@Some(588) 0xfbfa77cf@Some(608)
        mentions 0x0d44987f 0x13dd85ff 0x1df699e7 0x245aecd3 0x351261fc 0x3bed33ce 0x4e487b71 0x98ea5fca 0x9eec2ff8
        words 0x2232bfb928a91ae09ca32a5378b10764ad8bcae19b82480a1f934d553117aca8 0xc36b5179cb9c303b200074996eab2b3473eac370fdd7eba3bec636fe35109696 0xeebbaa86c348cb664e392b180fd0ff2e1998af9fa833ef69a778cb0b42d3ca27
    "#]],
    );
    let vault = Bytecode::read(&artifact!("Vault").deployed_bytecode);
    assert!(vault.has(op::SSTORE) && vault.has(op::CALL) && !vault.has(op::SELFDESTRUCT) && !vault.has(op::ORIGIN));
    assert_eq!(Callbacks::embedded().in_code(&vault).count(), 0);
    let proxy = Bytecode::read(&artifact!("VaultProxy").deployed_bytecode);
    assert!(proxy.has(op::DELEGATECALL) && proxy.words.contains(&crate::slots::IMPLEMENTATION));
    assert_eq!(proxy.form, Form::Plain, "its target can change");
}

/// A dispatcher of two functions, as each compiler writes it. Both functions stop at once.
#[test]
fn every_form_of_dispatch_is_followed() {
    let forms: &[(&str, &[u8])] = &[
        ("solc, SHR", &hex!("60003560e01c8063a9059cbb14601e578063095ea7b314601e5760006000fd5b00")),
        (
            "solc 0.4, DIV and AND",
            &hex!(
                "7c010000000000000000000000000000000000000000000000000000000060003504 63ffffffff16 8063a9059cbb14604a578063095ea7b314604a5760006000fd000000000000000000005b00"
            ),
        ),
        (
            "solc, EXP",
            &hex!("6000356 0e060020a900463ffffffff168063a9059cbb14602a578063095ea7b314602a57600080fd00000000005b00"),
        ),
        (
            "solc, halves",
            &hex!("60003560e01c80635000000011601e578063a9059cbb14602d57600080fd5b8063095ea7b314602d57000000005b00"),
        ),
        ("optimised, SUB", &hex!("60003560e01c63a9059cbb8103601157005b63095ea7b38103601d57005b00")),
        (
            "Vyper 0.2, memory",
            &hex!("600035601c5263a9059cbb60005114156016576000005b63095ea7b360005114156027576000005b60006000fd"),
        ),
        ("Vyper 0.3, XOR", &hex!("60003560e01c63a9059cbb81186013576000005b63095ea7b381186021576000005b60006000fd")),
        (
            "whole word, AND",
            &hex!(
                "6000357fffffffff0000000000000000000000000000000000000000000000000000000016807fa9059cbb0000000000000000000000000000000000000000000000000000000014607257807f095ea7b30000000000000000000000000000000000000000000000000000000014607257005b00"
            ),
        ),
    ];
    for (form, code) in forms {
        let read = Bytecode::read(code);
        let found: Vec<_> = read.functions.iter().map(|(selector, _)| selector.to_string()).collect();
        assert_eq!(found, ["0x095ea7b3", "0xa9059cbb"], "{form}: {}", told(code));
    }
    // Newer Vyper looks a bucket up in a table and compares there.
    let table = hex!(
        "60003560e01c 6002 8106 6001 1b 6030 01 600290 601e 39 600051 56 5b63a9059cbb8118602957005b5b63095ea7b38118603957005b0000"
    );
    let read = Bytecode::read(&table);
    assert!(read.computed_jumps);
    assert_eq!(read.functions.len(), 2, "{}", told(&table));
    // The function whose selector is zero.
    let zero = hex!("60003560e01c80156010578063a9059cbb14601057005b00");
    assert!(Bytecode::read(&zero).answers(Selector::ZERO), "{}", told(&zero));
}

#[test]
fn code_that_stands_for_other_code_names_it() {
    let proxy = |before: &[u8], after: &[u8]| [before, TARGET.as_slice(), after].concat();
    let eip1167 = proxy(&hex!("363d3d373d3d3d363d73"), &hex!("5af43d82803e903d91602b57fd5bf3"));
    let is = |code: &[u8], standard: Standard| {
        let Form::Minimal(proxy) = Bytecode::read(code).form else { panic!("{}", told(code)) };
        assert_eq!((proxy.target, proxy.standard), (TARGET, standard));
        proxy.arguments
    };
    assert!(is(&eip1167, Standard::Eip1167).is_empty());
    assert_eq!(is(&[&eip1167[..], &[1, 2]].concat(), Standard::Eip1167)[..], [1, 2]);
    is(&proxy(&hex!("365f5f375f5f365f73"), &hex!("5af43d5f5f3e5f3d91602a57fd5bf3")), Standard::Eip7511);
    is(&proxy(&hex!("3d3d3d3d363d3d37363d73"), &hex!("5af43d3d93803e602a57fd5bf3")), Standard::Short);
    is(&proxy(&hex!("5f5f365f5f37365f73"), &hex!("5af43d5f5f3e6029573d5ffd5b3d5ff3")), Standard::SoladyPush0);
    is(&proxy(&hex!("366000600037611000600036600073"), &hex!("5af4602c57600080fd5b6110006000f3")), Standard::Vyper);
    // One nobody listed, which pays no heed to the order of things.
    is(&proxy(&hex!("36600060003760006000366000 73"), &hex!("5af4503d600060003e3d6000f3")), Standard::Other);
    // Five leading zeros are not pushed, and the jump moves.
    let short = [&hex!("363d3d373d3d3d363d6e")[..], &[0xbe; 15], &hex!("5af43d82803e903d91602657fd5bf3")].concat();
    let Form::Minimal(found) = Bytecode::read(&short).form else { panic!("{}", told(&short)) };
    assert_eq!(found.target, address!("0000000000bebebebebebebebebebebebebebebe"));

    assert_eq!(Bytecode::read(&[&hex!("ef0100")[..], TARGET.as_slice()].concat()).form, Form::Delegation(TARGET));
    assert_eq!(Bytecode::read(&[&hex!("ef0100")[..], &[1; 19]].concat()).form, Form::Foreign);
    assert_eq!(Bytecode::read(&hex!("ef0001010004")).form, Form::Eof(1));
    assert_eq!(Bytecode::read(&[]).form, Form::Empty);
    assert_eq!(Bytecode::read(&hex!("00")).form, Form::Plain);
}

#[test]
fn the_compilers_note_is_split_off() {
    let note = |note: &[u8]| {
        let len = u16::try_from(note.len()).unwrap().to_be_bytes();
        Bytecode::read(&[&[0x00][..], note, &len].concat())
    };
    let solc =
        hex!("a2646970667358221220aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa64736f6c6343000813");
    let read = note(&solc);
    assert_eq!(read.code_len, 1);
    assert_eq!(read.metadata.unwrap().compiler, Some(Compiler::Solidity(0, 8, 19)));
    let old = [&hex!("a165627a7a72305820")[..], &[7; 32]].concat();
    assert_eq!(note(&old).metadata.unwrap().source, Some(SourceHash::Swarm0(Bytes::from([7; 32]))));
    let vyper = note(&hex!("a165767970657283000307"));
    assert_eq!(vyper.metadata.unwrap().compiler.unwrap().to_string(), "vyper 0.3.7");
    let build = [&hex!("a164736f6c63")[..], &[0x60 + 9], b"0.8.1\x1b[2J"].concat();
    assert_eq!(note(&build).metadata.unwrap().compiler.unwrap().to_string(), "solc 0.8.1\\u{1b}[2J");
    // Its length counts its own two bytes from Vyper 0.3.10 on.
    let list = hex!("841900808000a16576797065728300030a");
    let len = u16::try_from(list.len() + 2).unwrap().to_be_bytes();
    let read = Bytecode::read(&[&[0x00][..], &list, &len].concat());
    assert_eq!(read.metadata.unwrap().compiler.unwrap().to_string(), "vyper 0.3.10");

    for no_note in [&hex!("a0")[..], &hex!("a1"), &hex!("a1647370616d00"), &hex!("a264736f6c6343000813"), &[0x9f; 300]]
    {
        assert_eq!(note(no_note).metadata, None, "{}", hex::encode(no_note));
    }
}

#[test]
fn constants_that_matter_are_found_however_they_are_pushed() {
    let permit2 = address!("000000000022D473030F116dDEE9F6B43aC78BA3");
    let router = address!("7a250d5630B4cF539739dF2C5dAcb4c659F2488D");
    let mut code = vec![0x73];
    code.extend(router);
    // An immutable address stands in a whole word; Permit2 is pushed without its leading zeros.
    code.push(0x7f);
    code.extend(TARGET.into_word());
    code.push(0x6e);
    code.extend(&permit2[5..]);
    // Selectors shifted into place, pushed at the high end, and plain; a mask and a round number.
    code.extend(hex!("63a9059cbb60e01b 7f70a0823100000000000000000000000000000000000000000000000000000000 6323b872dd 63ffffffff 6380000000 62461bcd60e51b"));
    code.extend(hex!("7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef 7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"));
    check(
        &code,
        expect![[r#"
        Plain, 199 of 199 bytes
        mentions 0x08c379a0 0x23b872dd 0x70a08231 0xa9059cbb
        addresses 0x000000000022D473030F116dDEE9F6B43aC78BA3 0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D 0xBEbeBeBEbeBebeBeBEBEbebEBeBeBebeBeBebebe
        words 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef
    "#]],
    );
    let known = [router, permit2, TARGET];
    let mut hidden = code.clone();
    hidden.extend(hex!("00"));
    hidden.extend(router);
    let found = Bytecode::addresses_in(&hidden, |address| known.contains(address));
    let places: Vec<_> = found.iter().map(|(at, address)| format!("{at} {address}")).collect();
    expect![[r#"
        1 0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D
        34 0xBEbeBeBEbeBebeBeBEBEbebEBeBeBebeBeBebebe
        55 0x000000000022D473030F116dDEE9F6B43aC78BA3
        200 0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D"#]]
    .assert_eq(&places.join("\n"));
}

/// What can run is told from what only stands there.
#[test]
fn instructions_in_data_do_not_count() {
    // STOP, then SELFDESTRUCT and DELEGATECALL that nothing leads to.
    let data = Bytecode::read(&hex!("6001600055 00 fff4"));
    assert!(data.has(op::SSTORE) && !data.has(op::SELFDESTRUCT) && !data.has(op::DELEGATECALL));
    // The same behind a place that is jumped to.
    assert!(Bytecode::read(&hex!("600456005b33ff")).has(op::SELFDESTRUCT));
    // The same behind a place that is computed: it cannot be ruled out.
    assert!(Bytecode::read(&hex!("60025460 03 0156 00 5b33ff")).has(op::SELFDESTRUCT));
    assert!(!Bytecode::read(&hex!("6000 00 5b33ff")).has(op::SELFDESTRUCT));
}

#[test]
fn arguments_stand_behind_the_code_that_creates() {
    let vault = artifact!("Vault");
    let arguments = [TARGET.into_word().as_slice(), &[3; 32]].concat();
    let init = [&vault.bytecode[..], &arguments].concat();
    let parts = InitCode::read(&init).unwrap();
    assert_eq!(init[parts.arguments.clone()], arguments);
    assert_eq!(parts.runtime.len(), vault.deployed_bytecode.len());
    assert_eq!(arguments_after(&init, &vault.deployed_bytecode), Some(&arguments[..]));
    // Immutables are filled in after the copy.
    let mut filled = vault.deployed_bytecode.to_vec();
    let hole = filled.windows(32).position(|window| window == [0; 32]);
    if let Some(hole) = hole {
        filled[hole..hole + 32].fill(7);
        assert_eq!(arguments_after(&init, &filled), Some(&arguments[..]));
    }
    assert_eq!(arguments_after(&init, &artifact!("DemoToken").deployed_bytecode), None);
    assert_eq!(InitCode::read(&[]), None);
    assert_eq!(InitCode::read(&hex!("600060006000f3")), None);
}

#[test]
fn likeness_survives_other_constants_and_ends_with_other_code() {
    let print = |code: &[u8]| Bytecode::read(code).fingerprint;
    let vault = artifact!("Vault").deployed_bytecode;
    let mut other = vault.to_vec();
    // Every constant of four bytes and more is another one.
    let steps: Vec<_> = Code::new(&vault).steps(0).filter(|step| step.data.len() >= 4).map(|step| step.at).collect();
    steps.iter().for_each(|at| other[at + 2] ^= 0x55);
    assert_eq!(print(&vault).similarity(&print(&other)), 10_000);
    let attacker = print(&artifact!("Attacker").deployed_bytecode);
    let token = print(&artifact!("DemoToken").deployed_bytecode);
    let likeness = |a: &Fingerprint, b: &Fingerprint| (a.similarity(b), a.contained_in(b));
    expect!["vault and attacker (1640, 1830), vault and token (2070, 2480), token and vault (2070, 5557)"].assert_eq(
        &format!(
            "vault and attacker {:?}, vault and token {:?}, token and vault {:?}",
            likeness(&print(&vault), &attacker),
            likeness(&print(&vault), &token),
            likeness(&token, &print(&vault))
        ),
    );
    assert_eq!(token.to_string().parse(), Ok(token.clone()));
    assert_eq!(print(&[]).similarity(&token), 0);
    for text in ["", "v1:", "v1:1:", "v1:1:zzzzzzzz", "v1:2:0000000200000001", "v1:9:00000001", "v2:1:00000001"] {
        assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text}");
    }
}

#[test]
fn a_listing_names_what_it_can() {
    let code = hex!("60003560e01c8063a9059cbb1460105760007feb 6f1b4f");
    let lines = listing(&code, Selectors::embedded_ref(), |_| None).map(|line| line.to_string());
    expect![[r#"
        000000  PUSH1 0x00
        000002  CALLDATALOAD
        000003  PUSH1 0xe0
        000005  SHR
        000006  DUP1
        000007  PUSH4 0xa9059cbb  ; transfer(address,uint256)
        00000c  EQ
        00000d  PUSH1 0x10
        00000f  JUMPI
        000010  PUSH1 0x00
        000012  PUSH32 0xeb6f1b4f"#]]
    .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    let proxy = artifact!("VaultProxy").deployed_bytecode;
    let named: Vec<_> =
        listing(&proxy, Selectors::embedded_ref(), |_| None).filter(|line| line.note.is_some()).collect();
    let named: Vec<_> = named.iter().map(ToString::to_string).collect();
    expect![
        "00001e  PUSH32 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc  ; EIP-1967 implementation"
    ]
    .assert_eq(&named.join("\n"));
}

/// Work is bounded by length: what an attacker can pay to deploy does not hold the reading up.
#[test]
fn hostile_code_is_read_like_any_other() {
    const LEN: usize = 24_576;
    let repeat = |unit: &[u8]| unit.iter().copied().cycle().take(LEN).collect::<Vec<u8>>();
    for unit in [
        &hex!("5b")[..],     // places to jump to
        &hex!("7f"),         // pushes, the last one cut
        &hex!("63a9059cbb"), // one selector over and over
        &hex!("60005b57"),   // a fork at every other byte
        &hex!("60003560e01c8063a9059cbb14605b575b"),
        &hex!("5b5f5f56"),                 // jumps to the start
        &hex!("64736f6c634300081300335b"), // notes
        &hex!("fe"),
        &hex!("90"),
        &hex!("5a56"), // computed jumps
        &hex!("61ffff8061ffff1461600057"),
        b"all of it is text ",
    ] {
        let read = Bytecode::read(&repeat(unit));
        assert_eq!(read.len, LEN);
        assert!(read.functions.len() + read.mentions.len() + read.addresses.len() + read.words.len() <= LEN / 4);
        assert!(InitCode::read(&repeat(unit)).is_none_or(|parts| parts.runtime.end <= LEN));
        let _ = metadata::last_note_end(&repeat(unit));
        assert!(listing(&repeat(unit), Selectors::embedded_ref(), |_| None).count() <= LEN);
    }
    let long = Bytecode::read(&vec![0x5b; CODE_BYTES_MAX + 1]);
    assert!(long.clipped && long.len == CODE_BYTES_MAX + 1);
}

proptest! {
    #[test]
    fn any_bytes_are_read(code in proptest::collection::vec(any::<u8>(), 0..600)) {
        let read = Bytecode::read(&code);
        prop_assert!(read.code_len <= read.len);
        prop_assert_eq!(read.fingerprint.to_string().parse::<Fingerprint>(), Ok(read.fingerprint.clone()));
        for (_, at) in &read.functions {
            prop_assert!(at.is_none_or(|at| (at as usize) < code.len()));
        }
        let _ = InitCode::read(&code);
        let _ = arguments_after(&code, &code[..code.len() / 2]);
        let shown: usize = listing(&code, Selectors::embedded_ref(), |_| None).map(|line| line.to_string().len()).sum();
        prop_assert!(shown <= 64 * (code.len() + 2) + 4_096);
    }

    /// Code made of instructions that dispatchers are made of goes further than chance bytes.
    #[test]
    fn any_dispatcher_is_followed(units in proptest::collection::vec(0..12_usize, 0..200)) {
        const UNITS: [&[u8]; 12] = [
            &hex!("60003560e01c"), &hex!("8063a9059cbb14"), &hex!("6010 57"), &hex!("5b"), &hex!("56"), &hex!("81900318"),
            &hex!("601c52"), &hex!("600051"), &hex!("6020 01"), &hex!("3d9036 37"), &hex!("73aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaf4"), &hex!("00"),
        ];
        let code: Vec<u8> = units.iter().flat_map(|unit| UNITS[*unit]).copied().collect();
        prop_assert!(Bytecode::read(&code).functions.len() <= 2);
    }
}
