//! Things that stop and come back: a node, a wire, the program itself, and a second one beside it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    anvil::Anvil,
    book::Book,
    fake::{Spoil, fake},
    proxy::Proxy,
    scene::Scene,
    serve::Installation,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_restarts_and_forgets_the_pause_gets_it_again() {
    let folder = TempDir::new().unwrap();
    let state = folder.path().join("state.json").display().to_string();
    let args = ["--no-mining", "--state", &state];
    let Some(node) = Anvil::start(&args) else { return };
    let scene = Scene::on(node, None).await;
    let installation = Installation::new(&scene, &[scene.node.ws(), scene.node.http()]);
    let mut serve = installation.serve();
    serve.ready().await;
    scene.attack().await;
    scene.node.mine(1).await;
    serve.book("the pause on its way", |book| book.of_kind("case.receipt/1").len() == 1).await;

    let Scene { node, accounts, vault, thief } = scene;
    let port = node.port;
    node.stop();
    serve
        .book("an alert about the silence", |book| {
            book.alerts("blind-spot").iter().any(|line| line.payload.to_string().contains("cannot be reached"))
        })
        .await;
    let scene = Scene { node: Anvil::start_on(port, &args).unwrap(), accounts, vault, thief };
    assert!(!scene.is_paused().await);
    serve.until("the pause sent again", async |_| (scene.waiting_of(0).await == 1).then_some(())).await;
    scene.node.mine(1).await;
    serve.book("the pause confirmed", Book::is_contained).await;
    serve.follows(&scene).await;
    serve.desk("/api/v1/status", |status| status["chains"][0]["following"] == true).await;
    serve.stop().await;
    assert_eq!((scene.mined_of(0).await, scene.is_paused().await), (1, true));
    let book = installation.proved().await;
    assert!(book.is_whole() && book.of_kind("alert.withdrawn/1").is_empty(), "{:#?}", book.story());
    assert_eq!((book.of_kind("case.intent/1").len(), book.of_kind("case.confirmed/1").len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_that_drops_is_taken_up_again_without_a_gap() {
    let Some(scene) = Scene::set().await else { return };
    let wire = Proxy::to(scene.node.port).await;
    let installation = Installation::new(&scene, &[format!("ws://127.0.0.1:{}", wire.port)]);
    let mut serve = installation.serve();
    serve.ready().await;
    // Broken for a moment: nobody has to hear of it.
    wire.cut();
    wire.mend();
    scene.honest().await;
    scene.node.mine(1).await;
    serve.follows(&scene).await;
    // Broken for long: told, and everything that happened meanwhile is seen afterwards.
    wire.cut();
    scene.attack().await;
    scene.node.mine(3).await;
    let silent = |book: &Book| {
        book.alerts("blind-spot").iter().any(|line| line.payload.to_string().contains("cannot be reached"))
    };
    serve.book("an alert about the silence", silent).await;
    serve.desk("/api/v1/status", |status| status["chains"][0]["following"] == false).await;
    wire.mend();
    serve.book("the pause on its way", |book| book.of_kind("case.receipt/1").len() == 1).await;
    scene.node.mine(1).await;
    serve.book("the pause confirmed", Book::is_contained).await;
    serve.follows(&scene).await;
    serve.stop().await;
    let book = installation.proved().await;
    assert!(book.is_whole());
    assert!(!book.alerts("drain").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_during_a_block_it_finishes_that_block_and_goes_on_later() {
    let Some(scene) = Scene::set().await else { return };
    let (slow, entered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (holds, enters) = (slow.clone(), entered.clone());
    // It holds up the threads that it runs on, so it has its own.
    let apart = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let rule = move |method: &str, _: &Value, _: &Value| {
        // A read of state that takes its time: the block is under way meanwhile.
        for _ in 0..2_000 {
            if !method.starts_with("eth_getStorage") || !holds.load(SeqCst) {
                break;
            }
            enters.store(true, SeqCst);
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Spoil::Keep
    };
    let url = apart.spawn(fake(scene.node.http(), rule)).await.unwrap();
    let installation = Installation::new(&scene, &[url]);
    let mut serve = installation.serve();
    serve.ready().await;
    // From here on nothing but the next block reads state.
    slow.store(true, SeqCst);
    scene.attack().await;
    scene.node.mine(1).await;
    serve.until("a block under way", async |_| entered.load(SeqCst).then_some(())).await;
    serve.signal("TERM");
    serve.says("asked to stop").await;
    slow.store(false, SeqCst);
    let (status, said) = serve.end().await;
    assert!(status.success(), "{status}: {said}");
    let book = installation.proved().await;
    let height = scene.node.height().await;
    assert_eq!(book.head.as_ref().unwrap().number, height, "the block under way was dropped: {said}");
    assert!(book.alerts("drain").len() == 1 && book.of_kind("service.stopped/1").len() == 1);

    let mut serve = installation.serve();
    serve.book("the pause on its way", |book| book.of_kind("case.receipt/1").len() == 1).await;
    scene.node.mine(1).await;
    serve.book("the pause confirmed", Book::is_contained).await;
    serve.stop().await;
    assert_eq!((scene.mined_of(0).await, installation.proved().await.alerts("drain").len()), (1, 1));
    apart.shutdown_background();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_program_on_the_same_book_is_refused_with_the_name_of_the_first() {
    let Some(scene) = Scene::set().await else { return };
    let rpc = [scene.node.http()];
    let (one, mut other) = (Installation::new(&scene, &rpc), Installation::new(&scene, &rpc));
    other.data.clone_from(&one.data);
    let mut first = one.serve();
    first.ready().await;
    let (status, said) = other.serve().end().await;
    assert_eq!(status.code(), Some(2), "{said}");
    let names = format!("is in use by process {}", first.id());
    assert!(said.contains(&names) && said.contains("stop that process, or talk to it through its API"), "{said}");
    // The first one did not notice.
    scene.attack().await;
    scene.node.mine(1).await;
    first.book("the pause on its way", |book| book.of_kind("case.receipt/1").len() == 1).await;
    // Killed, it leaves nothing behind that would keep the next one out.
    first.kill().await;
    let mut next = other.serve();
    scene.node.mine(1).await;
    next.book("the pause confirmed", Book::is_contained).await;
    next.stop().await;
    assert_eq!(scene.mined_of(0).await, 1);
    assert!(other.proved().await.is_whole());
}
