//! How a chain stands, for whoever looks: the desk's board, metrics, and the reconciler of cases.

use std::{collections::VecDeque, fmt, time::Duration};

use case::Timestamp;
use facts::{BlockRef, ChainId, Sight};
use metrics::{counter, gauge, histogram};
use watch::{Notice, Outlook, Trouble};

use crate::Looked;

/// Blind spots that are shown; the book has them all.
const BLIND_SHOWN: usize = 20;

/// How a chain stands.
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
    /// From when it reached us to when it was written down, in milliseconds.
    pub lag_ms: u64,
    /// The highest block that any endpoint reported.
    pub node_head: Option<u64>,
    /// What the chain calls safe: its height.
    pub safe: Option<u64>,
    /// What the chain calls final: its height.
    pub finalized: Option<u64>,
    /// How well the last block was seen.
    pub sight: Option<Sight>,
    /// What could not be seen lately, newest first: height, when it was noticed, and why.
    pub blind: VecDeque<(u64, Timestamp, String)>,
    /// Where the chain is read from, in the order of configuration.
    pub endpoints: Vec<EndpointStatus>,
    /// What keeps us from seeing, if anything does.
    pub trouble: Vec<(Trouble, String)>,
    /// Since when and why the next block waits to be written, if it does.
    pub held: Option<(Timestamp, String)>,
    /// Transactions that wait to be mined.
    pub pending: PendingStatus,
}

/// How far transactions are seen before they are mined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PendingStatus {
    /// Whether they are.
    pub state: PendingState,
    /// How many are held now.
    pub held: u64,
    /// How many were run on the head.
    pub tried: u64,
    /// For how many there was no room.
    pub left_out: u64,
    /// How many were told that are none.
    pub refused: u64,
}

/// Whether transactions are seen before they are mined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PendingState {
    /// The installation says that they are not looked at.
    #[default]
    Off,
    /// No node was asked yet.
    Unknown,
    /// They are.
    Watched,
    /// No node tells of any.
    Absent,
    /// The node that tells of them cannot be asked, and why.
    Silent(String),
}

impl fmt::Display for PendingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Unknown => f.write_str("not asked yet"),
            Self::Watched => f.write_str("ok"),
            Self::Absent => f.write_str("no node tells of its mempool"),
            Self::Silent(why) => f.write_str(why),
        }
    }
}

/// A node that a chain is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointStatus {
    /// Its name, without secrets.
    pub name: String,
    /// Its head, or why it gives none.
    pub head: Result<u64, String>,
}

impl ChainStatus {
    pub(super) fn new(chain: ChainId, name: String) -> Self {
        Self {
            chain,
            name,
            head: None,
            head_time: 0,
            lag_ms: 0,
            node_head: None,
            safe: None,
            finalized: None,
            sight: None,
            blind: VecDeque::new(),
            endpoints: Vec::new(),
            trouble: Vec::new(),
            held: None,
            pending: PendingStatus::default(),
        }
    }

    /// How many blocks we are behind the highest that a node reported.
    pub fn lag_blocks(&self) -> Option<u64> {
        Some(self.node_head?.saturating_sub(self.head.as_ref()?.number))
    }

    /// The last block of the book is the chain's newest still.
    pub(super) fn stands(&mut self, at: &BlockRef, time: u64) {
        self.head = Some(at.clone());
        self.head_time = time;
        self.node_head = Some(at.number);
    }

    /// A block was looked at and written down.
    pub(super) fn seen(&mut self, at: &BlockRef, looked: &Looked, received: Timestamp, now: Timestamp) {
        let facts = &looked.facts;
        self.head = Some(at.clone());
        self.head_time = facts.timestamp;
        self.lag_ms = millis(now).saturating_sub(millis(received));
        self.sight = Some(facts.sight);
        for blind in &facts.blind {
            self.blind.push_front((at.number, now, blind.why.clone()));
        }
        self.blind.truncate(BLIND_SHOWN);
        self.node_head = self.node_head.max(Some(at.number));
    }

    /// Endpoints were looked at side by side.
    pub(super) fn surveyed(&mut self, outlook: &Outlook) {
        let head = self.head.as_ref().map(|head| head.number);
        self.node_head = outlook.node_head().max(head);
        self.safe = outlook.finality.safe.as_ref().map(|block| block.number);
        self.finalized = outlook.finality.finalized.as_ref().map(|block| block.number);
        let endpoint = |seen: &rpc::Sighting| EndpointStatus {
            name: seen.endpoint.clone(),
            head: seen.head.as_ref().map(|head| head.at.number).map_err(ToString::to_string),
        };
        self.endpoints = outlook.endpoints.iter().map(endpoint).collect();
    }

    /// Something keeps us from seeing, or no longer does.
    pub(super) fn told(&mut self, notice: &Notice) {
        match (notice, notice.trouble()) {
            (Notice::Cleared { what }, _) => self.trouble.retain(|(held, _)| held != what),
            (_, Some(trouble)) => self.trouble.push((trouble, notice.to_string())),
            (_, None) => {}
        }
    }
}

/// Counts a block that was looked at and written down.
pub(super) fn count(at: &BlockRef, looked: &Looked, alerts: usize, received: Timestamp, now: Timestamp) {
    let chain = at.chain.to_string();
    let since = |then: u64| Duration::from_millis(millis(now).saturating_sub(then));
    counter!("breakglass_blocks_total", "chain" => chain.clone()).increment(1);
    counter!("breakglass_alerts_total", "chain" => chain.clone()).increment(alerts as u64);
    counter!("breakglass_blind_total", "chain" => chain.clone()).increment(looked.facts.blind.len() as u64);
    gauge!("breakglass_head_number", "chain" => chain.clone()).set(at.number as f64);
    histogram!("breakglass_block_durable_seconds", "chain" => chain).record(since(millis(received)));
}

/// How far behind we are, also while nothing comes: a lag that is measured only when a block arrives hides the worst one.
pub(super) fn gauge_lag(status: &ChainStatus, now: Timestamp) {
    let chain = status.chain.to_string();
    if status.head.is_some() {
        let lag_ms = millis(now).saturating_sub(status.head_time.saturating_mul(1_000));
        gauge!("breakglass_head_lag_seconds", "chain" => chain.clone()).set(Duration::from_millis(lag_ms));
    }
    if let Some(blocks) = status.lag_blocks() {
        gauge!("breakglass_head_lag_blocks", "chain" => chain).set(blocks as f64);
    }
}

fn millis(timestamp: Timestamp) -> u64 {
    u64::try_from(timestamp.as_millisecond()).unwrap_or_default()
}
