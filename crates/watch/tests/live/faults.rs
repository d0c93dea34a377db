//! Nodes that fail and lie: a clear error, a notice, and never a block that was not wholly seen.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use expect_test::{Expect, expect};
use rpc::{Backoff, EndpointConfig, Limits, Node, NodeOptions, RpcError, Tag};
use serde_json::{Value, json};
use watch::{FollowerOptions, News, Notice, Start, Trouble};

use crate::{
    anvil::Anvil,
    fake::{Spoil, fake},
    story::{Watched, anvil_chain, node, options},
};

/// A node that gives up quickly, so that each fault shows itself.
fn hasty(urls: &[&str]) -> Arc<Node> {
    let limits =
        Limits { timeout: Duration::from_millis(400), small_bytes: 1 << 20, large_bytes: 4 << 20, ..Limits::default() };
    let backoff = Backoff { retries: 2, first: Duration::from_millis(10), ..Backoff::default() };
    let configs = urls.iter().map(|url| EndpointConfig { limits: limits.clone(), ..EndpointConfig::new(*url) });
    let options = NodeOptions { backoff, ..NodeOptions::default() };
    Arc::new(Node::new(anvil_chain(), configs.collect(), options).unwrap())
}

/// The text without ports and times, which differ from run to run.
fn steady(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("127.0.0.1:") {
        out.push_str(&rest[..at]);
        out.push_str("node");
        rest = rest[at + 10..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out + rest
}

/// Block 2 is spoiled until it is mended: the watch says that it is blind, then goes on without a gap.
async fn check(rule: impl Fn(&str, &Value, &Value) -> Option<Spoil> + Send + Sync + 'static, told: Expect) {
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    for wei in 1..=3 {
        anvil.send(wei).await;
        anvil.mine(1).await;
    }
    let broken = Arc::new(AtomicBool::new(true));
    let spoils = broken.clone();
    let url = fake(anvil.http(), move |method, params, answer| match spoils.load(SeqCst) {
        true => rule(method, params, answer).unwrap_or(Spoil::Keep),
        false => Spoil::Keep,
    })
    .await;
    let mut watched = Watched::new(hasty(&[&url]), options(Start::At(1)));
    let why = loop {
        if let News::Notice(Notice::Blind { number, why }) = watched.next().await {
            break format!("{number:?}: {why}");
        }
    };
    assert!(watched.chain.len() <= 1, "a spoiled block was passed as seen: {:?}", watched.story);
    broken.store(false, SeqCst);
    watched.until(3, &anvil.hash(3).await).await;
    while !matches!(watched.next().await, News::Notice(Notice::Cleared { what: Trouble::Blind })) {}
    told.assert_eq(&steady(&why));
}

/// A rule for the whole block at height 2.
fn second(
    spoil: impl Fn(&Value) -> Spoil + Send + Sync,
) -> impl Fn(&str, &Value, &Value) -> Option<Spoil> + Send + Sync {
    move |method, params, answer| {
        (method == "eth_getBlockByNumber" && params == &json!(["0x2", true])).then(|| spoil(answer))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_does_not_come() {
    check(
        second(|_| Spoil::Hang),
        expect!["Some(2): `http://node` did not answer `eth_getBlockByNumber` within 400 ms"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_requests() {
    check(
        second(|_| Spoil::Http(429, "slow down".into())),
        expect!["Some(2): `http://node` is busy or limits our rate: HTTP 429"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_error() {
    check(
        second(|_| Spoil::Http(502, "<html>".into())),
        expect!["Some(2): `http://node` is busy or limits our rate: HTTP 502"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_refused() {
    check(
        second(|_| Spoil::Http(401, "key".into())),
        expect!["Some(2): `http://node` answered HTTP 401: check its address and key"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn truncated_json() {
    check(second(|block| Spoil::Http(200, block.to_string()[..300].into())), expect!["Some(2): `http://node` answered `eth_getBlockByNumber` with broken JSON: EOF while parsing a string at line 1 column 300"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_ends_halfway() {
    check(
        second(|_| Spoil::HalfBody),
        expect!["Some(2): `http://node` cannot be reached: end of file before message length reached"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_body() {
    check(
        second(|_| Spoil::Endless),
        expect!["Some(2): `http://node` answered `eth_getBlockByNumber` with more than 4194304 bytes"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_shape() {
    check(second(|_| Spoil::Result(json!({}))), expect!["Some(2): `http://node` answered `eth_getBlockByNumber` with a block that cannot be trusted: `.` of a block: missing field `hash` at line 1 column 2"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_block_for_a_new_height() {
    let old = std::sync::Mutex::new(Value::Null);
    let rule = move |method: &str, params: &Value, answer: &Value| {
        if method != "eth_getBlockByNumber" {
            return None;
        }
        if params == &json!(["0x1", true]) {
            *old.lock().unwrap() = answer.clone();
        }
        (params == &json!(["0x2", true])).then(|| Spoil::Result(old.lock().unwrap().clone()))
    };
    check(rule, expect!["Some(2): `http://node` answered `eth_getBlockByNumber` with block `1` where `2` was asked"])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_block_hash() {
    let wrong = |block: &Value| {
        let mut block = block.clone();
        block["hash"] = json!(format!("0x{:064x}", 1));
        Spoil::Result(block)
    };
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    anvil.send(1).await;
    anvil.mine(1).await;
    let url = fake(anvil.http(), move |method, params, answer| match (method, params[1].as_bool()) {
        ("eth_getBlockByNumber", Some(true)) => wrong(answer),
        _ => Spoil::Keep,
    })
    .await;
    let error = hasty(&[&url]).block_by_number(1).await.unwrap_err();
    assert!(matches!(&error, RpcError::Unproved { error, .. } if error.to_string().contains("`hash`")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_was_left_out() {
    let rule = second(|block| {
        let mut block = block.clone();
        block["transactions"] = json!([]);
        Spoil::Result(block)
    });
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    for _ in 0..2 {
        anvil.send(1).await;
        anvil.mine(1).await;
    }
    let url =
        fake(anvil.http(), move |method, params, answer| rule(method, params, answer).unwrap_or(Spoil::Keep)).await;
    let error = hasty(&[&url]).block_by_number(2).await.unwrap_err();
    assert!(error.to_string().contains("`transactionsRoot` of block `2` does not verify"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_chain_is_refused_with_both_ids() {
    let Some(anvil) = Anvil::start(&["--chain-id", "5"]) else { return };
    let mut watched = Watched::new(hasty(&[&anvil.http()]), options(Start::Latest));
    let error = watch::Source::next(&mut watched.source).await.unwrap_err();
    expect!["`http://node` serves chain `eip155:5` but `eip155:31337` is configured: correct the endpoint's address or the chain's id"].assert_eq(&steady(&error.to_string()));
    // Beside a right one it is left aside.
    let Some(right) = Anvil::start(&[]) else { return };
    let node = hasty(&[&anvil.http(), &right.http()]);
    assert_eq!(node.head(Tag::Latest).await.unwrap().unwrap().at.number, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contradicting_hashes_are_told_and_never_chosen() {
    let args = ["--no-mining", "--timestamp", "1700000000"];
    let (Some(one), Some(other)) = (Anvil::start(&args), Anvil::start(&args)) else { return };
    one.mine(1).await;
    other.send(1).await;
    other.mine(1).await;
    let node = node(&[one.http(), other.http()]);
    let error = node.block_hash(1).await.unwrap_err();
    let told = steady(&error.to_string());
    assert!(matches!(error, RpcError::Disagreement { number: 1, .. }), "{told}");
    assert!(told.contains(&one.hash(1).await) && told.contains(&other.hash(1).await), "{told}");
    let mut watched = Watched::new(node, options(Start::Latest));
    loop {
        if let News::Notice(Notice::Disagreement { number, one_says, other_says, .. }) = watched.next().await {
            assert_eq!(
                (number, one_says.to_string(), other_says.to_string()),
                (1, one.hash(1).await, other.hash(1).await)
            );
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_falls_behind_or_dies_is_told() {
    let args = ["--no-mining", "--timestamp", "1700000000"];
    let (Some(one), Some(other)) = (Anvil::start(&args), Anvil::start(&args)) else { return };
    let few = FollowerOptions { behind_max: 2, ..options(Start::Latest) };
    let mut watched = Watched::new(node(&[one.http(), other.http()]), few);
    one.mine(4).await;
    loop {
        if let News::Notice(Notice::EndpointBehind { endpoint, blocks }) = watched.next().await {
            assert_eq!((endpoint, blocks), (other.http(), 4));
            break;
        }
    }
    let name = other.http();
    drop(other);
    loop {
        if let News::Notice(Notice::EndpointDown { endpoint, .. }) = watched.next().await {
            assert_eq!(endpoint, name);
            break;
        }
    }
    // The other one is enough to go on.
    one.mine(1).await;
    watched.until(5, &one.hash(5).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_endpoint_takes_over_without_a_gap() {
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    anvil.mine(3).await;
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let bad = fake(anvil.http(), move |method, _, _| {
        if method == "eth_getBlockByNumber" {
            count.fetch_add(1, SeqCst);
            return Spoil::Http(500, String::new());
        }
        Spoil::Keep
    })
    .await;
    let mut watched = Watched::new(hasty(&[&bad, &anvil.http()]), options(Start::At(1)));
    watched.until(3, &anvil.hash(3).await).await;
    assert!(asked.load(SeqCst) > 0, "the first endpoint was asked");
    assert!(!watched.story.iter().any(|line| line.contains("cannot be seen")), "{:?}", watched.story);
    assert_eq!(Trouble::EndpointDown(bad.clone()), Trouble::EndpointDown(bad));
}
