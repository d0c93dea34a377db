//! A pause that would not work: nothing is sent, and a person is told why, wherever they look.

use serde_json::json;

use crate::{anvil::Anvil, scene::Scene, serve::Installation};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_that_fails_sends_nothing_and_says_why() {
    let Some(node) = Anvil::start(&["--no-mining"]) else { return };
    // Somebody else guards the vault than the one whose key is here.
    let scene = Scene::on(node, Some(5)).await;
    let installation = Installation::new(&scene, &[scene.node.ws()]);
    let mut serve = installation.serve();
    serve.ready().await;
    scene.attack().await;
    scene.node.mine(1).await;
    let book = serve.book("the refusal", |book| !book.of_kind("case.refused/1").is_empty()).await;
    let why = "the rehearsal failed, so nothing was sent: AccessControlUnauthorizedAccount(";
    let refused = book.of_kind("case.refused/1");
    assert!(refused[0].payload["reason"].as_str().unwrap().starts_with(why), "{:#?}", refused);
    assert!(refused[0].payload["reason"].as_str().unwrap().contains("approve it to have it rehearsed again"));
    serve.says("a step is not taken: somebody has to look").await;
    serve.says(why).await;
    let incident = serve.desk(&format!("/api/v1/incidents/{}", book.cases[0].id), |_| true).await;
    assert!(incident.to_string().contains(why), "{incident}");
    assert_eq!(incident["steps_waiting"], json!(1), "{incident}");
    let entries = serve.desk(&format!("/api/v1/incidents/{}/entries", book.cases[0].id), |_| true).await;
    let kinds: Vec<&str> =
        entries["items"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"case.rehearsed/1") && kinds.contains(&"case.refused/1"), "{kinds:?}");

    // Further blocks and a restart change nothing about it.
    scene.honest().await;
    scene.node.mine(2).await;
    serve.follows(&scene).await;
    serve.stop().await;
    let mut serve = installation.serve();
    scene.honest().await;
    scene.node.mine(1).await;
    serve.follows(&scene).await;
    serve.stop().await;
    let book = installation.proved().await;
    assert_eq!((scene.mined_of(0).await, scene.waiting_of(0).await), (0, 0));
    assert!(
        book.of_kind("case.intent/1").is_empty() && book.of_kind("case.refused/1").len() == 1,
        "{:#?}",
        book.story()
    );
}
