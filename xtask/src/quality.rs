//! How well attacks are told from the rest, in figures with their intervals.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::Result;
use clap::Args;

use crate::{progress, solidity, tools::cargo};

/// How much is measured, and where it is written.
#[derive(Args)]
pub struct Options {
    /// Only stories whose id contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Transactions of generated honest traffic, at least
    #[arg(long, default_value_t = 2_000_000)]
    traffic: u64,
    /// The seed of that traffic
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the JSON is written
    #[arg(long, default_value = "target/quality.json")]
    json: PathBuf,
}

/// Measures, prints a table to stdout and writes JSON.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    progress::step("Compile the stories' contracts", || solidity::compile_scenarios(root))?;
    let mut lab = cargo(root);
    lab.args(["run", "--quiet", "--release", "--locked", "--package", "breakglass-lab", "--", "quality"]);
    lab.args(["--only", &options.only, "--traffic", &options.traffic.to_string(), "--seed", &options.seed.to_string()]);
    lab.arg("--json").arg(root.join(&options.json));
    if let Some(corpus) = env::var_os("BREAKGLASS_CORPUS") {
        lab.env("BREAKGLASS_CORPUS", env::current_dir()?.join(corpus));
    }
    progress::command("Measure (the first time builds with optimisation; minutes with all the traffic)", &mut lab)?;
    progress::note(&format!("figures in {}", root.join(&options.json).display()));
    Ok(())
}
