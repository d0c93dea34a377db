//! The benchmarks: ratios against a baseline in the same run, never wall times that a test would hold somebody to.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use crate::progress;

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
}

/// Runs a benchmark.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    let Bench::Replay = options.bench;
    let corpus = env::var_os("BREAKGLASS_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    ensure!(
        corpus.join("mainnet").is_dir(),
        "no recorded blocks at `{}`: name a folder with `mainnet/*.json.gz` in `BREAKGLASS_CORPUS`",
        corpus.display()
    );
    let mut bench = Command::new("cargo");
    bench.args(["bench", "--quiet", "--locked", "--package", "breakglass-engine", "--bench", "replay"]);
    if options.json {
        bench.args(["--", "--json"]);
    }
    bench.current_dir(root).env("BREAKGLASS_CORPUS", corpus.canonicalize()?);
    progress::command("Measure what seeing costs (the first time builds with link-time optimisation)", &mut bench)
}
