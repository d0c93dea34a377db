//! `kill -9` at random moments: what was acknowledged is there, and the book holds.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use case::Stream;
use store::{AppendRequest, BlockCommit, Store, verify_database};
use tempfile::TempDir;

use crate::support::*;

const FOLDER: &str = "BREAKGLASS_TEST_CRASH_FOLDER";
const ROUNDS: u32 = 12;

/// What the child does until it is killed: writes, and notes each write once it was acknowledged.
#[tokio::test]
async fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let store = open(&folder.join("book.db")).await.unwrap();
    let mut acknowledged = OpenOptions::new().create(true).append(true).open(folder.join("acknowledged")).unwrap();
    let next = store.head(&chain()).await.unwrap().map_or(1, |head| head.block.number + 1);
    for number in next.. {
        step(&store, number, &mut acknowledged).await;
    }
}

async fn step(store: &Store, number: u64, acknowledged: &mut File) {
    let evidence = store.put_evidence(&number.to_be_bytes()).await.unwrap();
    let seen = alert(&block(number, 0), &number.to_string());
    let snapshot = number.is_multiple_of(16).then(|| vec![0; 1_000]);
    let drafts = vec![raised(&seen)];
    let block = BlockCommit { evidence: vec![evidence], snapshot, ..commit(block(number, 0), drafts) };
    store.commit_block(block).await.unwrap();
    acknowledge(acknowledged, &format!("block {number}\n"));
    let position = store.last_position().await.unwrap();
    let request = AppendRequest {
        drafts: vec![note(Stream::Org, &number.to_string()), note(on_case('a'), &number.to_string())],
        cursor: Some(("triage".to_owned(), position)),
        expect: Vec::new(),
    };
    store.append(request).await.unwrap();
    acknowledge(acknowledged, &format!("cursor {position}\n"));
    if number.is_multiple_of(3) {
        let seal = store.seal(now(1)).await.unwrap().unwrap();
        acknowledge(acknowledged, &format!("seal {}\n", seal.digest().unwrap()));
    }
}

/// One system call, so that a kill leaves no half line.
fn acknowledge(file: &mut File, line: &str) {
    assert_eq!(file.write(line.as_bytes()).unwrap(), line.len());
}

fn spawn(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn acknowledged(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("acknowledged")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let folder = TempDir::new().unwrap();
    let seed = std::env::var("BREAKGLASS_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| u64::from(std::process::id()) | 1);
    println!("BREAKGLASS_TEST_SEED={seed} repeats this");
    let mut random = seed;
    // xorshift64: enough to choose a moment.
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    for round in 0..ROUNDS {
        let before = acknowledged(folder.path()).len();
        let mut child = spawn(folder.path());
        let wanted = before + 1 + usize::try_from(next(25)).unwrap();
        let begun = Instant::now();
        while acknowledged(folder.path()).len() < wanted {
            assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
            assert!(begun.elapsed() < Duration::from_secs(60), "the child does not get on");
            std::thread::yield_now();
        }
        // Some way into the next write.
        let moment = Instant::now() + Duration::from_micros(next(4_000));
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        check(folder.path(), round).await;
    }
}

async fn check(folder: &Path, round: u32) {
    let path = folder.join("book.db");
    let report = verify_database(&path, None).await.unwrap();
    assert!(report.holds(), "round {round}: {report:#?}");
    // The lock went with the process.
    let store = open(&path).await.unwrap();
    let head = store.head(&chain()).await.unwrap().unwrap().block.number;
    let cursor = store.cursor("triage").await.unwrap();
    let last = acknowledged(folder);
    let newest = |what: &str| {
        let found = last.iter().rev().find_map(|line| line.strip_prefix(what).map(str::to_owned));
        found.map(|found| found.trim().to_owned())
    };
    assert!(newest("block").is_none_or(|block| block.parse::<u64>().unwrap() <= head), "round {round}");
    assert!(newest("cursor").is_none_or(|position| position.parse::<u64>().unwrap() <= cursor), "round {round}");
    if let Some(seal) = newest("seal") {
        let seal: case::Digest = seal.parse().unwrap();
        let report = verify_database(&path, Some(seal)).await.unwrap();
        assert!(report.holds(), "round {round}: an acknowledged seal is gone: {report:#?}");
    }
    // Head, alert, evidence and memory of a block are there together or not at all.
    let alerts = store.alerts(None, u64::MAX, 10_000).await.unwrap();
    assert_eq!(alerts.len() as u64, head, "round {round}");
    let memory = store.memory(&chain()).await.unwrap();
    let first = memory.snapshot.as_ref().map_or(0, |(block, _)| block.number);
    assert!(memory.complete && memory.changes.len() as u64 == head - first, "round {round}");
    // So are a decision and its cursor: both streams of it are of one length.
    let decisions = store.whole_stream(&on_case('a')).await.unwrap();
    let org = store.whole_stream(&Stream::Org).await.unwrap();
    assert_eq!(org.iter().filter(|line| line.kind == "case.note/1").count(), decisions.len(), "round {round}");
    store.close().await;
}

/// A process that is ended right after a commit finds the commit done, and doing it again changes nothing.
#[cfg(feature = "failpoints")]
#[tokio::test]
async fn a_crash_right_after_each_commit_is_survived() {
    for place in [
        "store.after_evidence:2",
        "store.after_commit_block:2",
        "store.after_append:2",
        "store.after_seal:1",
        "store.after_revert:1",
    ] {
        let folder = TempDir::new().unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::failing_child", "--nocapture"])
            .env(FOLDER, folder.path())
            .env("BREAKGLASS_FAILPOINT", place)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!status.success(), "{place} was not passed");
        let report = verify_database(&folder.path().join("book.db"), None).await.unwrap();
        assert!(report.holds(), "{place}: {report:#?}");
        let store = open(&folder.path().join("book.db")).await.unwrap();
        for number in 1..=2 {
            let seen = alert(&block(number, 0), &number.to_string());
            let written = store.commit_block(commit(block(number, 0), vec![raised(&seen)])).await;
            let reverted = place.starts_with("store.after_revert");
            assert!(written.is_ok(), "{place}: {written:?}");
            let raised = store.about(&seen.id().unwrap()).await.unwrap().len();
            let expected = if reverted && number == 2 { 2 } else { 1 };
            assert_eq!(raised, expected, "{place}: the alert of block {number} stands {raised} times");
        }
    }
}

#[cfg(feature = "failpoints")]
#[tokio::test]
async fn failing_child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let store = open(&folder.join("book.db")).await.unwrap();
    let mut acknowledged = File::create(folder.join("acknowledged")).unwrap();
    for number in 1..=3 {
        step(&store, number, &mut acknowledged).await;
    }
    store.revert(&block(1, 0), vec![]).await.unwrap();
}
