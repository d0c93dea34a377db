//! `breakglass case`: the cases of this installation. While a service runs it alone writes the book, so it is asked;
//! else the book is read as it lies.

mod approve;
mod book;
mod close;
mod desk;
mod export;
mod http;
mod list;
mod show;
mod view;
mod words;

pub use desk::Desk;
pub use export::write_new;

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::args::case::CaseCommand;

/// Runs what asks the desk.
///
/// # Errors
/// Those of the work, and if it cannot be started.
pub fn asking<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    rpc::install_tls();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(work)
}

pub fn run(command: &CaseCommand) -> Result<ExitCode> {
    asking(async {
        match command {
            CaseCommand::List(args) => list::run(args).await,
            CaseCommand::Show(args) => show::run(args).await,
            CaseCommand::Approve(args) => approve::run(args).await,
            CaseCommand::Close(args) => close::run(args).await,
            CaseCommand::Export(args) => export::run(args).await,
        }
    })
}
