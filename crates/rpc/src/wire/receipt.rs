//! Receipts.

use alloy_primitives::{Address, B256, Bytes};
use facts::{Log, Receipt};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Whole, WireError, parse};
use crate::Landed;

/// Reads receipts as `eth_getBlockReceipts` gives them, or with consensus fields only.
///
/// A receipt with a state root in place of a status (before Byzantium) has `success: None`. Positions of logs
/// (`frame`, `at`) are unknown to a receipt: `frame` is zero and `at` counts the logs of the transaction.
pub fn receipts(json: &RawValue) -> Result<Vec<Receipt>, WireError> {
    let raw: Vec<RawReceipt> = parse("list of receipts", json)?;
    raw.into_iter().enumerate().map(|(index, receipt)| receipt.into_receipt(index)).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a receipt")]
pub(crate) struct RawReceipt {
    #[serde(default)]
    status: Option<Whole<u64>>,
    #[serde(default)]
    root: Option<Bytes>,
    cumulative_gas_used: Whole<u64>,
    logs: Vec<RawLog>,
    #[serde(default)]
    pub(crate) transaction_hash: Option<B256>,
    #[serde(default)]
    pub(crate) block_hash: Option<B256>,
    #[serde(default)]
    pub(crate) block_number: Option<Whole<u64>>,
    #[serde(default)]
    pub(crate) gas_used: Option<Whole<u64>>,
    #[serde(default)]
    pub(crate) effective_gas_price: Option<Whole<u128>>,
    #[serde(default)]
    transaction_index: Option<Whole<u64>>,
}

#[derive(Deserialize)]
struct RawLog {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    #[serde(default)]
    removed: bool,
}

impl RawReceipt {
    pub(crate) fn into_receipt(self, index: usize) -> Result<Receipt, WireError> {
        let bad = |field: &str, why: &str| WireError::Shape {
            what: "list of receipts",
            field: format!("[{index}].{field}"),
            why: why.into(),
        };
        let success = match (self.status, self.root) {
            (Some(Whole(0)), _) => Some(false),
            (Some(Whole(1)), _) => Some(true),
            (Some(_), _) => return Err(bad("status", "neither 0 nor 1")),
            (None, Some(_)) => None,
            (None, None) => return Err(bad("status", "missing, and no state root in its place")),
        };
        let mut logs = Vec::with_capacity(self.logs.len());
        for (at, log) in self.logs.into_iter().enumerate() {
            if log.topics.len() > 4 {
                return Err(bad("logs", "a log has more than four topics"));
            }
            if log.removed {
                return Err(bad("logs", "a log is marked as removed by a reorg"));
            }
            logs.push(Log {
                address: log.address,
                topics: log.topics,
                data: log.data,
                frame: 0,
                at: u32::try_from(at).unwrap_or(u32::MAX),
            });
        }
        Ok(Receipt { success, cumulative_gas_used: self.cumulative_gas_used.0, logs })
    }
}

/// Reads the receipt of the transaction `hash`.
pub(crate) fn landed(json: &RawValue, hash: B256) -> Result<Landed, WireError> {
    let raw: RawReceipt = parse("receipt", json)?;
    let missing = |field: &str| WireError::Shape { what: "receipt", field: field.into(), why: "missing".into() };
    if raw.transaction_hash.is_some_and(|got| got != hash) {
        let why = "of another transaction than asked".into();
        return Err(WireError::Shape { what: "receipt", field: "transactionHash".into(), why });
    }
    Ok(Landed {
        block_number: raw.block_number.ok_or_else(|| missing("blockNumber"))?.0,
        block_hash: raw.block_hash.ok_or_else(|| missing("blockHash"))?,
        index: raw.transaction_index.map(|index| index.0),
        gas_used: raw.gas_used.ok_or_else(|| missing("gasUsed"))?.0,
        gas_price: raw.effective_gas_price.map(|price| price.0),
        receipt: raw.into_receipt(0)?,
    })
}
