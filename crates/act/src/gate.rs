//! Exactly what a transaction needs from a node, and no more.

mod node;

use async_trait::async_trait;
use facts::{Address, B256, BlockRef, Bytes, U256};

/// Which state is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Height {
    /// After the head.
    Latest,
    /// After the head and what waits in the node's pool.
    Pending,
}

/// What transactions cost now, in wei per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fees {
    /// The base fee of the next block; none on a chain without EIP-1559.
    pub base_fee: Option<u128>,
    /// What the node suggests: a priority tip where there is a base fee, else a gas price.
    pub suggestion: u128,
}

/// A transaction that stands in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mined {
    /// The block.
    pub block: BlockRef,
    /// Whether it did what it was to do.
    pub success: bool,
    /// Gas it used.
    pub gas_used: u64,
}

/// Why a node was of no help.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GateError {
    /// No answer, or none that could be understood. A transaction may have arrived all the same.
    #[error("{0}")]
    Lost(String),
    /// The node is on another chain, of this EIP-155 number.
    #[error("the node is on chain `eip155:{0}`")]
    OtherChain(u64),
    /// The node answered with a JSON-RPC error: it did not do what was asked.
    #[error("the node says `{message}` ({code})")]
    Rebuffed {
        /// JSON-RPC error code.
        code: i64,
        /// Its words.
        message: String,
    },
}

/// One chain as far as sending needs it. All answers come from one node, or from nodes that agree: a spent nonce whose
/// receipt another node has not seen yet would look like somebody else's.
#[async_trait]
pub trait Gate: Send + Sync {
    /// The chain the node says it is on (`eth_chainId`).
    async fn chain_id(&self) -> Result<u64, GateError>;
    /// How many transactions an account has sent (`eth_getTransactionCount`).
    async fn nonce(&self, account: Address, height: Height) -> Result<u64, GateError>;
    /// What transactions cost now.
    async fn fees(&self) -> Result<Fees, GateError>;
    /// Wei an account holds after the head.
    async fn balance(&self, account: Address) -> Result<U256, GateError>;
    /// Whether there is code at an address after the head.
    async fn has_code(&self, account: Address) -> Result<bool, GateError>;
    /// Hands a signed transaction to the node (`eth_sendRawTransaction`).
    async fn send_raw(&self, raw: Bytes) -> Result<B256, GateError>;
    /// Where a transaction was mined, if it was.
    async fn receipt(&self, tx: B256) -> Result<Option<Mined>, GateError>;
    /// Whether the node knows a transaction, mined or waiting.
    async fn transaction_known(&self, tx: B256) -> Result<bool, GateError>;
}
