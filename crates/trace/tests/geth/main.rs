//! go-ethereum's own trace cases as an oracle: what its tracers say of a transaction, our facts have to say too.
//!
//! Each test writes both accounts of a case as lines of text and compares them. Where they differ on purpose the case
//! stands on the test's list with the reason; a case whose difference goes away fails, so that the list stays true.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "in a test a panic is the report")]

mod calls;
mod case;
mod diff;
mod fees;
mod flat;
mod prestate;
mod slots;

use std::{fmt::Write as _, path::PathBuf};

use case::Case;
use facts::FrameStatus;

/// Where we and go-ethereum differ on purpose, and why.
type Explained = &'static [(&'static str, &'static str)];

fn corpus() -> PathBuf {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from)
}

/// Compares our account of every case of these kinds with go-ethereum's. `least` cases have to be there.
fn compare(kinds: &[&str], least: usize, explained: Explained, write: fn(&Case) -> (String, String)) {
    let folder = corpus().join("geth-tracetest/testdata");
    if !folder.is_dir() {
        println!("skipped: no corpus at `{}`; set BREAKGLASS_CORPUS", folder.display());
        return;
    }
    let mut report = String::new();
    let (mut agree, mut differ) = (0, 0);
    for kind in kinds {
        let entries = std::fs::read_dir(folder.join(kind)).unwrap();
        let mut files: Vec<_> = entries.map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "json")) {
            let case = Case::read(kind, file);
            let (ours, theirs) = write(&case);
            let name = &case.name;
            match (ours == theirs, explained.iter().find(|(explained, _)| explained == name)) {
                (true, None) => agree += 1,
                (false, Some(_)) => differ += 1,
                (true, Some(_)) => writeln!(report, "{name}: agrees now; take it off the list").unwrap(),
                (false, None) => writeln!(report, "{name}\n--- ours\n{ours}--- theirs\n{theirs}").unwrap(),
            }
        }
    }
    assert!(report.is_empty(), "{report}");
    assert_eq!(differ, explained.len(), "a case on the list is not in the corpus");
    assert!(agree + differ >= least, "only {} cases found", agree + differ);
    println!("{}: {agree} cases agree, {differ} differ for a stated reason", kinds.join(", "));
}

/// How a frame ended, in one word.
fn ending(status: FrameStatus) -> &'static str {
    match status {
        FrameStatus::Success => "ok",
        FrameStatus::Revert => "reverted",
        FrameStatus::OutOfGas => "out-of-gas",
        FrameStatus::Refused => "refused",
        FrameStatus::Fault => "fault",
    }
}

/// How a frame ended, by go-ethereum's error.
fn their_ending(error: Option<&str>) -> &'static str {
    let Some(error) = error else { return "ok" };
    let error = error.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| error.contains(word));
    if any(&["execution reverted", "reverted"]) {
        "reverted"
    } else if any(&["out of gas"]) {
        "out-of-gas"
    } else if any(&["insufficient balance", "max call depth"]) {
        "refused"
    } else {
        "fault"
    }
}
