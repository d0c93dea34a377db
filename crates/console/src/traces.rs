//! What transactions did, told by whoever sees them. The desk itself sees no chain.

use facts::{B256, ChainId};
use futures_util::future::BoxFuture;
use report::analysis::Analysis;

/// Why a transaction could not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// Its chain is not followed here.
    NotFollowed,
    /// No block holds it; why, in words that tell a responder what to do.
    NotThere(String),
    /// It could not be looked at now; why.
    Unseen(String),
}

/// Tells what transactions did.
pub trait Traces: Send + Sync {
    /// What a transaction did.
    fn trace(&self, chain: ChainId, tx: B256) -> BoxFuture<'_, Result<Analysis, Untold>>;
}

/// Nobody here sees chains.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTraces;

impl Traces for NoTraces {
    fn trace(&self, _: ChainId, _: B256) -> BoxFuture<'_, Result<Analysis, Untold>> {
        Box::pin(std::future::ready(Err(Untold::NotFollowed)))
    }
}
