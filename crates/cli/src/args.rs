//! What a person may ask for. One definition feeds parsing, help and completion; nothing is resolved here.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// Incident response for smart contracts, as code.
#[derive(Debug, Parser)]
#[command(name = "breakglass", version, about, propagate_version = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look again at recorded blocks: witness files, or folders of them.
    Replay(ReplayArgs),
}

/// What to replay.
#[derive(Debug, ClapArgs)]
pub struct ReplayArgs {
    /// Witness files or folders of them.
    #[arg(required_unless_present = "rpc")]
    pub paths: Vec<PathBuf>,
    /// Read blocks and state from this node instead.
    #[arg(long, value_name = "URL", conflicts_with = "paths", requires = "from", requires = "to")]
    pub rpc: Option<String>,
    /// The first block, with --rpc.
    #[arg(long, value_name = "N", requires = "rpc")]
    pub from: Option<u64>,
    /// The last block, with --rpc: a height, or `latest`.
    #[arg(long, value_name = "M|latest", requires = "rpc")]
    pub to: Option<String>,
    /// What is protected. Without it every contract is in scope for the generic rules.
    #[arg(long, value_name = "FILE")]
    pub protocol: Option<PathBuf>,
    /// Rules to read over the built-in ones: a folder of `family/rule-id` folders.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
