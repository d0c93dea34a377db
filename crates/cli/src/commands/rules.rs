//! `breakglass rules`: for whoever writes rules, and whoever has to understand one.

mod backtest;
mod check;
mod docs;
mod explain;
mod folder;
mod import;
mod learn;
mod list;
mod new;
mod test;
mod tune;

use std::process::ExitCode;

use anyhow::Result;

use crate::args::rules::RulesCommand;

pub fn run(command: &RulesCommand) -> Result<ExitCode> {
    match command {
        RulesCommand::Check(args) => check::run(args),
        RulesCommand::Test(args) => test::run(args),
        RulesCommand::List(args) => list::run(args),
        RulesCommand::Explain(args) => explain::run(args),
        RulesCommand::Docs(args) => docs::run(args),
        RulesCommand::Backtest(args) => backtest::run(args),
        RulesCommand::Import(args) => import::run(args),
        RulesCommand::Tune(args) => tune::run(args),
        RulesCommand::Learn(args) => learn::run(args),
        RulesCommand::New(args) => new::run(args),
    }
}

/// `1 rule`, `2 rules`.
fn many(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What `check` and `test` exit with when they found something.
fn code(is_right: bool) -> ExitCode {
    if is_right { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
