//! A rule's standing question is asked after every block, and the rule sees the answer with that block.

use std::time::Duration;

use detect::RuleText;
use serde_json::{Value, json};

use crate::{anvil::Anvil, followed::Followed};

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
    RuleText { folder: "value/level".to_owned(), card, page: page.unwrap(), ..RuleText::default() }
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

    let mut followed = Followed::start(&node.ws(), Some(rule(keeper.as_str().unwrap()))).await;
    for level in [3, 7, 4] {
        let word = format!("0x{level:064x}");
        let hash = node.ask("eth_sendTransaction", json!([{ "from": from, "to": keeper, "data": word }])).await;
        receipt(&node, &hash).await;
    }
    let head = node.height().await;
    followed.reach(head, &node.hash(head).await).await;
    assert_eq!(followed.said().await, [format!("{} the level is 7", head - 1)]);
    followed.stop().await;
}
