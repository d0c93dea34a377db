//! What a contract call is bound to, and the transactions that can come of it.

use alloy_consensus::{SignableTransaction, TxEip1559, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::TxKind;
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use case::{Call, Step};
use facts::{Address, B256, Bytes, ChainId, U256};
use serde::{Deserialize, Serialize};

use super::ladder::{FirstRung, Ladder, Rung};
use crate::{ActError, Binding};

/// The binding in the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bound {
    pub(super) chain: ChainId,
    pub(super) from: Address,
    /// The one nonce of all attempts: whichever is mined, no other can be.
    pub(super) nonce: u64,
    pub(super) fees: FirstRung,
    /// Transactions of the signer that were waiting before this one when it was bound.
    #[serde(default)]
    pub(super) behind: u64,
}

impl Bound {
    pub(super) fn read(step: &Step, binding: &Binding) -> Result<Self, ActError> {
        serde_json::from_value(binding.clone())
            .map_err(|error| ActError::refused(step, format!("its binding is none of a contract call: {error}")))
    }

    pub(super) fn ladder(&self, step: &Step) -> Ladder {
        Ladder::read(&self.fees, step.limits.fee_per_gas, step.limits.bumps)
    }
}

/// A step's contract call, borrowed.
pub(super) struct ContractStep<'a> {
    pub(super) chain: &'a ChainId,
    pub(super) to: Address,
    pub(super) data: &'a Bytes,
    pub(super) value: U256,
    pub(super) signer: &'a str,
}

impl<'a> ContractStep<'a> {
    pub(super) fn of(step: &'a Step) -> Result<Self, ActError> {
        match &step.call {
            Call::Contract { chain, to, data, value, signer, .. } => {
                Ok(Self { chain, to: *to, data, value: *value, signer })
            }
            Call::Webhook { .. } => Err(ActError::refused(step, "it is no contract call; use driver `webhook`")),
        }
    }
}

/// A signed transaction.
pub(super) struct Signed {
    pub(super) hash: B256,
    pub(super) raw: Bytes,
}

/// Signs one attempt. The same arguments give the same bytes.
pub(super) fn sign(
    step: &Step,
    call: &ContractStep<'_>,
    bound: &Bound,
    rung: Rung,
    key: &PrivateKeySigner,
) -> Result<Signed, ActError> {
    let chain_id = evm_number(step, call.chain)?;
    let (nonce, gas_limit, to) = (bound.nonce, step.limits.gas, TxKind::Call(call.to));
    let (value, input) = (call.value, call.data.clone());
    match rung.tip {
        Some(tip) => seal(
            step,
            key,
            TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: rung.fee_max,
                max_priority_fee_per_gas: tip,
                to,
                value,
                access_list: Default::default(),
                input,
            },
        ),
        None => seal(
            step,
            key,
            TxLegacy { chain_id: Some(chain_id), nonce, gas_price: rung.fee_max, gas_limit, to, value, input },
        ),
    }
}

fn seal<T>(step: &Step, key: &PrivateKeySigner, tx: T) -> Result<Signed, ActError>
where
    T: SignableTransaction<alloy_primitives::Signature> + alloy_consensus::transaction::RlpEcdsaEncodableTx,
{
    let signature = key
        .sign_hash_sync(&tx.signature_hash())
        .map_err(|error| ActError::refused(step, format!("the signer could not sign: {error}")))?;
    let signed = tx.into_signed(signature);
    let mut raw = Vec::with_capacity(512);
    signed.encode_2718(&mut raw);
    Ok(Signed { hash: *signed.hash(), raw: raw.into() })
}

/// The chain's EIP-155 number.
pub(super) fn evm_number(step: &Step, chain: &ChainId) -> Result<u64, ActError> {
    chain.evm_number().ok_or_else(|| ActError::refused(step, format!("`{chain}` is not an EVM chain (`eip155:..`)")))
}
