//! `rule.toml`, as it is written.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use atlas::Taxonomy;
use case::{Confidence, Digest, Severity};
use serde::{Deserialize, Serialize};
use toml::{Spanned, Value};

use super::{
    Described, Maturity, Needs, Parameters, RuleCard,
    crossing::CrossingFile,
    instance::{InstanceFile, instances},
    invariant::InvariantFile,
    list::{Beside, ListFile, lists},
    sections::{BaselineFile, Named, Reader, Sections, SequenceFile, WindowFile},
    standing::{QuestionFile, questions},
    text::{Source, Text, text},
};
use crate::{DetectError, Fault, Span, findings::BLIND, place::File};

/// Bytes of a condition. The longest of ours is a tenth of it.
pub(super) const CONDITION_BYTES: usize = 4096;
/// Bytes of a message's template or of a path to an account.
pub(super) const TEMPLATE_BYTES: usize = 512;
/// Items of any list on a card.
pub(super) const ITEMS: usize = 32;

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
    yields_to_announcements: Option<Spanned<bool>>,
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
    #[serde(default)]
    instance: Vec<InstanceFile>,
    instances: Option<Spanned<String>>,
    #[serde(default)]
    list: Named<ListFile>,
    #[serde(default)]
    window: Named<WindowFile>,
    #[serde(default)]
    sequence: Named<SequenceFile>,
    #[serde(default)]
    baseline: Named<BaselineFile>,
    invariant: Option<InvariantFile>,
    crossing: Option<CrossingFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConditionFile {
    on: Subject,
    #[serde(rename = "where")]
    place: Where,
    when: Spanned<String>,
    clear: Option<Spanned<String>>,
    cooldown_blocks: Option<Spanned<u64>>,
    cooldown_seconds: Option<Spanned<u64>>,
    subject: Spanned<String>,
    #[serde(default)]
    attackers: Vec<Spanned<String>>,
    #[serde(default)]
    victims: Vec<Spanned<String>>,
    #[serde(default)]
    key: Vec<Spanned<String>>,
    message: Spanned<String>,
}

/// What a condition looks at, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// The block, once, after its transactions.
    Block,
}

/// About whom a rule in data speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Where {
    /// Only protected contracts; it is silent when no protocol is given.
    Protected,
    /// Anyone.
    Everything,
}

/// When a rule in data fires and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct ConditionText {
    pub(crate) on: Subject,
    pub(crate) place: Where,
    pub(crate) when: Text,
    /// Once it fired it is silent about the same matter until this holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clear: Option<Text>,
    /// Once it fired it is silent about the same matter for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cooldown: Option<Span>,
    pub(crate) subject: Text,
    pub(crate) attackers: Vec<Text>,
    pub(crate) victims: Vec<Text>,
    pub(crate) key: Vec<Text>,
    pub(crate) message: Text,
}

impl RuleCard {
    /// Reads a card. `name` is the file's name, for faults; `code_version` is that of the detector with the card's
    /// id, if one is written in Rust.
    ///
    /// # Errors
    /// [`DetectError::Rule`] with line, column and remedy for anything that is not as it should be.
    pub fn read(name: &str, text: &str, code_version: impl FnOnce(&str) -> Option<u32>) -> Result<Self, DetectError> {
        Self::read_beside(name, text, &|_| None, code_version)
    }

    /// The same, with the files that lie beside it.
    pub(crate) fn read_beside(
        name: &str,
        text: &str,
        beside: &Beside<'_>,
        code_version: impl FnOnce(&str) -> Option<u32>,
    ) -> Result<Self, DetectError> {
        let file = File::new(name, text)?;
        let mut raw: CardFile = file.read()?;
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
        let mut origin = Arc::new(Source { name: name.to_owned(), text: text.to_owned() });
        let card_file = file;
        if let Some(invariant) = raw.invariant.take() {
            if raw.condition.is_some() || !raw.window.is_empty() || !raw.question.is_empty() {
                let what = "the card has an invariant and a condition of its own";
                let hint = "an invariant brings condition, windows and questions; keep one of both";
                return Err(file.fault(invariant.at(), what, hint).into());
            }
            let instance = invariant.fill(&file, std::mem::take(&mut raw.parameters))?;
            (raw.parameters, raw.question) = (instance.parameters, instance.questions);
            (raw.window, raw.condition) = (instance.template.window, Some(instance.template.condition));
            origin = instance.origin;
        }
        let crossing = match raw.crossing.take() {
            Some(crossing) if raw.condition.is_some() || !raw.question.is_empty() || !raw.parameters.is_empty() => {
                let hint = "a crossing brings its questions and its condition; keep one of both";
                return Err(file.fault(crossing.at(), "the card has a crossing and more to run", hint).into());
            }
            Some(crossing) => {
                let (asked, text) = crossing.read(&file)?;
                raw.question = asked;
                Some(Arc::new(text))
            }
            None => None,
        };
        // What a template brings has its places in the template.
        let made = Arc::clone(&origin);
        let file = File { name: &made.name, text: &made.text };
        let code_version = match (&raw.condition, code_version(&id)) {
            (None, None) if crossing.is_some() => crate::crossing::VERSION,
            (None, Some(_)) if crossing.is_some() => {
                let what = format!("`{id}` is a detector in Rust and cannot have a crossing");
                return Err(card_file.fault(raw.id.span().start, what, "give the rule another id").into());
            }
            (Some(_), None) => 0,
            (None, Some(version)) => version,
            (Some(condition), Some(_)) => {
                let what = format!("`{id}` is a detector in Rust and cannot have a condition");
                return Err(file.fault(condition.when.span().start, what, "give the rule another id").into());
            }
            (None, None) => {
                let hint = "add a `[condition]`, an `[invariant]` or a `[crossing]`, or write its detector in Rust";
                return Err(card_file.fault(raw.id.span().start, format!("`{id}` has nothing to run"), hint).into());
            }
        };
        let reader = Reader { file, origin: &origin };
        let mut card = Self {
            described: Arc::new(Described {
                title: line(&card_file, &raw.title, 120)?,
                family: word(&card_file, &raw.family, "family")?,
                kind: kind(&card_file, &raw.kind)?,
                also: list(&card_file, &raw.also)?
                    .iter()
                    .map(|also| kind(&card_file, also))
                    .collect::<Result<_, _>>()?,
                needs: raw.needs,
                tags: list(&card_file, &raw.tags)?
                    .iter()
                    .map(|tag| word(&card_file, tag, "tag"))
                    .collect::<Result<_, _>>()?,
                references: list(&card_file, &raw.references)?
                    .iter()
                    .map(|at| link(&card_file, at))
                    .collect::<Result<_, _>>()?,
            }),
            severity,
            severity_elsewhere: elsewhere,
            confidence: raw.confidence,
            maturity: raw.maturity,
            yields_to_announcements: yields(&card_file, raw.yields_to_announcements.as_ref(), raw.condition.as_ref())?,
            questions: questions(&card_file, &id, &raw.question)?,
            parameters: Parameters::read(&card_file, raw.parameters)?,
            condition: raw.condition.map(|raw| condition(&file, &origin, raw).map(Arc::new)).transpose()?,
            crossing,
            sections: Sections {
                lists: lists(&file, raw.list, beside)?,
                windows: reader.windows(raw.window)?,
                sequences: reader.sequences(raw.sequence)?,
                baselines: reader.baselines(raw.baseline)?,
            },
            code_version,
            hash: Digest::ZERO,
            file: name.to_owned(),
            source: Some(Arc::clone(&origin)),
            is_built_in: false,
            instances: Vec::new(),
            id,
        };
        card.hash = Digest::of(&card).map_err(|error| file.fault(0, error.to_string(), "report this as a bug"))?;
        let place = raw.instance.first().map(InstanceFile::at).or(raw.instances.as_ref().map(|rows| rows.span().start));
        if let (Some(at), None) = (place, &card.condition) {
            let hint = "write a rule with a `[condition]`, or set the parameters of this one";
            return Err(card_file.fault(at, "only rules with a condition have instances", hint).into());
        }
        card.instances = instances(&card_file, (raw.instance, raw.instances.as_ref()), beside, &card)?;
        Ok(card)
    }
}

/// Whether a card yields to announcements. They are about changes and calls: a rule about anything else says more than what
/// can be announced.
fn yields(file: &File<'_>, yields: Option<&Spanned<bool>>, of: Option<&ConditionFile>) -> Result<bool, Fault> {
    let Some(given) = yields.filter(|yields| *yields.get_ref()) else { return Ok(false) };
    if of.is_some_and(|of| of.clear.is_some() || of.cooldown_blocks.is_some() || of.cooldown_seconds.is_some()) {
        let hint = "remove `clear` and the cool-down, or do not yield";
        let what = "a rule that keeps quiet cannot yield to announcements: an excused alert would silence the next one";
        return Err(file.fault(given.span().start, what, hint));
    }
    if of.is_none_or(|of| matches!(of.on, Subject::Change | Subject::Call)) {
        return Ok(true);
    }
    let hint = "announcements excuse changes and calls: use it with `on = \"change\"` or `on = \"call\"`";
    Err(file.fault(given.span().start, "a rule about something else cannot yield to announcements", hint))
}

fn condition(file: &File<'_>, origin: &Arc<Source>, raw: ConditionFile) -> Result<ConditionText, Fault> {
    let text = |spanned: Spanned<String>, max: usize| text(file, origin, spanned, max);
    let texts = |items: Vec<Spanned<String>>| {
        list(file, &items)?;
        items.into_iter().map(|item| text(item, TEMPLATE_BYTES)).collect::<Result<Vec<_>, _>>()
    };
    Ok(ConditionText {
        on: raw.on,
        place: raw.place,
        when: text(raw.when, CONDITION_BYTES)?,
        clear: raw.clear.map(|clear| text(clear, CONDITION_BYTES)).transpose()?,
        cooldown: cooldown(file, raw.cooldown_blocks, raw.cooldown_seconds)?,
        subject: text(raw.subject, TEMPLATE_BYTES)?,
        attackers: texts(raw.attackers)?,
        victims: texts(raw.victims)?,
        key: texts(raw.key)?,
        message: text(raw.message, TEMPLATE_BYTES)?,
    })
}

fn cooldown(
    file: &File<'_>,
    blocks: Option<Spanned<u64>>,
    seconds: Option<Spanned<u64>>,
) -> Result<Option<Span>, Fault> {
    let given = match (&blocks, &seconds) {
        (Some(given), _) | (None, Some(given)) => given,
        (None, None) => return Ok(None),
    };
    match (&blocks, *given.get_ref()) {
        (Some(_), 1..=1_000_000) if seconds.is_some() => {
            Err(file.fault(given.span().start, "the cool-down is given twice", "give it in blocks or in seconds"))
        }
        (Some(_), blocks @ 1..=1_000_000) => Ok(Some(Span::Blocks(blocks))),
        (None, seconds @ 1..=2_592_000) => Ok(Some(Span::Seconds(seconds))),
        (_, other) => {
            let hint = "use up to 1000000 blocks or 2592000 seconds, which is a month";
            Err(file.fault(given.span().start, format!("a cool-down of `{other}` is out of range"), hint))
        }
    }
}

pub(super) fn word(file: &File<'_>, spanned: &Spanned<String>, what: &str) -> Result<String, Fault> {
    let text = spanned.get_ref();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=64).contains(&text.len()) && text.chars().all(fits) && !text.starts_with('-') && !text.ends_with('-') {
        return Ok(text.clone());
    }
    let what = format!("{what} `{}` is not a word in kebab case", shown(text));
    Err(file.fault(spanned.span().start, what, "use up to 64 of `a-z`, `0-9` and `-`"))
}

/// A name that conditions use.
pub(super) fn name(file: &File<'_>, spanned: &Spanned<String>, what: &str) -> Result<String, Fault> {
    let text = spanned.get_ref();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    if (1..=40).contains(&text.len()) && begins && text.chars().all(fits) {
        return Ok(text.clone());
    }
    let what = format!("{what} `{}` is not a name in snake case", shown(text));
    Err(file.fault(spanned.span().start, what, "use up to 40 of `a-z`, `0-9` and `_`, a letter first"))
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

pub(super) fn list<'a, T>(file: &File<'_>, items: &'a [Spanned<T>]) -> Result<&'a [Spanned<T>], Fault> {
    match items.get(ITEMS) {
        None => Ok(items),
        Some(beyond) => {
            let what = format!("`{}` items are more than `{ITEMS}`", items.len());
            Err(file.fault(beyond.span().start, what, "keep the ones that matter"))
        }
    }
}

pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
