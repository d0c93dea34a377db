//! Blocks that are lost: what was seen in them is withdrawn and not deleted, what was done in them is done again once.

use case::{Standing, StepStatus};
use serde_json::{Value, json};

use crate::{book::Book, scene::Scene, serve::Installation};

fn nodes(scene: &Scene) -> [String; 2] {
    [scene.node.ws(), scene.node.http()]
}

/// Follows the whole chain as it is now.
async fn followed(scene: &Scene, installation: &Installation) -> Book {
    let mut serve = installation.serve();
    serve.follows(scene).await;
    serve.ready().await;
    serve.stop().await;
    installation.proved().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_of_a_lost_block_is_withdrawn_and_memory_is_as_if_it_had_never_been() {
    let Some(scene) = Scene::set().await else { return };
    let [ours, theirs] = [(); 2].map(|()| Installation::new(&scene, &nodes(&scene)));
    for installation in [&ours, &theirs] {
        installation.edit("breakglass.toml", "\"reversible\"", "\"never\"");
    }
    // Both begin at the same block; only ours sees what is lost later.
    followed(&scene, &theirs).await;
    let mut serve = ours.serve();
    serve.ready().await;
    scene.honest().await;
    scene.node.mine(1).await;
    scene.attack().await;
    scene.node.mine(1).await;
    scene.honest().await;
    scene.node.mine(1).await;
    let before = serve.book("a case with a plan", |book| book.cases.iter().any(|case| case.plan().is_some())).await;
    let raised = before.of_kind("alert.raised/1").len();
    assert!(raised >= 2, "{:#?}", before.story());

    scene.node.ask("anvil_reorg", json!([2, []])).await;
    let lost =
        serve.book("the withdrawal", |book| book.cases.iter().all(|case| case.standing == Standing::Withdrawn)).await;
    assert_eq!(lost.of_kind("alert.raised/1").len(), raised, "an alert was deleted");
    assert_eq!(lost.of_kind("alert.withdrawn/1").len(), raised);
    assert_eq!(lost.of_kind("case.alert-withdrawn/1").len(), lost.of_kind("case.alert-attached/1").len());
    let shown =
        serve.desk("/api/v1/alerts", |page| page["items"].as_array().is_some_and(|items| items.len() == raised)).await;
    assert!(shown["items"].as_array().unwrap().iter().all(|alert| alert["withdrawn"] == true), "{shown}");
    let incident = serve.asked(&format!("/api/v1/incidents/{}", lost.cases[0].id)).await.unwrap();
    assert_eq!((&incident["standing"], &incident["alerts_standing"]), (&json!("withdrawn"), &json!(0)), "{incident}");
    assert!(lost.of_kind("case.intent/1").is_empty());

    // Life goes on, with another attack; in the end both have seen the same chain.
    scene.node.mine(1).await;
    scene.attack().await;
    scene.node.mine(1).await;
    serve.follows(&scene).await;
    serve.stop().await;
    let (ours, theirs) = (ours.proved().await, followed(&scene, &theirs).await);
    assert!(ours.is_whole() && ours.blocks == theirs.blocks);
    assert!(ours.memory == theirs.memory, "the memory differs: {:#?} {:#?}", ours.memory, theirs.memory);
    assert!(ours.memory.complete && !ours.memory.changes.is_empty());
    // The attack of the last block is seen alike, and the old case takes it up again.
    let last = |book: &Book| -> Vec<Value> {
        let head = book.head.as_ref().unwrap().hash.to_string();
        let alerts = book.of_kind("alert.raised/1").into_iter().map(|line| line.payload["alert"].clone());
        alerts.filter(|alert| alert["seen_at"]["hash"] == head.as_str()).collect()
    };
    assert!(last(&ours).len() >= 2 && last(&ours) == last(&theirs), "{:#?} {:#?}", last(&ours), last(&theirs));
    assert_eq!(ours.cases.len(), 1);
    assert_eq!(ours.cases[0].standing, Standing::Stands);
}

/// A pause that was confirmed in a block that is lost with `depth` blocks is done again, and once.
async fn check(depth: u64) {
    let Some(scene) = Scene::set().await else { return };
    let installation = Installation::new(&scene, &nodes(&scene));
    let mut serve = installation.serve();
    serve.ready().await;
    scene.attack().await;
    scene.node.mine(1).await;
    serve.book("the pause on its way", |book| book.of_kind("case.receipt/1").len() == 1).await;
    scene.node.mine(1).await;
    let first = serve.book("the pause confirmed", Book::is_contained).await;
    assert!(scene.is_paused().await);

    scene.node.ask("anvil_reorg", json!([depth, []])).await;
    assert!(!scene.is_paused().await);
    serve.book("the step unsettled", |book| book.of_kind("case.unsettled/1").len() == 1).await;
    if depth > 1 {
        // The thief's transaction comes again, as lost transactions do.
        scene.attack().await;
    }
    serve.until("the pause sent again", async |_| (scene.waiting_of(0).await == 1).then_some(())).await;
    scene.node.mine(1).await;
    let again = serve.book("the pause confirmed again", |book| book.of_kind("case.confirmed/1").len() == 2).await;
    serve.follows(&scene).await;
    serve.stop().await;
    assert!(scene.is_paused().await);
    assert_eq!(scene.mined_of(0).await, 1, "the guardian's transaction had its effect twice");
    let book = installation.proved().await;
    assert!(book.is_whole());
    // One decision, one nonce, one transaction: only the block is another one.
    assert_eq!((book.of_kind("case.intent/1").len(), book.of_kind("case.approved/1").len()), (1, 1));
    let confirmed = again.of_kind("case.confirmed/1");
    assert_eq!(confirmed[0].payload["tx"], confirmed[1].payload["tx"]);
    assert_ne!(confirmed[0].payload["block"], confirmed[1].payload["block"]);
    assert_eq!(confirmed[0].payload, first.of_kind("case.confirmed/1")[0].payload);
    let states: Vec<_> = book.cases.iter().flat_map(|case| &case.plans).flat_map(|plan| &plan.steps).collect();
    assert!(states.iter().all(|state| matches!(state.status, StepStatus::Done { .. })), "{states:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_whose_block_is_lost_is_done_again_once() {
    check(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_that_is_lost_together_with_the_attack_is_done_again_once() {
    check(2).await;
}
