//! Questions: how a room that holds no chain asks for execution, and what it gets back.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, Selector, U256};
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
    /// Try what a contract can do, each time on the same state.
    Probe(Probe),
}

/// A contract that is tried out: each of its functions is called by itself, with arguments put together of these words,
/// looking for those with which it gets furthest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Probe {
    /// The contract.
    pub contract: Address,
    /// Who calls it.
    pub from: Address,
    /// Its functions, the most telling first. Without any only what it does with empty call data is tried.
    #[serde(default)]
    pub functions: Vec<Selector>,
    /// What an argument may be.
    #[serde(default)]
    pub words: Vec<U256>,
    /// Wei that may be sent along, beside none.
    #[serde(default)]
    pub values: Vec<U256>,
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
    /// Milliseconds after which nothing more is begun, for a question that can be answered in part ([`Ask::Probe`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u32>,
}

impl Default for Budget {
    /// One block of gas, and as many cold reads as a local node answers within a second or two.
    fn default() -> Self {
        Self { gas: 30_000_000, reads: 2_000, time_ms: None }
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
    /// What a contract did when it was tried.
    Probed(Box<Probed>),
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

/// The outcome of [`Ask::Probe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// The block whose state it ran on.
    pub on: BlockRef,
    /// Of each function the run that got furthest and succeeded, first without coins sent along and then with. Those in
    /// which an account beside the caller and the contract lost something go before all others.
    pub runs: Vec<TxFacts>,
    /// How often it was run.
    pub tried: u32,
    /// The functions that were not tried with everything that there was to try; a function that was not tried at all is
    /// among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Selector>,
    /// Why something is left, or could not be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
