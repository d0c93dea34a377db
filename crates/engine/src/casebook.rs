//! Cases that exist only as long as a replay: the same entries and the same fold as in the book, without the book.

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

    /// Writes entries and folds the cases they belong to.
    ///
    /// # Errors
    /// If an entry has no canonical form or its case does not fold.
    pub fn write(&mut self, drafts: Vec<Draft>) -> Result<()> {
        for draft in drafts {
            let Stream::Case(id) = draft.stream.clone() else { continue };
            let entries = self.streams.entry(id.clone()).or_default();
            let last = entries.last().map(|last| Ok::<_, case::DigestError>((last.seq, last.digest()?))).transpose()?;
            entries.push(Entry::after(last, draft));
            let incident = Incident::fold(&id, entries).with_context(|| format!("case `{id}` does not fold"))?;
            match self.incidents.iter_mut().find(|held| held.id == id) {
                Some(held) => *held = incident,
                None => self.incidents.push(incident),
            }
        }
        Ok(())
    }
}
