//! The default rules, and reading rules from texts. The caller brings the texts of a user's folder: there is no
//! file system in this room.

mod check;
mod learn;

pub use check::{Checked, check_rules};
pub use learn::{Attack, Unlearnable, learn};

use std::{collections::BTreeMap, sync::Arc};

use crate::{DetectError, Fault, Place, RuleCard, detectors};

/// The texts of one rule's folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleText {
    /// The folder, `family/rule-id`, with what the caller wants before it: faults name `folder/rule.toml`.
    pub folder: String,
    /// `rule.toml`.
    pub card: String,
    /// `page.md`.
    pub page: String,
    /// The other files of the folder by name, such as those of lists.
    pub files: Vec<(String, String)>,
}

/// A folder of `data/rules`, as it was when the program was built.
struct Embedded {
    folder: &'static str,
    card: &'static str,
    page: &'static str,
    files: &'static [(&'static str, &'static str)],
    cases: &'static [(&'static str, &'static str)],
}

/// Every folder of `data/rules`, in order: `build.rs` finds them.
static EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The default set, as it is in the binary.
pub fn built_in() -> Vec<RuleText> {
    let text = |rule: &Embedded| RuleText {
        folder: rule.folder.to_owned(),
        card: rule.card.to_owned(),
        page: rule.page.to_owned(),
        files: rule.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
    };
    EMBEDDED.iter().map(text).collect()
}

/// The cases of a rule of the default set: file name and text, in order. None for a folder that is not of it.
pub fn built_in_cases(folder: &str) -> &'static [(&'static str, &'static str)] {
    EMBEDDED.iter().find(|rule| rule.folder == folder).map_or(&[], |rule| rule.cases)
}

/// Reads rules. A later text takes the place of an earlier one with the same id, so that a user's folder can be
/// read over the default set.
///
/// # Errors
/// [`DetectError::Rule`] for the first rule that is not right. No rule is left out to go on with the rest.
pub fn read_rules(texts: impl IntoIterator<Item = RuleText>) -> Result<Vec<Arc<RuleCard>>, DetectError> {
    let mut cards = BTreeMap::new();
    for text in texts {
        let card = read(&text)?;
        cards.insert(card.id.clone(), Arc::new(card));
    }
    Ok(cards.into_values().collect())
}

/// Reads one rule.
pub(crate) fn read(text: &RuleText) -> Result<RuleCard, DetectError> {
    let beside = |name: &str| text.files.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_str());
    let file = format!("{}/rule.toml", text.folder);
    let mut card = RuleCard::read_beside(&file, &text.card, &beside, detectors::version)?;
    card.is_built_in = EMBEDDED.iter().any(|rule| rule.card == text.card);
    let home = format!("{}/{}", card.described.family, card.id);
    if text.folder != home && !text.folder.ends_with(&format!("/{home}")) {
        let place = Place { file: card.file, line: 1, column: 1 };
        let what = format!("rule `{}` lies in the folder `{}`", card.id, text.folder);
        return Err(Fault { place, what, hint: format!("move it to `{home}`, family and rule") }.into());
    }
    if text.page.trim().is_empty() {
        let place = Place { file: format!("{}/page.md", text.folder), line: 1, column: 1 };
        let hint = "say what the rule sees, why it matters, the first three checks, false alarms and the response";
        return Err(Fault { place, what: "the rule has no page".into(), hint: hint.into() }.into());
    }
    Ok(card)
}
