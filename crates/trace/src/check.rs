//! The proof that what was executed is what the chain executed: gas, receipts root and logs bloom.

use alloy_rlp::{BufMut, Encodable, Header as RlpHeader};
use atlas::Fork;
use facts::{Address, B256, Blind, Block, Bloom, KeyedMap, Log, Receipt, Scope, TxFacts};
use revm::primitives::keccak256;

/// Names whose place in a bloom is remembered. Most logs repeat a few contracts and events.
const NAMES_MAX: usize = 65_536;

/// Proves executed transactions against what the chain says of them.
#[derive(Debug, Default)]
pub struct Prover {
    /// For an address or topic, the three bits it sets in a bloom.
    places: KeyedMap<B256, [u16; 3]>,
}

impl Prover {
    /// Where the block's first `executable` transactions, of which these are the facts, do not agree with the header, or,
    /// where those are not all, with the receipts that came along.
    pub(crate) fn differs<'a>(
        &mut self,
        block: &Block,
        txs: impl Iterator<Item = &'a TxFacts>,
        executable: u32,
        fork: Fork,
    ) -> Option<Blind> {
        if executable as usize == block.txs.len() {
            return self.differs_from_header(block, txs, fork);
        }
        let mut cumulative_gas = 0;
        let receipts = block.receipts.as_deref().map(Vec::as_slice).unwrap_or_default();
        txs.zip(receipts).find_map(|(seen, receipt)| {
            cumulative_gas += seen.gas_used;
            differs_from_receipt(seen, cumulative_gas, receipt)
        })
    }

    fn differs_from_header<'a>(
        &mut self,
        block: &Block,
        txs: impl Iterator<Item = &'a TxFacts>,
        fork: Fork,
    ) -> Option<Blind> {
        let header = &block.header;
        let (mut cumulative_gas, mut bloom, mut receipts) = (0, Bloom::ZERO, Vec::with_capacity(block.txs.len()));
        for (tx, seen) in block.txs.iter().zip(txs) {
            cumulative_gas += seen.gas_used;
            let of_tx = self.bloom(&seen.logs);
            bloom.accrue_bloom(&of_tx);
            receipts.push(encode(tx.kind, seen, cumulative_gas, &of_tx));
        }
        if cumulative_gas != header.gas_used {
            return Some(difference("gas used", &cumulative_gas, &header.gas_used));
        }
        if bloom != header.logs_bloom {
            return Some(difference("logs bloom", &bloom, &header.logs_bloom));
        }
        // Before Byzantium a receipt held the state root, which is not computed here, so there its root proves nothing.
        if fork < Fork::Byzantium {
            return None;
        }
        let root = alloy_trie::root::ordered_trie_root_encoded(&receipts);
        (root != header.receipts_root).then(|| difference("receipts root", &root, &header.receipts_root))
    }

    fn bloom(&mut self, logs: &[Log]) -> Bloom {
        let mut bloom = Bloom::ZERO;
        for log in logs {
            self.mark(&mut bloom, address_key(log.address), log.address.as_slice());
            for topic in &log.topics {
                self.mark(&mut bloom, *topic, topic.as_slice());
            }
        }
        bloom
    }

    /// Sets the bits of one name, as the yellow paper's M3:2048 does.
    fn mark(&mut self, bloom: &mut Bloom, key: B256, name: &[u8]) {
        if self.places.len() >= NAMES_MAX {
            self.places.clear();
        }
        let bits = self.places.entry(key).or_insert_with(|| {
            let hash = keccak256(name);
            [0, 2, 4].map(|at| u16::from_be_bytes([hash[at], hash[at + 1]]) & 0x7ff)
        });
        for bit in bits {
            bloom.0[255 - usize::from(*bit / 8)] |= 1 << (*bit % 8);
        }
    }
}

/// Addresses and topics share one table. A topic may be a left-padded address; so an address is padded on the right.
fn address_key(address: Address) -> B256 {
    let mut key = B256::ZERO;
    key[..20].copy_from_slice(address.as_slice());
    key[31] = 1;
    key
}

/// A receipt as the chain encodes it: RLP of status, gas, bloom and logs, with the type in front from EIP-2718 on.
fn encode(kind: u8, seen: &TxFacts, cumulative_gas: u64, bloom: &Bloom) -> Vec<u8> {
    let logs: usize = seen.logs.iter().map(|log| framed(log_length(log))).sum();
    let status = seen.succeeded();
    let length = status.length() + cumulative_gas.length() + bloom.length() + framed(logs);
    let mut out = Vec::with_capacity(length + 8);
    if kind > 0 {
        out.put_u8(kind);
    }
    RlpHeader { list: true, payload_length: length }.encode(&mut out);
    status.encode(&mut out);
    cumulative_gas.encode(&mut out);
    bloom.encode(&mut out);
    RlpHeader { list: true, payload_length: logs }.encode(&mut out);
    for log in &seen.logs {
        RlpHeader { list: true, payload_length: log_length(log) }.encode(&mut out);
        log.address.encode(&mut out);
        log.topics.encode(&mut out);
        log.data.encode(&mut out);
    }
    out
}

fn log_length(log: &Log) -> usize {
    log.address.length() + log.topics.length() + log.data.length()
}

fn framed(payload: usize) -> usize {
    payload + alloy_rlp::length_of_length(payload)
}

fn difference(what: &str, ours: &dyn std::fmt::Display, theirs: &dyn std::fmt::Display) -> Blind {
    Blind::block(format!(
        "execution does not reproduce the block: {what} is `{ours}` here and `{theirs}` in the header; check the \
         chain's fork schedule and the state the node gives"
    ))
}

fn differs_from_receipt(seen: &TxFacts, cumulative_gas: u64, receipt: &Receipt) -> Option<Blind> {
    let same_log = |(ours, theirs): (&Log, &Log)| {
        ours.address == theirs.address && ours.topics == theirs.topics && ours.data == theirs.data
    };
    let what = if receipt.success.is_some_and(|given| given != seen.succeeded()) {
        "status"
    } else if receipt.cumulative_gas_used != cumulative_gas {
        "gas used"
    } else if receipt.logs.len() != seen.logs.len() || !seen.logs.iter().zip(&receipt.logs).all(same_log) {
        "logs"
    } else {
        return None;
    };
    let index = seen.index;
    let why = format!("execution does not reproduce transaction {index}: its {what} differ from the receipt");
    Some(Blind { scope: Scope::FromTx { index }, why })
}
