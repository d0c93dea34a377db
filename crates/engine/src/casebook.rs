//! Cases, folded from their entries as they come: from the book, or for as long as a replay lasts without one.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use case::{CaseId, Draft, Entry, Incident, Stream};

/// Case streams in memory.
#[derive(Debug, Default)]
pub struct Casebook {
    streams: BTreeMap<CaseId, Vec<Entry>>,
    /// Folded incidents in the order in which they were opened.
    incidents: Vec<Incident>,
}

impl Casebook {
    /// All incidents, oldest first.
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// How many lines of a case are held.
    pub fn lines(&self, id: &CaseId) -> u64 {
        self.streams.get(id).map_or(0, |lines| lines.len() as u64)
    }

    /// Takes lines of a case that follow those that are held.
    ///
    /// # Errors
    /// If the case does not fold with them.
    pub fn take(&mut self, id: &CaseId, lines: Vec<Entry>) -> Result<()> {
        let entries = self.streams.entry(id.clone()).or_default();
        entries.extend(lines);
        let incident = Incident::fold(id, entries).with_context(|| format!("case `{id}` does not fold"))?;
        match self.incidents.iter_mut().find(|held| held.id == *id) {
            Some(held) => *held = incident,
            None => self.incidents.push(incident),
        }
        Ok(())
    }

    /// Gives drafts of cases their places, as the book would, and takes them; other drafts are passed over.
    ///
    /// # Errors
    /// If an entry has no canonical form or its case does not fold.
    pub fn write(&mut self, drafts: Vec<Draft>) -> Result<()> {
        for draft in drafts {
            let Stream::Case(id) = draft.stream.clone() else { continue };
            let last = self.streams.get(&id).and_then(|lines| lines.last());
            let last = last.map(|last| Ok::<_, case::DigestError>((last.seq, last.digest()?))).transpose()?;
            self.take(&id, vec![Entry::after(last, draft)])?;
        }
        Ok(())
    }
}
