//! A node that serves less: what is seen of the same block from state, prestate, call traces and receipts, and what is
//! said not to be.

use std::{collections::BTreeSet, sync::Arc};

use alloy_primitives::hex;
use atlas::{Atlas, Fork};
use detect::{Detectors, Scope, built_in, read_rules};
use engine::{Lens, Looked, Loupe};
use facts::{BlockFacts, BlockRef, FlowKind, Sight};
use rpc::{EndpointConfig, Node, NodeOptions};
use serde_json::{Value, json};

use crate::{
    anvil::Anvil,
    fake::{Spoil, fake},
    followed::chain,
};

const STATE: [&str; 6] = [
    "eth_getAccountInfo",
    "eth_getBalance",
    "eth_getTransactionCount",
    "eth_getCode",
    "eth_getStorageAt",
    "eth_getStorageValues",
];

/// A block as it is seen through a node that does not serve these methods; a tracer by its name.
async fn look(node: &Anvil, number: u64, missing: &[&'static str]) -> Looked {
    let missing = missing.to_vec();
    let url = fake(node.http(), move |method, params, _| {
        let tracer = params[1]["tracer"].as_str().unwrap_or_default();
        if missing.contains(&method) || missing.contains(&tracer) { Spoil::Unsupported } else { Spoil::Keep }
    });
    let node = Node::new(chain(), vec![EndpointConfig::new(url.await)], NodeOptions::default()).unwrap();
    let fork: Fork = node.capabilities().await.unwrap().anvil_fork.unwrap().parse().unwrap();
    let known = Atlas::embedded().chain(&chain()).unwrap().clone().declared(fork);
    let detectors = Arc::new(Detectors::new(read_rules(built_in()).unwrap(), Scope::default()).unwrap());
    let block = node.block_by_number(number).await.unwrap().unwrap();
    let parent = BlockRef { number: number - 1, hash: block.header.parent, ..block.at(&chain()) };
    let (loupe, _) = Loupe::start(Lens::new(known, detectors).unwrap(), Arc::new(node), parent, None).unwrap();
    loupe.see(Arc::new(block)).await.unwrap()
}

/// A token is made and handed on, and some ether passed through a contract, all in one block.
async fn scene() -> Option<(Anvil, u64)> {
    let node = Anvil::start(&["--no-mining"])?;
    let accounts = node.ask("eth_accounts", json!([])).await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts/DemoToken.json");
    let artifact: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let padded = |text: &Value| format!("{:0>64}", text.as_str().unwrap().trim_start_matches("0x"));
    let code = format!("0x{}{}", artifact["bytecode"].as_str().unwrap().trim_start_matches("0x"), padded(&accounts[0]));
    let token = accounts[0].as_str().unwrap().parse::<facts::Address>().unwrap().create(0);
    let call = |signature: &str, to: &Value| {
        let selector = hex::encode(&alloy_primitives::keccak256(signature)[..4]);
        format!("0x{selector}{}{:064x}", padded(to), 1_000)
    };
    // Init code that forwards what it is sent to the second account: CALL(gas, account, callvalue, 0, 0, 0, 0).
    let account = accounts[1].as_str().unwrap().trim_start_matches("0x");
    let forward = format!("0x60006000600060003473{account}5af100");
    let txs = [
        json!({ "from": accounts[0], "data": code }),
        json!({ "from": accounts[0], "to": token, "data": call("mint(address,uint256)", &accounts[0]) }),
        json!({ "from": accounts[0], "to": token, "data": call("transfer(address,uint256)", &accounts[1]) }),
        json!({ "from": accounts[0], "data": forward, "value": "0x7" }),
        json!({ "from": accounts[0], "to": token, "data": call("transferFrom(address,address,uint256)", &accounts[1]) }),
    ];
    for mut tx in txs {
        tx["gas"] = json!("0x2dc6c0");
        node.ask("eth_sendTransaction", json!([tx])).await;
    }
    node.mine(1).await;
    Some((node, 1))
}

/// Movements of value without their place in time, which the poorer tiers do not know.
fn moved(facts: &BlockFacts, inside: bool) -> Vec<String> {
    let flows = facts.txs.iter().flat_map(|tx| tx.flows.iter().map(move |flow| (tx.index, flow)));
    let seen = flows.filter(|(_, flow)| inside || flow.kind != FlowKind::Call);
    seen.map(|(tx, flow)| format!("{tx} {:?} {} {} {}", flow.asset, flow.from, flow.to, flow.amount)).collect()
}

fn calls(facts: &BlockFacts) -> Vec<String> {
    let frames = facts.txs.iter().flat_map(|tx| tx.frames.iter().map(move |frame| (tx.index, frame)));
    frames
        .map(|(tx, frame)| {
            format!("{tx} {:?} {} {} {} {:?}", frame.kind, frame.caller, frame.target, frame.value, frame.status)
        })
        .collect()
}

fn logs(facts: &BlockFacts) -> Vec<String> {
    let logs = facts.txs.iter().flat_map(|tx| tx.logs.iter().map(move |log| (tx.index, log)));
    logs.map(|(tx, log)| format!("{tx} {} {:?} {}", log.address, log.topics, log.data)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poorer_node_shows_less_and_what_it_hides_is_said() {
    let Some((node, number)) = scene().await else { return };
    let whole = look(&node, number, &[]).await;
    assert_eq!((whole.facts.sight, whole.facts.blind.len(), whole.alerts.len()), (Sight::Executed, 0, 0));
    assert_eq!((whole.facts.txs.len(), logs(&whole.facts).len()), (5, 2), "{:#?}", calls(&whole.facts));
    assert!(moved(&whole.facts, true).len() > moved(&whole.facts, false).len());

    // The node's own prestate is as good as state: the block is proved against its header.
    let prestate = look(&node, number, &STATE).await;
    assert_eq!((prestate.facts.sight, prestate.facts.blind.len()), (Sight::Executed, 0), "{:?}", prestate.facts.blind);
    assert_eq!(prestate.facts.txs, whole.facts.txs);

    let no_state = [&STATE[..], &["prestateTracer"]].concat();
    let traced = look(&node, number, &no_state).await;
    assert_eq!(traced.facts.sight, Sight::Calls);
    assert_eq!(calls(&traced.facts), calls(&whole.facts));
    assert_eq!(moved(&traced.facts, true), moved(&whole.facts, true));
    assert_eq!(logs(&traced.facts), logs(&whole.facts));
    assert!(traced.facts.txs.iter().all(|tx| tx.writes.is_empty()));

    let no_trace = [&STATE[..], &["debug_traceBlockByHash"]].concat();
    let receipts = look(&node, number, &no_trace).await;
    assert_eq!(receipts.facts.sight, Sight::Logs);
    assert_eq!(logs(&receipts.facts), logs(&whole.facts));
    assert_eq!(moved(&receipts.facts, false), moved(&whole.facts, false));

    let nothing = [&no_trace[..], &["eth_getBlockReceipts", "eth_getTransactionReceipt"]].concat();
    let header = look(&node, number, &nothing).await;
    assert_eq!((header.facts.sight, header.facts.txs.len()), (Sight::Header, 0));

    // Each of them says that it did not see the block as it should, and why.
    for poor in [&traced, &receipts, &header] {
        let said: BTreeSet<&str> = poor.alerts.iter().map(|(_, alert)| alert.message.as_str()).collect();
        assert!(said.iter().any(|says| says.contains("state could not be read")), "{said:#?}");
        assert!(!poor.facts.blind.is_empty());
    }
}
