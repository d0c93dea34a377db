//! State that travels with a block: what its transactions read before they ran.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

/// An account before a block, with only the slots that the block touches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccountState {
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Code; empty for an account without code.
    #[serde(default)]
    pub code: Bytes,
    /// Touched slots with their values.
    #[serde(default)]
    pub storage: BTreeMap<U256, U256>,
}

/// Accounts by address. What is absent was not given, which is not the same as empty.
pub type PreState = BTreeMap<Address, AccountState>;

/// Everything needed to execute a block, or its first transactions, without a node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Witness {
    /// How many transactions from the start of the block the state covers.
    pub executable: u32,
    /// The touched state before the block.
    pub pre_state: PreState,
    /// Hashes of earlier blocks that the block asks for.
    pub block_hashes: BTreeMap<u64, B256>,
}

/// Exactly what a block read of the state before it: enough to execute it again without a node, and not a word more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StateRead {
    /// Accounts that exist, each with the slots that were read.
    pub accounts: PreState,
    /// Accounts that were asked for and do not exist.
    pub absent: BTreeSet<Address>,
    /// Hashes of earlier blocks that were asked for.
    pub block_hashes: BTreeMap<u64, B256>,
}
