//! What a source says.

use std::{fmt, time::Duration};

use alloy_primitives::B256;
use async_trait::async_trait;
use facts::{BlockRef, ChainId, ChainUpdate};

use crate::WatchError;

/// Something that tells what happens on a chain.
#[async_trait]
pub trait Source: Send {
    /// The next piece of news, or none at the end of a source that ends.
    ///
    /// May be dropped while it waits and called again: nothing is lost and nothing comes twice. An error ends the
    /// watch until a person has acted; what heals by itself comes as a [`Notice`].
    async fn next(&mut self) -> Result<Option<News>, WatchError>;

    /// The chain of the last update; none before the first of a source that does not know its chain in advance.
    fn chain(&self) -> Option<&ChainId>;
}

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The chain changed.
    Update(ChainUpdate),
    /// Something keeps us from seeing, or no longer does.
    Notice(Notice),
}

/// What keeps a watch from seeing the whole chain. Each kind is told once when it begins and once when it ends
/// ([`Notice::Cleared`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// No new block for longer than the limit.
    HeadStalled {
        /// The head that stands.
        at: BlockRef,
        /// For how long.
        standing: Duration,
    },
    /// An endpoint is behind the best of the others.
    EndpointBehind {
        /// Its name.
        endpoint: String,
        /// By how many blocks.
        blocks: u64,
    },
    /// An endpoint gives no usable answer.
    EndpointDown {
        /// Its name.
        endpoint: String,
        /// Why, without secrets.
        why: String,
    },
    /// Two endpoints hold different blocks at one height, and did so at two looks in a row.
    Disagreement {
        /// The height.
        number: u64,
        /// An endpoint.
        one: String,
        /// Its block.
        one_says: B256,
        /// Another endpoint.
        other: String,
        /// Its block.
        other_says: B256,
    },
    /// No endpoint gives the next block in a form that can be trusted. The watch goes on asking.
    Blind {
        /// The height we wait for, where it is known.
        number: Option<u64>,
        /// Why, without secrets.
        why: String,
    },
    /// What an earlier notice told is over.
    Cleared {
        /// What is over.
        what: Trouble,
    },
}

/// A kind of trouble, without its particulars.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// See [`Notice::HeadStalled`].
    HeadStalled,
    /// See [`Notice::EndpointBehind`].
    EndpointBehind(String),
    /// See [`Notice::EndpointDown`].
    EndpointDown(String),
    /// See [`Notice::Disagreement`]; the endpoint that differs from the first.
    Disagreement(String),
    /// See [`Notice::Blind`].
    Blind,
}

impl Notice {
    /// Its kind; none for the end of one.
    pub fn trouble(&self) -> Option<Trouble> {
        Some(match self {
            Notice::HeadStalled { .. } => Trouble::HeadStalled,
            Notice::EndpointBehind { endpoint, .. } => Trouble::EndpointBehind(endpoint.clone()),
            Notice::EndpointDown { endpoint, .. } => Trouble::EndpointDown(endpoint.clone()),
            Notice::Disagreement { other, .. } => Trouble::Disagreement(other.clone()),
            Notice::Blind { .. } => Trouble::Blind,
            Notice::Cleared { .. } => return None,
        })
    }
}

impl fmt::Display for Notice {
    /// In words that tell a responder what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::HeadStalled { at, standing } => write!(
                f,
                "no block after `{}` for {} s: check the node and the chain's own status page",
                at.number,
                standing.as_secs()
            ),
            Notice::EndpointBehind { endpoint, blocks } => {
                write!(f, "endpoint `{endpoint}` is {blocks} blocks behind: check whether it still synchronises")
            }
            Notice::EndpointDown { endpoint, why } => write!(f, "endpoint `{endpoint}` is down: {why}"),
            Notice::Disagreement { number, one, one_says, other, other_says } => write!(
                f,
                "endpoints contradict each other on block `{number}`: `{one}` says `{one_says}`, `{other}` says \
                 `{other_says}`: find out which one is wrong and remove it"
            ),
            Notice::Blind { number: Some(number), why } => write!(f, "block `{number}` cannot be seen: {why}"),
            Notice::Blind { number: None, why } => write!(f, "the chain cannot be seen: {why}"),
            Notice::Cleared { what } => write!(f, "over: {what}"),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::HeadStalled => f.write_str("the head stands still"),
            Trouble::EndpointBehind(endpoint) => write!(f, "endpoint `{endpoint}` is behind"),
            Trouble::EndpointDown(endpoint) => write!(f, "endpoint `{endpoint}` is down"),
            Trouble::Disagreement(endpoint) => write!(f, "endpoint `{endpoint}` contradicts the others"),
            Trouble::Blind => f.write_str("blocks cannot be seen"),
        }
    }
}
