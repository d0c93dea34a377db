//! A rule's card: who it is, how much weight it has, and what it is made of.

mod file;
mod parameters;
mod standing;
#[cfg(test)]
mod tests;

pub use parameters::Parameters;
pub(crate) use parameters::{parse_amount, parse_decimal};
pub use standing::StandingQuestion;

use case::{Confidence, Digest, EvidenceKind, RuleRef, Severity};
use facts::Sight;
use serde::{Deserialize, Serialize};

pub(crate) use file::{ConditionText, Subject, Text, Where};

/// How far a rule can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maturity {
    /// Being tried out.
    Sandbox,
    /// Has proved itself somewhere.
    Incubating,
    /// Has hit and near-miss cases and is quiet on real blocks.
    Stable,
    /// On its way out.
    Deprecated,
}

/// What a rule needs to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// The poorest sight at which it still sees what it is for.
    pub sight: Sight,
    /// The kinds of fact it rests on. Two rules confirm each other only if they share none.
    pub evidence: Vec<EvidenceKind>,
}

/// A rule as its folder describes it. The same struct serves rules in Rust and rules in data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCard {
    /// Its id, in kebab case.
    pub id: String,
    /// One line for a person.
    pub title: String,
    /// Rules of one family look at the matter in the same way.
    pub family: String,
    /// The kind of attack it points to, an id of the taxonomy.
    pub kind: String,
    /// Other kinds it may point to.
    pub also: Vec<String>,
    /// How bad, for a protected contract.
    pub severity: Severity,
    /// How bad for any other account, and for every account when no protocol is given.
    pub severity_elsewhere: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// How far it can be trusted.
    pub maturity: Maturity,
    /// What it needs to see.
    pub needs: Needs,
    /// What it wants answered after every block.
    pub questions: Vec<StandingQuestion>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// Numbers and names that shape it, to be changed without touching code.
    pub parameters: Parameters,
    /// For a rule in data: when it fires, and what it says then.
    pub(crate) condition: Option<ConditionText>,
    /// The version of its code; zero for a rule in data, whose code is its condition.
    pub(crate) code_version: u32,
    /// Digest of all of the above. The page and the cases are not in it: they do not shape an alert.
    #[serde(skip)]
    pub hash: Digest,
    /// The file it was read from, as the caller named it.
    #[serde(skip)]
    pub file: String,
}

impl RuleCard {
    /// Its name and digest, as alerts carry it.
    pub fn rule(&self) -> RuleRef {
        RuleRef { id: self.id.clone(), hash: self.hash }
    }

    /// Whether it is written in data rather than in Rust.
    pub fn is_data(&self) -> bool {
        self.condition.is_some()
    }
}
