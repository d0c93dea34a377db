//! What the desk is given when it opens.

use std::sync::Arc;

use facts::{AccountId, AssetId, B256, ChainId};
use jiff::Timestamp;
use report::analysis::Analysis;
use store::Store;

use crate::{
    AssetName, Limits, Names, NoNames, NoTraces, StatusBoard, Tokens, Traces, Untold,
    book::{Folds, Index},
    sessions::Sessions,
};

/// The desk: the book, who may come in, and where to look for status, names and metrics. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Desk>);

#[derive(Clone)]
struct Desk {
    store: Store,
    board: StatusBoard,
    tokens: Tokens,
    sessions: Arc<Sessions>,
    index: Arc<tokio::sync::Mutex<Index>>,
    folds: Arc<Folds>,
    names: Arc<dyn Names>,
    traces: Arc<dyn Traces>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    limits: Limits,
}

impl AppState {
    /// A desk over this book that these tokens open.
    pub fn new(store: Store, board: StatusBoard, tokens: Tokens) -> Self {
        Self(Arc::new(Desk {
            store,
            board,
            tokens,
            sessions: Arc::default(),
            index: Arc::default(),
            folds: Arc::default(),
            names: Arc::new(NoNames),
            traces: Arc::new(NoTraces),
            metrics: Arc::new(String::new),
            clock: Arc::new(Timestamp::now),
            limits: Limits::default(),
        }))
    }

    fn with(self, change: impl FnOnce(&mut Desk)) -> Self {
        let mut desk = Arc::unwrap_or_clone(self.0);
        change(&mut desk);
        Self(Arc::new(desk))
    }

    /// Names for assets and accounts.
    pub fn with_names(self, names: impl Names + 'static) -> Self {
        self.with(|desk| desk.names = Arc::new(names))
    }

    /// Who tells what transactions did.
    pub fn with_traces(self, traces: impl Traces + 'static) -> Self {
        self.with(|desk| desk.traces = Arc::new(traces))
    }

    /// What `/metrics` answers, in Prometheus' text form.
    pub fn with_metrics(self, metrics: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.with(|desk| desk.metrics = Arc::new(metrics))
    }

    /// The clock that decisions and sessions go by.
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.with(|desk| desk.clock = Arc::new(clock))
    }

    /// Other limits than the usual.
    pub fn with_limits(self, limits: Limits) -> Self {
        self.with(|desk| desk.limits = limits)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn board(&self) -> &StatusBoard {
        &self.0.board
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    pub(crate) fn shared_index(&self) -> &tokio::sync::Mutex<Index> {
        &self.0.index
    }

    pub(crate) fn folds(&self) -> &Folds {
        &self.0.folds
    }

    pub(crate) fn asset(&self, id: &AssetId) -> Option<AssetName> {
        self.0.names.asset(id)
    }

    pub(crate) fn account(&self, id: &AccountId) -> Option<String> {
        self.0.names.account(id)
    }

    pub(crate) async fn trace(&self, chain: ChainId, tx: B256) -> Result<Analysis, Untold> {
        self.0.traces.trace(chain, tx).await
    }

    pub(crate) fn metrics(&self) -> String {
        (self.0.metrics)()
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }
}
