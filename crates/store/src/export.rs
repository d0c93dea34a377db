//! One case on its own: its lines, and the seals that prove them.

use std::collections::BTreeMap;

use case::{CaseId, Entry, Seal, Stream};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use crate::{
    Report, Store, StoreError,
    verify::{Problem, prove},
};

/// The version of the export's form.
const VERSION: u32 = 1;

/// A case that can be read and proved without the book it comes from.
///
/// Seals name the heads of all streams; of other cases they give away no more than that they exist and how long they
/// are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseExport {
    /// The version of this form.
    pub version: u32,
    /// The case.
    pub case: CaseId,
    /// All its lines.
    pub entries: Vec<Entry>,
    /// All seals up to the one that covers the last line.
    pub seals: Vec<Seal>,
}

impl Store {
    /// Exports a case with the seals that prove it. Seal before, or its newest lines are covered by none.
    ///
    /// # Errors
    /// If the case cannot be read.
    pub async fn export_case(&self, case: &CaseId) -> Result<CaseExport, StoreError> {
        let entries = self.whole_stream(&Stream::Case(case.clone())).await?;
        let mut seals = Vec::new();
        for row in sqlx::query("SELECT body FROM seals ORDER BY seq").fetch_all(self.readers()).await? {
            let body: &str = row.try_get(0)?;
            let seal: Seal = serde_json::from_str(body)
                .map_err(|error| StoreError::Corrupt { what: "a seal".to_owned(), why: error.to_string() })?;
            seals.push(seal);
        }
        Ok(CaseExport { version: VERSION, case: case.clone(), entries, seals })
    }
}

/// Proves an exported case: its lines hang together, and the seals cover them and hold. `trusted` is the public key
/// that the seals have to be made with, known from elsewhere; without it the seals only prove each other.
///
/// # Errors
/// If a seal has no canonical form.
pub fn verify_export(export: &CaseExport, trusted: Option<&str>) -> Result<Report, StoreError> {
    let own = Stream::Case(export.case.clone());
    let name = own.to_string();
    let mut problems = Vec::new();
    if export.version != VERSION {
        problems
            .push(Problem { at: "export".to_owned(), says: format!("version {} is not known here", export.version) });
    }
    if export.entries.is_empty() {
        problems.push(Problem { at: name.clone(), says: "it has no lines".to_owned() });
    }
    let mut seals = Vec::with_capacity(export.seals.len());
    for seal in &export.seals {
        if trusted.is_some_and(|key| key != seal.key) {
            let says = "it was made with another key than the trusted one".to_owned();
            problems.push(Problem { at: format!("seal {}", seal.seq), says });
        }
        seals.push((seal.digest()?, seal.clone()));
    }
    let covered = |seal: &Seal| seal.heads.iter().any(|head| head.stream == own);
    if !export.seals.iter().any(covered) {
        problems.push(Problem { at: name.clone(), says: "no seal covers it".to_owned() });
    }
    let streams = BTreeMap::from([(name, export.entries.clone())]);
    // Heads of other streams are in the seals, and those streams are not in the export.
    Ok(prove(&streams, &seals, |stream| *stream == own, problems))
}
