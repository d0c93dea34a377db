use crate::card::{Lists, Measure, Parameters, Sections, StandingQuestion};

use super::types::Type;

/// What a condition may refer to beside the thing it looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) parameters: &'a Parameters,
    pub(crate) questions: &'a [StandingQuestion],
    pub(crate) lists: &'a Lists,
    pub(crate) windows: &'a [Shape],
    pub(crate) sequences: &'a [Shape],
    pub(crate) baselines: &'a [Shape],
}

/// A window, a sequence or a baseline as a condition sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) name: String,
    /// What it is asked by.
    pub(crate) key: Vec<Type>,
    /// What a window measures.
    pub(crate) measure: Option<Measure>,
    /// Entries that are looked at when it is asked.
    pub(crate) entries_max: usize,
}

impl<'a> Known<'a> {
    /// A card's parameters, questions and lists; nothing that is kept over time.
    pub(crate) fn of(parameters: &'a Parameters, questions: &'a [StandingQuestion], sections: &'a Sections) -> Self {
        Self { parameters, questions, lists: &sections.lists, windows: &[], sequences: &[], baselines: &[] }
    }
}
