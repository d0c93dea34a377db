//! The default rules, and reading rules from texts. The caller brings the texts of a user's folder: there is no
//! file system in this room.

use std::{collections::BTreeMap, sync::Arc};

use crate::{DetectError, Fault, Place, RuleCard, detectors};

/// The texts of one rule's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// The folder, `family/rule-id`, with what the caller wants before it: faults name `folder/rule.toml`.
    pub folder: String,
    /// `rule.toml`.
    pub card: String,
    /// `page.md`.
    pub page: String,
}

macro_rules! embedded {
    ($($folder:literal),* $(,)?) => {
        &[$((
            $folder,
            include_str!(concat!("../../../data/rules/", $folder, "/rule.toml")),
            include_str!(concat!("../../../data/rules/", $folder, "/page.md")),
        )),*]
    };
}

/// Every folder of `data/rules`, in order; a test compares.
const EMBEDDED: &[(&str, &str, &str)] = embedded![
    "access/failed-privileged-burst",
    "access/implementation-upgraded",
    "access/privileged-change",
    "calls/reentrancy",
    "sight/blind-spot",
    "value/drain",
    "value/flash-gain",
    "value/large-native-outflow",
    "wallet/unlimited-approval",
];

/// The default set, as it is in the binary.
pub fn built_in() -> Vec<RuleText> {
    let text = |(folder, card, page): &(&str, &str, &str)| RuleText {
        folder: format!("data/rules/{folder}"),
        card: (*card).to_owned(),
        page: (*page).to_owned(),
    };
    EMBEDDED.iter().map(text).collect()
}

/// Reads rules. A later text takes the place of an earlier one with the same id, so that a user's folder can be
/// read over the default set.
///
/// # Errors
/// [`DetectError::Rule`] for the first rule that is not right. No rule is left out to go on with the rest.
pub fn read_rules(texts: impl IntoIterator<Item = RuleText>) -> Result<Vec<Arc<RuleCard>>, DetectError> {
    let mut cards = BTreeMap::new();
    for text in texts {
        let card = RuleCard::read(&format!("{}/rule.toml", text.folder), &text.card, detectors::version)?;
        let home = format!("{}/{}", card.family, card.id);
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
        cards.insert(card.id.clone(), Arc::new(card));
    }
    Ok(cards.into_values().collect())
}
