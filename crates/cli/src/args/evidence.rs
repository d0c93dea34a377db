//! What a person may ask for as evidence.

use std::path::PathBuf;

use case::CaseId;
use clap::Args;

use super::{LabelArgs, case::DeskArgs};

/// What to take out, and whom to ask for what the book does not have.
#[derive(Debug, Args)]
pub struct EvidenceArgs {
    /// The case.
    pub case: CaseId,
    /// The file to write; `<case>.evidence.tar.gz` when absent. Nothing that is there is written over.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
}

/// Where a case is found, and whom to ask for what is not there.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Find the case by a replay of witness files or folders of them, instead of in a book.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["url", "rpc"])]
    pub replay: Vec<PathBuf>,
    /// A node to ask for what the book did not keep, instead of those of the installation; an archive node knows most.
    #[arg(long, value_name = "URL")]
    pub rpc: Vec<String>,
    /// Ask no node: only what the book kept.
    #[arg(long, conflicts_with = "rpc")]
    pub offline: bool,
    /// Rules to read over the built-in ones, as they were when the case was opened.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Playbooks that were read over the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub playbooks: Option<PathBuf>,
    #[command(flatten)]
    pub labels: LabelArgs,
    #[command(flatten)]
    pub desk: DeskArgs,
}
