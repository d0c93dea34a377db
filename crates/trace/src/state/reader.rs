//! Where state comes from that is not at hand.

use std::fmt;

use facts::{AccountState, Address, B256, U256};
use revm::database_interface::DBErrorMarker;

/// A read that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ReadError {
    /// What went wrong, in words that tell a responder what to do.
    pub why: String,
    /// Whether asking again later may help.
    pub retry: bool,
}

/// What a batch of reads brought back, in the order in which it was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Accounts, without storage.
    pub accounts: Vec<AccountState>,
    /// Slot values.
    pub slots: Vec<U256>,
}

/// Answers reads of state after the block `at`. Every read is pinned to that hash: a node that has moved on, or
/// stands on another fork, has to say so instead of answering from another block.
pub trait StateReader {
    /// Accounts and slots after block `at`, in one round trip where the node allows it.
    ///
    /// # Errors
    /// If any of them could not be had.
    fn fetch(&mut self, at: B256, accounts: &[Address], slots: &[(Address, U256)]) -> Result<Fetched, ReadError>;

    /// The hash of the ancestor of `at` at this height.
    ///
    /// # Errors
    /// If it could not be had.
    fn block_hash(&mut self, at: B256, number: u64) -> Result<B256, ReadError>;
}

/// There is nobody to ask: what a witness does not hold cannot be had.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReader;

impl StateReader for NoReader {
    fn fetch(&mut self, _: B256, _: &[Address], _: &[(Address, U256)]) -> Result<Fetched, ReadError> {
        Err(ReadError { why: "the witness does not hold it".to_owned(), retry: false })
    }

    fn block_hash(&mut self, _: B256, _: u64) -> Result<B256, ReadError> {
        Err(ReadError { why: "the witness does not hold it".to_owned(), retry: false })
    }
}

/// State that execution needed and could not have. It is never replaced by an invented value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What was needed.
    pub what: String,
    /// Why it could not be had.
    pub error: ReadError,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state is missing: {}: {}", self.what, self.error)
    }
}

impl std::error::Error for Missing {}
impl DBErrorMarker for Missing {}
