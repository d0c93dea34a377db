//! What goes wrong at the door, and what to do about it.

use std::time::Duration;

use alloy_primitives::B256;

use crate::wire::WireError;

/// What a caller does with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same request may succeed in a while.
    Later,
    /// This endpoint will not do; another may.
    OtherEndpoint,
    /// Asking again changes nothing.
    Never,
}

/// Why a node gave no answer that can be used. Endpoints are named without user, path and query, which may be keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
    /// The address of an endpoint or the set of endpoints makes no sense.
    #[error("endpoint `{endpoint}`: {why}")]
    Config {
        /// The endpoint.
        endpoint: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// No connection, or it broke.
    #[error("`{endpoint}` cannot be reached: {why}")]
    Unreachable {
        /// The endpoint.
        endpoint: String,
        /// What the network said.
        why: String,
    },
    /// No answer in time.
    #[error("`{endpoint}` did not answer `{method}` within {} ms", after.as_millis())]
    Timeout {
        /// The endpoint.
        endpoint: String,
        /// The method.
        method: String,
        /// How long we waited.
        after: Duration,
    },
    /// The endpoint asks us to slow down.
    #[error("`{endpoint}` is busy or limits our rate: {why}")]
    Busy {
        /// The endpoint.
        endpoint: String,
        /// HTTP status or the node's own words.
        why: String,
    },
    /// An HTTP status that no retry heals, such as 401.
    #[error("`{endpoint}` answered HTTP {status}: check its address and key")]
    Status {
        /// The endpoint.
        endpoint: String,
        /// HTTP status.
        status: u16,
    },
    /// The body went over its limit.
    #[error("`{endpoint}` answered `{method}` with more than {cap} bytes")]
    TooLarge {
        /// The endpoint.
        endpoint: String,
        /// The method.
        method: String,
        /// The limit in bytes.
        cap: usize,
    },
    /// Not JSON, or cut off.
    #[error("`{endpoint}` answered `{method}` with broken JSON: {why}")]
    Garbled {
        /// The endpoint.
        endpoint: String,
        /// The method.
        method: String,
        /// What the parser said.
        why: String,
    },
    /// JSON of another shape than the method has.
    #[error("`{endpoint}` answered `{method}` with {got}, expected {expected}")]
    Shape {
        /// The endpoint.
        endpoint: String,
        /// The method.
        method: String,
        /// What the method should answer.
        expected: String,
        /// What came, cut short.
        got: String,
    },
    /// A block or receipt that does not decode or whose hashes do not verify.
    #[error("`{endpoint}` answered `{method}` with a block that cannot be trusted: {error}")]
    Unproved {
        /// The endpoint.
        endpoint: String,
        /// The method.
        method: String,
        /// Which field, and how.
        error: Box<WireError>,
    },
    /// An answer for another block than the one that was asked for.
    #[error("`{endpoint}` answered `{method}` with block `{got}` where `{asked}` was asked")]
    OtherBlock {
        /// The endpoint.
        endpoint: String,
        /// The method.
        method: String,
        /// What was asked.
        asked: String,
        /// What came.
        got: String,
    },
    /// The endpoint does not know the block or its state (any more, or yet).
    #[error("`{endpoint}` has no {what}")]
    Missing {
        /// The endpoint.
        endpoint: String,
        /// What is missing.
        what: String,
    },
    /// The endpoint does not serve the method.
    #[error("`{endpoint}` does not serve `{method}`")]
    Unsupported {
        /// The endpoint.
        endpoint: String,
        /// The method.
        method: String,
    },
    /// The node understood and refused.
    #[error("`{endpoint}` refused `{method}`: {message} (code {code})")]
    Refused {
        /// The endpoint.
        endpoint: String,
        /// The method.
        method: String,
        /// JSON-RPC error code.
        code: i64,
        /// The node's words, cut short.
        message: String,
        /// Data that came with it, such as revert data in hexadecimal.
        data: Option<String>,
    },
    /// The endpoint serves another chain.
    #[error(
        "`{endpoint}` serves chain `eip155:{got}` but `{expected}` is configured: correct the endpoint's address or \
         the chain's id"
    )]
    WrongChain {
        /// The endpoint.
        endpoint: String,
        /// The chain we were told.
        expected: String,
        /// The EIP-155 number it answered.
        got: u64,
    },
    /// Two endpoints contradict each other.
    #[error(
        "endpoints contradict each other on block `{number}`: `{one}` says `{one_says}`, `{other}` says \
         `{other_says}`: find out which one is wrong and remove it"
    )]
    Disagreement {
        /// Height of the block.
        number: u64,
        /// An endpoint.
        one: String,
        /// The hash it gives.
        one_says: B256,
        /// Another endpoint.
        other: String,
        /// The hash that one gives.
        other_says: B256,
    },
    /// A recording that cannot be written or read.
    #[error("recording `{path}`: {why}")]
    Recording {
        /// The file.
        path: String,
        /// What is wrong and what to do.
        why: String,
    },
}

impl RpcError {
    /// What to do about it.
    pub fn retry(&self) -> Retry {
        match self {
            RpcError::Unreachable { .. }
            | RpcError::Timeout { .. }
            | RpcError::Busy { .. }
            | RpcError::Garbled { .. }
            | RpcError::OtherBlock { .. }
            | RpcError::Missing { .. }
            | RpcError::Disagreement { .. } => Retry::Later,
            RpcError::Status { .. }
            | RpcError::TooLarge { .. }
            | RpcError::Shape { .. }
            | RpcError::Unproved { .. }
            | RpcError::Unsupported { .. }
            | RpcError::WrongChain { .. } => Retry::OtherEndpoint,
            RpcError::Refused { .. } | RpcError::Config { .. } | RpcError::Recording { .. } => Retry::Never,
        }
    }

    /// A short name of the kind of error, for metrics.
    pub fn class(&self) -> &'static str {
        match self {
            RpcError::Config { .. } => "config",
            RpcError::Unreachable { .. } => "unreachable",
            RpcError::Timeout { .. } => "timeout",
            RpcError::Busy { .. } => "busy",
            RpcError::Status { .. } => "status",
            RpcError::TooLarge { .. } => "too-large",
            RpcError::Garbled { .. } => "garbled",
            RpcError::Shape { .. } => "shape",
            RpcError::Unproved { .. } => "unproved",
            RpcError::OtherBlock { .. } => "other-block",
            RpcError::Missing { .. } => "missing",
            RpcError::Unsupported { .. } => "unsupported",
            RpcError::Refused { .. } => "refused",
            RpcError::WrongChain { .. } => "wrong-chain",
            RpcError::Disagreement { .. } => "disagreement",
            RpcError::Recording { .. } => "recording",
        }
    }

    /// Whether the node itself is silent, rather than its answer useless.
    pub fn is_silence(&self) -> bool {
        matches!(self, RpcError::Unreachable { .. } | RpcError::Timeout { .. } | RpcError::Busy { .. })
    }
}

/// Foreign text for an error: at most 160 characters, without control characters.
pub(crate) fn short(text: &str) -> String {
    let mut out: String = text.chars().take(160).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(160).is_some() {
        out.push('…');
    }
    out
}
