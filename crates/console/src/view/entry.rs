//! Entries, as they stand in the book.

use case::{Actor, Digest, Entry};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;

/// Who acted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ActorView {
    /// A person.
    Person {
        /// Their name in this installation.
        name: String,
    },
    /// A room of the machine.
    Machine {
        /// The room.
        name: String,
    },
    /// A policy that a person wrote down beforehand.
    Policy {
        /// The policy.
        name: String,
    },
}

impl From<&Actor> for ActorView {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Person(name) => Self::Person { name: name.clone() },
            Actor::Machine(room) => Self::Machine { name: room.clone() },
            Actor::Policy(policy) => Self::Policy { name: policy.clone() },
        }
    }
}

/// One line of the book.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Its place in the whole book, where that was asked for: the id of a live event.
    pub position: Option<u64>,
    /// Where it stands: `org`, `chain/<caip-2>` or `case/<id>`.
    #[schema(value_type = String)]
    pub stream: String,
    /// Its number in the stream, from 1, without gaps.
    pub seq: u64,
    /// Digest of the line before it; zeros for the first.
    #[schema(value_type = String)]
    pub prev: Digest,
    /// Its own digest, which the next line is linked to.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// Who.
    pub who: ActorView,
    /// Why, in a few words.
    pub why: String,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What kind of line, with the version of its payload: `case.opened/1`.
    pub kind: String,
    /// The payload of that kind.
    pub payload: Value,
}

impl EntryView {
    pub(crate) fn new(position: Option<u64>, entry: Entry) -> Result<Self, Problem> {
        let digest = entry.digest().map_err(|error| Problem::internal(&error))?;
        let Entry { stream, seq, prev, ctx, kind, payload } = entry;
        Ok(Self {
            position,
            stream: stream.to_string(),
            seq,
            prev,
            digest,
            who: (&ctx.who).into(),
            why: ctx.why,
            at: ctx.now,
            kind,
            payload,
        })
    }
}
