//! What is asked when something is proposed, and as whom.

use std::sync::Arc;

use alloy_primitives::{hex, keccak256};
use facts::*;

use super::plan::{CALL_SCHEDULED, PROPOSAL_CREATED, Plan, QUEUE_TRANSACTION};
use crate::{Detectors, Memory, Scope, built_in, read_rules, scene};

const GOVERNOR: Address = Address::repeat_byte(0x60);
const LOCK: Address = Address::repeat_byte(0x10);
const VAULT: Address = Address::repeat_byte(0xa1);
const ANN: Address = Address::repeat_byte(0xaa);

fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_be_bytes()
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut all = [word(bytes.len() as u64).to_vec(), bytes.to_vec()].concat();
    all.resize(all.len().next_multiple_of(32), 0);
    all
}

/// A proposal of one call, with the function's signature apart from its arguments, as Compound has it.
fn created(id: u64, signature: &[u8], data: &[u8]) -> Log {
    let item = |tail: &[u8]| [&word(1)[..], &word(32), tail].concat();
    let targets = [&word(1)[..], VAULT.into_word().as_slice()].concat();
    let (values, signatures, inputs) = ([word(1), word(7)].concat(), item(&padded(signature)), item(&padded(data)));
    let (mut tail, mut places) = (Vec::new(), Vec::new());
    for part in [targets, values, signatures, inputs, padded(b"better times")] {
        places.push(word(9 * 32 + tail.len() as u64));
        tail.extend(part);
    }
    let head =
        [word(id), ANN.into_word().0, places[0], places[1], places[2], places[3], word(100), word(200), places[4]];
    Log {
        address: GOVERNOR,
        topics: vec![PROPOSAL_CREATED],
        data: [head.concat(), tail].concat().into(),
        frame: 0,
        at: 1,
    }
}

fn scheduled(id: u8, data: &[u8], frame: u32) -> Log {
    let head = [VAULT.into_word().0, word(7), word(160), word(0), word(86_400)].concat();
    let topics = vec![CALL_SCHEDULED, B256::repeat_byte(id), B256::ZERO];
    Log { address: LOCK, topics, data: [head, padded(data)].concat().into(), frame, at: 2 }
}

fn queued(signature: &[u8], data: &[u8]) -> Log {
    let (first, second) = (padded(signature), padded(data));
    let head = [word(7), word(128), word(128 + first.len() as u64), word(2_000_000_000)].concat();
    let topics = vec![QUEUE_TRANSACTION, B256::repeat_byte(9), VAULT.into_word()];
    Log { address: LOCK, topics, data: [head, first, second].concat().into(), frame: 0, at: 1 }
}

fn frame(from: Address, to: Address, parent: Option<u32>) -> Frame {
    let text = serde_json::json!({
        "parent": parent, "end": 2, "depth": parent.map_or(0, |_| 1), "kind": "call", "caller": from, "target": to,
        "code": to, "value": "0x0", "input": "0x", "output": "0x", "gas_limit": 0, "gas_used": 0,
        "status": "success", "effective": true, "open": 0, "close": 99
    });
    serde_json::from_value(text).unwrap()
}

fn block(number: u64, frames: Vec<Frame>, log: Log) -> BlockFacts {
    let tx = TxFacts {
        hash: B256::from(U256::from(number)),
        from: ANN,
        to: Some(GOVERNOR),
        frames,
        logs: vec![log],
        ..TxFacts::default()
    };
    BlockFacts {
        block: scene::block_ref(number, 0),
        timestamp: 1_700_000_000 + number,
        sight: Sight::Executed,
        of: 1,
        txs: vec![tx],
        observed: Vec::new(),
        blind: Vec::new(),
    }
}

#[test]
fn every_way_of_saying_it_is_the_same_plan() {
    let arguments = [ANN.into_word().0, word(5)].concat();
    let whole = [&keccak256("pay(address,uint256)")[..4], &arguments].concat();
    let logs = [
        created(1, b"pay(address,uint256)", &arguments),
        created(2, b"", &whole),
        scheduled(1, &whole, 0),
        queued(b"pay(address,uint256)", &arguments),
        queued(b"", &whole),
    ];
    let plans: Vec<Plan> = logs.iter().flat_map(|log| Plan::all([log].into_iter())).collect();
    assert_eq!(plans.len(), logs.len());
    for plan in &plans {
        assert_eq!(plan.calls, [(VAULT, U256::from(7), Bytes::from(whole.clone()))]);
        assert_eq!(plan.digest(), plans[0].digest());
    }
    assert_eq!((plans[0].proposer, plans[2].proposer), (Some(ANN), None));
}

#[test]
fn what_is_no_plan_is_left_alone() {
    let good = created(1, b"", &hex!("3f4ba83a"));
    for cut in 0..good.data.len() {
        // A shorter text may still hold the calls, for the description comes last; it must never be another plan.
        let log = Log { data: good.data.slice(..cut), ..good.clone() };
        for plan in Plan::all([&log].into_iter()) {
            assert_eq!(plan.calls, Plan::all([&good].into_iter())[0].calls);
        }
    }
    for at in 0..good.data.len() / 32 {
        let mut data = good.data.to_vec();
        data[32 * at..32 * (at + 1)].fill(0xff);
        let log = Log { data: data.into(), ..good.clone() };
        assert!(Plan::all([&log].into_iter()).len() <= 1, "word {at}");
    }
}

#[test]
fn a_governor_is_tried_as_itself_until_its_timelock_is_known() {
    let cards = read_rules(built_in()).unwrap();
    let detectors = Detectors::new(cards.iter().map(Arc::clone), Scope::everything()).unwrap();
    let (chain, mut memory) = (scene::chain(), Memory::default());
    let mut asked = Vec::new();
    let through = vec![frame(ANN, GOVERNOR, None), frame(GOVERNOR, LOCK, Some(0))];
    let steps = [
        (vec![frame(ANN, GOVERNOR, None)], created(1, b"", &hex!("3f4ba83a"))),
        (through, scheduled(1, &hex!("3f4ba83a"), 1)),
        (vec![frame(ANN, GOVERNOR, None)], created(2, b"", &hex!("8456cb59"))),
    ];
    for (number, (frames, log)) in (1..).zip(steps) {
        let seen = detectors.block(&chain, &block(number, frames, log), &mut memory).unwrap();
        for (rule, question) in seen.questions.into_iter().filter(|(rule, _)| rule == super::ID) {
            let Ask::Run(requests) = question.ask else { panic!("{rule} asks for something else") };
            asked.extend(requests.into_iter().map(|call| (call.from, call.to, call.value)));
        }
    }
    let call = |from| (from, Some(VAULT), U256::from(7));
    assert_eq!(asked, [call(GOVERNOR), call(LOCK), call(LOCK)]);
}
