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
    /// Write an installation to fill in; nothing that is there is written over.
    Init(InitArgs),
    /// Read an installation as `serve` would, and say what is wrong and where.
    Check(CheckArgs),
    /// Look again at recorded blocks: witness files, or folders of them.
    Replay(ReplayArgs),
    /// Follow the chains, keep the book, open the desk; prints `ready` when it follows the head.
    Serve(ServeArgs),
    /// Prove a whole database, or an exported case; exits with 1 if anything does not hold.
    Verify(VerifyArgs),
}

/// Where to begin.
#[derive(Debug, ClapArgs)]
pub struct InitArgs {
    /// The folder of the installation.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Data of a person's own, read over what is in the binary.
#[derive(Debug, ClapArgs)]
pub struct OwnArgs {
    /// Rules to read over the built-in ones: a folder of `family/rule-id` folders.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Playbooks to read over the built-in ones: a folder of `.toml` files.
    #[arg(long, value_name = "DIR")]
    pub playbooks: Option<PathBuf>,
}

/// What to check.
#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    /// The installation.
    #[arg(long, value_name = "FILE", default_value = "breakglass.toml")]
    pub config: PathBuf,
    /// What is protected.
    #[arg(long, value_name = "FILE", default_value = "protocol.toml")]
    pub protocol: PathBuf,
    #[command(flatten)]
    pub own: OwnArgs,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to serve.
#[derive(Debug, ClapArgs)]
pub struct ServeArgs {
    /// The installation.
    #[arg(long, value_name = "FILE", default_value = "breakglass.toml")]
    pub config: PathBuf,
    /// What is protected.
    #[arg(long, value_name = "FILE", default_value = "protocol.toml")]
    pub protocol: PathBuf,
    /// Where the book, the seal key and a fresh access token are kept; the installation's own folder when absent.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub own: OwnArgs,
}

/// What to prove.
#[derive(Debug, ClapArgs)]
pub struct VerifyArgs {
    /// A database, or an exported case.
    pub path: PathBuf,
    /// The digest of a seal that was kept elsewhere: it has to be in the database.
    #[arg(long, value_name = "DIGEST")]
    pub seal: Option<String>,
    /// The public key, 64 hex digits, that an exported case has to be sealed with.
    #[arg(long, value_name = "HEX")]
    pub key: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to replay.
#[derive(Debug, ClapArgs)]
pub struct ReplayArgs {
    /// Witness files or folders of them.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
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
