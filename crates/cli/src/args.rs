//! What a person may ask for. One definition feeds parsing, help and completion; nothing is resolved here.

pub mod alerts;
pub mod announce;
pub mod blocks;
pub mod case;
pub mod evidence;
pub mod rules;

use std::{path::PathBuf, str::FromStr};

use clap::{Args as ClapArgs, Parser, Subcommand};
use facts::{B256, ChainId};

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
    /// Look again at what happened: recorded blocks in files, or a stretch of a chain.
    Replay(ReplayArgs),
    /// Follow the chains, keep the book, open the desk; prints `ready` when it follows the head.
    Serve(ServeArgs),
    /// The cases of this installation: list, show, approve, close, export.
    #[command(subcommand)]
    Case(case::CaseCommand),
    /// What rules have noticed: list it, say whether it was useful, let a rule wake nobody for a while.
    #[command(subcommand)]
    Alerts(alerts::AlertsCommand),
    /// Changes to come, said beforehand: just what was announced is no alarm, and its deviation or absence is.
    #[command(subcommand)]
    Announce(announce::AnnounceCommand),
    /// The rules: check, test, list, explain, document, begin one.
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// See what one transaction did: calls, movements, writes, reasons.
    Trace(TraceArgs),
    /// Take everything that an incident rests on into one file, which proves itself.
    Evidence(evidence::EvidenceArgs),
    /// Prove a whole database, an exported case or an evidence bundle; exits with 1 if anything does not hold, and with 3
    /// if something is missing.
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

/// Who is known to be what.
#[derive(Debug, ClapArgs)]
pub struct LabelArgs {
    /// What others call accounts, beside what is in the binary: our own CSV, the Forta labelled datasets, the Etherscan label
    /// sets. Rules may ask for it.
    #[arg(long, value_name = "FILE")]
    pub labels: Vec<PathBuf>,
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
    /// Print JSON: one line when it is ready, and the log too.
    #[arg(long)]
    pub json: bool,
}

/// What to prove.
#[derive(Debug, ClapArgs)]
pub struct VerifyArgs {
    /// A database, an exported case, or an evidence bundle.
    pub path: PathBuf,
    /// The digest of a seal that was kept elsewhere: it has to be in the database, or among the seals of the case.
    #[arg(long, value_name = "DIGEST")]
    pub seal: Option<String>,
    /// The public key, 64 hex digits, that the database or the case has to be sealed with.
    #[arg(long, value_name = "HEX")]
    pub key: Option<String>,
    /// The id of an evidence bundle that was kept elsewhere: it has to be this one.
    #[arg(long, value_name = "DIGEST")]
    pub id: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to replay.
#[derive(Debug, ClapArgs)]
pub struct ReplayArgs {
    #[command(flatten)]
    pub blocks: blocks::BlocksArgs,
    /// Keep what the node answered in a new file, to look at it again without the node: `--rpc recording:FILE`.
    #[arg(long, value_name = "FILE", requires = "rpc")]
    pub record: Option<PathBuf>,
    /// What is protected. Without it every contract is in scope for the generic rules.
    #[arg(long, value_name = "FILE")]
    pub protocol: Option<PathBuf>,
    /// Rules to read over the built-in ones: a folder of `family/rule-id` folders.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    #[command(flatten)]
    pub labels: LabelArgs,
    /// What had been announced: the `announcements.json` of an evidence bundle.
    #[arg(long, value_name = "FILE")]
    pub announcements: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A block's height, or the newest.
#[derive(Debug, Clone, Copy)]
pub struct Height(pub Option<u64>);

impl FromStr for Height {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "latest" => Ok(Self(None)),
            number => match number.parse() {
                Ok(number) => Ok(Self(Some(number))),
                Err(_) => Err(format!("`{number}` is not a height: give a number or `latest`")),
            },
        }
    }
}

/// What to trace.
#[derive(Debug, ClapArgs)]
pub struct TraceArgs {
    /// The transaction's hash.
    pub tx: B256,
    /// Witness files or folders of them, one of which holds the transaction's block.
    #[arg(required_unless_present = "rpc", conflicts_with = "rpc")]
    pub paths: Vec<PathBuf>,
    /// A node to read the block and its state from, instead of files; more of them stand in for it.
    #[arg(long, value_name = "URL")]
    pub rpc: Vec<String>,
    /// The chain, if the node is not to be asked which it serves.
    #[arg(long, value_name = "CAIP-2", requires = "rpc")]
    pub chain: Option<ChainId>,
    /// What is protected: its contracts are called by their names, and its ABIs are read.
    #[arg(long, value_name = "FILE")]
    pub protocol: Option<PathBuf>,
    /// ABIs and names of functions: Foundry or Hardhat artifacts, ABI files, lists of signatures, or folders of them.
    #[arg(long, value_name = "PATH")]
    pub abi: Vec<PathBuf>,
    #[command(flatten)]
    pub labels: LabelArgs,
    /// Rules to read over the built-in ones: a folder of `family/rule-id` folders.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Show every step of a frame, by its number in the tree of calls; up to 16 of them.
    #[arg(long, value_name = "FRAME")]
    pub steps: Vec<u32>,
    /// Print one self-contained page of HTML.
    #[arg(long, conflicts_with = "json")]
    pub html: bool,
    /// Print JSON, with everything in it.
    #[arg(long)]
    pub json: bool,
}
