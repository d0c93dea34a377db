//! What ends a watch until a person has acted.

use facts::BlockRef;
use rpc::RpcError;

/// Why a source cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// A reorg goes deeper than the blocks we remember.
    #[error(
        "the chain was reorganised below block `{oldest}`, the oldest of {known} that are remembered (head was \
         `{}`, `{}`): check that the endpoints serve the right chain, then start again from a finalized block",
        head.number,
        head.hash
    )]
    DeepReorg {
        /// Our head, which is no longer part of the chain.
        head: BlockRef,
        /// Height of the oldest block we know.
        oldest: u64,
        /// How many blocks we know.
        known: usize,
    },
    /// The blocks to start after do not form a chain, or are of another chain.
    #[error("cannot start after the given blocks: {why}")]
    Start {
        /// What is wrong.
        why: String,
    },
    /// A node error that asking again does not heal.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// A recording that cannot be read.
    #[error("`{path}`: {why}")]
    Recorded {
        /// The file or folder.
        path: String,
        /// What is wrong and what to do.
        why: String,
    },
}
