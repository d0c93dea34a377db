//! Headers.

use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};
use facts::Header;
use serde::Deserialize;

use super::Whole;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a block")]
pub(crate) struct RawHeader {
    hash: B256,
    parent_hash: B256,
    number: Whole<u64>,
    timestamp: Whole<u64>,
    miner: Address,
    gas_limit: Whole<u64>,
    gas_used: Whole<u64>,
    state_root: B256,
    transactions_root: B256,
    receipts_root: B256,
    logs_bloom: Bloom,
    // Chains that never mined leave these three out.
    #[serde(default)]
    difficulty: Whole<U256>,
    #[serde(default)]
    mix_hash: B256,
    #[serde(default)]
    nonce: B64,
    #[serde(default)]
    sha3_uncles: Option<B256>,
    #[serde(default)]
    extra_data: Bytes,
    #[serde(default)]
    base_fee_per_gas: Option<Whole<u64>>,
    #[serde(default)]
    withdrawals_root: Option<B256>,
    #[serde(default)]
    blob_gas_used: Option<Whole<u64>>,
    #[serde(default)]
    excess_blob_gas: Option<Whole<u64>>,
    #[serde(default)]
    parent_beacon_block_root: Option<B256>,
    #[serde(default)]
    requests_hash: Option<B256>,
    #[serde(default)]
    block_access_list_hash: Option<B256>,
    #[serde(default)]
    slot_number: Option<Whole<u64>>,
}

impl RawHeader {
    pub(super) fn into_header(self) -> Header {
        let ommers_hash = self.sha3_uncles.unwrap_or(EMPTY_OMMER_ROOT_HASH);
        Header {
            number: self.number.0,
            hash: self.hash,
            parent: self.parent_hash,
            timestamp: self.timestamp.0,
            beneficiary: self.miner,
            gas_limit: self.gas_limit.0,
            gas_used: self.gas_used.0,
            base_fee: self.base_fee_per_gas.map(|fee| fee.0),
            difficulty: self.difficulty.0,
            mix_hash: self.mix_hash,
            state_root: self.state_root,
            transactions_root: self.transactions_root,
            receipts_root: self.receipts_root,
            logs_bloom: self.logs_bloom,
            blob_gas_used: self.blob_gas_used.map(|gas| gas.0),
            excess_blob_gas: self.excess_blob_gas.map(|gas| gas.0),
            parent_beacon_root: self.parent_beacon_block_root,
            requests_hash: self.requests_hash,
            ommers: ommers(ommers_hash),
            ommers_hash,
            extra_data: self.extra_data,
            nonce: self.nonce,
            withdrawals_root: self.withdrawals_root,
            block_access_list_hash: self.block_access_list_hash,
            slot_number: self.slot_number.map(|slot| slot.0),
        }
    }
}

/// How many ommers there are at least, which is all that their hash tells.
pub(super) fn ommers(hash: B256) -> u32 {
    u32::from(hash != EMPTY_OMMER_ROOT_HASH)
}

/// The header as the consensus hashes it.
pub(super) fn sealed(header: &Header) -> alloy_consensus::Header {
    alloy_consensus::Header {
        parent_hash: header.parent,
        ommers_hash: header.ommers_hash,
        beneficiary: header.beneficiary,
        state_root: header.state_root,
        transactions_root: header.transactions_root,
        receipts_root: header.receipts_root,
        logs_bloom: header.logs_bloom,
        difficulty: header.difficulty,
        number: header.number,
        gas_limit: header.gas_limit,
        gas_used: header.gas_used,
        timestamp: header.timestamp,
        extra_data: header.extra_data.clone(),
        mix_hash: header.mix_hash,
        nonce: header.nonce,
        base_fee_per_gas: header.base_fee,
        withdrawals_root: header.withdrawals_root,
        blob_gas_used: header.blob_gas_used,
        excess_blob_gas: header.excess_blob_gas,
        parent_beacon_block_root: header.parent_beacon_root,
        requests_hash: header.requests_hash,
        block_access_list_hash: header.block_access_list_hash,
        slot_number: header.slot_number,
    }
}

/// A header from its consensus form, with the hash that follows from it.
pub(super) fn unsealed(raw: alloy_consensus::Header) -> Header {
    Header {
        hash: raw.hash_slow(),
        number: raw.number,
        parent: raw.parent_hash,
        timestamp: raw.timestamp,
        beneficiary: raw.beneficiary,
        gas_limit: raw.gas_limit,
        gas_used: raw.gas_used,
        base_fee: raw.base_fee_per_gas,
        difficulty: raw.difficulty,
        mix_hash: raw.mix_hash,
        state_root: raw.state_root,
        transactions_root: raw.transactions_root,
        receipts_root: raw.receipts_root,
        logs_bloom: raw.logs_bloom,
        blob_gas_used: raw.blob_gas_used,
        excess_blob_gas: raw.excess_blob_gas,
        parent_beacon_root: raw.parent_beacon_block_root,
        requests_hash: raw.requests_hash,
        ommers: ommers(raw.ommers_hash),
        ommers_hash: raw.ommers_hash,
        extra_data: raw.extra_data,
        nonce: raw.nonce,
        withdrawals_root: raw.withdrawals_root,
        block_access_list_hash: raw.block_access_list_hash,
        slot_number: raw.slot_number,
    }
}
