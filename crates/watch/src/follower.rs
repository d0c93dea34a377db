//! Follows the tip of a live chain.

mod steps;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use async_trait::async_trait;
use facts::{BlockRef, ChainId};
use rpc::{Heads, Heard, Node, RpcError, Sighting, Tag};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{News, Notice, Source, WatchError, news::Trouble, ring::Ring, sentry::Sentry};

/// Where to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With the newest block.
    Latest,
    /// With the block of this height.
    At(u64),
    /// With the block after the last of these, which were told before: oldest first, without gaps. The more there
    /// are (up to the ring's 256), the deeper a reorg that happened meanwhile can be walked back.
    After(Vec<BlockRef>),
}

/// How to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowerOptions {
    /// Where to begin.
    pub start: Start,
    /// The last block to tell, where there is one.
    pub until: Option<u64>,
    /// How often to look without being woken; a tenth of the block time, between 100 ms and 1 s, when absent.
    pub poll: Option<Duration>,
    /// After how long a head that stands still is told; ten block times, at least 30 s, when absent.
    pub stalled_after: Option<Duration>,
    /// How many blocks an endpoint may be behind the best.
    pub behind_max: u64,
    /// How often all endpoints are compared, and finality is asked.
    pub survey_every: Duration,
    /// For how long a node's head may be below ours, on our own chain, before that counts as a rewind.
    pub rewind_after: Duration,
    /// How many blocks are remembered to walk back a reorg.
    pub ring: usize,
    /// How many blocks are fetched at the same time while catching up.
    pub ahead: usize,
}

impl Default for FollowerOptions {
    fn default() -> Self {
        Self {
            start: Start::Latest,
            until: None,
            poll: None,
            stalled_after: None,
            behind_max: 5,
            survey_every: Duration::from_secs(2),
            // A proxy in front of several nodes often answers from one that is a moment behind.
            rewind_after: Duration::from_secs(10),
            ring: 256,
            ahead: 8,
        }
    }
}

/// What surveys of the endpoints show, for whoever looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outlook {
    /// Each endpoint as the last survey saw it, in the order of configuration; empty before the first.
    pub endpoints: Vec<Sighting>,
    /// What the chain calls safe and final.
    pub finality: Finality,
}

impl Outlook {
    /// The highest block that any endpoint reported.
    pub fn node_head(&self) -> Option<u64> {
        self.endpoints.iter().filter_map(|seen| seen.head.as_ref().ok()).map(|head| head.at.number).max()
    }
}

/// The newest blocks that the chain itself calls safe and finalized, where the node tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finality {
    /// Unlikely to be reorged.
    pub safe: Option<BlockRef>,
    /// Will not be reorged.
    pub finalized: Option<BlockRef>,
}

/// A source over JSON-RPC: at 0 confirmations, woken by `newHeads` where the node announces them, else by polling.
///
/// News of heads only wake it; what it tells comes from asking, so a lost announcement loses nothing. Blocks are told
/// in order and each once; a block whose parent is not the last told block makes one [`facts::ChainUpdate::Revert`]
/// down to the common ancestor before any commit. After [`Start::Latest`] and [`Start::At`] that ancestor may be
/// older than the first told block.
pub struct Follower {
    node: Arc<Node>,
    options: FollowerOptions,
    ring: Ring,
    queue: VecDeque<News>,
    sentry: Sentry,
    heads: Option<Heads>,
    heard: Option<Heard>,
    subscribe_at: Instant,
    look_at: Instant,
    grew_at: Instant,
    below_since: Option<Instant>,
    timestamps: (u64, u64),
    outlook: watch::Sender<Outlook>,
    surveys: JoinSet<steps::Survey>,
    survey_at: Instant,
}

impl Follower {
    /// Prepares to follow; nothing is asked yet.
    pub fn new(node: Arc<Node>, options: FollowerOptions) -> Result<Self, WatchError> {
        let known = match &options.start {
            Start::After(blocks) if blocks.is_empty() => {
                return Err(WatchError::Start { why: "no block is given: begin with the newest instead".into() });
            }
            Start::After(blocks) => blocks.clone(),
            Start::Latest | Start::At(_) => Vec::new(),
        };
        if let (Start::At(first), Some(until)) = (&options.start, options.until)
            && *first > until
        {
            return Err(WatchError::Start { why: format!("the last block `{until}` is below the first, `{first}`") });
        }
        if let Some(stranger) = known.iter().find(|block| block.chain != *node.chain()) {
            let why = format!("block `{}` is of `{}`, not of `{}`", stranger.number, stranger.chain, node.chain());
            return Err(WatchError::Start { why });
        }
        let now = Instant::now();
        Ok(Self {
            ring: Ring::new(known, options.ring.max(1))?,
            sentry: Sentry::new(options.behind_max),
            node,
            options,
            queue: VecDeque::new(),
            heads: None,
            heard: None,
            subscribe_at: now,
            look_at: now,
            grew_at: now,
            below_since: None,
            timestamps: (0, 0),
            outlook: watch::Sender::new(Outlook::default()),
            surveys: JoinSet::new(),
            survey_at: now,
        })
    }

    /// The last told block.
    pub fn head(&self) -> Option<&BlockRef> {
        self.ring.head()
    }

    /// What surveys of the endpoints show, renewed with each.
    pub fn outlook(&self) -> watch::Receiver<Outlook> {
        self.outlook.subscribe()
    }

    fn finished(&self) -> bool {
        let head = self.ring.head();
        self.options.until.is_some_and(|until| head.is_some_and(|head| head.number >= until))
    }

    fn block_time(&self) -> Option<Duration> {
        let (older, newer) = self.timestamps;
        (older > 0).then(|| Duration::from_secs(newer.saturating_sub(older)))
    }

    fn poll(&self) -> Duration {
        let (shortest, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        self.options.poll.unwrap_or_else(|| match self.block_time() {
            Some(time) => (time / 10).clamp(shortest, longest),
            None => Duration::from_millis(250),
        })
    }

    fn stalled_after(&self) -> Duration {
        let usual = self.block_time().unwrap_or_default() * 10;
        self.options.stalled_after.unwrap_or(usual.max(Duration::from_secs(30)))
    }

    /// Waits until it is time to look, or a head is announced.
    async fn wait(&mut self) {
        if self.heads.is_none() && self.node.announces() && self.subscribe_at <= Instant::now() {
            match self.node.heads().await {
                Ok(heads) => self.heads = Some(heads),
                Err(error) => {
                    tracing::debug!(chain = %self.node.chain(), %error, "heads are polled: nobody announces them");
                    self.subscribe_at = Instant::now() + Duration::from_secs(2);
                }
            }
        }
        let Some(heads) = &mut self.heads else {
            return sleep_until(self.look_at).await;
        };
        tokio::select! {
            news = heads.next() => match news {
                Ok(heard) => self.heard = heard,
                Err(error) => {
                    tracing::warn!(chain = %self.node.chain(), %error, "announcements of heads broke off");
                    self.heads = None;
                    self.subscribe_at = Instant::now();
                }
            },
            () = sleep_until(self.look_at) => {}
        }
    }

    /// Looks once and tells what it sees.
    async fn look(&mut self) -> Result<(), WatchError> {
        let began = Instant::now();
        let looked = self.step().await;
        match looked {
            Ok(grew) => {
                self.sentry.end(Trouble::Blind, &mut self.queue);
                // Announced heads make looking between them a matter of safety.
                let patience =
                    if self.heads.is_some() { self.poll().max(Duration::from_millis(250)) * 4 } else { self.poll() };
                self.look_at = if grew { began } else { began + patience };
                self.check_stall();
            }
            Err(WatchError::Rpc(error)) if self.heals(&error) => {
                let number = self.ring.head().map(|head| head.number + 1);
                // The notice says it once; a log that repeats it with every look hides everything else.
                tracing::debug!(chain = %self.node.chain(), %error, "the chain cannot be seen");
                self.sentry.begin(Notice::Blind { number, why: error.to_string() }, &mut self.queue);
                self.look_at = Instant::now() + self.poll();
            }
            Err(error) => return Err(error),
        }
        self.survey();
        Ok(())
    }

    /// Whether asking again may bring the next block. Everything a node does wrong may end; what is configured wrong
    /// does not. A node that was of this chain and now is of another may come back.
    fn heals(&self, error: &RpcError) -> bool {
        match error {
            RpcError::WrongChain { .. } => self.ring.head().is_some(),
            RpcError::Config { .. } | RpcError::Recording { .. } => false,
            _ => true,
        }
    }

    fn check_stall(&mut self) {
        let standing = self.grew_at.elapsed();
        match self.ring.head() {
            Some(at) if standing >= self.stalled_after() => {
                let notice = Notice::HeadStalled { at: at.clone(), standing };
                self.sentry.begin(notice, &mut self.queue);
            }
            _ => self.sentry.end(Trouble::HeadStalled, &mut self.queue),
        }
    }

    /// Takes in what the last survey saw, and sends the next one off. Surveys run beside the watch: a slow endpoint
    /// must not hold up the next block.
    fn survey(&mut self) {
        while let Some(done) = self.surveys.try_join_next() {
            match done {
                Ok(survey) => {
                    // A single endpoint that is down is told by the watch itself, which waits for it.
                    if survey.sightings.len() > 1 {
                        self.sentry.judge(&survey.ours, &survey.sightings, &mut self.queue);
                    }
                    self.outlook.send_modify(|outlook| {
                        survey.finality.take_over(&mut outlook.finality);
                        outlook.endpoints = survey.sightings;
                    });
                }
                Err(error) => tracing::error!(chain = %self.node.chain(), %error, "a survey of endpoints broke off"),
            }
        }
        let Some(ours) = self.ring.head().filter(|_| self.surveys.is_empty() && self.survey_at <= Instant::now())
        else {
            return;
        };
        self.survey_at = Instant::now() + self.options.survey_every;
        self.surveys.spawn(steps::survey(self.node.clone(), ours.clone()));
    }
}

#[async_trait]
impl Source for Follower {
    async fn next(&mut self) -> Result<Option<News>, WatchError> {
        loop {
            if let Some(news) = self.queue.pop_front() {
                return Ok(Some(news));
            }
            if self.finished() {
                return Ok(None);
            }
            if self.look_at > Instant::now() {
                self.wait().await;
            }
            self.look().await?;
        }
    }

    fn chain(&self) -> Option<&ChainId> {
        Some(self.node.chain())
    }
}

/// The tags that a survey asks for.
const TAGS: [Tag; 2] = [Tag::Safe, Tag::Finalized];
