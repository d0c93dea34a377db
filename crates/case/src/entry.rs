//! The lines of the book: append-only, hash-chained in their stream.

use std::{fmt, str::FromStr};

use facts::ChainId;
use serde::{Deserialize, Serialize, de};
use serde_json::Value;

use crate::{CaseId, Ctx, Digest, DigestError, Event};

/// What a line belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// What was noticed on a chain: `chain/eip155:1`.
    Chain(ChainId),
    /// One incident: `case/bg-…`.
    Case(CaseId),
    /// What concerns the whole installation: `org`.
    Org,
}

/// A text that names no stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a stream: expected `org`, `chain/<caip-2>` or `case/<id>`")]
pub struct StreamError(String);

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stream::Chain(chain) => write!(f, "chain/{chain}"),
            Stream::Case(case) => write!(f, "case/{case}"),
            Stream::Org => f.write_str("org"),
        }
    }
}

impl FromStr for Stream {
    type Err = StreamError;

    fn from_str(text: &str) -> Result<Self, StreamError> {
        let bad = || StreamError(text.chars().take(80).collect());
        match text.split_once('/') {
            None if text == "org" => Ok(Stream::Org),
            Some(("chain", chain)) => chain.parse().map(Stream::Chain).map_err(|_| bad()),
            Some(("case", case)) => case.parse().map(Stream::Case).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

impl Serialize for Stream {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stream {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A line before it has its place: the book gives it number and link.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Where it goes.
    pub stream: Stream,
    /// Who, why, when.
    pub ctx: Ctx,
    /// What kind of line, with the version of its payload: `case.opened/1`.
    pub kind: String,
    /// The payload of that kind.
    pub payload: Value,
}

impl Draft {
    /// A line about a known kind of event.
    ///
    /// # Errors
    /// If JSON cannot write the event.
    pub fn new(stream: Stream, ctx: Ctx, event: &Event) -> Result<Self, DigestError> {
        let (kind, payload) = event.parts()?;
        Ok(Self { stream, ctx, kind, payload })
    }
}

/// One line of the book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it stands.
    pub stream: Stream,
    /// Its number in the stream, from 1, without gaps.
    pub seq: u64,
    /// Digest of the line before it; zero for the first.
    pub prev: Digest,
    /// Who, why, when.
    pub ctx: Ctx,
    /// What kind of line, with the version of its payload.
    pub kind: String,
    /// The payload of that kind.
    pub payload: Value,
}

impl Entry {
    /// Gives a line its place after `last` (number and digest of the stream's last line, if any).
    pub fn after(last: Option<(u64, Digest)>, draft: Draft) -> Self {
        let (seq, prev) = last.unwrap_or((0, Digest::ZERO));
        let Draft { stream, ctx, kind, payload } = draft;
        Self { stream, seq: seq + 1, prev, ctx, kind, payload }
    }

    /// The digest that the next line is linked to: SHA-256 over the canonical form of all fields.
    ///
    /// # Errors
    /// If JSON cannot write the payload.
    pub fn digest(&self) -> Result<Digest, DigestError> {
        Digest::of(self)
    }

    /// The event, if it is of a kind that this version knows; an unknown kind is kept and passed over.
    ///
    /// # Errors
    /// If the kind is known and the payload does not fit it.
    pub fn event(&self) -> Result<Option<Event>, serde_json::Error> {
        Event::from_parts(&self.kind, &self.payload)
    }
}

/// Where a chain of entries does not hold.
#[derive(Debug, thiserror::Error)]
pub enum BrokenChain {
    /// A line is missing, or stands twice.
    #[error("stream `{stream}`: expected line {expected}, found {found}")]
    Gap {
        /// The stream.
        stream: Stream,
        /// The number that should stand here.
        expected: u64,
        /// The number that does.
        found: u64,
    },
    /// A line, or the one before it, was changed.
    #[error("stream `{stream}`: line {seq} does not follow from the line before it")]
    Link {
        /// The stream.
        stream: Stream,
        /// The number of the line whose link fails.
        seq: u64,
    },
    /// A line of another stream.
    #[error("stream `{stream}`: line {seq} belongs to another stream")]
    Stranger {
        /// The stream being checked.
        stream: Stream,
        /// The number of the stray line.
        seq: u64,
    },
    /// A line that has no canonical form.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// Follows one stream line by line, for whoever cannot hold it all at once.
#[derive(Debug, Clone)]
pub struct ChainWalk {
    stream: Stream,
    head: Option<(u64, Digest)>,
}

impl ChainWalk {
    /// Before the first line.
    pub fn new(stream: Stream) -> Self {
        Self { stream, head: None }
    }

    /// Number and digest of the last line, if there is one.
    pub fn head(&self) -> Option<(u64, Digest)> {
        self.head
    }

    /// Takes the next line and returns its digest. A line of this stream that does not hold is stood on all the same,
    /// so that what comes after it can be judged too.
    ///
    /// # Errors
    /// Says why the line does not hold.
    pub fn step(&mut self, entry: &Entry) -> Result<Digest, BrokenChain> {
        if entry.stream != self.stream {
            return Err(BrokenChain::Stranger { stream: self.stream.clone(), seq: entry.seq });
        }
        let digest = entry.digest()?;
        let (seq, prev) = self.head.replace((entry.seq, digest)).unwrap_or((0, Digest::ZERO));
        let expected = seq.saturating_add(1);
        if entry.seq != expected {
            return Err(BrokenChain::Gap { stream: self.stream.clone(), expected, found: entry.seq });
        }
        if entry.prev != prev {
            return Err(BrokenChain::Link { stream: self.stream.clone(), seq: entry.seq });
        }
        Ok(digest)
    }
}

/// Proves that `entries` are the first lines of one stream, whole and unchanged; returns the head they lead to.
///
/// # Errors
/// Names the first line that does not hold.
pub fn check_chain<'a>(
    stream: &Stream,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<Option<(u64, Digest)>, BrokenChain> {
    let mut walk = ChainWalk::new(stream.clone());
    for entry in entries {
        walk.step(entry)?;
    }
    Ok(walk.head())
}
