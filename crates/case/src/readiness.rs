//! How ready a protected contract is for the day it has to be stopped.

use facts::{AccountId, BlockRef};
use serde::{Deserialize, Serialize};

/// Payload of `readiness.checked/1`. The newest one counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadinessChecked {
    /// Every protected contract, in the order of `protocol.toml`.
    pub contracts: Vec<Readiness>,
}

/// How ready one contract is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Where it is.
    pub contract: AccountId,
    /// Its name in the protocol.
    pub name: String,
    /// The block whose state was looked at; none if the chain is not followed.
    pub on: Option<BlockRef>,
    /// What was found, check by check.
    pub findings: Vec<ReadinessFinding>,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadinessFinding {
    /// What was checked.
    pub check: ReadinessCheck,
    /// What came of it.
    #[serde(flatten)]
    pub state: ReadinessState,
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadinessCheck {
    /// There is code at the address.
    Code,
    /// Behind a proxy there is code too (EIP-1967).
    Implementation,
    /// The pause takes effect when its signer sends it.
    Pause,
    /// The pause can be taken back after it was made.
    Unpause,
    /// A stranger cannot pause.
    Stranger,
    /// The signer can pay for gas.
    Gas,
}

/// What came of a check. Not having been able to look is not being ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum ReadinessState {
    /// It is as it should be.
    Ready {
        /// What was seen.
        what: String,
    },
    /// It is not.
    Gap {
        /// What is wrong. Text from a chain in it is hostile until it is escaped.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// It could not be found out.
    Unknown {
        /// Why.
        why: String,
    },
}

impl ReadinessChecked {
    /// How many findings are ready, how many are gaps, and how many are not known.
    pub fn count(&self) -> (usize, usize, usize) {
        let findings = self.contracts.iter().flat_map(|contract| &contract.findings);
        findings.fold((0, 0, 0), |(ready, gaps, unknown), finding| match finding.state {
            ReadinessState::Ready { .. } => (ready + 1, gaps, unknown),
            ReadinessState::Gap { .. } => (ready, gaps + 1, unknown),
            ReadinessState::Unknown { .. } => (ready, gaps, unknown + 1),
        })
    }
}
