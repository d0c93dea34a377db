//! One look at the chain, and what follows from it.

use std::sync::Arc;

use facts::{Block, BlockRef, ChainUpdate};
use futures_util::future::join_all;
use rpc::{Head, Node, RpcError, Sighting, Tag};
use tokio::time::Instant;

use super::{Finality, Follower, Start, TAGS};
use crate::{News, WatchError, ring::Ring};

/// How far back the ring is filled at a fresh start, so that an early reorg can be walked back.
const BACKFILL: u64 = 64;
/// How many heights are compared in one batch on the way back.
const STRIDE: usize = 16;

/// All endpoints at one moment.
pub(super) struct Survey {
    pub(super) ours: BlockRef,
    pub(super) sightings: Vec<Sighting>,
    pub(super) finality: Tags,
}

/// What was found out about finality; an error leaves what was known before.
pub(super) struct Tags([Result<Option<Head>, RpcError>; 2]);

pub(super) async fn survey(node: Arc<Node>, ours: BlockRef) -> Survey {
    let sightings = node.survey(ours.number).await;
    let [safe, finalized] = TAGS;
    let finality = Tags([node.head(safe).await, node.head(finalized).await]);
    Survey { ours, sightings, finality }
}

impl Tags {
    pub(super) fn take_over(self, finality: &mut Finality) {
        let [safe, finalized] = self.0;
        for (found, known) in [(safe, &mut finality.safe), (finalized, &mut finality.finalized)] {
            match found {
                Ok(head) => *known = head.map(|head| head.at),
                Err(RpcError::Unsupported { .. } | RpcError::Refused { .. }) => *known = None,
                Err(_) => {}
            }
        }
    }
}

impl Follower {
    /// Looks at the head and tells what is new; whether anything was.
    ///
    /// The ring and the queue change together and never across an await, so that a dropped look leaves no trace.
    pub(super) async fn step(&mut self) -> Result<bool, WatchError> {
        if let Some(grew) = self.step_as_heard().await? {
            return Ok(grew);
        }
        let Some(head) = self.node.head(Tag::Latest).await? else { return Ok(false) };
        let Some(ours) = self.ring.head().cloned() else {
            return self.begin(head.at).await;
        };
        if head.at.hash == ours.hash {
            self.below_since = None;
            return Ok(false);
        }
        if head.at.number > ours.number {
            self.below_since = None;
            return self.extend(&ours, &head.at).await;
        }
        let on_our_chain = self.ring.at(head.at.number).is_some_and(|known| known.hash == head.at.hash);
        if on_our_chain && !self.is_rewind(&ours).await? {
            return Ok(false);
        }
        self.below_since = None;
        self.fork(&ours, &head.at).await
    }

    /// The usual case without a question for the head: the block that was announced is the next one.
    async fn step_as_heard(&mut self) -> Result<Option<bool>, WatchError> {
        let next = match (&self.heard, self.ring.head()) {
            (Some(heard), Some(ours)) if heard.parent == ours.hash => heard.hash,
            _ => return Ok(None),
        };
        let block = self.node.block_by_hash(next).await?;
        self.heard = None;
        // Another endpoint than the one that announced it may not have it yet.
        Ok(block.map(|block| self.commit(block)))
    }

    /// The first block. The blocks below it are remembered too, but not told.
    async fn begin(&mut self, head: BlockRef) -> Result<bool, WatchError> {
        let first = match self.options.start {
            Start::At(number) if number > head.number => return Ok(false),
            Start::At(number) => number,
            Start::Latest | Start::After(_) => head.number,
        };
        let Some(block) = self.node.block_by_number(first).await? else { return Ok(false) };
        let below: Vec<u64> = (first.saturating_sub(BACKFILL)..first).collect();
        let known: Option<Vec<BlockRef>> = self.node.refs(&below).await?.into_iter().collect();
        let fits = |known: &Vec<BlockRef>| known.last().is_none_or(|last| last.hash == block.header.parent);
        let Some(known) = known.filter(fits) else {
            // The chain changed between the two questions.
            return Ok(false);
        };
        self.ring = match Ring::new(known, self.options.ring.max(1)) {
            Ok(ring) => ring,
            Err(WatchError::Start { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        Ok(self.commit(block))
    }

    /// Tells the blocks above ours, some at a time.
    async fn extend(&mut self, ours: &BlockRef, head: &BlockRef) -> Result<bool, WatchError> {
        let last = self.options.until.map_or(head.number, |until| until.min(head.number));
        let ahead = u64::try_from(self.options.ahead.max(1)).unwrap_or(1);
        let numbers = ours.number + 1..=last.min(ours.number.saturating_add(ahead));
        let mut fetches = Vec::new();
        for number in numbers {
            fetches.push(self.node.block_by_number(number));
        }
        let fetched = join_all(fetches).await;
        let mut grew = false;
        for block in fetched {
            let block = match block {
                Ok(Some(block)) => block,
                Ok(None) => break,
                // What came before it is told first; the next look meets the error again if it lasts.
                Err(_) if grew => break,
                Err(error) => return Err(error.into()),
            };
            let follows = self.ring.head().is_some_and(|ours| ours.hash == block.header.parent);
            if !follows && grew {
                break;
            }
            if !follows {
                return self.fork(ours, head).await;
            }
            grew = self.commit(block);
        }
        Ok(grew)
    }

    /// Whether a head below ours means that our blocks are gone, rather than that this node is a moment behind.
    async fn is_rewind(&mut self, ours: &BlockRef) -> Result<bool, WatchError> {
        match self.node.refs(&[ours.number]).await?.pop().flatten() {
            Some(there) if there.hash == ours.hash => {
                self.below_since = None;
                Ok(false)
            }
            Some(_) => Ok(true),
            None => {
                let since = *self.below_since.get_or_insert_with(Instant::now);
                Ok(since.elapsed() >= self.options.rewind_after)
            }
        }
    }

    /// Walks back to the newest block that both we and the chain know, and tells the way there.
    async fn fork(&mut self, ours: &BlockRef, head: &BlockRef) -> Result<bool, WatchError> {
        let heights: Vec<u64> = self.ring.heights().into_iter().filter(|height| *height <= head.number).collect();
        for heights in heights.chunks(STRIDE) {
            let there = self.node.refs(heights).await?;
            for (height, there) in heights.iter().zip(there) {
                // The chain shrank while we looked, or another endpoint answers: look again from the top.
                let Some(there) = there else { return Ok(false) };
                let Some(known) = self.ring.at(*height).filter(|known| known.hash == there.hash).cloned() else {
                    continue;
                };
                if known.hash == ours.hash {
                    return Ok(false);
                }
                tracing::warn!(chain = %ours.chain, from = ours.number, to = known.number, "reorg");
                self.ring.cut(known.number);
                self.queue.push_back(News::Update(ChainUpdate::Revert { from: ours.clone(), to: known }));
                return Ok(true);
            }
        }
        let (oldest, known) = self.ring.depth();
        Err(WatchError::DeepReorg { head: ours.clone(), oldest, known })
    }

    fn commit(&mut self, block: Block) -> bool {
        self.timestamps = (self.timestamps.1, block.header.timestamp);
        self.grew_at = Instant::now();
        self.ring.push(block.at(self.node.chain()));
        self.queue.push_back(News::Update(ChainUpdate::Commit(Arc::new(block))));
        true
    }
}
