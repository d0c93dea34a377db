//! Questions: how a room that holds no chain asks for execution, and what it gets back.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};
use serde::{Deserialize, Serialize};

use crate::{AccountState, BlockRef, TxFacts};

/// A request to execute something on the state after block `at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The block after which the question is asked.
    pub at: BlockRef,
    /// State to pretend.
    #[serde(default)]
    pub overrides: Overrides,
    /// What is asked.
    pub ask: Ask,
    /// How much may be spent on it.
    #[serde(default)]
    pub budget: Budget,
}

/// What a question asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// The value of one storage slot.
    Slot {
        /// The contract.
        address: Address,
        /// The slot.
        slot: U256,
    },
    /// The return data of a call that changes nothing.
    View(TxRequest),
    /// Run these transactions one after the other and tell everything about them.
    Run(Vec<TxRequest>),
}

/// A transaction that nobody signed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TxRequest {
    /// Who sends it.
    pub from: Address,
    /// Recipient, or none for a creation.
    pub to: Option<Address>,
    /// Wei sent along.
    #[serde(default)]
    pub value: U256,
    /// Call data or init code.
    #[serde(default)]
    pub input: Bytes,
    /// Gas limit; the budget's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gas_limit: Option<u64>,
}

/// State to pretend while a question is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Overrides {
    /// Balances in wei.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub balances: BTreeMap<Address, U256>,
    /// Code in place of what is there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub code: BTreeMap<Address, Bytes>,
    /// Single slots.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<Address, BTreeMap<U256, U256>>,
    /// Seconds since 1970 UTC, in place of the next block's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
}

/// How much a question may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Gas over all transactions of the question.
    pub gas: u64,
    /// Reads of state that is not at hand, each a round trip to a node. What is needed beyond them is not answered.
    pub reads: u32,
}

impl Default for Budget {
    /// One block of gas, and as many cold reads as a local node answers within a second or two.
    fn default() -> Self {
        Self { gas: 30_000_000, reads: 2_000 }
    }
}

/// What came of a question. Not having been able to look is an answer of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The slot's value.
    Slot(U256),
    /// The view's return data, or why it failed.
    View(Result<Bytes, String>),
    /// Everything about the transactions that ran.
    Ran(Box<Ran>),
    /// It could not be found out, and why.
    Blind(String),
}

/// The outcome of [`Ask::Run`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// The block whose state it ran on.
    pub on: BlockRef,
    /// Facts of each transaction, in order.
    pub txs: Vec<TxFacts>,
    /// Accounts after the run that differ from before, with the slots that differ.
    #[serde(default)]
    pub after: BTreeMap<Address, AccountState>,
}
