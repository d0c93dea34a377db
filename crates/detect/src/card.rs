//! A rule's card: who it is, how much weight it has, and what it is made of.

mod crossing;
mod file;
mod instance;
mod invariant;
mod list;
mod parameters;
mod sections;
mod standing;
#[cfg(test)]
mod tests;
mod text;

pub use parameters::Parameters;
pub(crate) use parameters::{parse_amount, parse_decimal};
pub use standing::StandingQuestion;

use case::{Confidence, Digest, EvidenceKind, RuleRef, Severity};
use facts::{KeyedMap, Sight};
use serde::{Deserialize, Serialize};
use text::Source;

pub(crate) use crossing::CrossingText;
pub(crate) use file::{ConditionText, Subject, Where};
pub(crate) use instance::{Instance, Named};
pub(crate) use invariant::templates;
pub(crate) use list::{List, Lists};
pub(crate) use sections::{BaselineText, Gathered, Measure, Season, Sections, SequenceText, WindowText};
pub(crate) use text::Text;

use std::sync::Arc;

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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// The poorest sight at which it still sees what it is for.
    pub sight: Sight,
    /// The kinds of fact it rests on. Two rules confirm each other only if they share none.
    pub evidence: Vec<EvidenceKind>,
}

/// What a rule is about. Rules that watch many contracts in the same way say it alike, and it is kept once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Described {
    /// One line for a person.
    pub title: String,
    /// Rules of one family look at the matter in the same way.
    pub family: String,
    /// The kind of attack it points to, an id of the taxonomy.
    pub kind: String,
    /// Other kinds it may point to.
    pub also: Vec<String>,
    /// What it needs to see.
    pub needs: Needs,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
}

/// A rule as its folder describes it. The same struct serves rules in Rust and rules in data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCard {
    /// Its id, in kebab case.
    pub id: String,
    /// What it is about.
    #[serde(flatten)]
    pub described: Arc<Described>,
    /// How bad, for a protected contract.
    pub severity: Severity,
    /// How bad for any other account, and for every account when no protocol is given.
    pub severity_elsewhere: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// How far it can be trusted.
    pub maturity: Maturity,
    /// Whether its alerts about just what was announced are lowered to information.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub yields_to_announcements: bool,
    /// What it wants answered after every block.
    pub questions: Vec<StandingQuestion>,
    /// Numbers and names that shape it, to be changed without touching code.
    pub parameters: Parameters,
    /// For a rule in data: when it fires, and what it says then.
    pub(crate) condition: Option<Arc<ConditionText>>,
    /// For a rule over two chains: how their figures are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crossing: Option<Arc<CrossingText>>,
    /// What it declares beside the condition: lists, windows, sequences, baselines.
    #[serde(skip_serializing_if = "Sections::is_empty")]
    pub(crate) sections: Sections,
    /// The version of its code; zero for a rule in data, whose code is its condition.
    pub(crate) code_version: u32,
    /// Digest of all of the above. The page and the cases are not in it: they do not shape an alert.
    #[serde(skip)]
    pub hash: Digest,
    /// The file it was read from, as the caller named it.
    #[serde(skip)]
    pub file: String,
    /// That file, as long as its rules are not built.
    #[serde(skip)]
    source: Option<Arc<Source>>,
    /// Whether it is in the binary as it stands, where a test builds it.
    #[serde(skip)]
    pub(crate) is_built_in: bool,
    /// Rules that are this card with parameters of their own. A card that has some is no rule itself.
    #[serde(skip)]
    pub(crate) instances: Vec<Instance>,
}

impl RuleCard {
    /// Its name and digest, as alerts carry it.
    pub fn rule(&self) -> RuleRef {
        RuleRef { id: self.id.clone(), hash: self.hash }
    }

    /// A text that is the same for cards whose conditions may refer to the same things; empty if that is nothing.
    pub(crate) fn shape(&self) -> String {
        let names = self.questions.iter().map(|question| question.name.rsplit('/').next().unwrap_or_default());
        let mut shape = names.collect::<Vec<_>>().join(",");
        shape += &self.sections.shape();
        shape
    }

    /// How many rules it is: one, or as many as it has instances.
    pub fn rules(&self) -> usize {
        self.instances.len().max(1)
    }

    /// The same with the parameters of one of its instances.
    pub(crate) fn with(&self, instance: &Instance) -> Self {
        Self { parameters: instance.parameters.clone(), instances: Vec::new(), ..self.clone() }
    }

    /// Whether it speaks of protected contracts alone.
    pub(crate) fn is_about_protected(&self) -> bool {
        self.condition.as_ref().is_some_and(|condition| condition.place == Where::Protected)
    }

    /// Whether it is written in data rather than in Rust.
    pub fn is_data(&self) -> bool {
        self.condition.is_some()
    }
}

/// Where cards are put away once their rules are built: what many of them say is kept once, and what was only there to
/// find faults is let go.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    described: KeyedMap<Arc<Described>, ()>,
    conditions: KeyedMap<Arc<ConditionText>, ()>,
    names: KeyedMap<Arc<str>, ()>,
}

impl Archive {
    /// The card without its file and its instances.
    pub(crate) fn put_away(&mut self, card: &RuleCard) -> Arc<RuleCard> {
        let mut kept = RuleCard { source: None, instances: Vec::new(), ..card.clone() };
        kept.described = shared(&mut self.described, &card.described);
        kept.condition = card.condition.as_ref().map(|condition| shared(&mut self.conditions, condition));
        kept.parameters.share(|name| shared(&mut self.names, name));
        Arc::new(kept)
    }
}

fn shared<T: std::hash::Hash + Eq + ?Sized>(shelf: &mut KeyedMap<Arc<T>, ()>, one: &Arc<T>) -> Arc<T> {
    let kept = shelf.get_key_value(one).map(|(kept, ())| Arc::clone(kept));
    kept.unwrap_or_else(|| {
        shelf.insert(Arc::clone(one), ());
        Arc::clone(one)
    })
}
