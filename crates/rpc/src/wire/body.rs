//! A block taken apart and put together: its header, its transactions in one or another form, and what else it holds.

use alloy_primitives::{Address, B256};
use facts::{Block, Header, Tx, Withdrawal};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{Form, Whole, WireError, check, header::RawHeader, parse, tx::RawTx};

/// A block whose transactions are in the form `T`. Nothing of it is proved.
pub(super) struct Body<T> {
    pub(super) header: Header,
    pub(super) txs: Vec<T>,
    pub(super) withdrawals: Vec<Withdrawal>,
}

impl<T: DeserializeOwned> Body<T> {
    /// Takes a block apart.
    pub(super) fn read(json: &RawValue) -> Result<Self, WireError> {
        // Two passes, because a flattened struct would lose the name of a field that does not fit.
        let mut header = parse::<RawHeader>("block", json)?.into_header();
        let RawBody { transactions, uncles, withdrawals } = parse("block", json)?;
        header.ommers = u32::try_from(uncles.len()).unwrap_or(u32::MAX);
        Ok(Self { header, txs: transactions, withdrawals: withdrawals.into_iter().flatten().map(Into::into).collect() })
    }
}

impl Body<Tx> {
    /// Puts the block together and proves it as far as `form` allows.
    pub(super) fn proved(self, form: Form) -> Result<Block, WireError> {
        let Self { header, txs, withdrawals } = self;
        if form != Form::Foreign {
            check::header(&header)?;
            check::ommers(&header)?;
            check::transactions(&header, &txs, form)?;
            check::withdrawals(&header, &withdrawals)?;
        }
        Ok(Block { header, txs, withdrawals, witness: None, receipts: None })
    }
}

/// A block whose transactions come by themselves, after it.
pub(crate) struct Shell {
    body: Body<B256>,
    form: Form,
}

impl Shell {
    /// Reads a block with the hashes of its transactions, and proves its header as far as `form` allows.
    pub(crate) fn read(json: &RawValue, form: Form) -> Result<Self, WireError> {
        let body = Body::read(json)?;
        if form != Form::Foreign {
            check::header(&body.header)?;
        }
        Ok(Self { body, form })
    }

    pub(crate) fn header(&self) -> &Header {
        &self.body.header
    }

    /// How many transactions there are to come.
    pub(crate) fn len(&self) -> usize {
        self.body.txs.len()
    }

    /// Reads the transaction at `index`.
    pub(crate) fn tx(&self, json: &RawValue, index: usize) -> Result<Tx, WireError> {
        parse::<RawTx>("transaction", json)?.into_tx(index, self.body.header.number, self.form)
    }

    /// The block with some of its transactions, which nothing proves.
    pub(crate) fn begun(&self, txs: Vec<Tx>) -> Block {
        let (header, withdrawals) = (self.body.header.clone(), self.body.withdrawals.clone());
        Block { header, txs, withdrawals, witness: None, receipts: None }
    }

    /// The whole block, proved as far as its form allows.
    pub(crate) fn filled(self, txs: Vec<Tx>) -> Result<Block, WireError> {
        let Body { header, withdrawals, .. } = self.body;
        Body { header, txs, withdrawals }.proved(self.form)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a block")]
struct RawBody<T> {
    transactions: Vec<T>,
    #[serde(default)]
    uncles: Vec<B256>,
    #[serde(default)]
    withdrawals: Option<Vec<RawWithdrawal>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawWithdrawal {
    index: Whole<u64>,
    validator_index: Whole<u64>,
    address: Address,
    amount: Whole<u64>,
}

impl From<RawWithdrawal> for Withdrawal {
    fn from(raw: RawWithdrawal) -> Self {
        Self { index: raw.index.0, validator_index: raw.validator_index.0, address: raw.address, amount: raw.amount.0 }
    }
}
