//! State of a live chain for the loupe: reads through the node, pinned by block hash.

use facts::{AccountState, Address, B256, U256};
use rpc::{Account, Blocking, Retry, RpcError};
use trace::{Fetched, ReadError, StateReader};

/// Reads state from a node, from a thread of its own.
#[derive(Clone)]
pub struct NodeReader(pub Blocking);

impl StateReader for NodeReader {
    fn fetch(&mut self, at: B256, accounts: &[Address], slots: &[(Address, U256)]) -> Result<Fetched, ReadError> {
        let (accounts, slots) = self.0.state(at, accounts, slots).map_err(|error| unread(&error))?;
        let state = |account: Account| AccountState {
            balance: account.balance,
            nonce: account.nonce,
            code: account.code,
            ..AccountState::default()
        };
        Ok(Fetched { accounts: accounts.into_iter().map(state).collect(), slots })
    }

    fn block_hash(&mut self, _: B256, number: u64) -> Result<B256, ReadError> {
        self.0.block_hash(number).map_err(|error| unread(&error))
    }
}

fn unread(error: &RpcError) -> ReadError {
    // A method that is not served will not be served in a moment either.
    let passes = error.retry() != Retry::Never && !matches!(error, RpcError::Unsupported { .. });
    ReadError { why: error.to_string(), retry: passes }
}
