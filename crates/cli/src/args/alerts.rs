//! What a person may ask about alerts.

use case::{Digest, Severity, Timestamp};
use clap::{Args, Subcommand, ValueEnum};
use facts::{AccountId, ChainId};

use super::case::DeskArgs;

/// What to do with alerts.
#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// List alerts, newest first; what has one cause stands together.
    List(ListArgs),
    /// Say whether an alert was useful: `breakglass rules tune` proposes changes from what is said.
    Mark(MarkArgs),
    /// Let a rule wake nobody for a while. Its alerts are written down as ever, and told when it ends.
    Snooze(SnoozeArgs),
    /// List snoozes, and what they held back.
    Snoozes(SnoozesArgs),
    /// End a snooze before its time.
    Wake(WakeArgs),
}

/// What a person thinks of an alert.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Mark {
    /// It helped.
    Useful,
    /// It was wrong.
    False,
    /// It was right, and nothing new.
    Known,
}

impl Mark {
    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Mark::Useful => "useful",
            Mark::False => "false",
            Mark::Known => "known",
        }
    }
}

/// What to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only of this chain.
    #[arg(long, value_name = "CAIP-2")]
    pub chain: Option<ChainId>,
    /// Only of this severity or worse.
    #[arg(long)]
    pub severity: Option<Severity>,
    /// Only those that people have marked so.
    #[arg(long, value_enum, conflicts_with = "grouped")]
    pub mark: Option<Mark>,
    /// What has one cause as one line: the same transaction, the same matter, or one rule about one account within an hour.
    #[arg(long)]
    pub grouped: bool,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub limit: u32,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to mark.
#[derive(Debug, Args)]
pub struct MarkArgs {
    /// The alert's id.
    pub id: Digest,
    /// What you think of it.
    #[arg(value_enum)]
    pub mark: Mark,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to snooze.
#[derive(Debug, Args)]
pub struct SnoozeArgs {
    /// The rule's id.
    pub rule: String,
    /// Whom the alerts are about; anybody when absent.
    #[arg(long, value_name = "CAIP-10")]
    pub subject: Option<AccountId>,
    /// Until when, in UTC, such as `2026-03-01T10:00:00Z`: seven days from now at most.
    #[arg(long, value_name = "TIME")]
    pub until: Timestamp,
    /// Why: it stands in the book.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// Also alerts of critical weight that say that money is being lost, which get through otherwise.
    #[arg(long)]
    pub losses_too: bool,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// Which snoozes.
#[derive(Debug, Args)]
pub struct SnoozesArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to end.
#[derive(Debug, Args)]
pub struct WakeArgs {
    /// The snooze's id.
    pub id: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    #[command(flatten)]
    pub desk: DeskArgs,
}
