//! One module a command.

mod replay;
mod serve;
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
        Command::Replay(args) => replay::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Verify(args) => verify::run(&args),
    }
}
