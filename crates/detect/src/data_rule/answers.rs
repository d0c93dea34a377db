use std::borrow::Cow;

use facts::{Address, Answer, BlockFacts, Observed, U256};

use super::DataRule;
use crate::{
    card::Subject,
    condition::{
        expr::Trouble,
        types::{BlockView, Item, ObservedView},
    },
};

/// What is looked at after a block: whom it is about, what it is called, and the thing itself if it was seen.
type AfterBlock<'a> = (Address, String, Result<Item<'a>, Trouble>);

impl DataRule {
    /// Whether the rule's questions are all about other chains.
    pub(super) fn is_elsewhere(&self, facts: &BlockFacts) -> bool {
        let questions = &self.card.questions;
        !questions.is_empty() && questions.iter().all(|question| question.chain != facts.block.chain)
    }

    /// The answers to this rule's questions in their order; none where there is none.
    pub(super) fn answers<'a>(&'a self, facts: &'a BlockFacts) -> Vec<Option<ObservedView<'a>>> {
        let here = |question: &crate::StandingQuestion| question.chain == facts.block.chain;
        let answer = |question: &'a crate::StandingQuestion| {
            let observed = facts.observed.iter().find(|observed| observed.name == question.name)?;
            read(question.address, observed)
        };
        self.card.questions.iter().map(|question| here(question).then(|| answer(question)).flatten()).collect()
    }

    /// What `on` names after a block. A question that nobody answered is as blind as one that could not be answered.
    pub(super) fn items_of_block<'a>(
        &'a self,
        on: Subject,
        block: BlockView<'a>,
        answers: &'a [Option<ObservedView<'a>>],
    ) -> Vec<AfterBlock<'a>> {
        let here = self.card.questions.iter().zip(answers).filter(|(question, _)| question.chain == block.block.chain);
        match on {
            Subject::Observed => {
                let each = here.map(|(question, answer)| {
                    let part = format!("the answer to {}", question.name);
                    let item = answer.as_ref().map(Item::Observed).ok_or(Trouble::Unseen);
                    (question.address, part, item)
                });
                each.collect()
            }
            Subject::Block => {
                let open: Vec<_> = here.clone().filter(|(_, answer)| answer.is_none()).collect();
                let named = open.iter().map(|(question, _)| question.name.as_str()).collect::<Vec<_>>().join(", ");
                let part = match named.as_str() {
                    "" => "this block".to_owned(),
                    names => format!("this block without an answer to {names}"),
                };
                let about = here.map(|(question, _)| question.address).next().unwrap_or(Address::ZERO);
                vec![(about, part, Ok(Item::Block(block)))]
            }
            _ => Vec::new(),
        }
    }
}

/// An answer as a number and as bytes; none if there was no answer.
fn read(address: Address, observed: &Observed) -> Option<ObservedView<'_>> {
    let (value, data) = match &observed.answer {
        Answer::Slot(value) => (Some(*value), Cow::Owned(value.to_be_bytes_vec())),
        Answer::View(Ok(data)) => (data.get(..32).map(U256::from_be_slice), Cow::Borrowed(&data[..])),
        Answer::View(Err(_)) => (None, Cow::Borrowed(&[][..])),
        Answer::Ran(_) | Answer::Probed(_) | Answer::Blind(_) => return None,
    };
    Some(ObservedView { name: &observed.name, address, value, data })
}
