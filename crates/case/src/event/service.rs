//! What is written down of the service itself.

use facts::ChainId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::DataFile;

/// Payload of `service.started/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceStarted {
    /// The program's version.
    pub version: String,
    /// The chains it follows.
    pub chains: Vec<ChainId>,
    /// Rules, playbooks and other data in force.
    pub data: Vec<DataFile>,
}

/// Payload of `rules.replaced/1`. Of each list of names only the first are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RulesReplaced {
    /// How many rules are in force now.
    pub rules: u64,
    /// How many of them are as they were, and go on with what they remember.
    pub kept: u64,
    /// Rules that were not there before.
    pub added: Vec<String>,
    /// Rules that were changed: they remember nothing of what was before.
    pub changed: Vec<String>,
    /// Rules that are gone.
    pub removed: Vec<String>,
    /// Rules, playbooks and other data in force now.
    pub data: Vec<DataFile>,
}

/// Payload of `rules.refused/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RulesRefused {
    /// What is wrong with them, with its place.
    pub why: String,
}

/// Payload of `service.stopped/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceStopped {
    /// When the stop was asked for, in UTC.
    pub asked_at: Timestamp,
}
