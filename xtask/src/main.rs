//! The caretaker: everything that is done to the house and is not the house. `cargo xtask test` is the one command
//! that has to pass.
//!
//! Progress goes to stderr, one line a step with what it took; what a step itself prints passes through unchanged.
#![expect(clippy::print_stderr, reason = "progress is for whoever waits; stdout stays free for what a command yields")]

mod bench;
mod demo;
mod exam;
mod fuzz;
mod npm;
mod progress;
mod quality;
mod solidity;
mod tidy;
mod tools;
mod ui;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use exam::Extent;
use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Builds, checks and tests Breakglass.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up what the tests need, then check and test everything
    Test {
        /// Leave out cargo-deny, the contracts' own tests and the web UI
        #[arg(long)]
        fast: bool,
    },
    /// The same with nothing left out: a check whose tool is absent fails (also what `test` does where CI=true)
    Ci,
    /// Show the main job: a local chain, a vault that is robbed, and the pause that cuts it short
    Demo(demo::Options),
    /// Measure what it costs, as ratios against a baseline in the same run
    Bench(bench::Options),
    /// Measure how well the rules tell attacks from the rest, on stories, recorded blocks and attacks of the past
    Quality(quality::Options),
    /// Feed every parser what somebody hostile might, for a bounded time
    Fuzz(fuzz::Options),
    /// Hold the house rules: arrows, purity, rule pages, sizes, words, names
    Tidy,
    /// Compile the contracts to `contracts/artifacts`
    Contracts {
        /// Change nothing; fail if an artifact is not what the sources say
        #[arg(long, conflicts_with = "scenarios")]
        check: bool,
        /// Compile the laboratory's contracts instead, to `contracts/scenarios/out`
        #[arg(long)]
        scenarios: bool,
    },
    /// Build the web UI to `ui/dist`
    Ui,
}

fn main() -> ExitCode {
    match obey(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(command: Command) -> Result<()> {
    let root = root()?;
    match command {
        Command::Test { fast: true } => exam::run(&root, Extent::Fast),
        Command::Test { fast: false } => exam::run(&root, Extent::of_environment()),
        Command::Ci => exam::run(&root, Extent::Everything),
        Command::Bench(options) => bench::run(&root, &options),
        Command::Demo(options) => demo::run(&root, &options),
        Command::Quality(options) => quality::run(&root, &options),
        Command::Fuzz(options) => fuzz::run(&root, &options),
        Command::Tidy => tidy::run(&root),
        Command::Contracts { check: true, .. } => solidity::check(&root),
        Command::Contracts { scenarios: true, .. } => solidity::compile_scenarios(&root),
        Command::Contracts { .. } => solidity::compile(&root),
        Command::Ui => ui::build(&root),
    }
}

/// The folder that holds the workspace, wherever cargo was called from. Asked at run time: where checkouts share a build
/// folder, a path that was compiled in may be another checkout's.
fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").context("call this as `cargo xtask`, which says where it is")?;
    let root = Path::new(&manifest).parent().context("the manifest of `xtask` has no folder above it")?;
    Ok(root.to_path_buf())
}
