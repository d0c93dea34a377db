//! What a person may say about changes to come.

use std::path::PathBuf;

use case::{AnnouncementId, Timestamp};
use clap::{ArgGroup, Args, Subcommand};
use facts::{Address, B256, Bytes, ChainId, U256};

use super::case::DeskArgs;

/// What to do with announcements.
#[derive(Debug, Subcommand)]
pub enum AnnounceCommand {
    /// Announce a change: what, by whom, and when. Anything else is not announced.
    Add(Box<AddArgs>),
    /// List announcements and what came of them, newest first.
    List(ListArgs),
    /// Withdraw an announcement that is not to happen any more.
    Withdraw(WithdrawArgs),
}

/// What to announce: one change by its flags, or several from a file.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(
    ["implementation", "beacon", "owner", "admin", "grant", "revoke", "call", "payout", "file"]))]
pub struct AddArgs {
    /// One line for a person.
    #[arg(long, required_unless_present = "file")]
    pub title: Option<String>,
    /// The chain.
    #[arg(long, value_name = "CAIP-2", required_unless_present = "file")]
    pub chain: Option<ChainId>,
    /// Who may do it: the sender, or a multisig, a timelock or another contract on the way; several may be given.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "file")]
    pub by: Vec<Address>,
    /// The contract that changes.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "file")]
    pub contract: Option<Address>,
    /// The code that the proxy will run.
    #[arg(long, value_name = "ADDRESS")]
    pub implementation: Option<Address>,
    /// The beacon that the proxy will ask for its code.
    #[arg(long, value_name = "ADDRESS")]
    pub beacon: Option<Address>,
    /// Who will own it.
    #[arg(long, value_name = "ADDRESS")]
    pub owner: Option<Address>,
    /// Who will administer the proxy.
    #[arg(long, value_name = "ADDRESS")]
    pub admin: Option<Address>,
    /// A role that is granted, by its name or its id, and to whom.
    #[arg(long, value_name = "ROLE=ADDRESS")]
    pub grant: Option<String>,
    /// A role that is taken away, and from whom.
    #[arg(long, value_name = "ROLE=ADDRESS")]
    pub revoke: Option<String>,
    /// A function that is called, such as `setFee(uint256)`: with --calldata or --calldata-hash only with these arguments.
    #[arg(long, value_name = "SIGNATURE")]
    pub call: Option<String>,
    /// How much it pays at most, in base units, in all payments together; with --to, and --asset if it is no coin.
    #[arg(long, value_name = "AMOUNT", requires = "to")]
    pub payout: Option<U256>,
    /// Who is paid.
    #[arg(long, value_name = "ADDRESS", requires = "payout")]
    pub to: Option<Address>,
    /// The token that is paid; the chain's own coin when absent.
    #[arg(long, value_name = "ADDRESS", requires = "payout")]
    pub asset: Option<Address>,
    /// The call data by which it is done, in hex: any other is a deviation.
    #[arg(long, value_name = "HEX", conflicts_with_all = ["calldata_hash", "file"])]
    pub calldata: Option<Bytes>,
    /// The keccak-256 of that call data.
    #[arg(long, value_name = "HASH", conflicts_with = "file")]
    pub calldata_hash: Option<B256>,
    /// From when on, in UTC, such as `2026-03-01T10:00:00Z`; now when absent.
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    pub from: Option<Timestamp>,
    /// Until when, in UTC.
    #[arg(long, value_name = "TIME", required_unless_present = "file")]
    pub until: Option<Timestamp>,
    /// Where to read more: a ticket, a proposal.
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub reference: Option<String>,
    /// The whole announcement as JSON, as the API takes it: for several changes at once.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["title", "chain", "by", "contract", "until"])]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only those that are upcoming or open.
    #[arg(long)]
    pub open: bool,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to withdraw.
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    /// The announcement.
    pub id: AnnouncementId,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    #[command(flatten)]
    pub desk: DeskArgs,
}
