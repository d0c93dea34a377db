//! Who decided, why, and when: every decision carries it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A person, by the name they are known by in this installation.
    Person(String),
    /// A room of the machine, by name.
    Machine(String),
    /// A policy that a person wrote down beforehand, by name.
    Policy(String),
}

impl Actor {
    /// A room of the machine.
    pub fn machine(room: &str) -> Self {
        Self::Machine(room.to_owned())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person(name) => f.write_str(name),
            Actor::Machine(room) => write!(f, "machine:{room}"),
            Actor::Policy(name) => write!(f, "policy:{name}"),
        }
    }
}

/// The circumstances of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ctx {
    /// Who decided.
    pub who: Actor,
    /// Why, in a few words.
    pub why: String,
    /// When, in UTC, to the millisecond.
    pub now: Timestamp,
}

impl Ctx {
    /// The circumstances, with the time cut to the millisecond that the book keeps.
    pub fn new(who: Actor, why: impl Into<String>, now: Timestamp) -> Self {
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        Self { who, why: why.into(), now }
    }
}
