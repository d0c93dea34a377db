//! What people leave behind in other monitors, as rules of ours: texts in, rules and a report out. Whatever is carried over
//! is carried over exactly, and passes the checker; whatever is not is in the report, with the reason and what to do by
//! hand. Nothing is left out in silence.

mod abi;
mod defender;
mod document;
mod draft;
mod expression;
mod forta;
mod monitor;
mod names;
mod nearest;
mod tenderly;
#[cfg(test)]
mod tests;
mod translate;
mod watcher;
mod yaml;

use crate::{Fault, RuleText};
use abi::Abis;
use document::Document;
use draft::Draft;

/// Monitors of one import. Nobody has more, and each becomes a folder.
const MONITORS_MAX: usize = 2_000;
/// Rules of one import.
const RULES_MAX: usize = 10_000;

/// Who watched before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OpenZeppelin Defender: exported sentinels and monitors in JSON, or the YAML of its serverless plugin.
    Defender,
    /// OpenZeppelin Monitor, the open-source one: monitors, networks and triggers in JSON.
    Monitor,
    /// Forta: configurations of template bots, subscriptions, alerts.
    Forta,
    /// Tenderly: exported alerts in JSON, or the actions of a `tenderly.yaml`.
    Tenderly,
}

/// A text with the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file, as the caller names it in faults.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What is done about monitors that were paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paused {
    /// They stay behind, and the report says so.
    #[default]
    LeftBehind,
    /// They become rules like the others.
    Taken,
}

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The rules, each with its page, in order of their ids. All of them pass the checker.
    pub rules: Vec<RuleText>,
    /// What became of each monitor, alert or bot that was found, in the order of the files.
    pub items: Vec<Item>,
}

/// What became of one thing that watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it was called. It is somebody's text.
    pub name: String,
    /// Where it stands: file and path in it.
    pub at: String,
    /// The rules that it became, `imported/…`; none if it could not be carried over.
    pub rules: Vec<String>,
    /// What was not carried over, or not by itself.
    pub left: Vec<Left>,
}

/// Something that was not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
    /// The nearest thing to do by hand.
    pub instead: String,
}

impl Left {
    fn new(what: impl Into<String>, why: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into(), instead: instead.into() }
    }
}

/// Reads what somebody else's monitors watched for. `abis` are ABIs, by the names of their files, for whatever names
/// arguments without saying where they are.
///
/// # Errors
/// A fault with its place for a file that cannot be read, and for files in which there is nothing of the format.
pub fn import(format: Format, sources: &[Source], abis: &[Source], paused: Paused) -> Result<Imported, Fault> {
    let known = Abis::read(abis)?;
    let documents = sources.iter().map(Document::read).collect::<Result<Vec<_>, _>>()?;
    let found = match format {
        Format::Defender => defender::read(&documents, &known, paused),
        Format::Monitor => monitor::read(&documents, &known, paused),
        Format::Forta => forta::read(&documents, &known),
        Format::Tenderly => tenderly::read(&documents, &known, paused),
    };
    let file = documents.first().map_or("", |document| document.name.as_str());
    let place = || crate::Place { file: file.to_owned(), line: 1, column: 1 };
    if found.is_empty() {
        let hint = "check that the format is the right one: defender, monitor, forta, tenderly";
        let what = format!("there is nothing of {} in it", format.in_words());
        return Err(Fault { place: place(), what, hint: hint.into() });
    }
    if found.len() > MONITORS_MAX {
        let what = format!("`{}` monitors are more than `{MONITORS_MAX}`", found.len());
        return Err(Fault { place: place(), what, hint: "import them in parts".into() });
    }
    let mut shelf = draft::Shelf::default();
    let mut items = Vec::new();
    for Found { name, at, drafts, mut left } in found {
        let mut rules = Vec::new();
        for draft in drafts {
            if shelf.len() >= RULES_MAX {
                let what = format!("they would become more than `{RULES_MAX}` rules");
                return Err(Fault { place: place(), what, hint: "import them in parts".into() });
            }
            match shelf.put(&draft, &left) {
                Ok(rule) => rules.push(rule),
                Err(fault) => left.push(Left::new(
                    draft.what(),
                    format!("the rule it would become is refused: {}", fault.what),
                    if fault.hint.is_empty() { "write the rule by hand".to_owned() } else { fault.hint },
                )),
            }
        }
        items.push(Item { name, at, rules, left });
    }
    Ok(Imported { rules: shelf.into_rules(), items })
}

impl Format {
    fn in_words(self) -> &'static str {
        match self {
            Format::Defender => "OpenZeppelin Defender",
            Format::Monitor => "OpenZeppelin Monitor",
            Format::Forta => "Forta",
            Format::Tenderly => "Tenderly",
        }
    }
}

/// One thing that watched, with what it can become.
#[derive(Debug)]
struct Found {
    name: String,
    at: String,
    drafts: Vec<Draft>,
    left: Vec<Left>,
}

impl Found {
    fn new(name: &str, at: String) -> Self {
        let name = match name.trim() {
            "" => "without a name".to_owned(),
            name => name.chars().filter(|c| !c.is_control()).take(200).collect(),
        };
        Self { name, at, drafts: Vec::new(), left: Vec::new() }
    }

    fn leave(&mut self, what: impl Into<String>, why: impl Into<String>, instead: impl Into<String>) {
        self.left.push(Left::new(what, why, instead));
    }
}
