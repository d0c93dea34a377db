//! Proving a book: every link, every seal, every piece of evidence.
//!
//! What is noticed: a changed byte, a missing or a moved line, a cut tail, a missing stream, a forged seal, missing or
//! changed evidence, a broken file. What is not noticed from the book alone: that everything after some seal was cut
//! off together with the later seals, or that the whole file was put back to an older state. Whoever keeps the digest
//! of a later seal elsewhere notices it: see [`Known`], and [`Report::last_seal`] for what to keep. Lines after the
//! last seal are proved to hang together, and no more ([`Report::unsealed`]). Cursors, the rules' memory and the list
//! of blocks are working state and stand in no chain: changing them can make the machine look twice or not at all,
//! and cannot change what was written.

mod lines;
mod seals;
mod tables;

pub(crate) use lines::LineWalk;
pub(crate) use seals::{Links, SealWalk, judge};

use std::path::Path;

use case::{Digest, Timestamp};
use serde::Serialize;
use sqlx::{Connection as _, SqliteConnection};

use crate::{StoreError, backend, schema, store::there};

/// Problems that are listed; beyond that they are only counted.
const LISTED: usize = 1_000;

/// What is known from elsewhere and has to be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The digest of a seal.
    pub seal: Option<Digest>,
    /// The public key that the seals are made with, 64 hex digits.
    pub key: Option<String>,
}

impl From<Option<Digest>> for Known {
    fn from(seal: Option<Digest>) -> Self {
        Self { seal, key: None }
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: a stream, a seal, a table.
    pub at: String,
    /// The number of the line, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What, and what it means.
    pub says: String,
}

/// A key that seals were made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyUse {
    /// The public key, 64 hex digits.
    pub key: String,
    /// The first seal made with it.
    pub from_seal: u64,
}

/// What a proof came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Streams.
    pub streams: u64,
    /// Lines.
    pub entries: u64,
    /// Seals.
    pub seals: u64,
    /// Pieces of evidence.
    pub evidence: u64,
    /// Lines that no seal covers yet.
    pub unsealed: u64,
    /// Digest and time of the last seal: keep them elsewhere.
    pub last_seal: Option<(Digest, Timestamp)>,
    /// The keys that seals were made with, in order: more than one means that the key was changed.
    pub keys: Vec<KeyUse>,
    /// What does not hold.
    pub problems: Vec<Problem>,
    /// How many more problems there are than are listed.
    pub more_problems: u64,
}

impl Report {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn problem(&mut self, at: impl Into<String>, line: Option<u64>, says: impl Into<String>) {
        if self.problems.len() < LISTED {
            self.problems.push(Problem { at: at.into(), line, says: says.into() });
        } else {
            self.more_problems += 1;
        }
    }
}

/// Proves a whole database without changing it, also while it is being written. `known` is a [`Known`], or the digest
/// of a seal alone.
///
/// # Errors
/// If the database cannot be opened or read at all; what can be read and does not hold is in the report.
pub async fn verify_database(path: &Path, known: impl Into<Known>) -> Result<Report, StoreError> {
    there(path)?;
    let mut connection = backend::connect_to_read(path).await?;
    schema::check(schema::version(&mut connection).await.map_err(|error| error.at(Some(path)))?)?;
    // One transaction: all tables are seen as they were at one moment.
    sqlx::query("BEGIN").execute(&mut connection).await?;
    let mut report = Report::default();
    prove(&mut connection, &known.into(), &mut report).await?;
    connection.close().await?;
    Ok(report)
}

async fn prove(connection: &mut SqliteConnection, known: &Known, report: &mut Report) -> Result<(), StoreError> {
    damage("the database file", tables::check_file(connection, report).await, report)?;
    let mut walk = SealWalk::new(known);
    damage("seals", seals::check_all(connection, &mut walk, report).await, report)?;
    let mut lines = LineWalk::new(walk.covered());
    damage("entries", lines::check_all(connection, &mut lines, report).await, report)?;
    walk.finish(lines.announced_keys(), report);
    damage("mentions", lines::check_mentions(connection, &mut lines, report).await, report)?;
    damage("blocks", tables::check_blocks(connection, report).await, report)?;
    damage("evidence", tables::check_evidence(connection, lines.evidence(), report).await, report)?;
    lines.finish(report);
    Ok(())
}

/// A table that can be read in part only is a problem of the book, not of the proof.
fn damage(table: &str, done: Result<(), StoreError>, report: &mut Report) -> Result<(), StoreError> {
    match done {
        Err(StoreError::Corrupt { why, .. }) => {
            report.problem(table, None, format!("it cannot be read to its end, and what follows is not proved: {why}"));
            Ok(())
        }
        other => other,
    }
}
