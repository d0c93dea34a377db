//! The block loop of one chain: news in, facts and alerts committed with the head, and the bell rung.

mod announced;
mod crossing;
mod foresight;
mod keeper;
mod lines;
mod memory;
mod pending;
mod saying;
mod standing;
mod status;

pub use announced::announcements;
pub use crossing::Crossroads;
pub use status::{ChainStatus, EndpointStatus, PendingState, PendingStatus};

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use announced::Noticeboard;
use anyhow::{Context as _, Result};
use case::{Draft, Timestamp};
use detect::Detectors;
use facts::{Address, Block, BlockRef, ChainId, ChainUpdate};
use keeper::Keeper;
use metrics::counter;
use pending::Expectations;
use rpc::{Node, Tag};
use standing::standing_on;
use store::{Store, StoreError};
use tokio::sync::{mpsc, watch as board};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use watch::{Follower, FollowerOptions, News, Outlook, Source, Start, WatchError};

use crate::{Foreseen, InForce, Lens, Loupe, Recent, lost};

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
    /// Whether transactions are looked at that wait to be mined.
    pub pending: bool,
}

impl ChainSetup {
    /// The same chain and node, for whoever asks beside the one that follows.
    pub fn again(&self) -> Self {
        Self { chain: self.chain.clone(), node: Arc::clone(&self.node), pending: self.pending }
    }
}

/// A chain being followed.
pub struct ChainLoop {
    chain: ChainId,
    view: detect::ChainView,
    detectors: Arc<Detectors>,
    rules: board::Receiver<InForce>,
    store: Store,
    follower: Follower,
    outlook: board::Receiver<Outlook>,
    loupe: Loupe,
    /// What rules make of things that have not happened.
    foreseen: mpsc::Receiver<Foreseen>,
    status: board::Sender<ChainStatus>,
    clock: fn() -> Timestamp,
    node: Arc<Node>,
    /// What could not be seen before there was a block that an alert could be about: its part, and why.
    unsaid: Vec<(String, String)>,
    /// What is kept of blocks beyond their facts.
    keeper: Keeper,
    /// The facts of the newest blocks, for whoever asks about them.
    recent: Recent,
    /// What was announced, as far as it was read.
    noticeboard: Noticeboard,
    /// What the mempool tells, if it is watched.
    looks: Option<(mpsc::Receiver<pending::Look>, AbortOnDropHandle<()>)>,
    /// What was said of transactions that wait to be mined.
    expected: Expectations,
    /// Transactions that wait and were told of, and could not be looked at.
    left_out: u64,
    /// Withdrawals that are written together with the next block, which does not follow on what is in the book.
    rift: Option<Vec<Draft>>,
    /// Where what was observed here meets what was observed on other chains.
    crossroads: Crossroads,
}

impl ChainLoop {
    /// Takes up a chain where the book left it, or at its newest block. `ours` are the accounts that we act from: blocks
    /// with their transactions are kept as those with alerts are.
    ///
    /// # Errors
    /// If the node cannot say where the chain stands, or the memory cannot be restored.
    pub async fn open(
        setup: ChainSetup,
        mut rules: board::Receiver<InForce>,
        store: Store,
        ours: BTreeSet<Address>,
        crossroads: Crossroads,
        clock: fn() -> Timestamp,
    ) -> Result<(Self, Loupe, board::Receiver<ChainStatus>)> {
        let ChainSetup { chain, node, pending } = setup;
        let detectors = Arc::clone(&rules.borrow_and_update().detectors);
        let id = chain.id.clone();
        let mut lens = Lens::new(chain.clone(), Arc::clone(&detectors))?;
        let rows = store.memory(&id).await?;
        let mut ring = store.ring(&id, RING).await?;
        ring.reverse();
        let forgotten = (!rows.complete && !ring.is_empty()).then_some(memory::FORGOTTEN);
        lens.memory = memory::restore(rows, &id)?;
        // Rules that were changed since begin anew, as they would have in a service that went on.
        detectors.take_over(&mut lens.memory);
        let view = lens.view().clone();
        let mut standing = None;
        let (at, start) = match ring.last() {
            Some(last) => {
                standing = standing_on(&node, last).await;
                (last.clone(), Start::After(ring))
            }
            None => {
                let head = node.head(Tag::Latest).await?.with_context(|| format!("chain `{id}` has no block yet"))?;
                // The state that the newest block runs on is its parent's.
                let parent =
                    BlockRef { number: head.at.number.saturating_sub(1), hash: head.at.parent, ..head.at.clone() };
                (parent, Start::At(head.at.number))
            }
        };
        let mut begin = ChainStatus::new(id.clone(), chain.name.clone());
        if let Some(head) = &standing {
            begin.stands(&at, head.timestamp);
        }
        let expected = Expectations::restore(&store, &id, at.number).await?;
        begin.pending.state = if pending { PendingState::Unknown } else { PendingState::Off };
        let (loupe, foreseen) = Loupe::start(lens, Arc::clone(&node), at, standing)?;
        let follower = Follower::new(Arc::clone(&node), FollowerOptions { start, ..FollowerOptions::default() })?;
        let outlook = follower.outlook();
        let node_of_mempool = Arc::clone(&node);
        let status = board::Sender::new(begin);
        let receiver = status.subscribe();
        let handle = loupe.clone();
        let mut unsaid: Vec<_> = forgotten.map(|(part, why)| (part.to_owned(), why.to_owned())).into_iter().collect();
        unsaid.extend(crossroads.one_legged(&id));
        let this = Self {
            chain: id,
            view,
            detectors,
            rules,
            store,
            follower,
            outlook,
            loupe,
            foreseen,
            status,
            clock,
            node,
            unsaid,
            keeper: Keeper::new(ours),
            recent: Recent::default(),
            noticeboard: Noticeboard::default(),
            looks: pending.then(|| pending::watch(node_of_mempool)),
            expected,
            left_out: 0,
            rift: None,
            crossroads,
        };
        Ok((this, handle, receiver))
    }

    /// Follows the chain until it is told to stop; the block under way is finished first.
    ///
    /// # Errors
    /// What a person has to see to: a chain that cannot be followed, a book that cannot be written.
    pub async fn run(mut self, stop: CancellationToken) -> Result<()> {
        self.say(&stop).await?;
        loop {
            let news = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Ok(()) = self.outlook.changed() => {
                    self.surveyed().await?;
                    continue;
                }
                Ok(()) = self.rules.changed() => {
                    self.rules_changed(&stop).await?;
                    continue;
                }
                Some(foreseen) = self.foreseen.recv() => {
                    self.foresee(foreseen, &stop).await?;
                    continue;
                }
                Some(look) = pending::next_look(&mut self.looks) => {
                    self.sighted(look, &stop).await?;
                    continue;
                }
                news = self.follower.next() => news,
            };
            let news = match news {
                Err(WatchError::DeepReorg { oldest, .. }) => {
                    self.start_over(oldest, &stop).await?;
                    continue;
                }
                news => news?,
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
        if let Some(announced) = self.noticeboard.news(&self.store, &self.chain).await? {
            self.loupe.know(announced).await?;
        }
        let mut looked = self.loupe.see(Arc::clone(&block)).await?;
        self.compare(&mut looked)?;
        self.hear_foreseen(stop).await?;
        let record = self.keeper.record(&self.loupe, (&at, &block), &looked, received).await;
        let keep = || lines::keep_evidence(&self.store, &at, &looked, record.as_ref());
        let kept = held(&self.status, self.clock, stop, keep).await.context("the evidence of alerts cannot be kept")?;
        let Some(evidence) = kept else { return Ok(()) };
        let times = (received, (self.clock)());
        let mut commit = lines::of_block(&self.store, (&at, &block), &looked, evidence, times).await?;
        if let Some(withdrawals) = &self.rift {
            commit.gap = true;
            commit.drafts.splice(0..0, withdrawals.iter().cloned());
        }
        let (ends, drafts) = self.ends_in(&at, &block, &looked)?;
        commit.drafts.extend(drafts);
        let (blind, alerts) = (commit.summary.blind, looked.alerts.len());
        if let Some(first) = looked.facts.blind.first() {
            tracing::warn!(chain = %self.chain, block = at.number, blind, why = first.why, "not all was seen");
        }
        let written = held(&self.status, self.clock, stop, || self.store.commit_block(commit.clone())).await;
        if written.with_context(|| format!("block {} of `{}` cannot be written", at.number, self.chain))?.is_none() {
            return Ok(());
        }
        self.rift = None;
        self.ended(&ends);
        let now = (self.clock)();
        self.status.send_modify(|status| status.seen(&at, &looked, received, now));
        status::count(&at, &looked, alerts, received, now);
        status::gauge_lag(&self.status.borrow(), now);
        tracing::debug!(chain = %self.chain, block = at.number, alerts, blind, "looked at a block");
        self.recent.keep(block, looked.facts);
        self.say(stop).await
    }

    /// The facts of the newest blocks, for whoever asks about them.
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    async fn revert(&mut self, to: &BlockRef, stop: &CancellationToken) -> Result<()> {
        let ring = self.store.ring(&self.chain, RING).await?;
        let gone = lost(&ring, to);
        tracing::warn!(chain = %self.chain, to = to.number, blocks = gone.len(), "the chain was reorganised");
        counter!("breakglass_reorgs_total", "chain" => self.chain.to_string()).increment(1);
        // Until the next block nothing can be tried on a head, and nobody is to take the lost one for it.
        self.status.send_modify(|status| status.head = None);
        self.recent.revert(to);
        self.loupe.revert(to.clone(), gone.clone()).await?;
        self.wait_again(to).await?;
        self.noticeboard.forget();
        let mut drafts = lines::withdrawals(&self.store, to, &gone, (self.clock)()).await?;
        drafts.extend(self.fallen_elsewhere(to)?);
        if !ring.contains(to) {
            // Every block we know is gone: the next one takes their place.
            self.rift.get_or_insert_default().extend(drafts);
            return Ok(());
        }
        let reverted = held(&self.status, self.clock, stop, || self.store.revert(to, drafts.clone())).await;
        reverted.with_context(|| format!("the reorganisation of `{}` cannot be written", self.chain))?;
        Ok(())
    }

    /// The chain was reorganised below everything that is remembered. Watching on matters more than being whole: it
    /// is begun again at the oldest known height, and said.
    async fn start_over(&mut self, oldest: u64, stop: &CancellationToken) -> Result<()> {
        let why = format!(
            "the chain was reorganised below block `{oldest}`, the oldest that is remembered: check that the endpoints \
             serve the right chain; blocks from there on are looked at again, alerts of older ones are not withdrawn"
        );
        tracing::error!(chain = %self.chain, "{why}");
        self.unsaid.push(("what the chain replaced".to_owned(), why));
        self.say(stop).await?;
        let (first, before) = loop {
            match self.foothold(oldest).await {
                Ok(foothold) => break foothold,
                Err(error) => tracing::warn!(chain = %self.chain, %error, "it is not known yet where to begin again"),
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(HELD) => {}
            }
        };
        // Until the next block nothing can be tried on a head, and nobody is to take the lost one for it.
        self.status.send_modify(|status| status.head = None);
        let gone = lost(&self.store.ring(&self.chain, RING).await?, &before);
        let mut drafts = lines::withdrawals(&self.store, &before, &gone, (self.clock)()).await?;
        drafts.extend(self.fallen_elsewhere(&before)?);
        self.rift.get_or_insert_default().extend(drafts);
        self.recent.revert(&before);
        self.wait_again(&before).await?;
        self.noticeboard.forget();
        self.loupe.start_over(before).await?;
        let options = FollowerOptions { start: Start::At(first), ..FollowerOptions::default() };
        self.follower = Follower::new(Arc::clone(&self.node), options)?;
        self.outlook = self.follower.outlook();
        Ok(())
    }

    /// The height to begin again at, at most `oldest`, and the block before it.
    async fn foothold(&self, oldest: u64) -> Result<(u64, BlockRef)> {
        let head = self.node.head(Tag::Latest).await?.context("the chain has no block")?.at;
        let first = oldest.min(head.number).max(1);
        let before = self.node.refs(&[first - 1]).await?.pop().flatten();
        Ok((first, before.with_context(|| format!("block `{}` is not there", first - 1))?))
    }

    /// Between two blocks: the next one is looked at with the rules that are in force now.
    async fn rules_changed(&mut self, stop: &CancellationToken) -> Result<()> {
        let InForce { detectors, refused, .. } = self.rules.borrow_and_update().clone();
        if !Arc::ptr_eq(&self.detectors, &detectors) {
            self.loupe.look_with(Arc::clone(&detectors)).await?;
            tracing::info!(chain = %self.chain, rules = detectors.len(), "the next block is looked at with other rules");
            self.unsaid.extend(self.crossroads.go_by(&detectors, &self.chain));
            self.detectors = detectors;
        }
        if let Some(why) = refused {
            let why = format!("they are not right, and the rules before them go on: {why}: correct it and reload");
            self.unsaid.push(("what the changed rules are to see".to_owned(), why));
            self.say(stop).await?;
        }
        Ok(())
    }

    /// A new survey of the endpoints: shown, and what has become final need not be undone any more.
    async fn surveyed(&mut self) -> Result<()> {
        let outlook = self.outlook.borrow_and_update().clone();
        self.status.send_modify(|status| status.surveyed(&outlook));
        status::gauge_lag(&self.status.borrow(), (self.clock)());
        match outlook.finality.finalized {
            Some(block) => self.loupe.finalize(block.number).await,
            None => Ok(()),
        }
    }
}

/// Writes, and while there is no room writes again: a full disk passes when somebody makes room, and until then what
/// is to be written is held. None if it was told to stop meanwhile; nothing is lost, the book's head has not moved.
async fn held<T, F>(
    status: &board::Sender<ChainStatus>,
    clock: fn() -> Timestamp,
    stop: &CancellationToken,
    write: impl Fn() -> F,
) -> Result<Option<T>, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let chain = status.borrow().chain.clone();
    loop {
        match write().await {
            Ok(written) => {
                if status.send_if_modified(|status| status.held.take().is_some()) {
                    tracing::info!(%chain, "written after all");
                }
                return Ok(Some(written));
            }
            Err(error) if matches!(error, StoreError::Full) || error.retry() => {
                let why = format!("held until it can be written: {error}");
                // Said once for as long as it lasts.
                if status.borrow().held.is_none() {
                    tracing::error!(%chain, "{why}");
                    status.send_modify(|status| status.held = Some((clock(), why)));
                }
            }
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(HELD) => {}
        }
    }
}
