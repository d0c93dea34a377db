//! Blocks as the eyes report them: header, transactions, and the fact that some of them may vanish again.

use std::sync::Arc;

use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};
use serde::{Deserialize, Serialize};

use crate::{ChainId, Witness};

/// One block of one chain, by number and hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockRef {
    /// The chain.
    pub chain: ChainId,
    /// Height.
    pub number: u64,
    /// Hash of this block.
    pub hash: B256,
    /// Hash of the block before it.
    pub parent: B256,
}

/// What a source says next. A reorg is in the type: whoever follows a chain has to handle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainUpdate {
    /// The chain grew by this block. Its parent is the last committed block.
    Commit(Arc<Block>),
    /// Every block after `to`, up to and including `from`, is no longer part of the chain.
    Revert {
        /// The head that was.
        from: BlockRef,
        /// The common ancestor, which is the head now.
        to: BlockRef,
    },
}

/// A whole block with everything that was known about it when it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Block {
    /// The header, as the node or witness gave it.
    pub header: Header,
    /// All transactions in order.
    pub txs: Vec<Tx>,
    /// Withdrawals (EIP-4895), amounts in gwei.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawals: Vec<Withdrawal>,
    /// State to execute the block on, when the source carries it (witness files, relays).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Arc<Witness>>,
    /// Receipts, when the source carries them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Arc<Vec<Receipt>>>,
}

impl Block {
    /// The block's reference on `chain`.
    pub fn at(&self, chain: &ChainId) -> BlockRef {
        BlockRef {
            chain: chain.clone(),
            number: self.header.number,
            hash: self.header.hash,
            parent: self.header.parent,
        }
    }
}

/// A header, whole: its hash follows from its fields. Times are seconds since 1970 UTC, as on chain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Header {
    /// Height.
    pub number: u64,
    /// Hash of this block.
    pub hash: B256,
    /// Hash of the block before it.
    pub parent: B256,
    /// Seconds since 1970 UTC.
    pub timestamp: u64,
    /// Who receives fees.
    pub beneficiary: Address,
    /// Gas limit.
    pub gas_limit: u64,
    /// Gas used by all transactions.
    pub gas_used: u64,
    /// Base fee per gas in wei (EIP-1559), from London on.
    pub base_fee: Option<u64>,
    /// Difficulty; zero after the merge.
    pub difficulty: U256,
    /// Mix hash; the beacon's randomness (EIP-4399) after the merge.
    pub mix_hash: B256,
    /// Root of the state trie after the block.
    pub state_root: B256,
    /// Root of the transaction trie.
    pub transactions_root: B256,
    /// Root of the receipt trie.
    pub receipts_root: B256,
    /// Bloom of all logs.
    pub logs_bloom: Bloom,
    /// Blob gas used (EIP-4844), from Cancun on.
    pub blob_gas_used: Option<u64>,
    /// Excess blob gas (EIP-4844), from Cancun on.
    pub excess_blob_gas: Option<u64>,
    /// Parent beacon block root (EIP-4788), from Cancun on.
    pub parent_beacon_root: Option<B256>,
    /// Execution requests hash (EIP-7685), from Prague on.
    pub requests_hash: Option<B256>,
    /// How many ommers the block names; of a header alone only whether there are any.
    #[serde(default)]
    pub ommers: u32,
    /// Hash of the list of ommers.
    #[serde(default)]
    pub ommers_hash: B256,
    /// What the block's maker wrote into it.
    #[serde(default)]
    pub extra_data: Bytes,
    /// Nonce of the proof of work; zero after the merge.
    #[serde(default)]
    pub nonce: B64,
    /// Root of the withdrawals (EIP-4895), from Shanghai on.
    #[serde(default)]
    pub withdrawals_root: Option<B256>,
    /// Hash of the block's access list (EIP-7928), from Amsterdam on.
    #[serde(default)]
    pub block_access_list_hash: Option<B256>,
    /// The beacon chain's slot (EIP-7843), from Amsterdam on.
    #[serde(default)]
    pub slot_number: Option<u64>,
}

/// A transaction as it stands in a block.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tx {
    /// Transaction hash.
    pub hash: B256,
    /// EIP-2718 type: 0 legacy, 1 access list, 2 dynamic fee, 3 blob, 4 set code.
    pub kind: u8,
    /// Sender, as the node or witness says; recovered from the signature where a case depends on it.
    pub from: Address,
    /// Recipient, or none for a creation.
    pub to: Option<Address>,
    /// Sender's nonce.
    pub nonce: u64,
    /// Wei sent along.
    pub value: U256,
    /// Call data or init code.
    pub input: Bytes,
    /// Gas limit.
    pub gas_limit: u64,
    /// Gas price in wei; for types 2 to 4 the fee cap per gas.
    pub gas_price: u128,
    /// Priority fee cap per gas in wei, for types 2 to 4.
    pub priority_fee: Option<u128>,
    /// EIP-155 chain number, absent in the oldest transactions.
    pub chain_id: Option<u64>,
    /// Access list (EIP-2930).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_list: Vec<AccessItem>,
    /// Versioned blob hashes (EIP-4844).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blob_hashes: Vec<B256>,
    /// Blob fee cap per gas in wei (EIP-4844).
    pub blob_fee: Option<u128>,
    /// Code delegations the transaction sets (EIP-7702).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorizations: Vec<Authorization>,
    /// The signature, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// One address and its slots on an access list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessItem {
    /// The account.
    pub address: Address,
    /// Its slots.
    pub slots: Vec<B256>,
}

/// A signed code delegation (EIP-7702).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// The chain it holds on; zero means every chain.
    pub chain_id: U256,
    /// The code the account will run.
    pub address: Address,
    /// The account's nonce it is bound to.
    pub nonce: u64,
    /// Signature over the tuple.
    pub signature: Signature,
}

/// A secp256k1 signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// r.
    pub r: U256,
    /// s.
    pub s: U256,
    /// Parity of y, 0 or 1.
    pub y_parity: u8,
}

/// A withdrawal from the beacon chain (EIP-4895).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Its number on the beacon chain.
    #[serde(default)]
    pub index: u64,
    /// Whose it is there.
    #[serde(default)]
    pub validator_index: u64,
    /// Who receives it.
    pub address: Address,
    /// Amount in gwei.
    pub amount: u64,
}

/// The consensus fields of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Whether the transaction succeeded; absent before Byzantium.
    pub success: Option<bool>,
    /// Gas used up to and including this transaction.
    pub cumulative_gas_used: u64,
    /// Its logs in order.
    pub logs: Vec<crate::Log>,
}
