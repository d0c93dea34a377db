use facts::{Address, Ask, BlockRef, Budget, Bytes, ChainId, Overrides, Question, TxRequest, U256};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::file::{ITEMS, shown, word};
use crate::{Fault, place::File};

/// `[[question]]`, as a card has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionFile {
    pub(super) name: Spanned<String>,
    pub(super) chain: ChainId,
    pub(super) address: Address,
    pub(super) slot: Option<Spanned<String>>,
    pub(super) call: Option<Spanned<String>>,
    pub(super) input: Option<Bytes>,
}

/// A question that a rule wants answered after every block of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingQuestion {
    /// Its full name, `rule/question`, as in [`facts::Observed`].
    pub name: String,
    /// The chain.
    pub chain: ChainId,
    /// The contract.
    pub address: Address,
    pub(crate) ask: Asked,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Asked {
    Slot(U256),
    View(Bytes),
}

impl StandingQuestion {
    /// What a look at one slot or one view call may cost.
    const BUDGET: Budget = Budget { gas: 10_000_000, reads: 200, time_ms: None };

    /// The question after block `at`, with its name, if it is about that chain.
    pub(crate) fn at(&self, at: &BlockRef) -> Option<(String, Question)> {
        if self.chain != at.chain {
            return None;
        }
        let ask = match &self.ask {
            Asked::Slot(slot) => Ask::Slot { address: self.address, slot: *slot },
            Asked::View(input) => {
                Ask::View(TxRequest { to: Some(self.address), input: input.clone(), ..TxRequest::default() })
            }
        };
        let question = Question { at: at.clone(), overrides: Overrides::default(), ask, budget: Self::BUDGET };
        Some((self.name.clone(), question))
    }
}

/// Reads the questions of a card.
pub(super) fn questions(file: &File<'_>, rule: &str, raw: &[QuestionFile]) -> Result<Vec<StandingQuestion>, Fault> {
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
