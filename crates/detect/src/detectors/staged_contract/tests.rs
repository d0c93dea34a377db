//! What came of a trial becomes an alert only if the other rules object, and nothing of it is remembered.

use std::sync::Arc;

use case::Basis;
use facts::*;

use crate::{Detectors, Memory, Scope, built_in, read_rules, scene};

const VAULT: Address = Address::repeat_byte(0xa1);
const THIEF: Address = Address::repeat_byte(0xee);
const FRESH: Address = Address::repeat_byte(0xf0);

/// Code with a flash loan's callback.
fn borrower() -> Vec<u8> {
    // CALLDATALOAD(0) >> 224 == onFlashLoan(...) ? call somebody : stop
    let mut code = alloy_primitives::hex!("5f3560e01c6323e30c8b146011575f5ffd5b").to_vec();
    code.push(0x73);
    code.extend(VAULT);
    code.extend(alloy_primitives::hex!("5f5f5f5f5f855af100"));
    code
}

fn frame(kind: FrameKind, from: Address, to: Address, output: Vec<u8>) -> Frame {
    let text = serde_json::json!({
        "parent": null, "end": 1, "depth": 0, "kind": kind, "caller": from, "target": to, "code": to, "value": "0x0",
        "input": "0x", "output": Bytes::from(output), "gas_limit": 0, "gas_used": 0, "status": "success",
        "effective": true, "open": 0, "close": 99
    });
    serde_json::from_value(text).unwrap()
}

fn deployment() -> BlockFacts {
    let code = borrower();
    let made = Code { address: FRESH, creator: THIEF, hash: B256::repeat_byte(7), size: 50, frame: 0 };
    let tx = TxFacts {
        hash: B256::repeat_byte(1),
        from: THIEF,
        frames: vec![frame(FrameKind::Create, THIEF, FRESH, code)],
        codes: vec![made],
        ..TxFacts::default()
    };
    BlockFacts {
        block: scene::block_ref(1, 0),
        timestamp: 1_700_000_000,
        sight: Sight::Executed,
        of: 1,
        txs: vec![tx],
        observed: Vec::new(),
        blind: Vec::new(),
    }
}

/// The fresh contract makes the vault pay it.
fn robbery() -> TxFacts {
    let coins = U256::from(50);
    let mut inner = frame(FrameKind::Call, FRESH, VAULT, Vec::new());
    (inner.parent, inner.depth, inner.end, inner.open, inner.close) = (Some(0), 1, 3, 1, 50);
    let mut paid = frame(FrameKind::Call, VAULT, FRESH, Vec::new());
    (paid.parent, paid.depth, paid.end, paid.open, paid.close, paid.value) = (Some(1), 2, 3, 2, 40, coins);
    let mut outer = frame(FrameKind::Call, THIEF, FRESH, Vec::new());
    (outer.end, outer.input) = (3, Bytes::from_static(&[0xde, 0xad, 0xbe, 0xef]));
    let flow =
        Flow { asset: Asset::Native, from: VAULT, to: FRESH, amount: coins, kind: FlowKind::Call, frame: 2, at: 3 };
    TxFacts {
        from: THIEF,
        to: Some(FRESH),
        frames: vec![outer, inner, paid],
        flows: vec![flow],
        balances: vec![(VAULT, coins, U256::ZERO), (FRESH, U256::ZERO, coins)],
        ..TxFacts::default()
    }
}

fn detectors() -> Detectors {
    let vault = AccountId { chain: scene::chain().id, address: VAULT };
    let cards = read_rules(built_in()).unwrap();
    Detectors::new(cards.iter().map(Arc::clone), Scope::protecting([(vault, "Vault".to_owned())])).unwrap()
}

fn answered(runs: Vec<TxFacts>, left: Vec<Selector>) -> Vec<case::Alert> {
    let (detectors, chain, mut memory) = (detectors(), scene::chain(), Memory::default());
    let facts = deployment();
    let seen = detectors.block(&chain, &facts, &mut memory).unwrap();
    let (rule, question) = seen.questions.first().expect("the contract is to be tried out");
    let Ask::Probe(probe) = &question.ask else { panic!("{question:?}") };
    assert_eq!((probe.contract, probe.from, probe.functions.len()), (FRESH, THIEF, 1));
    assert!(probe.words.contains(&U256::from_be_bytes(VAULT.into_word().0)));
    let before = memory.digest().unwrap();
    let why = (!left.is_empty()).then(|| "the time was over".to_owned());
    let answer = Answer::Probed(Box::new(Probed { on: facts.block.clone(), runs, tried: 9, left, why }));
    let asked = (rule.as_str(), question, &answer);
    let alerts = detectors.answered(&chain, (&facts.block, facts.timestamp), asked, &mut memory).unwrap();
    assert_eq!(memory.digest().unwrap(), before, "an answer leaves no trace");
    alerts
}

#[test]
fn what_it_would_take_is_told_before_it_is_taken() {
    let alerts = answered(vec![robbery()], Vec::new());
    let [alert] = &alerts[..] else { panic!("{alerts:#?}") };
    assert_eq!((alert.basis, alert.subject.address), (Basis::Simulated, VAULT));
    assert!(alert.severity >= case::Severity::High, "{alert:?}");
    assert_eq!(alert.tx, Some(B256::repeat_byte(1)), "it is about the transaction that put it in place");
    assert!(alert.message.starts_with("it has not happened yet"), "{}", alert.message);
    assert!(alert.evidence.iter().any(|fact| fact.says.contains("0xdeadbeef")), "{:?}", alert.evidence);
    assert!(alert.losses.is_empty(), "nothing is lost yet");
}

#[test]
fn what_harms_nobody_else_is_no_alert_and_what_was_not_tried_is_told() {
    let mut own = robbery();
    own.flows.clear();
    own.balances.clear();
    assert_eq!(answered(vec![own.clone()], Vec::new()), vec![]);
    let alerts = answered(vec![own], vec![Selector::from([1, 2, 3, 4])]);
    let told: Vec<_> = alerts.iter().map(|alert| (alert.severity, alert.message.as_str())).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, case::Severity::Info);
    assert!(told[0].1.contains("1 of 1 functions were not tried to the end: the time was over"), "{}", told[0].1);
}
