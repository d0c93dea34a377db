//! The block loop of one chain: news in, facts and alerts committed with the head, and the bell rung.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use alloy_primitives::B256;
use anyhow::{Context as _, Result};
use case::{Actor, AlertRaised, AlertWithdrawn, Ctx, Draft, Event, Stream, Timestamp};
use detect::{BlockChanges, Detectors, Memory, MemoryLimits, Snapshot};
use facts::{Block, BlockRef, ChainId, ChainUpdate, Sight};
use metrics::{counter, gauge, histogram};
use rpc::{Node, Tag};
use store::{BlockCommit, BlockSummary, Store, StoreError};
use tokio::sync::watch as board;
use tokio_util::sync::CancellationToken;
use watch::{Follower, FollowerOptions, News, Notice, Source, Start};

use crate::{Lens, Looked, Loupe, lost};

/// Blocks remembered to walk back a reorg.
const RING: u32 = 256;
/// Alerts of lost blocks that are looked for, per page.
const PAGE: u32 = 256;

/// Blind spots that are shown; the book has them all.
const BLIND_SHOWN: usize = 20;

/// A chain to follow.
pub struct ChainSetup {
    /// What is known about it, with the fork its node declares where there is no schedule.
    pub chain: atlas::Chain,
    /// Its node.
    pub node: Arc<Node>,
}

/// How a chain stands, for whoever looks.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainStatus {
    /// The chain.
    pub chain: ChainId,
    /// Its name.
    pub name: String,
    /// The last block that was looked at and written down.
    pub head: Option<BlockRef>,
    /// That block's time, seconds since 1970 UTC.
    pub head_time: u64,
    /// How long after its time it was written down, in milliseconds.
    pub lag_ms: u64,
    /// How well that block was seen.
    pub sight: Option<Sight>,
    /// What could not be seen lately, newest first: height, when it was noticed, and why.
    pub blind: VecDeque<(u64, Timestamp, String)>,
    /// What keeps us from seeing, if anything does.
    pub trouble: Vec<String>,
}

/// A chain being followed.
pub struct ChainLoop {
    chain: ChainId,
    view: detect::ChainView,
    detectors: Arc<Detectors>,
    store: Store,
    follower: Follower,
    loupe: Loupe,
    status: board::Sender<ChainStatus>,
    clock: fn() -> Timestamp,
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
        lens.memory = restore(&store, &id).await?;
        let view = lens.view().clone();
        let mut ring = store.ring(&id, RING).await?;
        ring.reverse();
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
        let status = board::Sender::new(ChainStatus {
            chain: id.clone(),
            name: chain.name.clone(),
            head: None,
            head_time: 0,
            lag_ms: 0,
            sight: None,
            blind: VecDeque::new(),
            trouble: Vec::new(),
        });
        let receiver = status.subscribe();
        let handle = loupe.clone();
        Ok((Self { chain: id, view, detectors, store, follower, loupe, status, clock }, handle, receiver))
    }

    /// Follows the chain until it is told to stop.
    ///
    /// # Errors
    /// What a person has to see to: a chain that cannot be followed, a book that cannot be written.
    pub async fn run(mut self, stop: CancellationToken) -> Result<()> {
        loop {
            let news = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                news = self.follower.next() => news?,
            };
            match news {
                Some(News::Update(ChainUpdate::Commit(block))) => self.commit(block, &stop).await?,
                Some(News::Update(ChainUpdate::Revert { to, .. })) => self.revert(&to).await?,
                Some(News::Notice(notice)) => self.notice(&notice).await?,
                None => return Ok(()),
            }
        }
    }

    async fn commit(&mut self, block: Arc<Block>, stop: &CancellationToken) -> Result<()> {
        let at = block.at(&self.chain);
        let received = (self.clock)();
        let looked = self.loupe.see(Arc::clone(&block)).await?;
        let commit = self.written(&at, &block, &looked, received).await?;
        let blind = commit.summary.blind;
        let alerts = commit.drafts.len();
        // A full disk passes when somebody makes room: the block is held until it can be written.
        while let Err(error) = self.store.commit_block(commit.clone()).await {
            if !matches!(error, StoreError::Full) && !error.retry() {
                return Err(error)
                    .with_context(|| format!("block {} of `{}` cannot be written", at.number, self.chain));
            }
            tracing::error!(chain = %self.chain, block = at.number, %error, "the block is held until it can be written");
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        }
        self.count(&at, &looked, received, alerts);
        tracing::debug!(chain = %self.chain, block = at.number, alerts, blind, "looked at a block");
        Ok(())
    }

    /// Everything that is to be written with a block. Evidence goes first: what is referred to is there.
    async fn written(
        &self,
        at: &BlockRef,
        block: &Block,
        looked: &Looked,
        received: Timestamp,
    ) -> Result<BlockCommit> {
        let now = (self.clock)();
        let mut evidence = Vec::new();
        let alerted = |hash: B256| looked.alerts.iter().any(|(_, alert)| alert.tx == Some(hash));
        for tx in looked.facts.txs.iter().filter(|tx| alerted(tx.hash)) {
            let bytes = case::canonical(tx).context("facts have no canonical form")?;
            match self.store.put_evidence(&bytes).await {
                Ok(digest) => evidence.push(digest),
                // The alert matters more than its evidence, which can be had from the chain again.
                Err(error) => tracing::warn!(chain = %self.chain, block = at.number, %error, "evidence is not kept"),
            }
        }
        let drafts = looked.alerts.iter().map(|(id, alert)| {
            let why = format!("rule {}", alert.rule);
            let raised = Event::AlertRaised(Box::new(AlertRaised { id: *id, alert: alert.clone(), received_at: Some(received) }));
            Draft::new(Stream::Chain(self.chain.clone()), Ctx::new(Actor::machine("detect"), why, now), &raised)
        });
        let first = self.store.head(&self.chain).await?.is_none();
        Ok(BlockCommit {
            head: at.clone(),
            timestamp: block.header.timestamp,
            drafts: drafts.collect::<Result<_, _>>().context("an alert has no canonical form")?,
            memory: looked.changes.to_bytes()?,
            snapshot: looked.snapshot.clone(),
            evidence,
            summary: BlockSummary {
                txs: looked.facts.txs.len() as u64,
                gas: looked.gas,
                blind: looked.facts.blind.len() as u64,
            },
            gap: first,
        })
    }

    async fn revert(&mut self, to: &BlockRef) -> Result<()> {
        let ring = self.store.ring(&self.chain, RING).await?;
        let Some(deepest) = ring.iter().find(|block| *block == to).or(ring.last()) else { return Ok(()) };
        let gone = lost(&ring, to);
        tracing::warn!(chain = %self.chain, to = to.number, blocks = gone.len(), "the chain was reorganised");
        self.loupe.revert(to.clone(), gone.clone()).await?;
        let drafts = self.withdrawals(&gone).await?;
        self.store.revert(deepest, drafts).await?;
        counter!("breakglass_reorgs_total", "chain" => self.chain.to_string()).increment(1);
        Ok(())
    }

    /// Alerts that were seen in lost blocks are withdrawn, not deleted.
    async fn withdrawals(&self, gone: &[B256]) -> Result<Vec<Draft>> {
        let now = (self.clock)();
        let stream = Stream::Chain(self.chain.clone());
        let mut drafts = Vec::new();
        let mut before = u64::MAX;
        loop {
            let page = self.store.of_kind_before("alert.raised/1", before, PAGE).await?;
            let Some((oldest, _)) = page.last() else { break };
            before = *oldest;
            let mut found = 0;
            for (_, entry) in page.iter().filter(|(_, entry)| entry.stream == stream) {
                let Some(Event::AlertRaised(raised)) = entry.event().context("an alert cannot be read")? else {
                    continue;
                };
                if gone.contains(&raised.alert.seen_at.hash) {
                    found += 1;
                    let event = Event::AlertWithdrawn(AlertWithdrawn { id: raised.id, lost: raised.alert.seen_at });
                    let why = "its block is no longer part of the chain";
                    drafts.push(Draft::new(stream.clone(), Ctx::new(Actor::machine("watch"), why, now), &event)?);
                }
            }
            // Alerts stand in the order of their blocks: a page without one of a lost block ends the search.
            if found == 0 {
                break;
            }
        }
        drafts.reverse();
        Ok(drafts)
    }

    /// What keeps us from seeing becomes an alert; what is over is only shown.
    async fn notice(&mut self, notice: &Notice) -> Result<()> {
        let said = notice.to_string();
        let trouble = |status: &mut ChainStatus| match (notice, notice.trouble()) {
            (Notice::Cleared { what }, _) => status.trouble.retain(|held| !held.starts_with(&format!("{what}:"))),
            (_, Some(kind)) => status.trouble.push(format!("{kind}: {said}")),
            (_, None) => {}
        };
        self.status.send_modify(trouble);
        if matches!(notice, Notice::Cleared { .. }) {
            tracing::info!(chain = %self.chain, "{said}");
            return Ok(());
        }
        tracing::warn!(chain = %self.chain, "{said}");
        let Some(head) = self.store.head(&self.chain).await? else { return Ok(()) };
        let part = notice.trouble().map_or_else(String::new, |trouble| trouble.to_string());
        let alert = self.detectors.notice(&self.view, &head.block, head.timestamp, &part, &said)?;
        let raised = Event::AlertRaised(Box::new(AlertRaised { id: alert.id()?, alert, received_at: None }));
        let ctx = Ctx::new(Actor::machine("watch"), part, (self.clock)());
        let draft = Draft::new(Stream::Chain(self.chain.clone()), ctx, &raised)?;
        self.store.append(store::AppendRequest { drafts: vec![draft], ..Default::default() }).await?;
        Ok(())
    }

    fn count(&mut self, at: &BlockRef, looked: &Looked, received: Timestamp, alerts: usize) {
        let facts = &looked.facts;
        let time = facts.timestamp;
        let blind = facts.blind.len() as u64;
        let now = (self.clock)();
        let millis = |timestamp: Timestamp| u64::try_from(timestamp.as_millisecond()).unwrap_or_default();
        let lag_ms = millis(now).saturating_sub(time.saturating_mul(1_000));
        self.status.send_modify(|status| {
            status.head = Some(at.clone());
            status.head_time = time;
            status.lag_ms = lag_ms;
            status.sight = Some(facts.sight);
            for blind in &facts.blind {
                status.blind.push_front((at.number, now, blind.why.clone()));
            }
            status.blind.truncate(BLIND_SHOWN);
        });
        let chain = self.chain.to_string();
        counter!("breakglass_blocks_total", "chain" => chain.clone()).increment(1);
        counter!("breakglass_alerts_total", "chain" => chain.clone()).increment(alerts as u64);
        counter!("breakglass_blind_total", "chain" => chain.clone()).increment(blind);
        gauge!("breakglass_head_number", "chain" => chain.clone()).set(at.number as f64);
        gauge!("breakglass_head_lag_seconds", "chain" => chain.clone()).set(Duration::from_millis(lag_ms));
        let durable = Duration::from_millis(millis(now).saturating_sub(millis(received)));
        histogram!("breakglass_block_durable_seconds", "chain" => chain).record(durable);
    }
}

/// The rules' memory as the book has it.
async fn restore(store: &Store, chain: &ChainId) -> Result<Memory> {
    let rows = store.memory(chain).await?;
    let snapshot = rows.snapshot.map(|(_, bytes)| Snapshot::from_bytes(&bytes)).transpose()?;
    let changes =
        rows.changes.iter().map(|(_, bytes)| BlockChanges::from_bytes(bytes)).collect::<Result<Vec<_>, _>>()?;
    Memory::restore(snapshot, changes, MemoryLimits::default())
        .with_context(|| format!("the rules' memory of `{chain}` cannot be restored"))
}
