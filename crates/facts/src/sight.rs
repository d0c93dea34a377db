//! How well something was seen. Blindness is a fact like any other, and never the absence of one.

use serde::{Deserialize, Serialize};

/// How a block's facts were obtained, from the best to the poorest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// Executed here and proved against the header.
    Executed,
    /// The node's call trace: calls and native flows, logs from receipts; no storage, no reads.
    Calls,
    /// Receipts only: logs and token flows; no calls, no storage, no native flows inside a transaction.
    Logs,
    /// Nothing but the header and the transaction list.
    Header,
}

impl Sight {
    /// What a responder has to know is missing at this tier; empty when nothing is.
    pub fn cannot_see(self) -> &'static [&'static str] {
        match self {
            Sight::Executed => &[],
            Sight::Calls => &["storage writes", "storage reads", "balances before the transaction"],
            Sight::Logs => &["calls", "native flows inside transactions", "storage writes", "revert reasons"],
            Sight::Header => &["calls", "logs", "flows", "storage writes", "transaction outcomes"],
        }
    }
}

/// What part of a block could not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "part")]
pub enum Scope {
    /// The whole block.
    Block,
    /// The transaction at this index and, because state depends on it, whatever follows.
    FromTx {
        /// Index of the first transaction that was not seen.
        index: u32,
    },
    /// One transaction.
    Tx {
        /// Its index.
        index: u32,
    },
    /// A standing question that got no answer.
    Question {
        /// Its name.
        name: String,
    },
}

/// Something that could not be seen, and why. It becomes an alert; it is never dropped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Blind {
    /// What is hidden.
    pub scope: Scope,
    /// Why, in words that tell a responder what to do.
    pub why: String,
}

impl Blind {
    /// The whole block is blind.
    pub fn block(why: impl Into<String>) -> Self {
        Self { scope: Scope::Block, why: why.into() }
    }
}
