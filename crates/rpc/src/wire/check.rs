//! Proofs: what follows from the words has to be what the header says.

use alloy_consensus::{
    EMPTY_OMMER_ROOT_HASH, SignableTransaction, Signed, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxEnvelope,
    TxLegacy,
    proofs::{calculate_transaction_root, calculate_withdrawals_root, ordered_trie_root_with_encoder},
    transaction::SignerRecoverable,
};
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip4895,
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_primitives::{Address, B256, Bloom, BloomInput, LogData, TxKind};
use facts::{Block, Header, Receipt, Tx, Withdrawal};

use super::{Form, WireError, header::sealed};

pub(super) fn header(header: &Header) -> Result<(), WireError> {
    same("hash", header.number, header.hash, sealed(header).hash_slow())
}

/// The list of ommers holds hashes, not headers, so only its emptiness can be proved.
pub(super) fn ommers(header: &Header) -> Result<(), WireError> {
    if (header.ommers == 0) == (header.ommers_hash == EMPTY_OMMER_ROOT_HASH) {
        return Ok(());
    }
    let why = format!("`{}` ommers do not fit the ommers hash `{}`", header.ommers, header.ommers_hash);
    Err(WireError::Shape { what: "block", field: "uncles".into(), why })
}

pub(super) fn transactions(header: &Header, txs: &[Tx], form: Form) -> Result<(), WireError> {
    let mut envelopes = Vec::with_capacity(txs.len());
    for (index, tx) in txs.iter().enumerate() {
        let envelope = envelope(tx).map_err(|why| WireError::Shape {
            what: "block",
            field: format!("transactions[{index}]"),
            why,
        })?;
        if *envelope.hash() != tx.hash {
            let field = format!("transactions[{index}].hash");
            return same(&field, header.number, tx.hash, *envelope.hash());
        }
        envelopes.push(envelope);
    }
    if form == Form::Devnet && txs.iter().any(|tx| !tx.blob_hashes.is_empty()) {
        return Ok(());
    }
    same("transactionsRoot", header.number, header.transactions_root, calculate_transaction_root(&envelopes))
}

/// Before Shanghai there is no root, and some nodes answer an empty list.
pub(super) fn withdrawals(header: &Header, list: &[Withdrawal]) -> Result<(), WireError> {
    let Some(root) = header.withdrawals_root else {
        if list.is_empty() {
            return Ok(());
        }
        let why = "withdrawals without a root in the header".into();
        return Err(WireError::Shape { what: "block", field: "withdrawals".into(), why });
    };
    let list: Vec<_> = list.iter().map(to_withdrawal).collect();
    same("withdrawalsRoot", header.number, root, calculate_withdrawals_root(&list))
}

pub(super) fn to_withdrawal(one: &Withdrawal) -> eip4895::Withdrawal {
    let Withdrawal { index, validator_index, address, amount } = *one;
    eip4895::Withdrawal { index, validator_index, address, amount }
}

/// Root of the receipt trie from Byzantium on; `kinds` are the transactions' types. `None` if a receipt has no
/// status: before Byzantium the root covers state roots that no receipt word keeps.
pub fn receipts_root(kinds: impl IntoIterator<Item = u8>, receipts: &[Receipt]) -> Option<B256> {
    use alloy_consensus::{Eip658Value, ReceiptWithBloom, RlpEncodableReceipt};
    let mut items = Vec::with_capacity(receipts.len());
    for (kind, receipt) in kinds.into_iter().zip(receipts) {
        let logs: Vec<_> = receipt.logs.iter().map(to_log).collect();
        let consensus = alloy_consensus::Receipt {
            status: Eip658Value::Eip658(receipt.success?),
            cumulative_gas_used: receipt.cumulative_gas_used,
            logs,
        };
        items.push((kind, ReceiptWithBloom::from(consensus)));
    }
    Some(ordered_trie_root_with_encoder(&items, |(kind, receipt), out| {
        if *kind != 0 {
            out.push(*kind);
        }
        receipt.receipt.rlp_encode_with_bloom(&receipt.logs_bloom, out);
    }))
}

/// Bloom of all logs.
pub fn logs_bloom(receipts: &[Receipt]) -> Bloom {
    let mut bloom = Bloom::ZERO;
    for log in receipts.iter().flat_map(|receipt| &receipt.logs) {
        bloom.accrue(BloomInput::Raw(log.address.as_slice()));
        for topic in &log.topics {
            bloom.accrue(BloomInput::Raw(topic.as_slice()));
        }
    }
    bloom
}

/// Proves receipts against their block: one for each transaction, the bloom, and the root;
/// before Byzantium, where the root cannot be known, the gas used.
pub fn check_receipts(block: &Block, receipts: &[Receipt]) -> Result<(), WireError> {
    let header = &block.header;
    same("receipts", header.number, block.txs.len(), receipts.len())?;
    same("logsBloom", header.number, header.logs_bloom, logs_bloom(receipts))?;
    if let Some(root) = receipts_root(block.txs.iter().map(|tx| tx.kind), receipts) {
        return same("receiptsRoot", header.number, header.receipts_root, root);
    }
    let gas = receipts.last().map_or(0, |receipt| receipt.cumulative_gas_used);
    same("gasUsed", header.number, header.gas_used, gas)
}

/// The sender, recovered from the signature. `None` without a signature, with an invalid one, or for a
/// transaction type that this version does not know.
pub fn sender(tx: &Tx) -> Option<Address> {
    envelope(tx).ok()?.recover_signer().ok()
}

fn same<T: PartialEq + ToString>(field: &str, number: u64, given: T, computed: T) -> Result<(), WireError> {
    if given == computed {
        return Ok(());
    }
    let text = |value: T| crate::error::short(&value.to_string());
    Err(WireError::Unproved { field: field.into(), number, given: text(given), computed: text(computed) })
}

pub(super) fn to_log(log: &facts::Log) -> alloy_primitives::Log {
    let data = LogData::new_unchecked(log.topics.clone(), log.data.clone());
    alloy_primitives::Log { address: log.address, data }
}

/// The transaction as it was signed, from our own words.
pub(super) fn envelope(tx: &Tx) -> Result<TxEnvelope, String> {
    let signature = tx.signature.as_ref().ok_or("signature is missing or its `v` makes no sense")?;
    let signature = alloy_primitives::Signature::new(signature.r, signature.s, signature.y_parity == 1);
    let to = tx.to.map_or(TxKind::Create, TxKind::Call);
    let chain_id = || tx.chain_id.ok_or("`chainId` is missing");
    let callee = || tx.to.ok_or("`to` is missing: this type cannot create");
    let tip = || tx.priority_fee.ok_or("`maxPriorityFeePerGas` is missing");
    let (nonce, gas_limit, value, input) = (tx.nonce, tx.gas_limit, tx.value, tx.input.clone());
    let item = |item: &facts::AccessItem| AccessListItem { address: item.address, storage_keys: item.slots.clone() };
    let access_list = AccessList(tx.access_list.iter().map(item).collect());
    fn sign<T: SignableTransaction<alloy_primitives::Signature>>(
        tx: T,
        signature: alloy_primitives::Signature,
    ) -> Signed<T> {
        Signed::new_unhashed(tx, signature)
    }
    Ok(match tx.kind {
        0 => {
            let chain_id = tx.chain_id;
            let inner = TxLegacy { chain_id, nonce, gas_price: tx.gas_price, gas_limit, to, value, input };
            TxEnvelope::Legacy(sign(inner, signature))
        }
        1 => {
            let (chain_id, gas_price) = (chain_id()?, tx.gas_price);
            let inner = TxEip2930 { chain_id, nonce, gas_price, gas_limit, to, value, access_list, input };
            TxEnvelope::Eip2930(sign(inner, signature))
        }
        2 => TxEnvelope::Eip1559(sign(
            TxEip1559 {
                chain_id: chain_id()?,
                nonce,
                gas_limit,
                max_fee_per_gas: tx.gas_price,
                max_priority_fee_per_gas: tip()?,
                to,
                value,
                access_list,
                input,
            },
            signature,
        )),
        3 => TxEnvelope::Eip4844(sign(
            TxEip4844 {
                chain_id: chain_id()?,
                nonce,
                gas_limit,
                max_fee_per_gas: tx.gas_price,
                max_priority_fee_per_gas: tip()?,
                to: callee()?,
                value,
                access_list,
                blob_versioned_hashes: tx.blob_hashes.clone(),
                max_fee_per_blob_gas: tx.blob_fee.ok_or("`maxFeePerBlobGas` is missing")?,
                input,
            }
            .into(),
            signature,
        )),
        4 => TxEnvelope::Eip7702(sign(
            TxEip7702 {
                chain_id: chain_id()?,
                nonce,
                gas_limit,
                max_fee_per_gas: tx.gas_price,
                max_priority_fee_per_gas: tip()?,
                to: callee()?,
                value,
                access_list,
                authorization_list: tx.authorizations.iter().map(signed_authorization).collect(),
                input,
            },
            signature,
        )),
        kind => return Err(format!("transaction type `{kind:#04x}` is unknown")),
    })
}

fn signed_authorization(one: &facts::Authorization) -> SignedAuthorization {
    let inner = Authorization { chain_id: one.chain_id, address: one.address, nonce: one.nonce };
    SignedAuthorization::new_unchecked(inner, one.signature.y_parity, one.signature.r, one.signature.s)
}
