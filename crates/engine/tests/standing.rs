//! A rule's standing question is asked after every block of a real chain, and the rule sees the answer with that block.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "in a test a panic is the report")]

#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../watch/tests/live/anvil.rs"]
mod anvil;

use std::{sync::Arc, time::Duration};

use anvil::Anvil;
use atlas::{Atlas, Fork};
use case::{Event, Stream, Timestamp};
use detect::{Detectors, RuleText, Scope, built_in, read_rules};
use engine::{ChainLoop, ChainSetup};
use facts::ChainId;
use rpc::{EndpointConfig, Node, NodeOptions};
use serde_json::{Value, json};
use store::{Options, SealKey, Store};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Keeps the first word of its input in slot 0.
const KEEPER: &str = "0x666000356000550060005260076019f3";

fn rule(address: &str) -> RuleText {
    let card = format!(
        r#"schema = 1
id = "level"
title = "The level is too high"
family = "value"
kind = "logic/accounting"
severity = "medium"
severity_elsewhere = "medium"
confidence = 60
maturity = "sandbox"

[needs]
sight = "executed"
evidence = ["observed"]

[parameters]
max = 5

[[question]]
name = "level"
chain = "eip155:31337"
address = "{address}"
slot = "0"

[condition]
on = "observed"
where = "everything"
when = "observed.value > params.max"
subject = "observed.address"
message = "the level is {{observed.value}}"
"#
    );
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/rules/value/drain/page.md"));
    RuleText { folder: "value/level".to_owned(), card, page: page.unwrap() }
}

/// The receipt of a transaction, which is mined a moment after it was sent.
async fn receipt(node: &Anvil, hash: &Value) -> Value {
    for _ in 0..200 {
        let receipt = node.ask("eth_getTransactionReceipt", json!([hash])).await;
        if !receipt.is_null() {
            return receipt;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("transaction {hash} was not mined");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_question_is_answered_with_each_block() {
    let Some(node) = Anvil::start(&[]) else { return };
    let from = node.ask("eth_accounts", json!([])).await[0].clone();
    let code = KEEPER;
    let hash = node.ask("eth_sendTransaction", json!([{ "from": from, "data": code }])).await;
    let keeper = receipt(&node, &hash).await["contractAddress"].clone();

    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("book.db").display());
    let store = Store::open(&url, SealKey::from_bytes([1; 32]), Options::at(Timestamp::now())).await.unwrap();
    let rules = built_in().into_iter().chain([rule(keeper.as_str().unwrap())]);
    let detectors = Arc::new(Detectors::new(read_rules(rules).unwrap(), Scope::default()).unwrap());
    let id = ChainId::eip155(31337);
    let rpc = Arc::new(Node::new(id.clone(), vec![EndpointConfig::new(node.ws())], NodeOptions::default()).unwrap());
    let fork: Fork = rpc.capabilities().await.unwrap().anvil_fork.unwrap().parse().unwrap();
    let chain = Atlas::embedded().chain(&id).unwrap().clone().declared(fork);
    let setup = ChainSetup { chain, node: rpc };
    let (chain, _loupe, mut status) = ChainLoop::open(setup, detectors, store.clone(), Timestamp::now).await.unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(chain.run(stop.clone()));

    for level in [3, 7, 4] {
        let word = format!("0x{level:064x}");
        let hash = node.ask("eth_sendTransaction", json!([{ "from": from, "to": keeper, "data": word }])).await;
        receipt(&node, &hash).await;
    }
    let head = node.height().await;
    let reached = status.wait_for(|status| status.head.as_ref().is_some_and(|seen| seen.number >= head));
    tokio::time::timeout(Duration::from_secs(30), reached).await.unwrap().unwrap();
    stop.cancel();
    running.await.unwrap().unwrap();

    let lines = store.whole_stream(&Stream::Chain(id)).await.unwrap();
    let said: Vec<_> = lines
        .iter()
        .filter_map(|line| match line.event().unwrap() {
            Some(Event::AlertRaised(raised)) => Some((raised.alert.seen_at.number, raised.alert.message)),
            _ => None,
        })
        .collect();
    assert_eq!(said, [(head - 1, "the level is 7".to_owned())]);
}
