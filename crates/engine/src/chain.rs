//! The block loop of one chain: news in, facts and alerts committed with the head, and the bell rung.

mod lines;
mod status;

pub use status::{ChainStatus, EndpointStatus};

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use case::Timestamp;
use detect::{BlockChanges, Detectors, Memory, MemoryLimits, Snapshot};
use facts::{Block, BlockRef, ChainId, ChainUpdate};
use metrics::counter;
use rpc::{Node, Tag};
use store::{AppendRequest, MemoryRows, Store, StoreError};
use tokio::sync::watch as board;
use tokio_util::sync::CancellationToken;
use watch::{Follower, FollowerOptions, News, Notice, Outlook, Source, Start};

use crate::{Lens, Loupe, lost};

/// Blocks remembered to walk back a reorg.
const RING: u32 = 256;
/// How long to wait before the book is tried again that could not be written.
const HELD: Duration = Duration::from_secs(1);

/// A chain to follow.
pub struct ChainSetup {
    /// What is known about it, with the fork its node declares where there is no schedule.
    pub chain: atlas::Chain,
    /// Its node.
    pub node: Arc<Node>,
}

/// A chain being followed.
pub struct ChainLoop {
    chain: ChainId,
    view: detect::ChainView,
    detectors: Arc<Detectors>,
    store: Store,
    follower: Follower,
    outlook: board::Receiver<Outlook>,
    loupe: Loupe,
    status: board::Sender<ChainStatus>,
    clock: fn() -> Timestamp,
    /// What has to be said before anything else.
    to_say: Option<(&'static str, &'static str)>,
}

impl ChainLoop {
    /// Takes up a chain where the book left it, or at its newest block.
    ///
    /// # Errors
    /// If the node cannot say where the chain stands, or the memory cannot be restored.
    pub async fn open(
        setup: ChainSetup,
        detectors: Arc<Detectors>,
        store: Store,
        clock: fn() -> Timestamp,
    ) -> Result<(Self, Loupe, board::Receiver<ChainStatus>)> {
        let ChainSetup { chain, node } = setup;
        let id = chain.id.clone();
        let mut lens = Lens::new(chain.clone(), Arc::clone(&detectors))?;
        let rows = store.memory(&id).await?;
        let mut ring = store.ring(&id, RING).await?;
        ring.reverse();
        let to_say = (!rows.complete && !ring.is_empty()).then_some(FORGOTTEN);
        lens.memory = restore(rows, &id)?;
        let view = lens.view().clone();
        let (at, start) = match ring.last() {
            Some(last) => (last.clone(), Start::After(ring)),
            None => {
                let head = node.head(Tag::Latest).await?.with_context(|| format!("chain `{id}` has no block yet"))?;
                // The state that the newest block runs on is its parent's.
                let parent =
                    BlockRef { number: head.at.number.saturating_sub(1), hash: head.at.parent, ..head.at.clone() };
                (parent, Start::At(head.at.number))
            }
        };
        let loupe = Loupe::start(lens, Arc::clone(&node), at)?;
        let follower = Follower::new(node, FollowerOptions { start, ..FollowerOptions::default() })?;
        let outlook = follower.outlook();
        let status = board::Sender::new(ChainStatus::new(id.clone(), chain.name.clone()));
        let receiver = status.subscribe();
        let handle = loupe.clone();
        let this = Self { chain: id, view, detectors, store, follower, outlook, loupe, status, clock, to_say };
        Ok((this, handle, receiver))
    }

    /// Follows the chain until it is told to stop; the block under way is finished first.
    ///
    /// # Errors
    /// What a person has to see to: a chain that cannot be followed, a book that cannot be written.
    pub async fn run(mut self, stop: CancellationToken) -> Result<()> {
        if let Some((part, why)) = self.to_say.take() {
            tracing::warn!(chain = %self.chain, "{part}: {why}");
            self.raise(part, why, &stop).await?;
        }
        loop {
            let news = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Ok(()) = self.outlook.changed() => {
                    self.surveyed().await?;
                    continue;
                }
                news = self.follower.next() => news?,
            };
            match news {
                Some(News::Update(ChainUpdate::Commit(block))) => self.commit(block, &stop).await?,
                Some(News::Update(ChainUpdate::Revert { to, .. })) => self.revert(&to, &stop).await?,
                Some(News::Notice(notice)) => self.notice(&notice, &stop).await?,
                None => return Ok(()),
            }
        }
    }

    async fn commit(&mut self, block: Arc<Block>, stop: &CancellationToken) -> Result<()> {
        let at = block.at(&self.chain);
        let received = (self.clock)();
        let looked = self.loupe.see(Arc::clone(&block)).await?;
        let keep = || lines::keep_evidence(&self.store, &at, &looked);
        let kept = held(&self.chain, stop, keep).await.context("the evidence of alerts cannot be kept")?;
        let Some(evidence) = kept else { return Ok(()) };
        let times = (received, (self.clock)());
        let commit = lines::of_block(&self.store, (&at, &block), &looked, evidence, times).await?;
        let (blind, alerts) = (commit.summary.blind, looked.alerts.len());
        let written = held(&at.chain, stop, || self.store.commit_block(commit.clone())).await;
        if written.with_context(|| format!("block {} of `{}` cannot be written", at.number, self.chain))?.is_none() {
            return Ok(());
        }
        let now = (self.clock)();
        self.status.send_modify(|status| status.seen(&at, &looked, received, now));
        status::count(&at, &looked, alerts, received, now);
        tracing::debug!(chain = %self.chain, block = at.number, alerts, blind, "looked at a block");
        Ok(())
    }

    async fn revert(&mut self, to: &BlockRef, stop: &CancellationToken) -> Result<()> {
        let ring = self.store.ring(&self.chain, RING).await?;
        let Some(deepest) = ring.iter().find(|block| *block == to).or(ring.last()) else { return Ok(()) };
        let gone = lost(&ring, to);
        tracing::warn!(chain = %self.chain, to = to.number, blocks = gone.len(), "the chain was reorganised");
        self.loupe.revert(to.clone(), gone.clone()).await?;
        let drafts = lines::withdrawals(&self.store, to, &gone, (self.clock)()).await?;
        let reverted = held(&self.chain, stop, || self.store.revert(deepest, drafts.clone())).await;
        reverted.with_context(|| format!("the reorganisation of `{}` cannot be written", self.chain))?;
        counter!("breakglass_reorgs_total", "chain" => self.chain.to_string()).increment(1);
        Ok(())
    }

    /// What keeps us from seeing becomes an alert; what is over is only shown.
    async fn notice(&mut self, notice: &Notice, stop: &CancellationToken) -> Result<()> {
        self.status.send_modify(|status| status.told(notice));
        let said = notice.to_string();
        match notice.trouble() {
            None => {
                tracing::info!(chain = %self.chain, "{said}");
                Ok(())
            }
            Some(trouble) => {
                tracing::warn!(chain = %self.chain, "{said}");
                self.raise(&trouble.to_string(), &said, stop).await
            }
        }
    }

    /// Raises an alert that something about the chain cannot be seen.
    async fn raise(&self, part: &str, why: &str, stop: &CancellationToken) -> Result<()> {
        // Before the first block there is nothing that an alert could be about; the log has it.
        let Some(head) = self.store.head(&self.chain).await? else { return Ok(()) };
        let alert = self.detectors.notice(&self.view, &head.block, head.timestamp, part, why)?;
        let drafts = vec![lines::of_notice(alert, part, (self.clock)())?];
        let append = || self.store.append(AppendRequest { drafts: drafts.clone(), ..AppendRequest::default() });
        held(&self.chain, stop, append).await.context("a blind spot cannot be written down")?;
        Ok(())
    }

    /// A new survey of the endpoints: shown, and what has become final need not be undone any more.
    async fn surveyed(&mut self) -> Result<()> {
        let outlook = self.outlook.borrow_and_update().clone();
        self.status.send_modify(|status| status.surveyed(&outlook));
        match outlook.finality.finalized {
            Some(block) => self.loupe.finalize(block.number).await,
            None => Ok(()),
        }
    }
}

/// Writes, and while there is no room writes again: a full disk passes when somebody makes room, and until then what
/// is to be written is held. None if it was told to stop meanwhile; nothing is lost, the book's head has not moved.
async fn held<T, F>(chain: &ChainId, stop: &CancellationToken, write: impl Fn() -> F) -> Result<Option<T>, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    loop {
        match write().await {
            Ok(written) => return Ok(Some(written)),
            Err(error) if matches!(error, StoreError::Full) || error.retry() => {
                tracing::error!(%chain, %error, "held until it can be written");
            }
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(HELD) => {}
        }
    }
}

/// What is said when the rules' memory could not be restored whole.
const FORGOTTEN: (&str, &str) = (
    "what the rules remembered of earlier blocks",
    "a reorganisation went below the oldest snapshot, or blocks were pruned: windows and counts begin anew, and a slow \
     attack that began before may be noticed late",
);

/// The rules' memory as the book has it.
fn restore(rows: MemoryRows, chain: &ChainId) -> Result<Memory> {
    let snapshot = rows.snapshot.map(|(_, bytes)| Snapshot::from_bytes(&bytes)).transpose()?;
    let changes =
        rows.changes.iter().map(|(_, bytes)| BlockChanges::from_bytes(bytes)).collect::<Result<Vec<_>, _>>()?;
    Memory::restore(snapshot, changes, MemoryLimits::default())
        .with_context(|| format!("the rules' memory of `{chain}` cannot be restored"))
}
