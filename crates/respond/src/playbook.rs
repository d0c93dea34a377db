//! Playbooks: what to do about which kind of incident, written down in quiet times.

mod choose;
mod exam;
mod file;
mod function;
#[cfg(test)]
mod tests;

pub use choose::choose;
pub(crate) use function::Function;

use atlas::config::ConfigError;
use case::{DataFile, Digest, Harm, Incident, Severity};

use crate::Installation;

/// The playbooks in the binary, by file name. A test compares them with the folder.
pub const PLAYBOOKS: &[(&str, &str)] = &[
    ("access-takeover.toml", include_str!("../../../data/playbooks/access-takeover.toml")),
    ("observe.toml", include_str!("../../../data/playbooks/observe.toml")),
    ("pause-protocol.toml", include_str!("../../../data/playbooks/pause-protocol.toml")),
];

/// What to do about a kind of incident. Its form is described in `data/playbooks/README.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playbook {
    /// Its id, in kebab case.
    pub id: String,
    /// One line for a person.
    pub title: String,
    /// Its id and digest, as plans name it.
    pub source: DataFile,
    pub(crate) when: When,
    pub(crate) steps: Vec<Draft>,
    tests: Vec<exam::Test>,
    file: String,
    text: String,
}

/// When a playbook may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When {
    /// Kinds or their first parts; empty for every kind.
    pub(crate) kinds: Vec<String>,
    pub(crate) severity_min: Severity,
    pub(crate) needs_pausable_victim: bool,
}

/// A step as the playbook has it, before it is known which contracts it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) driver: String,
    pub(crate) deed: Deed,
    pub(crate) declared: Harm,
    pub(crate) approvals: u8,
    pub(crate) bounds: Bounds,
    /// Earlier steps that must be done.
    pub(crate) needs: Vec<String>,
    /// Left out where the installation has nothing to do it with or to.
    pub(crate) is_optional: bool,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Calls contracts.
    Call { what: What, on: On, undo: Option<What> },
    /// Posts to a webhook.
    Tell { endpoint: String, text: String },
}

/// Which function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// The one that the inventory declares as the contract's pause.
    Pause,
    /// The one that the inventory declares as the contract's unpause.
    Unpause,
    /// This one.
    Written(Function),
}

/// Which contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum On {
    /// The protected contracts that the incident names as subject or victim.
    Victim,
    /// Every protected contract.
    Every,
}

/// Cost and time, as the playbook has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) gas: u64,
    pub(crate) fee_gwei_max: u64,
    pub(crate) bumps: u8,
    pub(crate) valid_for_minutes: u32,
}

impl Playbook {
    /// Reads a playbook. `file` is only a name for errors; nothing is opened.
    ///
    /// # Errors
    /// If the text is not a playbook, with the place and what to write instead.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        file::parse(file, text)
    }

    /// The playbooks in the binary, by id.
    pub fn embedded() -> Vec<Self> {
        let parse = |(file, text): &(&str, &str)| {
            Self::parse(&format!("data/playbooks/{file}"), text).expect("a test reads every playbook in the binary")
        };
        PLAYBOOKS.iter().map(parse).collect()
    }

    /// Runs the playbook's own `[[test]]`s and says how many there were.
    ///
    /// # Errors
    /// The first that does not come out as written, with its place and what came out.
    pub fn run_tests(&self) -> Result<usize, ConfigError> {
        exam::run(self)
    }

    /// Whether it may be chosen for this incident. See [`choose`].
    pub fn applies(&self, incident: &Incident, installation: &Installation) -> bool {
        self.specificity(incident, installation).is_some()
    }
}

pub(crate) fn source(id: &str, text: &str) -> DataFile {
    DataFile { id: format!("playbooks/{id}"), hash: Digest::of_bytes(text.as_bytes()) }
}
