//! From a node's JSON to the words of the chain, and the proof that both say the same.
//!
//! The forms are those of the Ethereum execution API (`eth_getBlockByNumber` with whole transactions,
//! `eth_getBlockReceipts`). Nothing a node says of a hash is believed: block hash, transaction hashes, roots and
//! bloom are computed from the decoded words, so a field that was lost in decoding would not pass either.

mod body;
mod check;
mod header;
mod number;
pub mod raw;
mod receipt;
mod tx;
mod waiting;

pub(crate) use body::Shell;
pub use check::{check_receipts, logs_bloom, receipts_root, sender};
pub use number::{Quantity, Whole};
pub(crate) use receipt::landed;
pub use receipt::receipts;
pub use waiting::{Waiting, waiting};

pub use crate::trace::{call_from, call_from_flat, calls_from, prestates_from};

use body::Body;
use facts::Block;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tx::RawTx;

/// Why a node's JSON is not the block, receipt or header it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The JSON has another shape than the form it should have.
    #[error("`{field}` of a {what}: {why}")]
    Shape {
        /// The form that was read, such as "block".
        what: &'static str,
        /// Path of the field, `.` for the whole.
        field: String,
        /// What is wrong with it.
        why: String,
    },
    /// A hash or root that we computed differs from the one that was given.
    #[error("`{field}` of block `{number}` does not verify: given `{given}`, computed `{computed}`")]
    Unproved {
        /// Which field.
        field: String,
        /// Height of the block.
        number: u64,
        /// What the node said.
        given: String,
        /// What follows from the rest of the block.
        computed: String,
    },
    /// A transaction type that this version does not know, on a chain whose blocks it has to prove.
    #[error(
        "transaction `{index}` of block `{number}` has the unknown type `{kind:#04x}`: read this chain without \
         proofs (form `foreign`) or upgrade"
    )]
    UnknownTxType {
        /// EIP-2718 type.
        kind: u8,
        /// Index in the block.
        index: usize,
        /// Height of the block.
        number: u64,
    },
}

/// How far the blocks of a chain follow Ethereum's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Ethereum's: block hash, transaction hashes and transactions root are proved, unknown types are refused.
    #[default]
    Ethereum,
    /// A development node's: as Ethereum's, but anvil computes the transactions root of a block with blobs from the blobs
    /// as they were sent, which nobody can look up later. There the root is not compared; all hashes are.
    Devnet,
    /// Headers with other fields or transactions of other types: nothing is proved, unknown types are kept.
    Foreign,
}

/// Reads a block with whole transactions and proves it as far as `form` allows.
pub fn block(json: &RawValue, form: Form) -> Result<Block, WireError> {
    let Body { header, txs, withdrawals } = Body::<RawTx>::read(json)?;
    let read = |(index, tx): (usize, RawTx)| tx.into_tx(index, header.number, form);
    let txs = txs.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Body { header, txs, withdrawals }.proved(form)
}

/// Reads a block's header alone (transactions may be hashes) and proves its hash as far as `form` allows.
pub fn header(json: &RawValue, form: Form) -> Result<facts::Header, WireError> {
    let raw: header::RawHeader = parse("header", json)?;
    let header = raw.into_header();
    if form != Form::Foreign {
        check::header(&header)?;
    }
    Ok(header)
}

/// Deserializes, naming the field that does not fit. To know at every step which field that would be takes its time, so
/// only what does not fit is read that way.
pub(crate) fn parse<T: DeserializeOwned>(what: &'static str, json: &RawValue) -> Result<T, WireError> {
    let read = serde_json::from_str(json.get());
    read.or_else(|_| parse_by(what, serde_json::Deserializer::from_str(json.get())))
}

/// The same for a text whose depth is known to be bounded and has room.
pub(crate) fn parse_deep<T: DeserializeOwned>(what: &'static str, json: &RawValue) -> Result<T, WireError> {
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    deserializer.disable_recursion_limit();
    parse_by(what, deserializer)
}

fn parse_by<T: DeserializeOwned>(
    what: &'static str,
    mut deserializer: serde_json::Deserializer<serde_json::de::StrRead<'_>>,
) -> Result<T, WireError> {
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| WireError::Shape {
        what,
        field: crate::error::short(&error.path().to_string()),
        why: crate::error::short(&error.into_inner().to_string()),
    })
}

#[cfg(test)]
mod tests;
