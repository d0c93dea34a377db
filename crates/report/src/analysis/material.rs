//! Everything an analysis may look at, gathered before it begins.

use std::collections::BTreeMap;

use atlas::{Chain, Labels, Layouts, Protocol, Selectors};
use case::Alert;
use facts::{Address, B256, Blind, BlockRef, Bytes, Sight, Steps, Tx, TxFacts};

/// A transaction with whatever is known about it and around it.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// The transaction's block.
    pub block: &'a BlockRef,
    /// The block's time, seconds since 1970 UTC.
    pub timestamp: u64,
    /// Who receives the block's fees, where the header is known.
    pub builder: Option<Address>,
    /// The price of a unit of blob gas in wei, from Cancun on.
    pub blob_price: Option<u128>,
    /// The transaction's hash.
    pub hash: B256,
    /// How it was seen.
    pub sight: Sight,
    /// The transaction as it stands in its block.
    pub tx: Option<&'a Tx>,
    /// What it did; none if it could not be seen at all.
    pub facts: Option<&'a TxFacts>,
    /// What could not be seen, or is not proved.
    pub blind: &'a [Blind],
    /// Whose signature it bears.
    pub sender: Sender,
    /// What the rules say about it.
    pub alerts: &'a [Alert],
    /// Functions, events and errors by name.
    pub selectors: &'a Selectors,
    /// What is protected, with its names.
    pub protocol: Option<&'a Protocol>,
    /// What others call accounts.
    pub labels: &'a Labels,
    /// What tokens say they are called.
    pub tokens: &'a BTreeMap<Address, TokenName>,
    /// How storage is laid out, by code.
    pub layouts: &'a Layouts,
    /// Code that took part, as it was in the block.
    pub codes: &'a BTreeMap<Address, Bytes>,
    /// Frames whose steps were asked for.
    pub steps: &'a [Steps],
}

/// What the signature says about the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// It was recovered and is whom the source names.
    Proved(Address),
    /// It was recovered and is somebody else.
    Contradicted {
        /// Whom the source names.
        named: Address,
        /// Who signed.
        signed: Address,
    },
    /// There is no signature that could be checked.
    Unproved(Address),
}

impl Sender {
    /// Whom to take for the sender: who signed, where that is known.
    pub fn account(self) -> Address {
        match self {
            Self::Proved(account) | Self::Unproved(account) | Self::Contradicted { signed: account, .. } => account,
        }
    }
}

/// What a token says of itself. A stranger wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenName {
    /// Its symbol.
    pub symbol: String,
    /// How many decimals its amounts are written with.
    pub decimals: u8,
}
