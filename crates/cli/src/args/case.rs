//! What a person may ask about cases.

use std::path::PathBuf;

use case::CaseId;
use clap::{Args, Subcommand, ValueEnum};

/// What to do with cases.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// List cases, newest first.
    List(ListArgs),
    /// Read one case: what is known, what is planned, and what happened in order.
    Show(ShowArgs),
    /// Give leave for what the plan proposes: shows it first, and asks.
    Approve(ApproveArgs),
    /// Close a case, and say why.
    Close(CloseArgs),
    /// Take a case out of the book as a file that `breakglass verify` proves.
    Export(ExportArgs),
}

/// Where the book is, and how to get at it.
#[derive(Debug, Args)]
pub struct DeskArgs {
    /// The service to ask; without it the one of this installation, or its book if no service runs.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The access token; without it the one that a service on this machine left in its data folder.
    #[arg(long, env = "BREAKGLASS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<String>,
    /// The installation.
    #[arg(long, value_name = "FILE", default_value = "breakglass.toml")]
    pub config: PathBuf,
    /// What is protected: names contracts where the book is read without a service.
    #[arg(long, value_name = "FILE", default_value = "protocol.toml")]
    pub protocol: PathBuf,
    /// Where the book is kept; the installation's own folder when absent.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Which cases.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Which {
    /// Those that are not over.
    Open,
    /// Those that are over.
    Closed,
    /// All.
    All,
}

/// What to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Which cases.
    #[arg(long, value_enum, default_value = "all")]
    pub state: Which,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to show.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The case.
    pub case: CaseId,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to approve.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The case.
    pub case: CaseId,
    /// The plan's digest, or at least its first twelve digits: any other plan is refused.
    #[arg(long, value_name = "DIGEST")]
    pub plan: Option<String>,
    /// The step's id; without it every step that waits for leave.
    #[arg(long, value_name = "ID")]
    pub step: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Ending {
    /// It was real and has been dealt with.
    Resolved,
    /// It was no incident.
    FalseAlarm,
    /// It was an exercise.
    Drill,
}

impl Ending {
    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Ending::Resolved => "resolved",
            Ending::FalseAlarm => "false_alarm",
            Ending::Drill => "drill",
        }
    }
}

/// What to close.
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// The case.
    pub case: CaseId,
    /// Why: it becomes a note in the case.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// How it ended.
    #[arg(long = "as", value_enum, value_name = "ENDING", default_value = "resolved")]
    pub ending: Ending,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to take out.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The case.
    pub case: CaseId,
    /// The file to write. Nothing that is there is written over.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    #[command(flatten)]
    pub desk: DeskArgs,
}
