//! Nodes that fail and lie, through the whole program: a clear word in the log, an alert in the book, and in the end no
//! block is lost and no attack missed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use case::Severity;
use serde_json::{Value, json};

use crate::{
    anvil::Anvil,
    book::Book,
    fake::{Spoil, fake},
    scene::Scene,
    serve::{Installation, Serve},
};

type Rule = Box<dyn Fn(&str, &Value, &Value) -> Option<Spoil> + Send + Sync>;

/// What a node does wrong with the next block, and what is said about it.
struct Fault {
    rule: Rule,
    says: &'static str,
}

/// The whole next block is spoiled.
fn block(height: u64, spoil: impl Fn(&Value) -> Spoil + Send + Sync + 'static) -> Rule {
    let whole = json!([format!("{height:#x}"), true]);
    Box::new(move |method, params, answer| {
        (method == "eth_getBlockByNumber" && *params == whole).then(|| spoil(answer))
    })
}

/// Part of the state is spoiled, and every other way to it is closed.
fn state(part: &'static str, spoil: impl Fn() -> Spoil + Send + Sync + 'static) -> Rule {
    Box::new(move |method, _, _| match method {
        _ if method == part => Some(spoil()),
        // There is no other way to the same.
        "debug_traceBlockByHash" | "eth_getAccountInfo" | "eth_getStorageValues" => Some(Spoil::Unsupported),
        _ => None,
    })
}

/// A program that sees the scene through a node that can be broken.
struct Victim {
    name: &'static str,
    says: &'static str,
    installation: Installation,
    serve: Serve,
    broken: Arc<AtomicBool>,
}

impl Victim {
    async fn new(scene: &Scene, name: &'static str, fault: Fault) -> Self {
        let broken = Arc::new(AtomicBool::new(false));
        let (breaks, rule) = (broken.clone(), fault.rule);
        let url = fake(scene.node.http(), move |method, params, answer| match breaks.load(SeqCst) {
            true => rule(method, params, answer).unwrap_or(Spoil::Keep),
            false => Spoil::Keep,
        })
        .await;
        let installation = Installation::new(scene, &[url]);
        // Several watch one chain: none of them may touch it.
        installation.edit("breakglass.toml", "\"reversible\"", "\"never\"");
        let mut serve = installation.serve();
        serve.ready().await;
        Self { name, says: fault.says, installation, serve, broken }
    }

    /// Waits for the alert and mends the node: nothing is lost.
    async fn survives(mut self, scene: &Scene, height: u64) -> Book {
        let (name, says) = (self.name, self.says);
        let told = |book: &Book| blind_spots(book).iter().any(|message| message.contains(says));
        let blind = self.serve.book(&format!("{name}: an alert with `{says}`"), told).await;
        assert!(self.serve.said().contains(says), "{name}: the log does not say `{says}`: {}", self.serve.said());
        let seen = blind.head.as_ref().unwrap().number;
        println!("{name}: told with the head at {seen} of {height}");
        self.broken.store(false, SeqCst);
        self.serve.follows(scene).await;
        self.serve.desk("/api/v1/status", |status| status["chains"][0]["following"] == true).await;
        let said = self.serve.stop().await;
        assert!(!said.contains("panicked"), "{name}: {said}");
        let book = self.installation.proved().await;
        assert!(book.is_whole() && book.blocks.iter().any(|block| block.number == height), "{name}: {:?}", book.blocks);
        book
    }
}

/// What the blind-spot alerts say.
fn blind_spots(book: &Book) -> Vec<String> {
    let alerts = book.alerts("blind-spot");
    let says = alerts
        .iter()
        .map(|line| &line.payload["alert"])
        .map(|alert| format!("{} {}", alert["message"], alert["evidence"]));
    says.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_comes_wrong_or_not_at_all_is_waited_for() {
    let Some(scene) = Scene::set().await else { return };
    let next = scene.node.height().await + 1;
    let old = scene.node.ask("eth_getBlockByNumber", json!([format!("{:#x}", next - 1), true])).await;
    let faults = [
        (
            "no answer",
            Fault { rule: block(next, |_| Spoil::Hang), says: "did not answer `eth_getBlockByNumber` within" },
        ),
        (
            "429",
            Fault { rule: block(next, |_| Spoil::Http(429, "slow down".into())), says: "limits our rate: HTTP 429" },
        ),
        (
            "truncated",
            Fault {
                rule: block(next, |block| Spoil::Http(200, block.to_string()[..300].into())),
                says: "answered `eth_getBlockByNumber` with broken JSON",
            },
        ),
        ("half a body", Fault { rule: block(next, |_| Spoil::HalfBody), says: "cannot be reached" }),
        ("empty", Fault { rule: block(next, |_| Spoil::Result(json!({}))), says: "a block that cannot be trusted" }),
        (
            "no head",
            Fault {
                rule: Box::new(|method, params, _| {
                    (method == "eth_getBlockByNumber" && params[0] == "latest").then_some(Spoil::Result(Value::Null))
                }),
                says: "answered `eth_getBlockByNumber` with `null`, expected a block",
            },
        ),
        ("an old block", Fault { rule: block(next, move |_| Spoil::Result(old.clone())), says: "where" }),
        (
            "a wrong hash",
            Fault {
                rule: block(next, |block| {
                    let mut block = block.clone();
                    block["hash"] = json!(format!("0x{:064x}", 1));
                    Spoil::Result(block)
                }),
                says: "a block that cannot be trusted: `hash`",
            },
        ),
        (
            "a transaction left out",
            Fault {
                rule: block(next, |block| {
                    let mut block = block.clone();
                    block["transactions"] = json!([]);
                    Spoil::Result(block)
                }),
                says: "`transactionsRoot`",
            },
        ),
        ("without end", Fault { rule: block(next, |_| Spoil::Endless), says: "with more than 67108864 bytes" }),
    ];
    let mut victims = Vec::new();
    for (name, fault) in faults {
        victims.push(Victim::new(&scene, name, fault).await);
    }
    victims.iter().for_each(|victim| victim.broken.store(true, SeqCst));
    scene.attack().await;
    scene.node.mine(1).await;
    scene.honest().await;
    scene.node.mine(1).await;
    for victim in victims {
        let name = victim.name;
        let book = Book::read(&victim.installation.book()).await.unwrap();
        assert_eq!(book.head.unwrap().number, next - 1, "{name}: a spoiled block was passed as seen");
        let book = victim.survives(&scene, next).await;
        assert!(!book.alerts("drain").is_empty(), "{name}: the attack was missed: {:#?}", book.story());
        assert_eq!(book.cases.iter().filter(|case| case.severity == Severity::Critical).count(), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn state_that_is_wrong_or_not_there_makes_a_block_blind_and_not_empty() {
    let Some(scene) = Scene::set().await else { return };
    let next = scene.node.height().await + 1;
    let faults = [
        (
            "the storage of another block",
            Fault {
                rule: state("eth_getStorageAt", || Spoil::Result(json!("0x7"))),
                says: "execution does not reproduce the block: gas used",
            },
        ),
        (
            "the nonces of an old block",
            Fault {
                rule: state("eth_getTransactionCount", || Spoil::Result(json!("0x0"))),
                says: "does not execute: transaction validation error: nonce",
            },
        ),
        (
            "the accounts of others",
            Fault {
                rule: state("eth_getAccountInfo", || {
                    Spoil::Result(json!({ "balance": "0x0", "nonce": "0x0", "code": "0x" }))
                }),
                says: "does not execute: transaction validation error",
            },
        ),
        (
            "null",
            Fault {
                rule: state("eth_getBalance", || Spoil::Result(Value::Null)),
                says: "answered `eth_getBalance` with `null`",
            },
        ),
        (
            "no such method",
            Fault { rule: state("eth_getStorageAt", || Spoil::Unsupported), says: "does not serve `eth_getStorageAt`" },
        ),
        (
            "too many requests",
            Fault { rule: state("eth_getCode", || Spoil::Http(429, String::new())), says: "limits our rate: HTTP 429" },
        ),
    ];
    let mut victims = Vec::new();
    for (name, fault) in faults {
        victims.push(Victim::new(&scene, name, fault).await);
    }
    victims.iter().for_each(|victim| victim.broken.store(true, SeqCst));
    scene.attack().await;
    scene.node.mine(1).await;
    for victim in victims {
        let name = victim.name;
        let book = victim.survives(&scene, next).await;
        println!("{name}: {:#?}", blind_spots(&book));
        // What is blind has no alert of an attack that was only guessed at.
        assert!(book.alerts("drain").is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_another_chain_is_refused_with_both_ids() {
    let Some(scene) = Scene::set().await else { return };
    let Some(other) = Anvil::start(&["--chain-id", "5"]) else { return };
    let alone = Installation::new(&scene, &[other.http()]);
    let (status, said) = alone.serve().end().await;
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(
        said.contains("serves chain `eip155:5` but `eip155:31337` is configured: correct the endpoint's address"),
        "{said}"
    );
    // Beside a right one it is left aside, and a person is told.
    let beside = Installation::new(&scene, &[other.http(), scene.node.http()]);
    let mut serve = beside.serve();
    serve.ready().await;
    scene.honest().await;
    scene.node.mine(1).await;
    serve.follows(&scene).await;
    serve
        .book("an alert about the wrong chain", |book| {
            book.alerts("blind-spot").iter().any(|line| line.payload.to_string().contains("eip155:5"))
        })
        .await;
    serve.stop().await;
    assert!(beside.proved().await.is_whole());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_that_contradict_each_other_are_told_with_both_hashes() {
    let (Some(scene), Some(other)) = (Scene::set().await, Scene::set().await) else { return };
    let installation = Installation::new(&scene, &[scene.node.http(), other.node.http()]);
    let mut serve = installation.serve();
    serve.ready().await;
    for _ in 0..2 {
        scene.honest().await;
        scene.node.mine(1).await;
        other.send(6, Some(other.accounts[7]), 7, "0x").await;
        other.node.mine(1).await;
    }
    let told = serve
        .book("an alert about the contradiction", |book| {
            book.alerts("blind-spot").iter().any(|line| line.payload.to_string().contains("contradict each other"))
        })
        .await;
    serve.says("find out which one is wrong and remove it").await;
    serve.follows(&scene).await;
    serve.stop().await;
    let book = installation.proved().await;
    assert!(book.is_whole());
    drop(told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blindness_that_goes_on_opens_a_case_also_over_a_restart() {
    let Some(scene) = Scene::set().await else { return };
    let old = state("eth_getTransactionCount", || Spoil::Result(json!("0x0")));
    let url =
        fake(scene.node.http(), move |method, params, answer| old(method, params, answer).unwrap_or(Spoil::Keep)).await;
    let installation = Installation::new(&scene, &[url]);
    let mut serve = installation.serve();
    serve.ready().await;
    // The block it began with is blind as well: two, a restart, and the third opens the case.
    for restarts in [true, false] {
        scene.honest().await;
        scene.node.mine(1).await;
        let book = serve.follows(&scene).await;
        if restarts {
            assert!(book.cases.is_empty(), "one hiccup is no incident: {:#?}", book.story());
            serve.kill().await;
            serve = installation.serve();
        }
    }
    let book = serve.book("a case", |book| !book.cases.is_empty()).await;
    assert_eq!(book.cases.len(), 1);
    assert!(book.cases[0].kind.starts_with("sight/"), "{}", book.cases[0].kind);
    serve.stop().await;
    installation.proved().await;
}
