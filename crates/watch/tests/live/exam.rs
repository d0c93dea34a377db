//! The common exam of live sources: whatever the line, the story is the same.

use std::time::Duration;

use expect_test::expect;
use facts::ChainUpdate;
use serde_json::json;
use watch::{News, Notice, Source, Start, Trouble};

use crate::{
    anvil::Anvil,
    proxy::Proxy,
    story::{Watched, node, options},
};

enum LineKind {
    Ws,
    Http,
    Ipc,
}

/// Growth, a consumer that pauses, a short and a deep reorg: told in order, without a gap, nothing twice.
async fn pass(kind: LineKind) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("anvil.ipc").display().to_string();
    let Some(anvil) = Anvil::start(&["--no-mining", "--ipc", &socket]) else { return };
    anvil.mine(5).await;
    let url = match kind {
        LineKind::Ws => anvil.ws(),
        LineKind::Http => anvil.http(),
        LineKind::Ipc => format!("ipc:{socket}"),
    };
    let mut watched = Watched::new(node(&[url]), options(Start::Latest));
    watched.until(5, &anvil.hash(5).await).await;
    for _ in 0..3 {
        anvil.send(1).await;
        anvil.mine(1).await;
    }
    watched.until(8, &anvil.hash(8).await).await;
    // The consumer does something else while the chain grows.
    anvil.mine(40).await;
    watched.until(48, &anvil.hash(48).await).await;
    anvil.ask("anvil_reorg", json!([3, []])).await;
    let height = anvil.height().await;
    watched.until(height, &anvil.hash(height).await).await;
    anvil.mine(70 - height).await;
    watched.until(70, &anvil.hash(70).await).await;
    anvil.ask("anvil_reorg", json!([60, []])).await;
    let height = anvil.height().await;
    watched.until(height, &anvil.hash(height).await).await;
    anvil.send(1).await;
    anvil.mine(1).await;
    watched.until(height + 1, &anvil.hash(height + 1).await).await;
    for (number, hash, _) in &watched.chain {
        assert_eq!(hash.to_string(), anvil.hash(*number).await, "block {number}");
    }
    expect![[r#"
        [
            "commit 5..48",
            "revert 48 to 45",
            "commit 46..70",
            "revert 70 to 10",
            "commit 11..71",
        ]
    "#]]
    .assert_debug_eq(&watched.story);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn websocket_passes_the_exam() {
    pass(LineKind::Ws).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_passes_the_exam() {
    pass(LineKind::Http).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ipc_passes_the_exam() {
    pass(LineKind::Ipc).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_websocket_loses_nothing() {
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    let proxy = Proxy::to(anvil.port).await;
    let mut watched = Watched::new(node(&[format!("ws://127.0.0.1:{}", proxy.port)]), options(Start::Latest));
    watched.until(0, &anvil.hash(0).await).await;
    anvil.mine(2).await;
    watched.until(2, &anvil.hash(2).await).await;
    proxy.cut();
    anvil.mine(3).await;
    while !matches!(watched.next().await, News::Notice(Notice::Blind { .. })) {}
    proxy.mend();
    anvil.mine(3).await;
    watched.until(8, &anvil.hash(8).await).await;
    // The new connection announces heads again.
    anvil.mine(1).await;
    watched.until(9, &anvil.hash(9).await).await;
    let story: Vec<_> = watched.story.iter().map(|line| line.split(": `ws").next().unwrap()).collect();
    expect![[r#"
        [
            "commit 0..2",
            "notice: block `3` cannot be seen",
            "commit 3..8",
            "notice: over: blocks cannot be seen",
            "commit 9",
        ]
    "#]]
    .assert_debug_eq(&story);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_restarts_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json").display().to_string();
    let args = ["--no-mining", "--state", &state];
    let Some(anvil) = Anvil::start(&args) else { return };
    let port = anvil.port;
    let mut watched = Watched::new(node(&[anvil.ws()]), options(Start::Latest));
    anvil.mine(4).await;
    watched.until(4, &anvil.hash(4).await).await;
    anvil.stop();
    while !matches!(watched.next().await, News::Notice(Notice::Blind { .. })) {}
    let anvil = Anvil::start_on(port, &args).unwrap();
    anvil.mine(2).await;
    watched.until(6, &anvil.hash(6).await).await;
    assert!(watched.story.iter().all(|line| !line.starts_with("revert")), "{:?}", watched.story);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_rewound_takes_our_blocks_back() {
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    anvil.mine(10).await;
    let patient = watch::FollowerOptions { rewind_after: Duration::from_millis(300), ..options(Start::At(1)) };
    let mut watched = Watched::new(node(&[anvil.http()]), patient);
    watched.until(10, &anvil.hash(10).await).await;
    anvil.ask("anvil_rollback", json!([4])).await;
    while !matches!(watched.next().await, News::Update(ChainUpdate::Revert { .. })) {}
    anvil.mine(2).await;
    watched.until(8, &anvil.hash(8).await).await;
    expect![[r#"
        [
            "commit 1..10",
            "revert 10 to 6",
            "commit 7..8",
        ]
    "#]]
    .assert_debug_eq(&watched.story);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_stands_still_is_told_once_and_cleared() {
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    let impatient =
        watch::FollowerOptions { stalled_after: Some(Duration::from_millis(300)), ..options(Start::Latest) };
    let mut watched = Watched::new(node(&[anvil.ws()]), impatient);
    while !matches!(watched.next().await, News::Notice(Notice::HeadStalled { .. })) {}
    anvil.mine(1).await;
    while !matches!(watched.next().await, News::Notice(Notice::Cleared { what: Trouble::HeadStalled })) {}
    let story: Vec<_> = watched.story.iter().map(|line| line.split(" for ").next().unwrap()).collect();
    expect![[r#"
        [
            "commit 0",
            "notice: no block after `0`",
            "commit 1",
            "notice: over: the head stands still",
        ]
    "#]]
    .assert_debug_eq(&story);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_from_a_cursor_tells_the_reorg_that_happened_meanwhile() {
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    anvil.mine(10).await;
    let node = node(&[anvil.http()]);
    let known = node.refs(&(2..=10).collect::<Vec<_>>()).await.unwrap().into_iter().map(Option::unwrap).collect();
    anvil.ask("anvil_reorg", json!([2, []])).await;
    anvil.mine(2).await;
    let mut watched = Watched::new(node.clone(), options(Start::After(known)));
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(match watched.source.next().await.unwrap().unwrap() {
            News::Update(ChainUpdate::Commit(block)) => format!("commit {}", block.header.number),
            News::Update(ChainUpdate::Revert { from, to }) => format!("revert {} to {}", from.number, to.number),
            News::Notice(notice) => notice.to_string(),
        });
    }
    expect![[r#"
        [
            "revert 10 to 8",
            "commit 9",
            "commit 10",
            "commit 11",
        ]
    "#]]
    .assert_debug_eq(&told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reorg_below_everything_we_know_ends_the_watch_with_a_remedy() {
    let Some(anvil) = Anvil::start(&["--no-mining"]) else { return };
    anvil.mine(10).await;
    let node = node(&[anvil.http()]);
    let known = node.refs(&[9, 10]).await.unwrap().into_iter().map(Option::unwrap).collect();
    anvil.ask("anvil_reorg", json!([5, []])).await;
    let mut watched = Watched::new(node, options(Start::After(known)));
    let error = watched.source.next().await.unwrap_err().to_string();
    let error = error.split("head was").next().unwrap();
    expect!["the chain was reorganised below block `9`, the oldest of 2 that are remembered ("].assert_eq(error);
}
