//! Calls, fees and transactions.

use alloy_primitives::{Address, B256, Bytes, U256};
use facts::{Receipt, TxRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Node, blocks::is_null, state::at};
use crate::{
    RpcError,
    endpoint::Size,
    wire::{self, Whole},
};

/// What came of a call. A revert is an outcome, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// It returned this.
    Returned(Bytes),
    /// It reverted with this data and, in the node's words, this reason.
    Reverted {
        /// Revert data; empty when the node gives none.
        data: Bytes,
        /// The node's words.
        reason: String,
    },
}

/// Which of a sender's transactions a nonce counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonce {
    /// Those in blocks.
    Latest,
    /// Those that wait too, as far as the node knows.
    Pending,
}

/// A transaction that is in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// Height of the block.
    pub block_number: u64,
    /// Hash of the block.
    pub block_hash: B256,
    /// Place in the block, where the node says so. Nothing proves it.
    pub index: Option<u64>,
    /// Gas used.
    pub gas_used: u64,
    /// Wei paid for a unit of gas, where the node says so.
    pub gas_price: Option<u128>,
    /// Outcome and logs.
    pub receipt: Receipt,
}

/// Fees of the newest blocks, oldest first, in wei per gas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeHistory {
    /// Height of the oldest block.
    pub oldest: u64,
    /// Base fees, and as the last one that of the next block.
    pub base_fees: Vec<u128>,
    /// For each block the priority fees at the asked percentiles.
    pub rewards: Vec<Vec<u128>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawFees {
    oldest_block: Whole<u64>,
    base_fee_per_gas: Vec<Whole<u128>>,
    #[serde(default)]
    reward: Option<Vec<Vec<Whole<u128>>>>,
}

impl Node {
    /// Runs a call on the state after the block `hash`; it changes nothing.
    pub async fn call(&self, hash: B256, request: &TxRequest) -> Result<Called, RpcError> {
        let mut call = json!({ "from": request.from, "value": request.value, "input": request.input });
        if let Some(to) = request.to {
            call["to"] = json!(to);
        }
        if let Some(gas) = request.gas_limit {
            call["gas"] = json!(format!("{gas:#x}"));
        }
        let call = &call;
        let answer = self
            .ask(|endpoint| async move { endpoint.ask::<Bytes>("eth_call", (call, at(hash)), Size::Large).await })
            .await;
        match answer {
            Ok(data) => Ok(Called::Returned(data)),
            Err(RpcError::Refused { code, message, data, .. }) if code == 3 || message.contains("revert") => {
                let data = data.and_then(|data| data.parse().ok()).unwrap_or_default();
                Ok(Called::Reverted { data, reason: message })
            }
            Err(error) => Err(error),
        }
    }

    /// Hands a signed transaction to the chain and returns its hash.
    ///
    /// Every try sends the same bytes, so the chain takes it at most once. A node that has it already is content.
    pub async fn send_raw_transaction(&self, signed: &Bytes) -> Result<B256, RpcError> {
        const METHOD: &str = "eth_sendRawTransaction";
        let hash = alloy_primitives::keccak256(signed);
        self.ask(|endpoint| async move {
            match endpoint.ask::<B256>(METHOD, [signed], Size::Small).await {
                Ok(got) if got == hash => Ok(hash),
                Ok(got) => Err(endpoint.shape(METHOD, &format!("the hash `{hash}`"), &got.to_string())),
                Err(RpcError::Refused { message, .. })
                    if ["already known", "already imported", "known transaction", "alreadyknown"]
                        .iter()
                        .any(|words| message.to_lowercase().contains(words)) =>
                {
                    Ok(hash)
                }
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// A transaction that is in a block; none while it is not.
    pub async fn transaction_receipt(&self, hash: B256) -> Result<Option<Landed>, RpcError> {
        const METHOD: &str = "eth_getTransactionReceipt";
        self.ask(|endpoint| async move {
            let json = endpoint.ask_raw(METHOD, [hash], Size::Large).await?;
            if is_null(&json) {
                return Ok(None);
            }
            wire::landed(&json, hash).map(Some).map_err(|error| endpoint.shape(METHOD, &error.to_string(), json.get()))
        })
        .await
    }

    /// Whether an endpoint knows a transaction, in a block or waiting.
    pub async fn transaction_known(&self, hash: B256) -> Result<bool, RpcError> {
        const METHOD: &str = "eth_getTransactionByHash";
        self.ask(|endpoint| async move { Ok(!is_null(&endpoint.ask_raw(METHOD, [hash], Size::Large).await?)) }).await
    }

    /// The next nonce of a sender.
    pub async fn nonce(&self, address: Address, which: Nonce) -> Result<u64, RpcError> {
        let tag = match which {
            Nonce::Latest => "latest",
            Nonce::Pending => "pending",
        };
        let nonce: Whole<u64> = self
            .ask(|endpoint| async move { endpoint.ask("eth_getTransactionCount", (address, tag), Size::Small).await })
            .await?;
        Ok(nonce.0)
    }

    /// Fees of the newest `blocks` blocks (at most 1024) with priority fees at whole `percentiles`.
    pub async fn fee_history(&self, blocks: u64, percentiles: &[u8]) -> Result<FeeHistory, RpcError> {
        const METHOD: &str = "eth_feeHistory";
        let params: Value = json!([format!("{:#x}", blocks.clamp(1, 1_024)), "latest", percentiles]);
        let params = &params;
        self.ask(|endpoint| async move {
            let raw: RawFees = endpoint.ask(METHOD, params, Size::Small).await?;
            if raw.base_fee_per_gas.is_empty() {
                return Err(endpoint.shape(METHOD, "at least one base fee", "none"));
            }
            Ok(FeeHistory {
                oldest: raw.oldest_block.0,
                base_fees: raw.base_fee_per_gas.into_iter().map(|fee| fee.0).collect(),
                rewards: raw
                    .reward
                    .unwrap_or_default()
                    .into_iter()
                    .map(|row| row.into_iter().map(|fee| fee.0).collect())
                    .collect(),
            })
        })
        .await
    }

    /// The gas price that the node proposes, in wei.
    pub async fn gas_price(&self) -> Result<u128, RpcError> {
        let price: Whole<u128> =
            self.ask(|endpoint| async move { endpoint.ask("eth_gasPrice", [(); 0], Size::Small).await }).await?;
        Ok(price.0)
    }

    /// Gas that the transaction would use on the newest block.
    pub async fn estimate_gas(&self, request: &TxRequest) -> Result<u64, RpcError> {
        let call = json!({ "from": request.from, "to": request.to, "value": U256::from(request.value), "input": request.input });
        let call = &call;
        let gas: Whole<u64> =
            self.ask(|endpoint| async move { endpoint.ask("eth_estimateGas", [call], Size::Small).await }).await?;
        Ok(gas.0)
    }
}
