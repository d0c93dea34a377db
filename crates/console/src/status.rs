//! What the service is doing right now. The desk only shows it; whoever runs the service keeps it true.

use std::sync::{Arc, PoisonError, RwLock};

use facts::{B256, ChainId, Sight};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// The service at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// When it started, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When this status was last renewed, in UTC. Older than a minute, nothing in it may be believed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// The chains it follows.
    pub chains: Vec<ChainStatus>,
    /// What waits, room by room.
    pub queues: Vec<QueueStatus>,
    /// How far the machine may go alone.
    pub automatic: Automatic,
    /// The last seal of the book.
    pub last_seal: Option<SealStatus>,
}

/// How far the machine may go alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Automatic {
    /// Every step that changes a chain waits for a person.
    Never,
    /// What can be taken back may be done alone.
    Reversible,
}

/// A chain that is followed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChainStatus {
    /// Its CAIP-2 id.
    #[schema(value_type = String, example = "eip155:1")]
    pub id: ChainId,
    /// Its name for people.
    pub name: String,
    /// Whether it is being followed at its head: not while catching up, and not while no endpoint answers.
    pub following: bool,
    /// The last block that was wholly seen; none before the first.
    pub head: Option<HeadStatus>,
    /// The highest block that a node reported.
    pub node_head: Option<u64>,
    /// How many blocks we are behind it.
    pub lag_blocks: Option<u64>,
    /// Milliseconds from the block's arrival to its findings being durable, for the last block.
    pub lag_ms: Option<u64>,
    /// What the chain itself calls settled.
    pub finality: Finality,
    /// How well the last block was seen.
    #[schema(value_type = Option<String>, example = "executed")]
    pub sight: Option<Sight>,
    /// What could not be seen lately, newest first, at most 20.
    pub blind_recent: Vec<BlindStatus>,
    /// The nodes it is read from.
    pub endpoints: Vec<EndpointStatus>,
    /// Transactions that wait to be mined.
    pub pending: PendingStatus,
}

/// How far transactions are seen before they are mined.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PendingStatus {
    /// `ok`, `off`, or why they are seen only when they are mined, in a few words.
    pub state: String,
    /// How many are held now.
    pub held: u64,
    /// How many were run on the head since the start.
    pub tried: u64,
    /// For how many there was no room since the start.
    pub left_out: u64,
    /// How many nodes told of since the start that are none.
    pub refused: u64,
}

/// A block that was wholly seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeadStatus {
    /// Height.
    pub number: u64,
    /// Hash.
    #[schema(value_type = String)]
    pub hash: B256,
    /// The block's own time, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
}

/// What the chain itself calls settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finality {
    /// The `safe` block's height.
    pub safe: Option<u64>,
    /// The `finalized` block's height.
    pub finalized: Option<u64>,
}

/// Something that could not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BlindStatus {
    /// In which block.
    pub block: u64,
    /// When it was noticed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What is hidden and why, in words that tell a responder what to do.
    pub why: String,
}

/// A node that a chain is read from, without its address: that may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EndpointStatus {
    /// Its name in this installation.
    pub name: String,
    /// How it is: `ok`, or what is wrong with it in a few words.
    pub state: String,
    /// How many blocks it is behind the best.
    pub behind: Option<u64>,
}

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueStatus {
    /// Whose queue.
    pub name: String,
    /// How many wait.
    pub length: u64,
    /// How many may.
    pub limit: Option<u64>,
}

/// The last seal of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SealStatus {
    /// Its number.
    pub seq: u64,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Where whoever runs the service keeps its [`Status`], and the desk reads it. Cheap to clone.
///
/// It must be renewed at least every 15 seconds, also when nothing happens: a status that nobody renews is stale after
/// a minute, and the service then no longer says that it is ready.
#[derive(Debug, Clone)]
pub struct StatusBoard(Arc<RwLock<Status>>);

impl StatusBoard {
    /// A board with nothing on it but the program's version and its start.
    pub fn new(version: &str, automatic: Automatic, started_at: Timestamp) -> Self {
        Self(Arc::new(RwLock::new(Status {
            version: version.to_owned(),
            started_at,
            updated_at: started_at,
            chains: Vec::new(),
            queues: Vec::new(),
            automatic,
            last_seal: None,
        })))
    }

    /// Changes the status and notes that it was renewed at `now`.
    pub fn update(&self, now: Timestamp, change: impl FnOnce(&mut Status)) {
        let mut status = self.0.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut status);
        status.updated_at = now;
    }

    /// Sets one chain's part, in the order in which chains first came.
    pub fn chain(&self, now: Timestamp, chain: ChainStatus) {
        self.update(now, |status| match status.chains.iter_mut().find(|held| held.id == chain.id) {
            Some(held) => *held = chain,
            None => status.chains.push(chain),
        });
    }

    /// The status as it stands.
    pub fn read(&self) -> Status {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Status {
    /// Why the service is not ready; none if it follows the head of every chain and was renewed lately.
    pub fn unready(&self, now: Timestamp, stale: SignedDuration) -> Option<String> {
        if now.duration_since(self.updated_at) > stale {
            return Some(format!("the status was last renewed at `{}`", self.updated_at));
        }
        if self.chains.is_empty() {
            return Some("no chain is followed yet".to_owned());
        }
        let lost = self.chains.iter().find(|chain| !chain.following)?;
        Some(format!("chain `{}` is not followed at its head", lost.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_following_every_chain_and_having_said_so_lately() {
        let start = Timestamp::UNIX_EPOCH;
        let minute = SignedDuration::from_mins(1);
        let board = StatusBoard::new("1", Automatic::Never, start);
        assert!(board.read().unready(start, minute).unwrap().contains("no chain"));
        let mut chain = ChainStatus {
            id: ChainId::eip155(1),
            name: "Ethereum".into(),
            following: false,
            head: None,
            node_head: None,
            lag_blocks: None,
            lag_ms: None,
            finality: Finality::default(),
            sight: None,
            blind_recent: Vec::new(),
            endpoints: Vec::new(),
            pending: PendingStatus::default(),
        };
        board.chain(start, chain.clone());
        assert!(board.read().unready(start, minute).unwrap().contains("`eip155:1` is not followed"));
        chain.following = true;
        board.chain(start, chain);
        assert_eq!(board.read().unready(start, minute), None);
        assert_eq!(board.read().chains.len(), 1);
        let late = start + SignedDuration::from_secs(61);
        assert!(board.read().unready(late, minute).unwrap().contains("last renewed"));
    }
}
