//! Everything that must hold before a change is taken, cheapest first, the Rust tests last so that their summary is
//! what the eye finds at the end.

use crate::{
    demo, npm, progress, solidity, tidy,
    tools::{self, cargo},
    ui,
};
use anyhow::Result;
use std::{env, path::Path, process::Command};

/// How much is examined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// While one works: Rust and the house rules.
    Fast,
    /// All there is on this machine.
    Full,
    /// All there is, and what is absent is installed.
    Everything,
}

impl Extent {
    /// A runner that says `CI=true` gets everything.
    pub fn of_environment() -> Self {
        if env::var_os("CI").is_some_and(|value| value == "true") { Self::Everything } else { Self::Full }
    }
}

/// Runs the exam; the first failure ends it.
pub fn run(root: &Path, extent: Extent) -> Result<()> {
    let chain = progress::step("Make sure of a local chain to test on", || solidity::anvil_path(root))?;
    progress::command("Check the format of the Rust code", cargo(root).args(["fmt", "--all", "--check"]))?;
    tidy::run(root)?;
    if extent != Extent::Fast {
        deny(root, extent)?;
        solidity::check(root)?;
        npm::ensure(&root.join("contracts"))?;
        let mut tests = Command::new("npm");
        tests.args(["test", "--silent"]).current_dir(root.join("contracts")).env(solidity::OWN_ANVIL, &chain);
        progress::command("Test the contracts on a local chain", &mut tests)?;
        if ui::present(root) {
            // Before the Rust code, which embeds what is built here.
            ui::check(root)?;
            ui::build(root)?;
        }
    }
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
    progress::command("Build everything under clippy's eyes", cargo(root).args(clippy))?;
    if extent != Extent::Fast && ui::present(root) {
        ui::browse(root, extent == Extent::Everything)?;
    }
    if extent != Extent::Fast {
        progress::step("Run the demo, which fails if its story does not come true", || {
            demo::run(root, &demo::Options::exam())
        })?;
    }
    progress::step("Compile the contracts of the laboratory", || solidity::compile_scenarios(root))?;
    let nextest = tools::NEXTEST.ensure()?;
    let mut tests = tools::building(&nextest, root);
    tests.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
    tests.env(solidity::OWN_ANVIL, &chain);
    progress::command("Build and run the Rust tests", &mut tests)
}

/// Licences, sources and doubles. The database of advisories lives in a git repository, which a closed runner cannot
/// reach, so it is not part of this.
fn deny(root: &Path, extent: Extent) -> Result<()> {
    let what = "Check licences, sources and doubles of the dependencies";
    let program = match (tools::DENY.find(), extent) {
        (Some(program), _) => program,
        (None, Extent::Everything) => tools::DENY.ensure()?,
        (None, _) => {
            progress::note(&format!("left out, cargo-deny is not installed: {what}"));
            return Ok(());
        }
    };
    let mut check = Command::new(program);
    check.args(["--workspace", "--locked", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    progress::command(what, check.current_dir(root))
}
