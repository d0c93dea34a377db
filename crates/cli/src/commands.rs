//! One module a command.

mod alerts;
mod announce;
mod blocks;
mod case;
mod check;
mod evidence;
mod init;
mod replay;
mod rules;
mod serve;
mod trace;
mod verify;

use std::process::ExitCode;

use anyhow::Result;

use crate::args::{Args, Command};

/// Does what was asked for.
///
/// # Errors
/// In words that tell a person what to do.
pub fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Init(args) => init::run(&args),
        Command::Alerts(command) => alerts::run(&command),
        Command::Announce(command) => announce::run(&command),
        Command::Case(command) => case::run(&command),
        Command::Check(args) => check::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Rules(command) => rules::run(&command),
        Command::Serve(args) => serve::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Evidence(args) => evidence::run(&args),
        Command::Verify(args) => verify::run(&args),
    }
}
