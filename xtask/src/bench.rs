//! The benchmarks: ratios against a baseline in the same run, never wall times that a test would hold somebody to.

mod trace;

use std::{
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::{
    demo::{self, Sample, Spread},
    progress,
    tools::cargo,
};

/// What is measured, and how it is told.
#[derive(Args)]
pub struct Options {
    /// What to measure
    #[arg(value_enum, default_value_t = Bench::Replay)]
    bench: Bench,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// A benchmark.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// Seeing recorded blocks, against plain revm on the same blocks
    Replay,
    /// A hundred thousand rules against a hundred, and what each default rule costs
    Scale,
    /// From a block with an attack to the durable alert and to the signed pause, on a local chain
    Demo,
    /// Telling the last transaction of a block of 200, against `cast run` on the same chain
    Trace,
}

/// Runs a benchmark.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    match options.bench {
        Bench::Replay => replay(root, options.json, None),
        Bench::Scale => replay(root, options.json, Some("--scale")),
        Bench::Demo => attacks(root, options.json),
        Bench::Trace => trace::run(root, options.json),
    }
}

/// Measures on recorded blocks; what else than seeing them, the benchmark's own words say.
fn replay(root: &Path, json: bool, what: Option<&str>) -> Result<()> {
    let corpus = env::var_os("BREAKGLASS_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    ensure!(
        corpus.join("mainnet").is_dir(),
        "no recorded blocks at `{}`: name a folder with `mainnet/*.json.gz` in `BREAKGLASS_CORPUS`",
        corpus.display()
    );
    let mut bench = cargo(root);
    bench.args(["bench", "--quiet", "--locked", "--package", "breakglass-engine", "--bench", "replay"]);
    bench.arg("--").args(what).args(json.then_some("--json"));
    bench.env("BREAKGLASS_CORPUS", corpus.canonicalize()?);
    progress::command("Measure what seeing costs (the first time builds with link-time optimisation)", &mut bench)
}

/// The demo prints its own table, to stderr; a script gets the numbers of it.
fn attacks(root: &Path, json: bool) -> Result<()> {
    let samples = demo::measure(root)?;
    if !json {
        return Ok(());
    }
    let spread = |of: fn(&Sample) -> i64| Spread::of(samples.iter().map(of).collect());
    let line = json!({
        "attacks": samples.len(),
        "durable_ms": spread(Sample::durable_ms),
        "decided_ms": spread(Sample::decided_ms),
        "signed_ms": spread(Sample::signed_ms),
    });
    writeln!(io::stdout(), "{line}").context("stdout is closed")
}
