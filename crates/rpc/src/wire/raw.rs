//! The bytes that the chain itself hashes: headers, transactions, withdrawals and receipts in their consensus encoding,
//! there and back. Whoever holds these needs nobody's word for a hash or a root.
//!
//! A header is RLP as the yellow paper has it. Lists are one RLP list of byte strings: a transaction or receipt in its
//! EIP-2718 form (the type in front, nothing for type 0), a withdrawal as EIP-4895 encodes it.

use alloy_consensus::{
    Eip658Value, ReceiptWithBloom, RlpDecodableReceipt, RlpEncodableReceipt, Transaction as _, TxEnvelope,
    Typed2718 as _, transaction::SignerRecoverable,
};
use alloy_eips::{Decodable2718, Encodable2718, eip4895};
use alloy_primitives::{B256, Bytes};
use alloy_rlp::{Decodable, Encodable};
use facts::{AccessItem, Authorization, Block, Header, Log, Receipt, Signature, Tx, Withdrawal};

use super::{WireError, check, header};

/// Transactions, withdrawals or receipts read from one list. A block's gas does not pay for more.
const ITEMS_MAX: usize = 100_000;

/// A header in its consensus encoding.
pub fn header_bytes(header: &Header) -> Vec<u8> {
    alloy_rlp::encode(header::sealed(header))
}

/// Reads a header; its hash is computed.
///
/// # Errors
/// If the bytes are not a header, or more than one.
pub fn header_from(bytes: &[u8]) -> Result<Header, WireError> {
    let read = exact::<alloy_consensus::Header>(bytes).map_err(|error| bad("header", ".", error))?;
    let header = header::unsealed(read);
    // What the chain hashes has one form; other bytes with the same meaning would hash to something else.
    if header_bytes(&header) != bytes {
        return Err(bad("header", ".", "is not encoded as the chain encodes it"));
    }
    Ok(header)
}

/// Transactions in their signed form, in one list.
///
/// # Errors
/// For a transaction of an unknown type or without its signature.
pub fn transactions_bytes(txs: &[Tx]) -> Result<Vec<u8>, WireError> {
    let one = |(index, tx): (usize, &Tx)| {
        let envelope = check::envelope(tx).map_err(|why| bad("list of transactions", format!("[{index}]"), why))?;
        Ok(Bytes::from(envelope.encoded_2718()))
    };
    Ok(list_bytes(&txs.iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()?))
}

/// Reads transactions; hashes are computed and senders recovered from their signatures.
///
/// # Errors
/// Names the transaction that is not right.
pub fn transactions_from(bytes: &[u8]) -> Result<Vec<Tx>, WireError> {
    const WHAT: &str = "list of transactions";
    let one = |(index, item): (usize, Bytes)| {
        let at = || format!("[{index}]");
        let envelope = TxEnvelope::decode_2718_exact(&item).map_err(|error| bad(WHAT, at(), error))?;
        if envelope.encoded_2718() != item {
            return Err(bad(WHAT, at(), "is not encoded as the chain encodes it"));
        }
        transaction(&envelope).map_err(|why| bad(WHAT, at(), why))
    };
    list_from(WHAT, bytes)?.into_iter().enumerate().map(one).collect()
}

/// Withdrawals in one list.
pub fn withdrawals_bytes(list: &[Withdrawal]) -> Vec<u8> {
    let one = |withdrawal: &Withdrawal| Bytes::from(alloy_rlp::encode(check::to_withdrawal(withdrawal)));
    list_bytes(&list.iter().map(one).collect::<Vec<_>>())
}

/// Reads withdrawals.
///
/// # Errors
/// Names the one that is not right.
pub fn withdrawals_from(bytes: &[u8]) -> Result<Vec<Withdrawal>, WireError> {
    const WHAT: &str = "list of withdrawals";
    let one = |(index, item): (usize, Bytes)| {
        let read: eip4895::Withdrawal = exact(&item).map_err(|error| bad(WHAT, format!("[{index}]"), error))?;
        let eip4895::Withdrawal { index, validator_index, address, amount } = read;
        Ok(Withdrawal { index, validator_index, address, amount })
    };
    list_from(WHAT, bytes)?.into_iter().enumerate().map(one).collect()
}

/// Receipts in one list, each with the type of its transaction. None before Byzantium: a receipt held a state root then,
/// which is not kept.
pub fn receipts_bytes(txs: &[Tx], receipts: &[Receipt]) -> Option<Vec<u8>> {
    let one = |(tx, receipt): (&Tx, &Receipt)| {
        let mut out = if tx.kind == 0 { Vec::new() } else { vec![tx.kind] };
        let with_bloom = ReceiptWithBloom::from(alloy_consensus::Receipt {
            status: Eip658Value::Eip658(receipt.success?),
            cumulative_gas_used: receipt.cumulative_gas_used,
            logs: receipt.logs.iter().map(check::to_log).collect(),
        });
        with_bloom.receipt.rlp_encode_with_bloom(&with_bloom.logs_bloom, &mut out);
        Some(Bytes::from(out))
    };
    Some(list_bytes(&txs.iter().zip(receipts).map(one).collect::<Option<Vec<_>>>()?))
}

/// Reads receipts, as many as there are of the block's first transactions.
///
/// # Errors
/// Names the one that is not right, or not of its transaction's type.
pub fn receipts_from(txs: &[Tx], bytes: &[u8]) -> Result<Vec<Receipt>, WireError> {
    const WHAT: &str = "list of receipts";
    let items = list_from(WHAT, bytes)?;
    if items.len() > txs.len() {
        return Err(bad(WHAT, ".", format!("holds {} of {} transactions", items.len(), txs.len())));
    }
    let one = |(index, (item, tx)): (usize, (Bytes, &Tx))| {
        let at = || format!("[{index}]");
        let body = match tx.kind {
            0 => item.as_ref(),
            kind => item.strip_prefix(&[kind]).ok_or_else(|| bad(WHAT, at(), "is of another type"))?,
        };
        let mut rest = body;
        let read = alloy_consensus::Receipt::<alloy_primitives::Log>::rlp_decode_with_bloom(&mut rest)
            .map_err(|error| bad(WHAT, at(), error))?;
        let Eip658Value::Eip658(success) = read.receipt.status else {
            return Err(bad(WHAT, at(), "has a state root in place of a status"));
        };
        if !rest.is_empty() {
            return Err(bad(WHAT, at(), "is followed by something else"));
        }
        let log = |(at, log): (usize, alloy_primitives::Log)| {
            let (topics, data) = log.data.split();
            Log { address: log.address, topics, data, frame: 0, at: u32::try_from(at).unwrap_or(u32::MAX) }
        };
        let cumulative_gas_used = read.receipt.cumulative_gas_used;
        let logs = read.receipt.logs.into_iter().enumerate().map(log).collect();
        Ok(Receipt { success: Some(success), cumulative_gas_used, logs })
    };
    let receipts: Vec<Receipt> = items.into_iter().zip(txs).enumerate().map(one).collect::<Result<_, _>>()?;
    if receipts_bytes(txs, &receipts).as_deref() != Some(bytes) {
        return Err(bad(WHAT, ".", "is not encoded as the chain encodes it, or a bloom is not that of its logs"));
    }
    Ok(receipts)
}

/// Proves that a block is of one piece: its hash, transactions and withdrawals are those of its header.
///
/// # Errors
/// Names the field that does not hold.
pub fn check(block: &Block) -> Result<(), WireError> {
    check::header(&block.header)?;
    check::transactions(&block.header, &block.txs, super::Form::Ethereum)?;
    check::withdrawals(&block.header, &block.withdrawals)
}

/// Byte strings as one RLP list.
pub fn list_bytes(items: &[Bytes]) -> Vec<u8> {
    alloy_rlp::encode(items.to_vec())
}

/// Reads one RLP list of byte strings.
///
/// # Errors
/// If the bytes are something else, or hold too many.
pub fn list_from(what: &'static str, bytes: &[u8]) -> Result<Vec<Bytes>, WireError> {
    let items: Vec<Bytes> = exact(bytes).map_err(|error| bad(what, ".", error))?;
    if items.len() > ITEMS_MAX {
        return Err(bad(what, ".", format!("holds {} items: at most {ITEMS_MAX} are read", items.len())));
    }
    Ok(items)
}

fn exact<T: Decodable + Encodable>(bytes: &[u8]) -> Result<T, alloy_rlp::Error> {
    alloy_rlp::decode_exact(bytes)
}

fn bad(what: &'static str, field: impl Into<String>, why: impl std::fmt::Display) -> WireError {
    WireError::Shape { what, field: field.into(), why: crate::error::short(&why.to_string()) }
}

fn transaction(envelope: &TxEnvelope) -> Result<Tx, String> {
    // A block before Homestead may hold a signature that EIP-2 forbids later; that it stands in the block is proved.
    let from = envelope.recover_signer_unchecked().map_err(|_| "its signature is of nobody")?;
    let kind = envelope.ty();
    let signature = envelope.signature();
    let priority_fee = (kind >= 2).then(|| envelope.max_priority_fee_per_gas()).flatten();
    let slots = |item: &alloy_eips::eip2930::AccessListItem| AccessItem {
        address: item.address,
        slots: item.storage_keys.clone(),
    };
    let authorization = |signed: &alloy_eips::eip7702::SignedAuthorization| Authorization {
        chain_id: signed.chain_id,
        address: signed.address,
        nonce: signed.nonce,
        signature: Signature { r: signed.r(), s: signed.s(), y_parity: signed.y_parity() },
    };
    let blob_hashes: Vec<B256> = envelope.blob_versioned_hashes().unwrap_or_default().to_vec();
    Ok(Tx {
        hash: *envelope.hash(),
        kind,
        from,
        to: envelope.to(),
        nonce: envelope.nonce(),
        value: envelope.value(),
        input: envelope.input().clone(),
        gas_limit: envelope.gas_limit(),
        gas_price: envelope.max_fee_per_gas(),
        priority_fee,
        chain_id: envelope.chain_id(),
        access_list: envelope.access_list().map(|list| list.iter().map(slots).collect()).unwrap_or_default(),
        blob_hashes,
        blob_fee: envelope.max_fee_per_blob_gas(),
        authorizations: envelope
            .authorization_list()
            .map(|list| list.iter().map(authorization).collect())
            .unwrap_or_default(),
        signature: Some(Signature { r: signature.r(), s: signature.s(), y_parity: u8::from(signature.v()) }),
    })
}
