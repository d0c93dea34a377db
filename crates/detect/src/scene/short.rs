//! The short form of facts, as it stands in a case's file.

use std::collections::BTreeMap;

use facts::*;
use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseFile {
    pub(super) about: String,
    #[serde(default)]
    pub(super) protocol: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) block: Vec<ShortBlock>,
    /// What was announced.
    #[serde(default)]
    pub(super) announced: Vec<ShortAnnouncement>,
    /// Accounts by the kind of their label. Without this table those in the binary are asked.
    pub(super) labels: Option<BTreeMap<String, Vec<String>>>,
    pub(super) expect: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) alerts: Spanned<Vec<String>>,
}

/// An announcement. Its times are heights, and stand for the times of blocks that are given none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortAnnouncement {
    pub(super) by: Vec<String>,
    pub(super) between: [u64; 2],
    /// When it was announced.
    #[serde(default)]
    pub(super) since: u64,
    pub(super) withdrawn: Option<u64>,
    pub(super) changes: Vec<ShortPlanned>,
}

/// A change that was announced. A role is its id and the account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortPlanned {
    pub(super) contract: String,
    pub(super) implementation: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) admin: Option<String>,
    pub(super) granted: Option<(String, String)>,
    pub(super) call: Option<String>,
    pub(super) payout: Option<ShortPayout>,
    /// By which call it is done, with the words of its arguments.
    pub(super) by_call: Option<(String, Vec<String>)>,
}

/// A payout that was announced; of the native coin if no token is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortPayout {
    pub(super) token: Option<String>,
    pub(super) to: String,
    pub(super) at_most: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortBlock {
    pub(super) number: Option<u64>,
    /// The same so many times.
    pub(super) repeat: Option<u64>,
    /// Heights from one to the next; one if not given.
    pub(super) step: Option<u64>,
    pub(super) timestamp: Option<u64>,
    #[serde(default = "executed")]
    pub(super) sight: Sight,
    pub(super) of: Option<u32>,
    #[serde(default)]
    pub(super) blind: Vec<Blind>,
    #[serde(default)]
    pub(super) observed: Vec<Observed>,
    /// Answers in short: by `rule/question` the words that were returned, or `revert`, or `blind`.
    #[serde(default)]
    pub(super) answers: BTreeMap<String, ShortAnswer>,
    #[serde(default)]
    pub(super) tx: Vec<ShortTx>,
    /// What comes of it when a rule asks in this block to have transactions run.
    #[serde(default)]
    pub(super) ran: Vec<ShortTx>,
    /// The words that a view returns when a rule asks for one in this block.
    #[serde(default)]
    pub(super) returned: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortTx {
    pub(super) from: String,
    pub(super) to: Option<String>,
    #[serde(default)]
    pub(super) nonce: u64,
    #[serde(default)]
    pub(super) gas_price: u64,
    #[serde(default)]
    pub(super) gas_used: u64,
    #[serde(default)]
    pub(super) calls: Vec<ShortCall>,
    #[serde(default)]
    pub(super) logs: Vec<ShortLog>,
    #[serde(default)]
    pub(super) flows: Vec<ShortFlow>,
    #[serde(default)]
    pub(super) changes: Vec<ShortChange>,
    #[serde(default)]
    pub(super) codes: Vec<ShortCode>,
    /// Account, before, after.
    #[serde(default)]
    pub(super) balances: Vec<(String, String, String)>,
    /// Token, account, before, after: the write to a balance mapping and the key that proves it.
    #[serde(default)]
    pub(super) holdings: Vec<(String, String, String, String)>,
    /// Entries of mappings that were written, each under a name.
    #[serde(default)]
    pub(super) entries: Vec<ShortEntry>,
    #[serde(default)]
    pub(super) writes: Vec<ShortWrite>,
    #[serde(default)]
    pub(super) reads: Vec<ShortRead>,
    /// A hash, and the two words that were hashed.
    #[serde(default)]
    pub(super) keys: Vec<(String, String, String)>,
    /// Account, the code it runs from now on, its nonce.
    #[serde(default)]
    pub(super) delegations: Vec<(String, String, u64)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortCall {
    pub(super) depth: Option<u16>,
    #[serde(default = "plain_call")]
    pub(super) kind: FrameKind,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) value: String,
    pub(super) call: Option<String>,
    #[serde(default)]
    pub(super) args: Vec<String>,
    pub(super) input: Option<Bytes>,
    pub(super) output: Option<Bytes>,
    pub(super) reason: Option<String>,
    #[serde(default = "success")]
    pub(super) status: FrameStatus,
    #[serde(default = "some_gas")]
    pub(super) gas: u64,
    /// Whether its code looks at who called it, or at who sent the transaction.
    #[serde(default)]
    pub(super) asks_caller: bool,
    #[serde(default)]
    pub(super) asks_origin: bool,
    pub(super) open: Option<u32>,
    pub(super) close: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortLog {
    pub(super) address: String,
    pub(super) event: Option<String>,
    #[serde(default)]
    pub(super) topics: Vec<String>,
    #[serde(default)]
    pub(super) words: Vec<String>,
    #[serde(default)]
    pub(super) frame: u32,
    pub(super) at: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortFlow {
    #[serde(default)]
    pub(super) asset: ShortAsset,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) amount: String,
    pub(super) kind: Option<FlowKind>,
    #[serde(default)]
    pub(super) frame: u32,
    pub(super) at: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ShortAsset {
    #[default]
    Native,
    Erc20(String),
    Erc721(String, String),
    Erc1155(String, String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortChange {
    pub(super) contract: String,
    pub(super) kind: ChangeKind,
    pub(super) before: Option<String>,
    pub(super) after: String,
    #[serde(default)]
    pub(super) announced: bool,
    #[serde(default)]
    pub(super) frame: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortCode {
    pub(super) address: String,
    pub(super) creator: String,
    #[serde(default)]
    pub(super) frame: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortWrite {
    pub(super) address: String,
    pub(super) slot: String,
    pub(super) before: String,
    pub(super) after: String,
    #[serde(default)]
    pub(super) frame: u32,
    #[serde(default)]
    pub(super) at: u32,
}

/// A write to the entry under a name of one of a contract's mappings, which has a number of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortEntry {
    pub(super) address: String,
    pub(super) under: String,
    /// The name under which the mapping itself stands, in a mapping of mappings.
    pub(super) within: Option<String>,
    #[serde(default)]
    pub(super) mapping: u8,
    pub(super) before: String,
    pub(super) after: String,
    #[serde(default)]
    pub(super) frame: u32,
    #[serde(default)]
    pub(super) at: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortRead {
    #[serde(default = "zero")]
    pub(super) slot: String,
    /// In place of a slot: a contract and an account, for the entry that `holdings` writes.
    pub(super) of: Option<(String, String)>,
    #[serde(default)]
    pub(super) value: String,
    #[serde(default)]
    pub(super) frame: u32,
    #[serde(default)]
    pub(super) at: u32,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ShortAnswer {
    One(String),
    Words(Vec<String>),
}

fn executed() -> Sight {
    Sight::Executed
}

fn plain_call() -> FrameKind {
    FrameKind::Call
}

fn zero() -> String {
    "0".to_owned()
}

fn some_gas() -> u64 {
    50_000
}

fn success() -> FrameStatus {
    FrameStatus::Success
}
