//! Invariants: what always holds of a protocol, from a template. `[invariant]` names it and says whom to ask; the
//! template brings the condition and the windows, and defaults for its parameters.

use std::{collections::BTreeMap, sync::Arc};

use facts::{Address, Bytes, ChainId};
use serde::Deserialize;
use toml::{Spanned, Value};

use super::{
    file::{ConditionFile, shown},
    sections::{Named, WindowFile},
    standing::QuestionFile,
    text::Source,
};
use crate::{
    Fault,
    place::{File, suggest},
};

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../data/invariants/", $name, "/template.toml")))),*]
    };
}

/// Every template by name; a test compares with the folder.
pub(crate) const TEMPLATES: &[(&str, &str)] = embedded![
    "assets-cover-supply",
    "backing-covers-issue",
    "debt-within-collateral",
    "oracle-agrees",
    "oracle-steady",
    "outflow-capped",
    "supply-conserved",
    "timelock-respected",
];

/// The templates with what each of them says.
pub(crate) fn templates() -> impl Iterator<Item = (&'static str, String)> {
    TEMPLATES.iter().map(|(name, text)| {
        let about = File::new(name, text).and_then(|file| file.read::<TemplateFile>()).map(|template| template.about);
        (*name, about.unwrap_or_default())
    })
}

/// `[invariant]`, as a card has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InvariantFile {
    template: Spanned<String>,
    chain: Option<ChainId>,
    #[serde(default)]
    ask: BTreeMap<Spanned<String>, AskFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskFile {
    address: Address,
    slot: Option<Spanned<String>>,
    call: Option<Spanned<String>>,
    input: Option<Bytes>,
}

/// A template, as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateFile {
    about: String,
    /// What is asked, by name: what the answer is.
    #[serde(default)]
    ask: BTreeMap<String, String>,
    /// Parameters that a card has to bring, by name: what they are.
    #[serde(default)]
    required: BTreeMap<String, String>,
    /// Parameters that a card may change.
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(super) window: Named<WindowFile>,
    pub(super) condition: ConditionFile,
}

/// A template and what a card makes of it.
pub(super) struct Instance {
    pub(super) template: TemplateFile,
    pub(super) origin: Arc<Source>,
    pub(super) questions: Vec<QuestionFile>,
    pub(super) parameters: BTreeMap<String, Spanned<Value>>,
}

impl InvariantFile {
    /// Where the card names the template.
    pub(super) fn at(&self) -> usize {
        self.template.span().start
    }

    /// Fills the template in.
    pub(super) fn fill(
        self,
        file: &File<'_>,
        mut parameters: BTreeMap<String, Spanned<Value>>,
    ) -> Result<Instance, Fault> {
        let (name, at) = (self.template.get_ref().as_str(), self.at());
        let Some((_, text)) = TEMPLATES.iter().find(|(known, _)| *known == name) else {
            let hint = suggest(name, TEMPLATES.iter().map(|(known, _)| *known));
            return Err(file.fault(at, format!("there is no invariant `{}`", shown(name)), hint));
        };
        let origin =
            Arc::new(Source { name: format!("data/invariants/{name}/template.toml"), text: (*text).to_owned() });
        let template: TemplateFile = File::new(&origin.name, text)?.read()?;
        if let Some(unknown) = self.ask.keys().find(|asked| !template.ask.contains_key(asked.get_ref())) {
            let what = format!("`{name}` does not ask for `{}`", shown(unknown.get_ref()));
            let hint = match template.ask.is_empty() {
                true => "leave it out".to_owned(),
                false => suggest(unknown.get_ref(), template.ask.keys().map(String::as_str)),
            };
            return Err(file.fault(unknown.span().start, what, hint));
        }
        for (ask, says) in &template.ask {
            if !self.ask.keys().any(|given| given.get_ref() == ask) {
                let hint = format!("add `ask.{ask} = {{ address = \"0x…\", call = \"…()\" }}`: {says}");
                return Err(file.fault(at, format!("`{name}` needs to ask for `{ask}`"), hint));
            }
        }
        for (required, says) in &template.required {
            if !parameters.contains_key(required) {
                let hint = format!("add `{required} = …` to `[parameters]`: {says}");
                return Err(file.fault(at, format!("`{name}` needs the parameter `{required}`"), hint));
            }
        }
        let knows = |name: &str| template.parameters.contains_key(name) || template.required.contains_key(name);
        if let Some((unknown, given)) = parameters.iter().find(|(given, _)| !knows(given)) {
            let known = template.parameters.keys().chain(template.required.keys()).map(String::as_str);
            let what = format!("`{name}` has no parameter `{}`", shown(unknown));
            return Err(file.fault(given.span().start, what, suggest(unknown, known)));
        }
        for (default, value) in &template.parameters {
            parameters.entry(default.clone()).or_insert_with(|| value.clone());
        }
        let mut questions = Vec::new();
        for (asked, AskFile { address, slot, call, input }) in self.ask {
            let Some(chain) = self.chain.clone() else {
                return Err(file.fault(at, "it is not said on which chain", "add `chain = \"eip155:1\"`"));
            };
            questions.push(QuestionFile { name: asked, chain, address, slot, call, input });
        }
        Ok(Instance { template, origin, questions, parameters })
    }
}
