//! The nose: from what was seen in a block to alerts.
//!
//! A detector is woken by what it asked for, sees the facts of a transaction or of a block, and says what it found.
//! Nothing here looks at a clock, a network, a file or a random number, and no detector keeps state of its own: the same
//! blocks give the same alerts, whatever was reorganised between. What they mean for a case is `respond`'s to say.
//!
//! Read first: [`Detector`] (a rule at work), [`Detectors`] (all of them), [`Memory`] (what they remember), [`RuleCard`].

mod announced;
mod authority;
mod budget;
mod card;
mod condition;
mod crossing;
mod data_rule;
mod deals;
mod detector;
mod detectors;
mod dispatch;
mod error;
mod explain;
mod findings;
mod imagine;
mod import;
mod indexed;
mod keeping;
mod ledger;
mod lesson;
mod look;
mod memory;
mod origins;
mod place;
mod reentry;
mod registry;
mod rules;
mod scene;
mod scope;
#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "numbers in tests are small")]
mod tests;
mod value;
mod workshop;

pub use announced::{Announcements, differs_by_recall};
pub use card::{Maturity, Needs, Parameters, RuleCard, StandingQuestion};
pub use condition::language;
pub use crossing::{Compared, Crossings};
pub use detector::{AnswerCtx, BlockCtx, ChainView, Detector, FlowShape, Lesson, TxCtx, Wake, Whose};
pub use dispatch::Woken;
pub use error::{DetectError, Fault, Place};
pub use explain::{ConditionWords, Explanation, explain};
pub use findings::{Finding, Findings, Seen};
pub use import::{Format, Imported, Item, Left, Paused, Source, import};
pub use indexed::{Booking, Indexed};
pub use look::{Look, Meter};
pub use memory::{BlockChanges, Memory, MemoryLimits, MemoryView, OpenBlock, Snapshot, Span, Tally};
pub use registry::{Detectors, DetectorsBuilder, Differences};
pub use rules::{Attack, Checked, RuleText, Unlearnable, built_in, built_in_cases, check_rules, learn, read_rules};
pub use scene::{Scene, Sign};
pub use scope::{Labels, Scope};
