//! Transactions.

use alloy_primitives::{Address, B256, Bytes, U256};
use facts::{AccessItem, Authorization, Signature, Tx};
use serde::Deserialize;

use super::{Form, Whole, WireError};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a whole transaction")]
pub(crate) struct RawTx {
    hash: B256,
    #[serde(rename = "type", default)]
    kind: Whole<u8>,
    from: Address,
    to: Option<Address>,
    nonce: Whole<u64>,
    value: Whole<U256>,
    input: Bytes,
    gas: Whole<u64>,
    #[serde(default)]
    gas_price: Option<Whole<u128>>,
    #[serde(default)]
    max_fee_per_gas: Option<Whole<u128>>,
    #[serde(default)]
    max_priority_fee_per_gas: Option<Whole<u128>>,
    #[serde(default)]
    chain_id: Option<Whole<u64>>,
    #[serde(default)]
    access_list: Option<Vec<RawAccess>>,
    #[serde(default)]
    blob_versioned_hashes: Option<Vec<B256>>,
    #[serde(default)]
    max_fee_per_blob_gas: Option<Whole<u128>>,
    #[serde(default)]
    authorization_list: Option<Vec<RawAuthorization>>,
    #[serde(default)]
    r: Option<Whole<U256>>,
    #[serde(default)]
    s: Option<Whole<U256>>,
    #[serde(default)]
    v: Option<Whole<u128>>,
    #[serde(default)]
    y_parity: Option<Whole<u8>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAccess {
    address: Address,
    storage_keys: Vec<B256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAuthorization {
    chain_id: Whole<U256>,
    address: Address,
    nonce: Whole<u64>,
    y_parity: Whole<u8>,
    r: Whole<U256>,
    s: Whole<U256>,
}

impl RawTx {
    pub(crate) fn into_tx(self, index: usize, number: u64, form: Form) -> Result<Tx, WireError> {
        let kind = self.kind.0;
        if kind > 4 && form != Form::Foreign {
            return Err(WireError::UnknownTxType { kind, index, number });
        }
        let (y_parity, chain_from_v) = self.parity();
        let missing = |field: &str| WireError::Shape {
            what: "block",
            field: format!("transactions[{index}].{field}"),
            why: format!("missing in a transaction of type `{kind}`"),
        };
        // Types 2 to 4 also carry `gasPrice`, the price that was paid; what the sender signed is the cap.
        let gas_price = match kind {
            2..=4 => self.max_fee_per_gas.ok_or_else(|| missing("maxFeePerGas"))?.0,
            0 | 1 => self.gas_price.ok_or_else(|| missing("gasPrice"))?.0,
            _ => self.max_fee_per_gas.or(self.gas_price).unwrap_or_default().0,
        };
        let signature = match (self.r, self.s, y_parity) {
            (Some(r), Some(s), Some(y_parity)) => Some(Signature { r: r.0, s: s.0, y_parity }),
            _ => None,
        };
        let chain_id = if kind == 0 && signature.is_some() { chain_from_v } else { self.chain_id.map(|id| id.0) };
        Ok(Tx {
            hash: self.hash,
            kind,
            from: self.from,
            to: self.to,
            nonce: self.nonce.0,
            value: self.value.0,
            input: self.input,
            gas_limit: self.gas.0,
            gas_price,
            priority_fee: self.max_priority_fee_per_gas.map(|fee| fee.0).filter(|_| kind >= 2),
            chain_id,
            access_list: self
                .access_list
                .unwrap_or_default()
                .into_iter()
                .map(|item| AccessItem { address: item.address, slots: item.storage_keys })
                .collect(),
            blob_hashes: self.blob_versioned_hashes.unwrap_or_default(),
            blob_fee: self.max_fee_per_blob_gas.map(|fee| fee.0),
            authorizations: self.authorization_list.unwrap_or_default().into_iter().map(Into::into).collect(),
            signature,
        })
    }

    /// Parity of y, and the chain that a legacy transaction's `v` names (EIP-155).
    fn parity(&self) -> (Option<u8>, Option<u64>) {
        let v = self.v.map(|v| v.0);
        if self.kind.0 != 0 {
            let from_v = v.and_then(|v| u8::try_from(v).ok()).filter(|v| *v <= 1);
            return (self.y_parity.map(|parity| parity.0).or(from_v), None);
        }
        match v {
            Some(v @ 27..=28) => (Some(u8::from(v == 28)), None),
            Some(v) if v >= 35 => (Some(u8::from((v - 35) % 2 == 1)), u64::try_from((v - 35) / 2).ok()),
            _ => (None, None),
        }
    }
}

impl From<RawAuthorization> for Authorization {
    fn from(raw: RawAuthorization) -> Self {
        Authorization {
            chain_id: raw.chain_id.0,
            address: raw.address,
            nonce: raw.nonce.0,
            signature: Signature { r: raw.r.0, s: raw.s.0, y_parity: raw.y_parity.0 },
        }
    }
}
