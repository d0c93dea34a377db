//! Cases, folded from their entries as they come: from the book, or for as long as a replay lasts without one.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use case::{CaseId, Draft, Entry, Folding, Incident, Stream};

/// Cases in memory, each read as far as it was taken: a new line costs no reading of the ones before it.
#[derive(Debug, Default)]
pub struct Casebook {
    cases: BTreeMap<CaseId, Folding>,
    /// Folded incidents in the order in which they were opened.
    incidents: Vec<Incident>,
}

impl Casebook {
    /// All incidents, oldest first.
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// How many lines of a case were taken.
    pub fn lines(&self, id: &CaseId) -> u64 {
        self.cases.get(id).and_then(Folding::head).map_or(0, |(last, _)| last)
    }

    /// Takes lines of a case that follow those that are held.
    ///
    /// # Errors
    /// If the case does not fold with them.
    pub fn take(&mut self, id: &CaseId, lines: Vec<Entry>) -> Result<()> {
        let folding = self.cases.entry(id.clone()).or_insert_with(|| Folding::new(id.clone()));
        for line in &lines {
            folding.take(line).with_context(|| format!("case `{id}` does not fold"))?;
        }
        let Some(incident) = folding.incident().cloned() else { return Ok(()) };
        match self.incidents.iter_mut().find(|held| held.id == *id) {
            Some(held) => *held = incident,
            None => self.incidents.push(incident),
        }
        Ok(())
    }

    /// Gives drafts of cases their places, as the book would, takes them and returns them as lines; other drafts are
    /// passed over.
    ///
    /// # Errors
    /// If an entry has no canonical form or its case does not fold.
    pub fn write(&mut self, drafts: Vec<Draft>) -> Result<Vec<Entry>> {
        let mut lines = Vec::new();
        for draft in drafts {
            let Stream::Case(id) = draft.stream.clone() else { continue };
            let last = self.cases.get(&id).and_then(Folding::head);
            let line = Entry::after(last, draft);
            lines.push(line.clone());
            self.take(&id, vec![line])?;
        }
        Ok(lines)
    }
}
