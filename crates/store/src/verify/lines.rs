//! Lines: chained in their stream, saying in their columns what they say in their text, and speaking of alerts and
//! evidence that are there.

use std::collections::{BTreeMap, BTreeSet};

use case::{AlertId, BrokenChain, ChainWalk, Digest, Entry, Event, Stream};
use futures_util::TryStreamExt as _;
use serde_json::Value;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{Report, seals::Covered};
use crate::{
    StoreError,
    store::{EVIDENCE_KEPT, SEAL_KEY, mentioned, read_entry},
};

/// Follows lines, stream by stream.
#[derive(Debug)]
pub(crate) struct LineWalk {
    covered: Covered,
    chain: Option<(Stream, ChainWalk)>,
    keys: BTreeSet<String>,
    raised: BTreeSet<AlertId>,
    /// Alerts that lines speak of, with the first line that does.
    named: BTreeMap<AlertId, (String, u64)>,
    /// Lines that speak of alerts, as the table of mentions should have them.
    mentions: BTreeSet<(AlertId, i64)>,
    /// Evidence that lines name, with the first line that does.
    evidence: BTreeMap<Digest, (String, u64)>,
}

/// A line as the table has it.
struct Row {
    position: i64,
    stream: String,
    seq: i64,
    digest: Vec<u8>,
    at_ms: i64,
    kind: String,
    body: String,
}

impl LineWalk {
    pub(crate) fn new(covered: Covered) -> Self {
        Self {
            covered,
            chain: None,
            keys: BTreeSet::new(),
            raised: BTreeSet::new(),
            named: BTreeMap::new(),
            mentions: BTreeSet::new(),
            evidence: BTreeMap::new(),
        }
    }

    /// Takes the next line; lines of a stream come together and in order. Returns its digest.
    pub(crate) fn step(&mut self, entry: &Entry, report: &mut Report) -> Result<Digest, StoreError> {
        report.entries += 1;
        if self.chain.as_ref().is_none_or(|(stream, _)| *stream != entry.stream) {
            report.streams += 1;
            self.chain = Some((entry.stream.clone(), ChainWalk::new(entry.stream.clone())));
        }
        if entry.seq > self.covered.streams.get(&entry.stream).copied().unwrap_or_default() {
            report.unsealed += 1;
        }
        let Some((_, walk)) = &mut self.chain else { return Ok(entry.digest()?) };
        if let Err(broken) = walk.step(entry) {
            let says = match &broken {
                BrokenChain::Gap { expected, .. } => format!("line {expected} is missing before it"),
                BrokenChain::Link { .. } => {
                    "it does not follow from the line before it: one of them was changed".to_owned()
                }
                BrokenChain::Stranger { .. } | BrokenChain::Digest(_) => broken.to_string(),
            };
            report.problem(entry.stream.to_string(), Some(entry.seq), says);
        }
        self.content(entry, report)?;
        Ok(entry.digest()?)
    }

    /// What the line says of other things in the book.
    fn content(&mut self, entry: &Entry, report: &mut Report) -> Result<(), StoreError> {
        let here = || (entry.stream.to_string(), entry.seq);
        match entry.event() {
            Ok(Some(Event::AlertRaised(raised))) => {
                if raised.alert.id()? != raised.id {
                    let says = format!("the alert does not have the id {} that it is raised under", raised.id);
                    report.problem(entry.stream.to_string(), Some(entry.seq), says);
                }
                self.raised.insert(raised.id);
            }
            Ok(_) => {}
            Err(error) => {
                let says = format!("its payload does not fit its kind `{}`: {error}", entry.kind);
                report.problem(entry.stream.to_string(), Some(entry.seq), says);
            }
        }
        if let Some(alert) = mentioned(entry) {
            self.named.entry(alert).or_insert_with(here);
        }
        match entry.kind.as_str() {
            SEAL_KEY if entry.stream == Stream::Org => {
                self.keys.extend(entry.payload.get("key").and_then(Value::as_str).map(str::to_owned));
            }
            EVIDENCE_KEPT => {
                let digests = entry.payload.get("evidence").and_then(Value::as_array).into_iter().flatten();
                for digest in digests.filter_map(|digest| digest.as_str()?.parse().ok()) {
                    self.evidence.entry(digest).or_insert_with(here);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The keys that lines name.
    pub(super) fn announced_keys(&self) -> Option<&BTreeSet<String>> {
        Some(&self.keys)
    }

    /// The evidence that lines name, with where.
    pub(super) fn evidence(&self) -> &BTreeMap<Digest, (String, u64)> {
        &self.evidence
    }

    /// Judges what only the whole shows.
    pub(super) fn finish(self, report: &mut Report) {
        for (alert, (stream, line)) in self.named {
            if !self.raised.contains(&alert) {
                report.problem(stream, Some(line), format!("it speaks of the alert {alert}, which was never raised"));
            }
        }
    }

    fn row(&mut self, row: &Row, report: &mut Report) -> Result<(), StoreError> {
        let line = u64::try_from(row.seq).ok();
        let entry = match read_entry(&row.body) {
            Ok(entry) => entry,
            Err(error) => {
                report.problem(&row.stream, line, error.to_string());
                return Ok(());
            }
        };
        if Digest::of_bytes(row.body.as_bytes()).0.as_slice() != row.digest {
            report.problem(&row.stream, line, "its text does not have its digest: a byte was changed");
        }
        if entry.stream.to_string() != row.stream || i64::try_from(entry.seq) != Ok(row.seq) {
            let says = format!("its text is that of line {} of stream {}: it was moved", entry.seq, entry.stream);
            report.problem(&row.stream, line, says);
            return Ok(());
        }
        if entry.kind != row.kind || entry.ctx.now.as_millisecond() != row.at_ms {
            report.problem(&row.stream, line, "its columns do not say what its text says: they were changed");
        }
        if self.step(&entry, report)?.0.as_slice() != row.digest {
            report.problem(&row.stream, line, "its text is not the canonical form of what it says: it was rewritten");
        }
        let covered = self.covered.streams.get(&entry.stream).copied().unwrap_or_default();
        if entry.seq > covered && u64::try_from(row.position).is_ok_and(|position| position <= self.covered.position) {
            let says = "it claims to be older than the last seal, and no seal covers it: it was put in later";
            report.problem(&row.stream, line, says);
        }
        if let Some(alert) = mentioned(&entry) {
            self.mentions.insert((alert, row.position));
        }
        Ok(())
    }
}

/// Proves all lines.
pub(super) async fn check_all(
    connection: &mut SqliteConnection,
    walk: &mut LineWalk,
    report: &mut Report,
) -> Result<(), StoreError> {
    let sql = "SELECT pos, stream, seq, digest, at_ms, kind, body FROM entries ORDER BY stream, seq";
    let mut rows = sqlx::query(sql).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        match columns(&row) {
            Ok(row) => walk.row(&row, report)?,
            Err(error) => report.problem("entries", None, format!("a row was changed: {error}")),
        }
    }
    Ok(())
}

/// Proves that the table of mentions is what the lines make it.
pub(super) async fn check_mentions(
    connection: &mut SqliteConnection,
    walk: &mut LineWalk,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut missing = std::mem::take(&mut walk.mentions);
    let mut rows = sqlx::query("SELECT alert, pos FROM mentions").fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let mention = (row.try_get::<Vec<u8>, _>(0), row.try_get::<i64, _>(1));
        let (Ok(alert), Ok(position)) = mention else {
            report.problem("mentions", None, "a row was changed: a column has another type");
            continue;
        };
        let known = <[u8; 32]>::try_from(alert).is_ok_and(|alert| missing.remove(&(Digest(alert), position)));
        if !known {
            report.problem("mentions", None, format!("no line at position {position} speaks of the alert it names"));
        }
    }
    for (alert, position) in missing {
        report.problem("mentions", None, format!("the line at position {position} is not listed for alert {alert}"));
    }
    Ok(())
}

fn columns(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    Ok(Row {
        position: row.try_get(0)?,
        stream: row.try_get(1)?,
        seq: row.try_get(2)?,
        digest: row.try_get(3)?,
        at_ms: row.try_get(4)?,
        kind: row.try_get(5)?,
        body: row.try_get(6)?,
    })
}
