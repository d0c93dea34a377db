//! `rule.toml`, as it is written.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use atlas::Taxonomy;
use case::{Confidence, Digest, Severity};
use facts::{Address, Bytes, ChainId, U256};
use serde::{Deserialize, Serialize};
use toml::{Spanned, Value};

use super::{Maturity, Needs, Parameters, RuleCard, StandingQuestion, standing::Asked};
use crate::{DetectError, Fault, findings::BLIND, place::File};

/// Bytes of a condition. The longest of ours is a tenth of it.
const CONDITION_BYTES: usize = 4096;
/// Bytes of a message's template or of a path to an account.
const TEMPLATE_BYTES: usize = 512;
/// Items of any list on a card.
const ITEMS: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    schema: Spanned<u32>,
    id: Spanned<String>,
    title: Spanned<String>,
    family: Spanned<String>,
    kind: Spanned<String>,
    #[serde(default)]
    also: Vec<Spanned<String>>,
    severity: Spanned<Severity>,
    severity_elsewhere: Spanned<Severity>,
    confidence: Confidence,
    maturity: Maturity,
    needs: Needs,
    #[serde(default)]
    tags: Vec<Spanned<String>>,
    #[serde(default)]
    references: Vec<Spanned<String>>,
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<Value>>,
    condition: Option<ConditionFile>,
    #[serde(default)]
    question: Vec<QuestionFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionFile {
    on: Subject,
    #[serde(rename = "where")]
    place: Where,
    when: Spanned<String>,
    subject: Spanned<String>,
    #[serde(default)]
    attackers: Vec<Spanned<String>>,
    #[serde(default)]
    victims: Vec<Spanned<String>>,
    #[serde(default)]
    key: Vec<Spanned<String>>,
    message: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionFile {
    name: Spanned<String>,
    chain: ChainId,
    address: Address,
    slot: Option<Spanned<String>>,
    call: Option<Spanned<String>>,
    input: Option<Bytes>,
}

/// What a condition looks at, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Subject {
    /// Whole transactions.
    Tx,
    /// Calls and creations.
    Call,
    /// Logs.
    Log,
    /// Movements of value.
    Flow,
    /// Changes of who may do what.
    Change,
    /// Answers to the card's standing questions.
    Observed,
}

/// About whom a rule in data speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Where {
    /// Only protected contracts; it is silent when no protocol is given.
    Protected,
    /// Anyone.
    Everything,
}

/// When a rule in data fires and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ConditionText {
    pub(crate) on: Subject,
    pub(crate) place: Where,
    pub(crate) when: Text,
    pub(crate) subject: Text,
    pub(crate) attackers: Vec<Text>,
    pub(crate) victims: Vec<Text>,
    pub(crate) key: Vec<Text>,
    pub(crate) message: Text,
}

/// A text of the card that knows where in the file each of its bytes stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Text {
    pub(crate) text: String,
    #[serde(skip)]
    origin: Arc<(String, String)>,
    #[serde(skip)]
    map: Vec<usize>,
}

impl Text {
    /// A fault at one of its bytes.
    pub(crate) fn fault(&self, at: usize, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        let (name, text) = &*self.origin;
        let at = self.map.get(at).or(self.map.last()).copied().unwrap_or(0);
        File { name, text }.fault(at, what, hint)
    }

    /// A part of it, which still knows its place.
    pub(crate) fn part(&self, range: std::ops::Range<usize>) -> Self {
        let text = self.text.get(range.clone()).unwrap_or_default().to_owned();
        let map = self.map.get(range.start..=range.end).unwrap_or_default().to_vec();
        Self { text, origin: Arc::clone(&self.origin), map }
    }

    /// A text that is a whole file of its own; for tests of conditions.
    #[cfg(test)]
    pub(crate) fn bare(text: &str) -> Self {
        let origin = Arc::new(("rule.cel".to_owned(), text.to_owned()));
        Self { text: text.to_owned(), origin, map: (0..=text.len()).collect() }
    }
}

impl RuleCard {
    /// Reads a card. `name` is the file's name, for faults; `code_version` is that of the detector with the card's
    /// id, if one is written in Rust.
    ///
    /// # Errors
    /// [`DetectError::Rule`] with line, column and remedy for anything that is not as it should be.
    pub fn read(name: &str, text: &str, code_version: impl FnOnce(&str) -> Option<u32>) -> Result<Self, DetectError> {
        let file = File::new(name, text)?;
        let raw: CardFile = file.read()?;
        if *raw.schema.get_ref() != 1 {
            let what = format!("schema `{}` is not known", raw.schema.get_ref());
            return Err(file.fault(raw.schema.span().start, what, "this version reads `schema = 1`").into());
        }
        let id = word(&file, &raw.id, "id")?;
        let (severity, elsewhere) = (*raw.severity.get_ref(), *raw.severity_elsewhere.get_ref());
        if elsewhere > severity {
            let what = format!("`{elsewhere}` elsewhere is worse than `{severity}` for what is protected");
            return Err(file.fault(raw.severity_elsewhere.span().start, what, "lower it or raise `severity`").into());
        }
        let code_version = match (&raw.condition, code_version(&id)) {
            (Some(_), None) => 0,
            (None, Some(version)) => version,
            (Some(condition), Some(_)) => {
                let what = format!("`{id}` is a detector in Rust and cannot have a condition");
                return Err(file.fault(condition.when.span().start, what, "give the rule another id").into());
            }
            (None, None) => {
                let hint = "add a `[condition]`, or write its detector in Rust";
                return Err(file.fault(raw.id.span().start, format!("`{id}` has nothing to run"), hint).into());
            }
        };
        let origin = Arc::new((name.to_owned(), text.to_owned()));
        let mut card = Self {
            title: line(&file, &raw.title, 120)?,
            family: word(&file, &raw.family, "family")?,
            kind: kind(&file, &raw.kind)?,
            also: list(&file, &raw.also)?.iter().map(|also| kind(&file, also)).collect::<Result<_, _>>()?,
            severity,
            severity_elsewhere: elsewhere,
            confidence: raw.confidence,
            maturity: raw.maturity,
            needs: raw.needs,
            questions: questions(&file, &id, &raw.question)?,
            tags: list(&file, &raw.tags)?.iter().map(|tag| word(&file, tag, "tag")).collect::<Result<_, _>>()?,
            references: list(&file, &raw.references)?.iter().map(|at| link(&file, at)).collect::<Result<_, _>>()?,
            parameters: Parameters::read(&file, raw.parameters)?,
            condition: raw.condition.map(|raw| condition(&file, &origin, raw)).transpose()?,
            code_version,
            hash: Digest::ZERO,
            file: name.to_owned(),
            id,
        };
        card.hash = Digest::of(&card).map_err(|error| file.fault(0, error.to_string(), "report this as a bug"))?;
        Ok(card)
    }
}

fn condition(file: &File<'_>, origin: &Arc<(String, String)>, raw: ConditionFile) -> Result<ConditionText, Fault> {
    let text = |spanned: Spanned<String>, max: usize| {
        let span = spanned.span();
        let text = spanned.into_inner();
        if text.len() > max {
            let what = format!("`{}` bytes are more than the `{max}` allowed here", text.len());
            return Err(file.fault(span.start, what, "split it into several rules"));
        }
        Ok(Text { map: file.map_string(span, &text), origin: Arc::clone(origin), text })
    };
    let texts = |items: Vec<Spanned<String>>| {
        list(file, &items)?;
        items.into_iter().map(|item| text(item, TEMPLATE_BYTES)).collect::<Result<Vec<_>, _>>()
    };
    Ok(ConditionText {
        on: raw.on,
        place: raw.place,
        when: text(raw.when, CONDITION_BYTES)?,
        subject: text(raw.subject, TEMPLATE_BYTES)?,
        attackers: texts(raw.attackers)?,
        victims: texts(raw.victims)?,
        key: texts(raw.key)?,
        message: text(raw.message, TEMPLATE_BYTES)?,
    })
}

fn questions(file: &File<'_>, rule: &str, raw: &[QuestionFile]) -> Result<Vec<StandingQuestion>, Fault> {
    if let Some(beyond) = raw.get(ITEMS) {
        let what = format!("`{}` standing questions are more than `{ITEMS}`", raw.len());
        return Err(file.fault(beyond.name.span().start, what, "each costs an execution a block; split the rule"));
    }
    let mut questions: Vec<StandingQuestion> = Vec::new();
    for question in raw {
        let at = question.name.span().start;
        let name = format!("{rule}/{}", word(file, &question.name, "question")?);
        if questions.iter().any(|other| other.name == name) {
            return Err(file.fault(at, format!("there are two questions `{name}`"), "give one another name"));
        }
        let ask = match (&question.slot, &question.call, &question.input) {
            (Some(slot), None, None) => Asked::Slot(slot_number(file, slot)?),
            (None, Some(call), None) => Asked::View(call_data(file, call)?),
            (None, None, Some(input)) => Asked::View(input.clone()),
            _ => {
                let hint = "give one of `slot = \"0x…\"`, `call = \"totalAssets()\"` and `input = \"0x…\"`";
                return Err(file.fault(at, format!("`{name}` does not ask one thing"), hint));
            }
        };
        questions.push(StandingQuestion { name, chain: question.chain.clone(), address: question.address, ask });
    }
    Ok(questions)
}

fn slot_number(file: &File<'_>, slot: &Spanned<String>) -> Result<U256, Fault> {
    slot.get_ref().parse().map_err(|_| {
        let what = format!("`{}` is not a slot", shown(slot.get_ref()));
        file.fault(slot.span().start, what, "use a decimal number, or `0x` and hex digits")
    })
}

fn call_data(file: &File<'_>, call: &Spanned<String>) -> Result<Bytes, Fault> {
    match crate::condition::selector_of(call.get_ref()) {
        Ok(selector) if call.get_ref().ends_with("()") => Ok(selector.0.into()),
        _ => {
            let what = format!("`{}` is not a call without arguments", shown(call.get_ref()));
            Err(file.fault(call.span().start, what, "write it like `totalAssets()`, or give the whole `input`"))
        }
    }
}

fn word(file: &File<'_>, spanned: &Spanned<String>, what: &str) -> Result<String, Fault> {
    let text = spanned.get_ref();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=64).contains(&text.len()) && text.chars().all(fits) && !text.starts_with('-') && !text.ends_with('-') {
        return Ok(text.clone());
    }
    let what = format!("{what} `{}` is not a word in kebab case", shown(text));
    Err(file.fault(spanned.span().start, what, "use up to 64 of `a-z`, `0-9` and `-`"))
}

fn line(file: &File<'_>, spanned: &Spanned<String>, max: usize) -> Result<String, Fault> {
    let text = spanned.get_ref();
    if !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control) {
        return Ok(text.clone());
    }
    let hint = format!("use 1 to {max} characters without line breaks");
    Err(file.fault(spanned.span().start, "this is not one line of text", hint))
}

fn link(file: &File<'_>, spanned: &Spanned<String>) -> Result<String, Fault> {
    let text = line(file, spanned, 400)?;
    if text.starts_with("https://") && !text.contains(char::is_whitespace) {
        return Ok(text);
    }
    Err(file.fault(spanned.span().start, format!("`{}` is not a reference", shown(&text)), "use an `https://` address"))
}

fn kind(file: &File<'_>, spanned: &Spanned<String>) -> Result<String, Fault> {
    // Read once: a folder of rules names a kind on every card.
    static KINDS: LazyLock<Taxonomy> = LazyLock::new(Taxonomy::embedded);
    let text = spanned.get_ref();
    if text == BLIND || KINDS.contains(text) {
        return Ok(text.clone());
    }
    let what = format!("`{}` is not in the taxonomy", shown(text));
    let hint = KINDS.suggest(text).map_or_else(
        || "its kinds are listed in `data/taxonomy.toml`".to_owned(),
        |meant| format!("did you mean `{meant}`?"),
    );
    Err(file.fault(spanned.span().start, what, hint))
}

fn list<'a, T>(file: &File<'_>, items: &'a [Spanned<T>]) -> Result<&'a [Spanned<T>], Fault> {
    match items.get(ITEMS) {
        None => Ok(items),
        Some(beyond) => {
            let what = format!("`{}` items are more than `{ITEMS}`", items.len());
            Err(file.fault(beyond.span().start, what, "keep the ones that matter"))
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
