//! State reads for code that does not await, such as the interpreter.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use facts::ChainId;
use tokio::runtime::Handle;

use crate::{Account, Node, RpcError};

/// A node for plain threads: every call blocks until the answer is there or the node has given up.
///
/// Must not be called from async code: it would block the runtime, and tokio panics where it notices. Use it from a
/// thread of your own or inside `tokio::task::spawn_blocking`.
#[derive(Clone)]
pub struct Blocking {
    node: Arc<Node>,
    runtime: Handle,
}

impl Blocking {
    /// `runtime` is where the requests run; it has to outlive the calls.
    pub fn new(node: Arc<Node>, runtime: Handle) -> Self {
        Self { node, runtime }
    }

    /// The chain.
    pub fn chain(&self) -> &ChainId {
        self.node.chain()
    }

    /// Accounts and slots, asked for at the same time; see [`Node::accounts`] and [`Node::slots`].
    pub fn state(
        &self,
        hash: B256,
        addresses: &[Address],
        slots: &[(Address, U256)],
    ) -> Result<(Vec<Account>, Vec<U256>), RpcError> {
        let accounts =
            async { if addresses.is_empty() { Ok(Vec::new()) } else { self.node.accounts(hash, addresses).await } };
        let slots = async { if slots.is_empty() { Ok(Vec::new()) } else { self.node.slots(hash, slots).await } };
        self.runtime.block_on(async { tokio::try_join!(accounts, slots) })
    }

    /// See [`Node::block_hash`].
    pub fn block_hash(&self, number: u64) -> Result<B256, RpcError> {
        self.runtime.block_on(self.node.block_hash(number))
    }
}
