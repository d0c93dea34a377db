//! The front door: reads what a person asks for, resolves it once, and hands it to the hallway.
//!
//! No judgement and no format of its own lives here. Output for people goes to stdout, progress and errors to stderr;
//! with `--json` stdout carries JSON and nothing else.

mod abis;
mod access;
mod amount;
mod announced;
mod args;
mod commands;
mod config;
mod labels;
mod names;
mod nodes;
mod output;
mod playbooks;
mod protocol;
mod rules;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::run(args) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}
