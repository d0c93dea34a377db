//! Reading playbooks, and refusing those that would leave a choice open at three in the morning.

mod limits;

use atlas::config::{ConfigError, Spanned, Text, nearest};
use case::{Harm, Severity};
use serde::Deserialize;

use super::{Deed, Draft, Function, On, Playbook, What, When, exam, source};
use limits::{LimitsText, Number, bounds, within};

/// Bytes of a playbook. The longest honest one is a few kilobytes.
const PLAYBOOK_BYTES_MAX: usize = 64 << 10;
/// Steps of a playbook: more than a person can oversee in an emergency.
const STEPS_MAX: usize = 32;
/// Tests of a playbook.
const TESTS_MAX: usize = 64;
/// Kinds a playbook is for.
const KINDS_MAX: usize = 64;
/// Characters of any text in a playbook.
const WORDS_MAX: usize = 400;
/// Characters of an id.
const ID_MAX: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: Spanned<u32>,
    id: Spanned<String>,
    title: Spanned<String>,
    #[serde(default)]
    when: WhenText,
    #[serde(default)]
    step: Vec<Spanned<StepText>>,
    #[serde(default)]
    test: Vec<Spanned<exam::TestText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhenText {
    #[serde(default)]
    kinds: Vec<Spanned<String>>,
    #[serde(default = "medium")]
    severity_min: Severity,
    #[serde(default)]
    needs: Vec<Need>,
}

impl Default for WhenText {
    fn default() -> Self {
        Self { kinds: Vec::new(), severity_min: medium(), needs: Vec::new() }
    }
}

fn medium() -> Severity {
    Severity::Medium
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Need {
    PausableVictim,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    id: Spanned<String>,
    title: Spanned<String>,
    driver: Driver,
    call: Spanned<CallText>,
    undo: Option<Spanned<CallText>>,
    harm: Spanned<Harm>,
    approvals: Spanned<Number>,
    limits: Spanned<LimitsText>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    #[serde(default)]
    optional: bool,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Driver {
    ContractCall,
    Webhook,
}

/// One struct for both drivers: an untagged enum would lose the place of what is wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallText {
    function: Option<Spanned<String>>,
    #[serde(default)]
    args: Vec<String>,
    on: Option<On>,
    webhook: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
}

pub(super) fn parse(file: &str, text: &str) -> Result<Playbook, ConfigError> {
    let place = Text { file, text };
    if text.len() > PLAYBOOK_BYTES_MAX {
        let what = format!("{} bytes are too many for a playbook", text.len());
        return Err(place.error(0..0, what).hint(format!("keep it below {PLAYBOOK_BYTES_MAX} bytes")));
    }
    let read: File = place.parse()?;
    if *read.schema.get_ref() != 1 {
        let what = format!("schema `{}` is not known", read.schema.get_ref());
        return Err(place.error(read.schema.span(), what).hint("write `schema = 1`"));
    }
    let id = checked_id(&place, &read.id)?;
    let title = words(&place, &read.title)?;
    let when = when(&place, &read.when)?;
    at_most(&place, &read.step, STEPS_MAX, "steps")?;
    at_most(&place, &read.test, TESTS_MAX, "tests")?;
    if read.step.is_empty() {
        let hint = "add a [[step]]; a playbook that only watches tells someone";
        return Err(place.error(read.id.span(), format!("playbook `{id}` has no step")).hint(hint));
    }
    let mut steps: Vec<Draft> = Vec::with_capacity(read.step.len());
    let ids: Vec<&str> = read.step.iter().map(|step| step.get_ref().id.get_ref().as_str()).collect();
    for step in &read.step {
        let step = read_step(&place, step.get_ref(), &steps, &ids)?;
        steps.push(step);
    }
    let tests = read.test.into_iter().map(|test| exam::Test::read(&place, test)).collect::<Result<_, _>>()?;
    let source = source(&id, text);
    Ok(Playbook { id, title, source, when, steps, tests, file: file.to_owned(), text: text.to_owned() })
}

fn when(place: &Text<'_>, read: &WhenText) -> Result<When, ConfigError> {
    at_most(place, &read.kinds, KINDS_MAX, "kinds")?;
    for kind in &read.kinds {
        let fits = |part: &str| {
            !part.is_empty() && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        };
        let parts: Vec<&str> = kind.get_ref().split('/').collect();
        if parts.len() > 2 || !parts.iter().all(|part| fits(part)) {
            let what = format!("`{}` is no kind of incident", kind.get_ref());
            return Err(place
                .error(kind.span(), what)
                .hint("write a group such as `access`, or one kind such as `access/role-takeover`"));
        }
    }
    Ok(When {
        kinds: read.kinds.iter().map(|kind| kind.get_ref().clone()).collect(),
        severity_min: read.severity_min,
        needs_pausable_victim: !read.needs.is_empty(),
    })
}

fn read_step(place: &Text<'_>, step: &StepText, earlier: &[Draft], ids: &[&str]) -> Result<Draft, ConfigError> {
    let id = checked_id(place, &step.id)?;
    if earlier.iter().any(|other| other.id == id) {
        let what = format!("there are two steps `{id}`");
        return Err(place.error(step.id.span(), what).hint("give each its own id: leave is given step by step"));
    }
    let title = words(place, &step.title)?;
    if title.replace("{contract}", "").contains(['{', '}']) {
        let what = "only `{contract}` can be filled into a title";
        return Err(place.error(step.title.span(), what).hint("leave out the other braces"));
    }
    let deed = match step.driver {
        Driver::ContractCall => contract_call(place, step)?,
        Driver::Webhook => webhook(place, step)?,
    };
    let declared = *step.harm.get_ref();
    let is_call = matches!(deed, Deed::Call { .. });
    if is_call && declared == Harm::None {
        let what = format!("step `{id}` sends a transaction and cannot be harmless");
        let hint = "write `harm = \"reversible\"` with an undo, or `\"irreversible\"`";
        return Err(place.error(step.harm.span(), what).hint(hint));
    }
    let least = u8::from(declared != Harm::None);
    let approvals = within("approvals", *step.approvals.get_ref(), least, 20).map_err(|what| {
        place.error(step.approvals.span(), what).hint("write how many people must agree when no policy does")
    })?;
    for need in &step.needs {
        let wanted = need.get_ref();
        if earlier.iter().any(|other| other.id == *wanted) {
            continue;
        }
        let shown: String = wanted.chars().take(80).collect();
        let what = format!("step `{id}` needs `{shown}`, which is not an earlier step");
        let hint = match nearest(wanted, ids.iter().copied()) {
            Some(near) if near != wanted => format!("did you mean `{near}`?"),
            Some(_) => {
                "steps may need only what stands above them, so that none waits for itself; change the order".to_owned()
            }
            None => "name a step that stands above this one".to_owned(),
        };
        return Err(place.error(need.span(), what).hint(hint));
    }
    at_most(place, &step.needs, STEPS_MAX, "needs")?;
    Ok(Draft {
        id,
        title,
        driver: match step.driver {
            Driver::ContractCall => "contract-call".to_owned(),
            Driver::Webhook => "webhook".to_owned(),
        },
        deed,
        declared,
        approvals,
        bounds: bounds(place, &step.limits, is_call)?,
        needs: step.needs.iter().map(|need| need.get_ref().clone()).collect(),
        is_optional: step.optional,
    })
}

fn contract_call(place: &Text<'_>, step: &StepText) -> Result<Deed, ConfigError> {
    let call = step.call.get_ref();
    if let Some(word) = call.webhook.as_ref().or(call.text.as_ref()) {
        return Err(place
            .error(word.span(), "a contract call has no webhook and no text")
            .hint("write `function` and `on`"));
    }
    let on = call.on.ok_or_else(|| {
        place
            .error(step.call.span(), "it is not said which contracts to call")
            .hint("write `on = \"victim\"` or `on = \"every\"`")
    })?;
    let undo = step.undo.as_ref();
    if let Some(undo) = undo
        && (undo.get_ref().on.is_some() || undo.get_ref().webhook.is_some() || undo.get_ref().text.is_some())
    {
        return Err(place
            .error(undo.span(), "an undo is a function of the same contract")
            .hint("write only `function`, and `args` if it takes any"));
    }
    let undo = undo.map(|undo| what(place, undo)).transpose()?;
    if *step.harm.get_ref() == Harm::Reversible && undo.is_none() {
        let hint = "add `undo = { function = \"unpause\" }`, or write `harm = \"irreversible\"`";
        return Err(place.error(step.harm.span(), "without an undo nothing is reversible").hint(hint));
    }
    Ok(Deed::Call { what: what(place, &step.call)?, on, undo })
}

fn what(place: &Text<'_>, call: &Spanned<CallText>) -> Result<What, ConfigError> {
    let read = call.get_ref();
    let function = read.function.as_ref().ok_or_else(|| {
        place
            .error(call.span(), "it is not said which function to call")
            .hint("write `function = \"pause\"`, or a signature")
    })?;
    let word = match function.get_ref().as_str() {
        "pause" => Some(What::Pause),
        "unpause" => Some(What::Unpause),
        _ => None,
    };
    match word {
        Some(word) if read.args.is_empty() => Ok(word),
        Some(_) => {
            let hint = "write the whole signature, or leave `args` out";
            Err(place.error(function.span(), "what the inventory declares takes no arguments").hint(hint))
        }
        None if !function.get_ref().contains('(') => {
            let shown: String = function.get_ref().chars().take(80).collect();
            let hint = match nearest(function.get_ref(), ["pause", "unpause"]) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write `pause` or `unpause`, which the inventory declares, or a signature such as `halt()`"
                    .to_owned(),
            };
            Err(place.error(function.span(), format!("`{shown}` is not known as a function")).hint(hint))
        }
        None => Function::parse(function.get_ref(), &read.args).map(What::Written).map_err(|why| {
            let (what, hint) = why.split_once("; ").unwrap_or((&why, "write a signature such as `halt()`"));
            place.error(function.span(), what).hint(hint)
        }),
    }
}

fn webhook(place: &Text<'_>, step: &StepText) -> Result<Deed, ConfigError> {
    let call = step.call.get_ref();
    if let Some(undo) = &step.undo {
        return Err(place.error(undo.span(), "a message cannot be taken back").hint("leave `undo` out"));
    }
    if *step.harm.get_ref() == Harm::Reversible {
        let hint = "write `harm = \"none\"`, or `\"irreversible\"` if people have to agree first";
        return Err(place.error(step.harm.span(), "a message cannot be taken back").hint(hint));
    }
    if let Some(function) = &call.function {
        return Err(place.error(function.span(), "a webhook has no function").hint("write `webhook` and `text`"));
    }
    if call.on.is_some() || !call.args.is_empty() {
        return Err(place
            .error(step.call.span(), "a webhook has no `on` and no `args`")
            .hint("write `webhook` and `text`"));
    }
    let (Some(endpoint), Some(text)) = (&call.webhook, &call.text) else {
        return Err(place
            .error(step.call.span(), "a message needs `webhook` and `text`")
            .hint("write the name of a webhook of the installation, and what to say"));
    };
    Ok(Deed::Tell { endpoint: checked_id(place, endpoint)?, text: words(place, text)? })
}

pub(super) fn words(place: &Text<'_>, text: &Spanned<String>) -> Result<String, ConfigError> {
    let bad = |why: &str, hint: &str| Err(place.error(text.span(), why).hint(hint));
    match text.get_ref() {
        text if text.trim().is_empty() => bad("this text is empty", "say it in a few words"),
        text if text.chars().count() > WORDS_MAX => {
            bad("this text is too long", &format!("keep it to {WORDS_MAX} characters"))
        }
        text if text.chars().any(char::is_control) => bad("this text holds control characters", "write it on one line"),
        text => Ok(text.clone()),
    }
}

fn checked_id(place: &Text<'_>, id: &Spanned<String>) -> Result<String, ConfigError> {
    let text = id.get_ref();
    let fits = (1..=ID_MAX).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits {
        return Ok(text.clone());
    }
    let shown: String = text.chars().take(ID_MAX).collect();
    let hint =
        format!("write at most {ID_MAX} lower-case letters, digits, dashes and underscores, such as `pause-protocol`");
    Err(place.error(id.span(), format!("`{shown}` is not a name")).hint(hint))
}

fn at_most<T>(place: &Text<'_>, list: &[Spanned<T>], max: usize, what: &str) -> Result<(), ConfigError> {
    list.get(max).map_or(Ok(()), |extra| {
        let says = format!("there are more than {max} {what}");
        Err(place.error(extra.span(), says).hint(format!("keep to {max}; make another playbook for the rest")))
    })
}
