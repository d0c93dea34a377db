//! Saying what happened, to each audience, from the case file alone: at any time, and with what is not known in it.
//!
//! Documents are templates in `data/templates`, filled here. Text from a chain, and whatever people or other programs
//! wrote, is hostile: it stands in a document only as code, with everything in it visible ([`code`]). A template that
//! prints a value prints it so unless this crate has said that it is its own. Post-mortems, filings and other formats
//! than Markdown are not here yet.
//!
//! The pages of rules are a site ([`rule_site`]): their Markdown is a person's own, but no HTML passes through it.
//!
//! Read first: [`brief`], [`CaseFile`], then `markdown` for what makes hostile text harmless.

mod amount;
pub mod analysis;
mod brief;
mod case_file;
mod markdown;
mod sentence;
mod site;
mod templates;

pub use brief::{brief, public_note};
pub use case_file::{AssetName, Blindness, CaseFile, Names, NoNames};
pub use markdown::code;
pub use sentence::sentence;
pub use site::{PageCondition, RulePage, rule_site};
pub use templates::ReportError;

#[cfg(test)]
mod tests;
