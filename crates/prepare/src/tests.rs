//! Answers as a chain might give them, and what they say of how ready a contract is.

use std::collections::BTreeMap;

use alloy_primitives::keccak256;
use atlas::{Protocol, Selectors};
use case::{ReadinessCheck, ReadinessState};
use expect_test::{Expect, expect};
use facts::{AccountState, Address, Answer, Ask, B256, BlockRef, Bytes, ChainId, Frame, Ran, TxFacts, U256, Write};

use crate::{
    Asked, judge, questions,
    questions::{BEACON_SLOT, IMPLEMENTATION_SLOT, STRANGER},
};

const GUARDIAN: Address = Address::repeat_byte(0x9a);
const VAULT: Address = Address::repeat_byte(0xa1);

fn protocol(more: &str) -> Protocol {
    let text = format!(
        "schema = 1\nname = \"Demo\"\n[[contract]]\nname = \"Vault\"\nchain = \"eip155:1\"\naddress = \"{VAULT}\"\n{more}"
    );
    Protocol::parse("protocol.toml", &text).unwrap()
}

const WHOLE: &str = "pause = \"pause()\"\nunpause = \"unpause()\"\nsigner = \"guardian\"\n";

fn signers() -> BTreeMap<String, Address> {
    BTreeMap::from([("guardian".to_owned(), GUARDIAN)])
}

fn heads() -> BTreeMap<ChainId, BlockRef> {
    let chain = ChainId::eip155(1);
    let head = BlockRef { chain: chain.clone(), number: 7, hash: B256::with_last_byte(7), parent: B256::ZERO };
    BTreeMap::from([(chain, head)])
}

/// How one transaction of a run ended.
#[derive(Clone, Copy)]
enum Ends<'a> {
    WithEffect,
    WithoutEffect,
    Reverting(&'a str),
}

fn tx(ends: Ends<'_>) -> TxFacts {
    let (status, output) = match ends {
        Ends::Reverting(output) => ("revert", output),
        Ends::WithEffect | Ends::WithoutEffect => ("success", "0x"),
    };
    let frame: Frame = serde_json::from_value(serde_json::json!({
        "parent": null, "end": 1, "depth": 0, "kind": "call", "caller": GUARDIAN, "target": VAULT, "code": VAULT,
        "value": "0x0", "input": "0x", "output": output, "gas_limit": 0, "gas_used": 0, "status": status,
        "effective": true, "open": 0, "close": 1
    }))
    .unwrap();
    let write = Write { address: VAULT, slot: U256::ZERO, before: U256::ZERO, after: U256::ONE, frame: 0, at: 1 };
    let writes = if matches!(ends, Ends::WithEffect) { vec![write] } else { Vec::new() };
    TxFacts { frames: vec![frame], writes, gas_used: 40_000, ..TxFacts::default() }
}

fn ran(ends: &[Ends<'_>], balance: u64) -> Answer {
    let state = AccountState { balance: U256::from(balance), ..AccountState::default() };
    let on = heads().into_values().next().unwrap();
    let txs = ends.iter().map(|ends| tx(*ends)).collect();
    Answer::Ran(Box::new(Ran { on, txs, after: BTreeMap::from([(GUARDIAN, state)]) }))
}

fn words(words: &[U256]) -> Answer {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
    Answer::View(Ok(bytes.into()))
}

fn to(address: u8) -> U256 {
    Address::repeat_byte(address).into_word().into()
}

/// A chain on which all is well, but for what `instead` says.
fn check(more: &str, instead: impl Fn(ReadinessCheck) -> Option<Answer>, expected: Expect) {
    let protocol = protocol(more);
    let asked = questions(&protocol, &signers(), &heads());
    let answer = |asked: Asked| {
        let well = || match asked.check {
            ReadinessCheck::Code => words(&[U256::from(204)]),
            ReadinessCheck::Implementation => words(&[to(0xb1), U256::from(8_192), U256::ZERO, U256::ZERO]),
            ReadinessCheck::Pause => ran(&[Ends::WithEffect], 4_000_000_000),
            ReadinessCheck::Unpause => ran(&[Ends::WithEffect, Ends::WithEffect], 1),
            ReadinessCheck::Stranger => ran(&[Ends::Reverting("0x")], 0),
            ReadinessCheck::Gas => panic!("nothing is asked about gas alone"),
        };
        (asked.clone(), instead(asked.check).unwrap_or_else(well))
    };
    let answers: Vec<(Asked, Answer)> = asked.into_iter().map(answer).collect();
    expected.assert_eq(&shown(&protocol, &answers));
}

fn shown(protocol: &Protocol, answers: &[(Asked, Answer)]) -> String {
    let mut text = String::new();
    for readiness in judge(protocol, &signers(), answers, &Selectors::embedded()) {
        let on = readiness.on.map_or_else(|| "no block".to_owned(), |on| format!("block {}", on.number));
        text += &format!("{} on {on}\n", readiness.name);
        for finding in readiness.findings {
            let says = match finding.state {
                ReadinessState::Ready { what } => format!("ready: {what}"),
                ReadinessState::Gap { what, remedy } => format!("GAP: {what}. {remedy}"),
                ReadinessState::Unknown { why } => format!("unknown: {why}"),
            };
            text += &format!("  {:?} {says}\n", finding.check);
        }
    }
    text
}

#[test]
fn the_slots_are_those_of_eip_1967() {
    let slot = |name: &str| U256::from_be_bytes(keccak256(name).0) - U256::ONE;
    assert_eq!(slot("eip1967.proxy.implementation"), IMPLEMENTATION_SLOT);
    assert_eq!(slot("eip1967.proxy.beacon"), BEACON_SLOT);
}

#[test]
fn what_is_asked() {
    let mut text = String::new();
    for asked in questions(&protocol(WHOLE), &signers(), &heads()) {
        let who = |from: Address| if from == GUARDIAN { "guardian" } else { "stranger" };
        let runs = match asked.question.ask {
            Ask::Run(requests) => requests.iter().map(|tx| format!("{} {}; ", who(tx.from), tx.input)).collect(),
            Ask::View(tx) => format!("view {:?}", asked.question.overrides.code.get(&tx.to.unwrap())),
            Ask::Slot { .. } => "slot".to_owned(),
            Ask::Probe(_) => "probe".to_owned(),
        };
        text += &format!("{:?}: {runs}\n", asked.check);
    }
    expect![[r#"
        Code: view Some(0x73a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a13b60005260206000f3)
        Implementation: view Some(0x7f360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc54806000523b6020527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d5054806040523b60605260806000f3)
        Pause: guardian 0x8456cb59; 
        Unpause: guardian 0x8456cb59; guardian 0x3f4ba83a; 
        Stranger: stranger 0x8456cb59; 
    "#]].assert_eq(&text);
    assert!(questions(&protocol(WHOLE), &signers(), &BTreeMap::new()).is_empty(), "no head, no question");
    assert_ne!(STRANGER, GUARDIAN);
}

#[test]
fn all_is_well() {
    check(
        WHOLE,
        |_| None,
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation ready: the proxy's implementation is 0xB1B1B1B1b1B1b1b1b1B1B1B1B1b1b1B1b1b1B1B1, with 8192 bytes of code
          Pause ready: `pause()` takes effect when `guardian` sends it, for 40000 gas
          Unpause ready: `unpause()` undoes `pause()` when `guardian` sends it
          Stranger ready: a stranger's `pause()` fails: no reason given
          Gas ready: `guardian` can pay for `pause()` up to 100000 wei a gas
    "#]],
    );
}

#[test]
fn a_guardian_that_cannot_take_its_pause_back() {
    // AccessControlUnauthorizedAccount(address,bytes32)
    let refused = format!("0xe2517d3f{}{}", "00".repeat(12) + &"9a".repeat(20), "00".repeat(32));
    let unpause =
        |check| (check == ReadinessCheck::Unpause).then(|| ran(&[Ends::WithEffect, Ends::Reverting(&refused)], 1));
    check(
        WHOLE,
        unpause,
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation ready: the proxy's implementation is 0xB1B1B1B1b1B1b1b1b1B1B1B1B1b1b1B1b1b1B1B1, with 8192 bytes of code
          Pause ready: `pause()` takes effect when `guardian` sends it, for 40000 gas
          Unpause GAP: `unpause()` fails when `guardian` sends it after `pause()`: AccessControlUnauthorizedAccount(0x9A9A9A9a9A9A9A9a9A9a9a9A9A9a9A9a9A9A9a9a, 0x0000000000000000000000000000000000000000000000000000000000000000). see that whoever may call `unpause()` can be reached: once paused, 0x9A9A9A9a9A9A9A9a9A9a9a9A9A9a9A9a9A9A9a9a cannot take it back
          Stranger ready: a stranger's `pause()` fails: no reason given
          Gas ready: `guardian` can pay for `pause()` up to 100000 wei a gas
    "#]],
    );
}

#[test]
fn a_pause_that_fails_proves_nothing_about_strangers() {
    // Error(string): a hostile one
    let text = "706175736564202e202a2a626f6c642a2ae280ae2e";
    let failed = format!("0x08c379a0{:064x}{:064x}{text:0<64}", 32, text.len() / 2);
    let fails = |check| match check {
        ReadinessCheck::Pause => Some(ran(&[Ends::Reverting(&failed)], 0)),
        ReadinessCheck::Unpause => Some(ran(&[Ends::Reverting(&failed), Ends::WithEffect], 0)),
        _ => None,
    };
    check(
        WHOLE,
        fails,
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation ready: the proxy's implementation is 0xB1B1B1B1b1B1b1b1b1B1B1B1B1b1b1B1b1b1B1B1, with 8192 bytes of code
          Pause GAP: `pause()` fails when `guardian` sends it: paused . **bold**\u{202e}.. give 0x9A9A9A9a9A9A9A9a9A9a9a9A9A9a9A9a9A9A9a9a the right to pause; if it is paused already, look again when it is not
          Unpause unknown: `pause()` has no effect, so that there is nothing to undo
          Stranger unknown: a stranger's `pause()` fails, and that of the signer was not seen to work
          Gas GAP: `guardian` has no coin to pay for gas. send 0x9A9A9A9a9A9A9A9a9A9a9a9A9A9a9A9a9A9A9a9a enough for many `pause()`
    "#]],
    );
}

#[test]
fn anybody_may_pause_or_the_call_means_nothing() {
    let stranger = |check| (check == ReadinessCheck::Stranger).then(|| ran(&[Ends::WithEffect], 0));
    check(
        WHOLE,
        stranger,
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation ready: the proxy's implementation is 0xB1B1B1B1b1B1b1b1b1B1B1B1B1b1b1B1b1b1B1B1, with 8192 bytes of code
          Pause ready: `pause()` takes effect when `guardian` sends it, for 40000 gas
          Unpause ready: `unpause()` undoes `pause()` when `guardian` sends it
          Stranger GAP: anybody can call `pause()`: 0x0102030405060708090a0B0c0d0e0f1011121314 did. let only those pause who are trusted with it: whoever can pause can hold everybody's money
          Gas ready: `guardian` can pay for `pause()` up to 100000 wei a gas
    "#]],
    );
    let nothing = |check| match check {
        ReadinessCheck::Code => Some(words(&[U256::ZERO])),
        ReadinessCheck::Implementation => Some(words(&[U256::ZERO; 4])),
        ReadinessCheck::Pause | ReadinessCheck::Stranger => Some(ran(&[Ends::WithoutEffect], 0)),
        ReadinessCheck::Unpause => Some(ran(&[Ends::WithoutEffect, Ends::WithoutEffect], 0)),
        ReadinessCheck::Gas => None,
    };
    check(
        WHOLE,
        nothing,
        expect![[r#"
        Vault on block 7
          Code GAP: there is no code at eip155:1:0xA1A1a1a1A1A1A1A1A1a1a1a1a1a1A1A1a1A1a1a1. compare address and chain in `protocol.toml` with the deployment
          Implementation ready: it names no other code in the slots of EIP-1967
          Pause GAP: `pause()` succeeds and changes nothing. compare the function in `protocol.toml` with the contract: a call that nobody answers succeeds
          Unpause unknown: `pause()` has no effect, so that there is nothing to undo
          Stranger unknown: a stranger's `pause()` succeeds and changes nothing, which shows nothing
          Gas GAP: `guardian` has no coin to pay for gas. send 0x9A9A9A9a9A9A9A9a9A9a9a9A9A9a9A9a9A9A9a9a enough for many `pause()`
    "#]],
    );
}

#[test]
fn proxies_that_point_nowhere() {
    let of = |words_: [U256; 4]| move |check| (check == ReadinessCheck::Implementation).then(|| words(&words_));
    check(
        "",
        of([to(0xb1), U256::ZERO, U256::ZERO, U256::ZERO]),
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation GAP: the proxy's implementation 0xB1B1B1B1b1B1b1b1b1B1B1B1B1b1b1B1b1b1B1B1 has no code. whoever may upgrade has to point the proxy at the right code
          Pause GAP: nothing is named that stops Vault. name the function that stops it as `pause` in `protocol.toml`, or say who else can stop it
    "#]],
    );
    check(
        "",
        of([U256::ZERO, U256::ZERO, to(0xbe), U256::from(99)]),
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation ready: the proxy's beacon is 0xBEbeBeBEbeBebeBeBEBEbebEBeBeBebeBeBebebe, with 99 bytes of code
          Pause GAP: nothing is named that stops Vault. name the function that stops it as `pause` in `protocol.toml`, or say who else can stop it
    "#]],
    );
}

#[test]
fn what_the_files_leave_out_is_a_gap() {
    check(
        "pause = \"pause()\"\n",
        |_| None,
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation ready: the proxy's implementation is 0xB1B1B1B1b1B1b1b1b1B1B1B1B1b1b1B1b1b1B1B1, with 8192 bytes of code
          Pause GAP: nobody is named who may call `pause()`. name who may pause as `signer` in `protocol.toml`
          Unpause GAP: nobody is named who may call `pause()`. name who may pause as `signer` in `protocol.toml`
          Stranger unknown: a stranger's `pause()` fails, and that of the signer was not seen to work
          Gas GAP: nobody is named who may call `pause()`. name who may pause as `signer` in `protocol.toml`
    "#]],
    );
    check(
        "pause = \"pause()\"\nsigner = \"cold\"\n",
        |_| None,
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation ready: the proxy's implementation is 0xB1B1B1B1b1B1b1b1b1B1B1B1B1b1b1B1b1b1B1B1, with 8192 bytes of code
          Pause GAP: signer `cold` has no key here. add `[signer.cold]` to `breakglass.toml`
          Unpause GAP: signer `cold` has no key here. add `[signer.cold]` to `breakglass.toml`
          Stranger unknown: a stranger's `pause()` fails, and that of the signer was not seen to work
          Gas GAP: signer `cold` has no key here. add `[signer.cold]` to `breakglass.toml`
    "#]],
    );
    check(
        "pause = \"pause()\"\nsigner = \"guardian\"\n",
        |_| None,
        expect![[r#"
        Vault on block 7
          Code ready: 204 bytes of code
          Implementation ready: the proxy's implementation is 0xB1B1B1B1b1B1b1b1b1B1B1B1B1b1b1B1b1b1B1B1, with 8192 bytes of code
          Pause ready: `pause()` takes effect when `guardian` sends it, for 40000 gas
          Unpause GAP: nothing is named that undoes `pause()`: no machine may pause alone. name the function that lets it go on as `unpause` in `protocol.toml`
          Stranger ready: a stranger's `pause()` fails: no reason given
          Gas ready: `guardian` can pay for `pause()` up to 100000 wei a gas
    "#]],
    );
}

#[test]
fn what_could_not_be_looked_at_is_never_ready() {
    let blind = |_| Some(Answer::Blind("the node has no state for this block".into()));
    check(
        WHOLE,
        blind,
        expect![[r#"
        Vault on block 7
          Code unknown: the node has no state for this block
          Implementation unknown: the node has no state for this block
          Pause unknown: the node has no state for this block
          Unpause unknown: the node has no state for this block
          Stranger unknown: the node has no state for this block
          Gas unknown: the node has no state for this block
    "#]],
    );
    let odd = |check| match check {
        ReadinessCheck::Code => Some(Answer::View(Ok(Bytes::from(vec![1; 31])))),
        ReadinessCheck::Implementation => Some(Answer::View(Err("the call failed: OutOfGas".into()))),
        ReadinessCheck::Pause => Some(Answer::Slot(U256::ONE)),
        _ => Some(ran(&[], 0)),
    };
    check(
        WHOLE,
        odd,
        expect![[r#"
        Vault on block 7
          Code unknown: 31 bytes were answered instead of 32
          Implementation unknown: the call failed: OutOfGas
          Pause unknown: the question was answered as another one
          Unpause unknown: 0 of 2 transactions were tried
          Stranger unknown: 0 of 1 transactions were tried
          Gas unknown: the question was answered as another one
    "#]],
    );
    expect![[r#"
        Vault on no block
          Code unknown: nothing could be asked on chain `eip155:1`: see that it is followed, and look again
          Implementation unknown: nothing could be asked on chain `eip155:1`: see that it is followed, and look again
          Pause unknown: nothing could be asked on chain `eip155:1`: see that it is followed, and look again
          Unpause unknown: nothing could be asked on chain `eip155:1`: see that it is followed, and look again
          Stranger unknown: nothing could be asked on chain `eip155:1`: see that it is followed, and look again
          Gas unknown: nothing could be asked on chain `eip155:1`: see that it is followed, and look again
    "#]]
    .assert_eq(&shown(&protocol(WHOLE), &[]));
}
