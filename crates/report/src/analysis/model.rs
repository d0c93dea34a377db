//! The document: what is printed as JSON, and what the other forms are made of.
//!
//! Accounts are CAIP-10, assets CAIP-19, amounts decimal strings in base units, `frame` an index into `calls`. Text from a
//! chain is given as it is; whoever shows it escapes it. Fields are added, never renamed or removed; `schema` changes if
//! that ever has to be broken.

use std::collections::BTreeMap;

use facts::{AccountId, AssetId, B256, ChainId, FrameStatus, Sight, U256};
use serde::{Serialize, Serializer};

mod deeds;
mod parties;
mod sentence;

pub use deeds::{CallRow, ChangeRow, CreatedRow, DelegationRow, EventRow, FlowRow, NetRow, SlotRow, WriteRow};
pub use parties::{AccountRow, LabelRow, StepRow, StepsRow, TokenRow};
pub use sentence::{Part, Saying, Sentence};

/// The version of the document's form.
pub(super) const SCHEMA: &str = "breakglass.trace/1";

/// What is known of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Analysis {
    /// The version of this form.
    pub schema: &'static str,
    /// The chain.
    pub chain: ChainId,
    /// What the chain is called.
    pub chain_name: String,
    /// Height of its block.
    pub block: u64,
    /// Hash of its block.
    pub block_hash: B256,
    /// The block's time, seconds since 1970 UTC.
    pub timestamp: u64,
    /// The transaction.
    pub tx: B256,
    /// How it was seen.
    pub sight: Sight,
    /// What cannot be seen in this way.
    pub cannot_see: Vec<&'static str>,
    /// What could not be seen, or is not proved, and why. Empty means that what is told was executed here and is proved.
    pub blind: Vec<String>,
    /// The chain's own coin.
    pub coin: Coin,
    /// What it did, if it could be seen.
    #[serde(flatten)]
    pub told: Option<Told>,
}

/// The chain's own coin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coin {
    /// Its id.
    pub asset: AssetId,
    /// Its symbol.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

/// What a transaction did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Index in the block.
    pub index: u32,
    /// EIP-2718 type: 0 legacy, 1 access list, 2 dynamic fee, 3 blob, 4 set code.
    pub kind: Option<u8>,
    /// Sender: who signed it, where that could be checked.
    pub from: AccountId,
    /// Whose signature it bears.
    pub sender: SenderRow,
    /// Recipient, or none for a creation.
    pub to: Option<AccountId>,
    /// Sender's nonce.
    pub nonce: u64,
    /// Wei sent along.
    pub value: String,
    /// How it ended.
    pub status: FrameStatus,
    /// Why, if it failed and said so.
    pub reason: Option<String>,
    /// The frame it failed in first, if it failed.
    pub failed_in: Option<u32>,
    /// Gas limit.
    pub gas_limit: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Wei paid for a unit of gas.
    pub gas_price: String,
    /// What was paid for being in the block.
    pub fees: Fees,
    /// The story, in sentences.
    pub story: Vec<Sentence>,
    /// Weaknesses that it seems to have used.
    pub weaknesses: Vec<Weakness>,
    /// What was borrowed and paid back within it.
    pub borrowed: Vec<Borrowed>,
    /// Prices of pools that it moved.
    pub prices: Vec<PriceRow>,
    /// Questions that were answered differently in the course of it.
    pub readings: Vec<ReadingRow>,
    /// Frames that entered a contract again whose earlier frame was not done.
    pub reentries: Vec<ReentryRow>,
    /// Calls and creations in the order they began.
    pub calls: Vec<CallRow>,
    /// Movements of value that lasted, in order.
    pub flows: Vec<FlowRow>,
    /// What accounts gained and lost, without fees.
    pub net: Vec<NetRow>,
    /// Storage before and after, slot by slot.
    pub storage: Vec<SlotRow>,
    /// Storage writes that lasted and changed something, in order.
    pub writes: Vec<WriteRow>,
    /// Events, in order.
    pub events: Vec<EventRow>,
    /// Changes of who may do what.
    pub changes: Vec<ChangeRow>,
    /// Contracts that were created.
    pub created: Vec<CreatedRow>,
    /// Accounts that were given foreign code (EIP-7702).
    pub delegations: Vec<DelegationRow>,
    /// Steps of the frames that were asked for.
    pub steps: Vec<StepsRow>,
    /// Everybody who took part, with what is known of them.
    pub accounts: BTreeMap<AccountId, AccountRow>,
    /// Tokens that took part, as they call themselves.
    pub tokens: BTreeMap<AssetId, TokenRow>,
}

/// Whose signature the transaction bears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SenderRow {
    /// Whom the node or the file names.
    pub named: AccountId,
    /// Who signed, if the signature could be checked. A difference from `named` is an error.
    pub signed: Option<AccountId>,
}

/// What was paid for being in the block, in wei.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fees {
    /// For gas.
    #[serde(serialize_with = "decimal")]
    pub gas: U256,
    /// For blobs (EIP-4844).
    #[serde(serialize_with = "decimal")]
    pub blobs: U256,
    /// Paid to whoever receives the block's fees, by calls of the transaction itself.
    #[serde(serialize_with = "decimal")]
    pub builder: U256,
}

/// A weakness that the transaction seems to have used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Weakness {
    /// Its id in the taxonomy.
    pub kind: String,
    /// What that is.
    pub says: Option<String>,
    /// The rule that suspects it, `rule@hash`.
    pub rule: String,
    /// How bad.
    pub severity: case::Severity,
    /// How sure, in percent.
    pub confidence: u8,
    /// Whom it is about.
    pub subject: AccountId,
    /// Why, in a sentence.
    pub message: String,
    /// What that rests on.
    pub evidence: Vec<WeaknessEvidence>,
    /// Who seems to have done it.
    pub attackers: Vec<AccountId>,
    /// Who seems to have suffered it.
    pub victims: Vec<AccountId>,
}

/// One fact that a suspicion rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WeaknessEvidence {
    /// The fact in words.
    pub says: String,
    /// The frame in which it happened.
    pub frame: Option<u32>,
}

/// Something borrowed and paid back before the call for it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Borrowed {
    /// Who lent.
    pub lender: AccountId,
    /// Who borrowed.
    pub borrower: AccountId,
    /// What.
    pub asset: AssetId,
    /// How much.
    #[serde(serialize_with = "decimal")]
    pub amount: U256,
    /// How much more was paid back.
    #[serde(serialize_with = "decimal")]
    pub fee: U256,
    /// The frame that asked for the loan.
    pub frame: u32,
}

/// The price that a pool shows: how much of `quote` stands against one of `base`, as a decimal text of whole units, or of
/// base units where the decimals are not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceRow {
    /// The pool.
    pub pool: AccountId,
    /// What kind of pool, by its events.
    pub form: &'static str,
    /// What is priced.
    pub base: AssetId,
    /// In what.
    pub quote: AssetId,
    /// Before the transaction, where the pool's storage shows it.
    pub before: Option<String>,
    /// At its farthest from there, or from the end.
    pub worst: String,
    /// After the transaction.
    pub after: String,
    /// How far the worst is from the start, in basis points of the start.
    pub moved_bp: Option<u64>,
    /// How far the end is from the start, in basis points of the start.
    pub left_bp: Option<u64>,
    /// The frame that made it worst.
    pub frame: u32,
    /// Whether amounts are whole units of tokens whose decimals are known.
    pub scaled: bool,
}

/// A question that was answered differently in the course of the transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadingRow {
    /// Who was asked.
    pub account: AccountId,
    /// What.
    pub function: String,
    /// The first answer, as a decimal number.
    #[serde(serialize_with = "decimal")]
    pub first: U256,
    /// The frame of the first answer.
    pub first_frame: u32,
    /// The answer that is farthest from it.
    #[serde(serialize_with = "decimal")]
    pub worst: U256,
    /// Its frame.
    pub worst_frame: u32,
    /// How often it was asked.
    pub times: usize,
}

/// A contract entered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReentryRow {
    /// The contract.
    pub account: AccountId,
    /// The frame that entered it again.
    pub frame: u32,
    /// The frame that was not done.
    pub outer: u32,
    /// Who entered it again.
    pub by: AccountId,
    /// What the earlier frame runs.
    pub outer_function: Option<String>,
    /// What the later frame runs.
    pub function: Option<String>,
    /// Whether it could change nothing.
    pub read_only: bool,
    /// A slot that the earlier frame had read before, and wrote after: what it wrote does not know what happened between.
    pub stale_slot: Option<B256>,
}

fn decimal<S: Serializer>(amount: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

fn decimal_if<S: Serializer>(amount: &Option<U256>, serializer: S) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => serializer.collect_str(amount),
        None => serializer.serialize_none(),
    }
}
