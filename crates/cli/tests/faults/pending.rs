//! Attacks that are seen while they wait to be mined: said beforehand, moved by no machine, and taken back when they wait no
//! longer. And nodes that lie about what waits, or drown it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use case::{Standing, StepStatus};
use serde_json::{Value, json};

use crate::{
    book::Book,
    fake::{Spoil, fake},
    scene::{Scene, number},
    serve::{Installation, Serve},
};

/// An installation that looks at what waits.
fn watching(scene: &Scene, rpc: &[String]) -> Installation {
    let installation = Installation::new(scene, rpc);
    installation.edit("breakglass.toml", "pending = false", "pending = true");
    installation
}

/// Alerts about what waits to be mined.
fn foretold(book: &Book) -> Vec<&Value> {
    let alerts = book.of_kind("alert.raised/1").into_iter().map(|line| &line.payload["alert"]);
    alerts.filter(|alert| alert["basis"] == "pending").collect()
}

/// The ends of such alerts, of this kind.
fn ends<'a>(book: &'a Book, end: &str) -> Vec<&'a Value> {
    let lines = book.of_kind("case.alert-withdrawn/1").into_iter();
    lines.map(|line| &line.payload[end]).filter(|end| !end.is_null()).collect()
}

async fn is_watched(serve: &mut Serve) {
    serve.desk("/api/v1/status", |status| status["chains"][0]["pending"]["state"] == "ok").await;
}

async fn foresees(serve: &mut Serve, hash: &str) -> Book {
    let is_it = |book: &Book| foretold(book).iter().any(|alert| alert["tx"] == hash) && book.is_decided();
    serve.book("an alert about what waits", is_it).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attack_that_waits_is_told_moves_no_machine_and_becomes_a_mined_one() {
    let Some(scene) = Scene::set().await else { return };
    let installation = watching(&scene, &[scene.node.http()]);
    let mut serve = installation.serve();
    serve.ready().await;
    is_watched(&mut serve).await;
    let head = scene.node.height().await;
    scene.honest().await;
    let attack = scene.attack().await;
    let book = foresees(&mut serve, &attack).await;
    for alert in foretold(&book) {
        assert_eq!((&alert["tx"], &alert["seen_at"]["number"]), (&json!(attack), &json!(head)), "{alert}");
        assert!(alert["losses"].is_null() && alert["message"].as_str().unwrap().starts_with("waits to be mined: "));
    }
    let rules: Vec<&Value> = foretold(&book).iter().map(|alert| &alert["rule"]["id"]).collect();
    let book =
        serve.book("a plan that waits for people", |book| book.cases.iter().any(|case| case.plan().is_some())).await;
    assert_eq!(book.cases.len(), 1, "{:#?}", book.story());
    assert!(book.cases[0].losses().is_empty());
    let shown =
        serve.desk("/api/v1/alerts", |page| page["items"].as_array().is_some_and(|items| !items.is_empty())).await;
    assert!(shown["items"].as_array().unwrap().iter().all(|alert| alert["basis"] == "pending"), "{shown}");
    println!("told before it is mined: {rules:?}");
    // The step is rehearsed and has no leave: what may be wrong about the future moves no machine.
    serve.book("the rehearsal", |book| !book.of_kind("case.rehearsed/1").is_empty()).await;
    assert_eq!(scene.waiting_of(0).await, 0);

    scene.node.mine(1).await;
    let mined = |book: &Book| ends(book, "mined").len() == rules.len() && book.is_decided();
    let book = serve.book("what waited to be mined", mined).await;
    assert!(ends(&book, "mined").iter().all(|end| end["alerted"] == true && end["at"]["number"] == head + 1));
    assert_eq!((book.cases.len(), book.cases[0].standing), (1, Standing::Stands), "{:#?}", book.story());
    assert!(!book.cases[0].losses().is_empty());
    // What has happened moves it.
    serve.until("the pause sent", async |_| (scene.waiting_of(0).await == 1).then_some(())).await;
    scene.node.mine(1).await;
    let book = serve.book("the pause confirmed", Book::is_contained).await;
    let states: Vec<_> = book.cases.iter().flat_map(|case| &case.plans).flat_map(|plan| &plan.steps).collect();
    assert!(states.iter().all(|state| matches!(state.status, StepStatus::Done { .. })), "{states:#?}");

    // The block is lost: what was mined in it may be mined again, and is said again.
    scene.node.ask("anvil_reorg", json!([2, []])).await;
    scene.node.mine(1).await;
    let again = |book: &Book| foretold(book).len() > rules.len() || ends(book, "lost").len() >= rules.len();
    serve.book("it is taken back", again).await;
    serve.stop().await;
    installation.proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_replaced_or_never_mined_is_taken_back() {
    let Some(scene) = Scene::set().await else { return };
    let installation = watching(&scene, &[scene.node.http()]);
    let mut serve = installation.serve();
    serve.ready().await;
    is_watched(&mut serve).await;
    let attack = scene.attack().await;
    foresees(&mut serve, &attack).await;
    let nonce = scene.mined_of(2).await;
    let other = json!({
        "from": scene.accounts[2], "to": scene.accounts[3], "value": "0x1", "gas": "0x5208", "nonce": format!("{nonce:#x}"),
        "maxFeePerGas": "0x2540be400", "maxPriorityFeePerGas": "0x77359400",
    });
    let other = scene.node.ask("eth_sendTransaction", json!([other])).await;
    let replaced = |book: &Book| !ends(book, "replaced").is_empty() && book.cases[0].standing == Standing::Withdrawn;
    let book = serve.book("it was replaced", replaced).await;
    assert!(ends(&book, "replaced").iter().all(|end| end["by"] == other && end["at"].is_null()), "{:#?}", book.story());
    let incident = serve.asked(&format!("/api/v1/incidents/{}", book.cases[0].id)).await.unwrap();
    assert_eq!((&incident["standing"], &incident["alerts_standing"]), (&json!("withdrawn"), &json!(0)));

    // The next one is forgotten by the node, and by whoever knew its body.
    scene.node.mine(1).await;
    let attack = scene.attack().await;
    foresees(&mut serve, &attack).await;
    serve.stop().await;
    scene.node.ask("anvil_dropTransaction", json!([attack])).await;
    let mut serve = installation.serve();
    serve.ready().await;
    scene.node.mine(24).await;
    let book = serve.follows(&scene).await;
    assert!(ends(&book, "not-mined").is_empty(), "{:#?}", book.story());
    scene.node.mine(1).await;
    let book = serve.book("it was not mined", |book| !ends(book, "not-mined").is_empty()).await;
    assert_eq!(ends(&book, "not-mined")[0]["at"]["number"], scene.node.height().await);
    serve.stop().await;
    let book = installation.proved().await;
    assert!(book.cases.iter().all(|case| case.standing == Standing::Withdrawn));
    assert!(book.of_kind("case.intent/1").is_empty());
}

/// A node that says something else about each transaction that waits.
async fn liar(scene: &Scene, lie: impl Fn(&mut Value) + Send + Sync + 'static) -> String {
    fake(scene.node.http(), move |method, params, answer| match (method, params[0].as_str()) {
        ("eth_getTransactionByHash", _) if !answer.is_null() => {
            let mut told = answer.clone();
            lie(&mut told);
            Spoil::Result(told)
        }
        ("eth_getBlockByNumber", Some("pending")) => Spoil::Unsupported,
        _ => Spoil::Keep,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lies_about_senders_is_not_believed_and_told_of_once() {
    let Some(scene) = Scene::set().await else { return };
    let innocent = scene.accounts[7];
    let url = liar(&scene, move |told| told["from"] = json!(innocent)).await;
    let installation = watching(&scene, &[url]);
    let mut serve = installation.serve();
    serve.ready().await;
    is_watched(&mut serve).await;
    scene.honest().await;
    let attack = scene.attack().await;
    let book = foresees(&mut serve, &attack).await;
    let thief = scene.accounts[2].to_string().to_lowercase();
    for alert in foretold(&book) {
        let said = alert.to_string().to_lowercase();
        let innocent = innocent.to_string().to_lowercase();
        assert!(said.contains(&thief[2..]) || alert["attackers"].is_null(), "{alert}");
        assert!(!said.contains(&innocent[2..]), "{alert}");
    }
    scene.node.mine(1).await;
    serve.follows(&scene).await;
    scene.honest().await;
    let tried = |status: &Value| status["chains"][0]["pending"]["tried"].as_u64() >= Some(3);
    serve.desk("/api/v1/status", tried).await;
    let book = serve.follows(&scene).await;
    let lies = book.alerts("blind-spot");
    let lies =
        lies.iter().filter(|line| line.payload["alert"]["message"].as_str().unwrap().contains("the signature is of"));
    assert_eq!(lies.count(), 1, "{:#?}", book.story());
    serve.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_what_its_hash_says_is_refused_and_a_flood_delays_no_block() {
    let Some(scene) = Scene::set().await else { return };
    let flooded = Arc::new(AtomicBool::new(false));
    let floods = flooded.clone();
    let url = fake(scene.node.http(), move |method, params, answer| match (method, params[0].as_str()) {
        ("eth_getTransactionByHash", _) if !answer.is_null() => {
            let mut told = answer.clone();
            told["value"] = json!("0x7");
            Spoil::Result(told)
        }
        ("eth_getFilterChanges", _) if floods.load(SeqCst) => {
            let hash = |n: u64| alloy_primitives::keccak256(n.to_be_bytes());
            let seed = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
            Spoil::Result(json!((0..10_000).map(|n| hash(u64::from(seed) << 20 | n)).collect::<Vec<_>>()))
        }
        ("eth_getBlockByNumber", Some("pending")) => Spoil::Unsupported,
        _ => Spoil::Keep,
    })
    .await;
    let installation = watching(&scene, &[url]);
    let mut serve = installation.serve();
    serve.ready().await;
    is_watched(&mut serve).await;
    scene.attack().await;
    let refused = |status: &Value| status["chains"][0]["pending"]["refused"].as_u64() >= Some(1);
    serve.desk("/api/v1/status", refused).await;
    flooded.store(true, SeqCst);
    let left_out = |status: &Value| status["chains"][0]["pending"]["left_out"].as_u64() >= Some(20_000);
    let status = serve.desk("/api/v1/status", left_out).await;
    assert!(status["chains"][0]["pending"]["held"].as_u64() <= Some(1_024), "{status}");
    scene.node.mine(1).await;
    let book = serve.follows(&scene).await;
    assert!(foretold(&book).is_empty() && !book.cases.is_empty(), "{:#?}", book.story());
    for _ in 0..20 {
        scene.honest().await;
        scene.node.mine(1).await;
    }
    serve.follows(&scene).await;
    let said = serve.stop().await;
    assert!(said.lines().count() < 400, "{}", said.lines().count());
    installation.proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_a_mempool_is_said_once_and_a_node_without_filters_is_asked_for_its_block() {
    let Some(scene) = Scene::set().await else { return };
    let url = fake(scene.node.http(), |method, params, _| match (method, params[0].as_str()) {
        ("eth_newPendingTransactionFilter", _) | ("eth_getBlockByNumber", Some("pending")) => Spoil::Unsupported,
        _ => Spoil::Keep,
    })
    .await;
    let without = watching(&scene, &[url]);
    let mut serve = without.serve();
    serve.ready().await;
    let absent = |status: &Value| status["chains"][0]["pending"]["state"] == "no node tells of its mempool";
    serve.desk("/api/v1/status", absent).await;
    scene.node.mine(2).await;
    let book = serve.follows(&scene).await;
    assert!(book.of_kind("alert.raised/1").is_empty(), "{:#?}", book.story());
    let said = serve.stop().await;
    assert_eq!(said.matches("transactions are seen when they are mined").count(), 1, "{said}");

    let url = fake(scene.node.http(), |method, _, _| match method {
        "eth_newPendingTransactionFilter" => Spoil::Unsupported,
        _ => Spoil::Keep,
    })
    .await;
    let by_block = watching(&scene, &[url]);
    let mut serve = by_block.serve();
    serve.ready().await;
    is_watched(&mut serve).await;
    let attack = scene.attack().await;
    foresees(&mut serve, &attack).await;
    assert_eq!(number(&scene.node.ask("eth_blockNumber", json!([])).await), scene.node.height().await);
    serve.stop().await;
}
