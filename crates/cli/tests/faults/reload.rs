//! Rules that change while the program runs: every transaction is looked at once, by the old or by the new.

use std::collections::BTreeMap;

use crate::{
    scene::{ETHER, Scene},
    serve::{Installation, Serve},
};

/// A rule about every transfer of at least so much. What it says tells which of its versions said it.
fn rule(least: &str, says: &str) -> String {
    format!(
        r#"schema = 1
id = "each-transfer"
title = "Somebody moved the coin"
family = "value"
kind = "rug/owner-drain"
severity = "low"
severity_elsewhere = "low"
confidence = 50
maturity = "sandbox"
needs = {{ sight = "calls", evidence = ["flow"] }}
[condition]
on = "flow"
where = "everything"
when = "flow.asset == 'native' && flow.amount >= params.least"
subject = "flow.to"
key = ["tx.hash"]
message = "{says}"
[parameters]
least = "{least}"
"#
    )
}

/// Sends and mines a transfer, and waits until it was looked at.
async fn transfer(serve: &mut Serve, scene: &Scene, sent: &mut Vec<String>) {
    let to = Some(scene.accounts[6]);
    sent.push(scene.send(5, to, ETHER, "0x").await);
    scene.node.mine(1).await;
    serve.follows(scene).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_rules_take_over_between_two_blocks_and_broken_ones_are_refused() {
    let Some(scene) = Scene::set().await else { return };
    let installation = Installation::new(&scene, &[scene.node.http()]);
    std::fs::create_dir_all(installation.folder.path().join("rules/value/each-transfer")).unwrap();
    installation.write("rules/value/each-transfer/page.md", "What it sees: every transfer.");
    let card = "rules/value/each-transfer/rule.toml";
    installation.write(card, &rule("1 ether", "as it was"));
    let mut serve = installation.serve_as(installation.command().args(["--rules", "rules"]));
    serve.ready().await;

    let mut sent = Vec::new();
    for _ in 0..3 {
        transfer(&mut serve, &scene, &mut sent).await;
    }
    // Asked for while blocks come: which of them is the first to be seen by the new rules is nobody's promise.
    installation.write(card, &rule("0.5 ether", "as it is now"));
    serve.signal("HUP");
    for _ in 0..3 {
        transfer(&mut serve, &scene, &mut sent).await;
    }
    serve.book("other rules in force", |book| book.of_kind("rules.replaced/1").len() == 1).await;
    transfer(&mut serve, &scene, &mut sent).await;

    installation.edit(card, "flow.amount >=", "flow.amonut >=");
    serve.signal("HUP");
    serve
        .book("the fault, told to a person", |book| {
            let told = |line: &&case::Entry| line.payload.to_string().contains("what the changed rules are to see");
            book.of_kind("rules.refused/1").len() == 1 && book.alerts("blind-spot").iter().any(told)
        })
        .await;
    transfer(&mut serve, &scene, &mut sent).await;
    installation.edit(card, "flow.amonut >=", "flow.amount >=");
    serve.signal("HUP");
    serve.book("rules that are right again", |book| book.of_kind("rules.replaced/1").len() == 2).await;
    transfer(&mut serve, &scene, &mut sent).await;
    serve.stop().await;

    let book = installation.proved().await;
    let alerts: Vec<_> = book.alerts("each-transfer").iter().map(|line| line.payload["alert"].clone()).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for alert in &alerts {
        *seen.entry(alert["tx"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for tx in &sent {
        assert_eq!(seen.get(tx), Some(&1), "{tx} in {seen:?}");
    }
    let said: Vec<_> = alerts.iter().map(|alert| alert["message"].as_str().unwrap()).collect();
    let first_new = said.iter().position(|says| *says == "as it is now").unwrap();
    // It is written down before it is done, between two blocks: one more block may still be looked at as before.
    assert!((3..=7).contains(&first_new) && said[first_new..].iter().all(|says| *says == "as it is now"), "{said:?}");
    let [replaced, righted] = &book.of_kind("rules.replaced/1")[..] else { panic!("{:#?}", book.story()) };
    assert_eq!(replaced.payload["changed"], serde_json::json!(["each-transfer"]));
    assert_eq!(righted.payload["changed"], serde_json::json!([]));
    let refused = book.of_kind("rules.refused/1")[0].payload["why"].to_string();
    assert!(refused.contains("rule.toml:14:") && refused.contains("did you mean `amount`"), "{refused}");
}
