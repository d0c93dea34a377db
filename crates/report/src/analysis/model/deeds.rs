//! What happened: calls, movements, writes, events, and what they changed.

use facts::{AccountId, AssetId, B256, Bytes, ChangeKind, FlowKind, FrameKind, FrameStatus, Selector, U256};
use serde::Serialize;

use super::{decimal, decimal_if};

/// A call or creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallRow {
    /// How deep it is; zero for the transaction itself.
    pub depth: u16,
    /// The frame that made it.
    pub parent: Option<u32>,
    /// One past its last descendant.
    pub end: u32,
    /// How its code came to run.
    pub kind: FrameKind,
    /// Who called.
    pub from: AccountId,
    /// Whose storage and balance it acts on.
    pub to: AccountId,
    /// Whose code ran, where that is another account.
    pub code: Option<AccountId>,
    /// Wei sent along.
    pub value: String,
    /// The function and its arguments, where the function is known.
    pub function: Option<String>,
    /// The first four bytes of the call data, where it has them.
    pub selector: Option<Selector>,
    /// Bytes of call data or init code.
    pub input_bytes: usize,
    /// Call data or init code, as much as was kept.
    pub input: Bytes,
    /// What it returned, as much as was kept; nothing is kept of a creation's code.
    pub output: Option<Bytes>,
    /// Whether input or output is longer than what was kept.
    pub cut: bool,
    /// How it ended.
    pub status: FrameStatus,
    /// Why, if it failed and said so.
    pub reason: Option<String>,
    /// Gas given.
    pub gas_limit: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Whether what it did lasts.
    pub effective: bool,
}

/// A movement of value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowRow {
    /// What moved.
    pub asset: AssetId,
    /// Whose it was.
    pub from: AccountId,
    /// Whose it is.
    pub to: AccountId,
    /// How much.
    #[serde(serialize_with = "decimal")]
    pub amount: U256,
    /// How the movement shows itself.
    pub kind: FlowKind,
    /// The frame in which it happened.
    pub frame: u32,
}

/// What an account gained or lost of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetRow {
    /// The account.
    pub account: AccountId,
    /// The asset.
    pub asset: AssetId,
    /// How much more came in than went out.
    #[serde(serialize_with = "decimal")]
    pub gained: U256,
    /// How much more went out than came in.
    #[serde(serialize_with = "decimal")]
    pub lost: U256,
    /// What it held before, where that is proved.
    #[serde(serialize_with = "decimal_if")]
    pub before: Option<U256>,
    /// Whether it belongs to the sender's side: the sender, what it deployed, what borrowed for it.
    pub own_side: bool,
}

/// A slot before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotRow {
    /// Whose storage.
    pub account: AccountId,
    /// The slot.
    pub slot: B256,
    /// What it is called, or how it is reached.
    pub name: Option<String>,
    /// The value before.
    pub before: B256,
    /// The value after.
    pub after: B256,
    /// The values in words, where the name says how to read them.
    pub read: Option<(String, String)>,
    /// How often it was written.
    pub writes: usize,
    /// The frame that wrote it last.
    pub frame: u32,
}

/// A storage write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WriteRow {
    /// Whose storage.
    pub account: AccountId,
    /// The slot.
    pub slot: B256,
    /// The value before.
    pub before: B256,
    /// The value after.
    pub after: B256,
    /// The frame that wrote.
    pub frame: u32,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventRow {
    /// Who wrote it.
    pub account: AccountId,
    /// Its signature, where it is known.
    pub event: Option<String>,
    /// The event with its arguments, where they could be read.
    pub told: Option<String>,
    /// Its topics.
    pub topics: Vec<B256>,
    /// The rest.
    pub data: Bytes,
    /// The frame that wrote it.
    pub frame: u32,
}

/// A change of who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeRow {
    /// The contract whose rules changed.
    pub contract: AccountId,
    /// What changed.
    pub kind: ChangeKind,
    /// The value before, where known.
    pub before: Option<B256>,
    /// The value after.
    pub after: B256,
    /// Whether an event announced it.
    pub announced: bool,
    /// The frame in which it happened.
    pub frame: u32,
}

/// A contract that was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreatedRow {
    /// Where.
    pub account: AccountId,
    /// By whom.
    pub creator: AccountId,
    /// keccak-256 of its code.
    pub code_hash: B256,
    /// Bytes of its code.
    pub bytes: u32,
    /// The frame that created it.
    pub frame: u32,
}

/// An account that was given foreign code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DelegationRow {
    /// The account, recovered from its own signature.
    pub account: AccountId,
    /// The code it runs from now on; none if a delegation was taken away.
    pub code: Option<AccountId>,
}
