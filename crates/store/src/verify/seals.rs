//! Seals: linked, signed, and naming lines that are there.

use std::collections::{BTreeMap, BTreeSet};

use case::{Digest, Seal, Stream, Timestamp};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{KeyUse, Known, Report};
use crate::{StoreError, key::is_signed};

/// Seals read at once.
const AT_ONCE: i64 = 64;

/// Follows seals in their order.
#[derive(Debug)]
pub(crate) struct SealWalk<'a> {
    known: &'a Known,
    seen_known: bool,
    last: Option<(u64, Digest, Timestamp)>,
    keys: Vec<KeyUse>,
    covered: Covered,
}

/// How far seals cover the streams.
#[derive(Debug, Clone, Default)]
pub(crate) struct Covered {
    /// The last sealed line of each stream.
    pub streams: BTreeMap<Stream, u64>,
    /// The position of the last line that was there when the last seal was made.
    pub position: u64,
}

/// Whether seals were left out on purpose between those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// Every seal is there, from the first.
    All,
    /// Only those that matter here.
    Some,
}

impl<'a> SealWalk<'a> {
    pub(crate) fn new(known: &'a Known) -> Self {
        Self { known, seen_known: false, last: None, keys: Vec::new(), covered: Covered::default() }
    }

    /// Takes the next seal and proves it on its own and against those before it.
    pub(crate) fn step(&mut self, seal: &Seal, links: Links, report: &mut Report) -> Result<(), StoreError> {
        let at = format!("seal {}", seal.seq);
        let digest = seal.digest()?;
        let (before, prev) = self.last.map_or((0, Digest::ZERO), |(seq, digest, _)| (seq, digest));
        let next = seal.seq == before.saturating_add(1);
        let linked = match links {
            Links::All => next && seal.prev == prev,
            // The first that is there may be any; neighbours have to fit.
            Links::Some => seal.seq > before && (!next || seal.prev == prev),
        };
        if !linked {
            let says = format!("it does not follow from seal {before}: a seal is missing, was changed or was put in");
            report.problem(&at, None, says);
        }
        if !is_signed(&seal.key, &seal.signed_bytes()?, &seal.signature) {
            report.problem(&at, None, "its signature does not hold: it was changed, or not made by the key it names");
        }
        if self.known.key.as_ref().is_some_and(|key| *key != seal.key) {
            report.problem(&at, None, format!("it was made with the key {}, not with the trusted one", seal.key));
        }
        if self.keys.last().is_none_or(|last| last.key != seal.key) {
            self.keys.push(KeyUse { key: seal.key.clone(), from_seal: seal.seq });
        }
        for head in &seal.heads {
            let covered = self.covered.streams.entry(head.stream.clone()).or_default();
            if head.seq < *covered {
                let says = format!("it names line {} where an earlier seal named line {covered}", head.seq);
                report.problem(format!("{at}, stream {}", head.stream), Some(head.seq), says);
            }
            *covered = (*covered).max(head.seq);
        }
        self.seen_known |= self.known.seal == Some(digest);
        self.last = Some((seal.seq, digest, seal.at));
        report.seals += 1;
        report.last_seal = Some((digest, seal.at));
        Ok(())
    }

    pub(crate) fn covered(&self) -> Covered {
        self.covered.clone()
    }

    /// Judges what only the whole shows. `announced` are the keys that lines of the book name.
    pub(crate) fn finish(self, announced: Option<&BTreeSet<String>>, report: &mut Report) {
        if let Some(known) = self.known.seal
            && !self.seen_known
        {
            let says = "the seal that is known from elsewhere is not here: what it sealed was cut off, or all of it \
                        was put back to an older state";
            report.problem(format!("seal {known}"), None, says);
        }
        for used in &self.keys {
            if announced.is_some_and(|announced| !announced.contains(&used.key)) {
                let says = format!("no line of stream org names the key {}: it is not this installation's", used.key);
                report.problem(format!("seal {}", used.from_seal), None, says);
            }
        }
        report.keys = self.keys;
    }
}

/// Says what is wrong with a sealed line. `found` is the digest of the line with its number, `last` the last line of
/// its stream.
pub(crate) fn judge(head: &case::Head, found: Option<Digest>, last: Option<u64>, seal: u64, report: &mut Report) {
    let says = match (found, last) {
        (Some(found), _) if found == head.digest => return,
        (Some(_), _) => format!("it is not the line that seal {seal} was made over: it was changed"),
        (None, None) => format!("the stream is missing: it had {} lines when seal {seal} was made", head.seq),
        (None, Some(last)) if last < head.seq => {
            format!(
                "the tail was cut: line {} was there when seal {seal} was made, {last} is the last there is",
                head.seq
            )
        }
        (None, Some(_)) => format!("the line is missing: it was there when seal {seal} was made"),
    };
    report.problem(head.stream.to_string(), Some(head.seq), says);
}

/// Proves all seals, and that the lines they name are there.
pub(super) async fn check_all(
    connection: &mut SqliteConnection,
    walk: &mut SealWalk<'_>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let sql = "SELECT seq, digest, body, pos FROM seals WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows = sqlx::query(sql).bind(after).bind(AT_ONCE).fetch_all(&mut *connection).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get(0)?;
        for row in &rows {
            let Some(seal) = read(row, walk, report)? else { continue };
            walk.step(&seal, Links::All, report)?;
            for head in &seal.heads {
                let (found, last) = line(connection, head).await?;
                judge(head, found, last, seal.seq, report);
            }
        }
    }
    let row = sqlx::query("SELECT coalesce(max(pos), 0) FROM entries").fetch_one(connection).await?;
    let last: u64 = crate::store::unsigned(row.try_get(0)?)?;
    if walk.covered.position > last {
        let says = format!("the last seal covers position {}, and {last} is the last there is", walk.covered.position);
        report.problem("seals", None, says);
    }
    Ok(())
}

/// A seal from its row; none, and a problem, if it cannot be read.
fn read(row: &SqliteRow, walk: &mut SealWalk<'_>, report: &mut Report) -> Result<Option<Seal>, StoreError> {
    let number: i64 = row.try_get(0)?;
    let at = format!("seal {number}");
    let columns = (row.try_get::<Vec<u8>, _>(1), row.try_get::<String, _>(2), row.try_get::<i64, _>(3));
    let (Ok(kept), Ok(body), Ok(position)) = columns else {
        report.problem(at, None, "its row was changed: a column has another type");
        return Ok(None);
    };
    match u64::try_from(position) {
        Ok(position) if position >= walk.covered.position => walk.covered.position = position,
        _ => report.problem(&at, None, "it covers less than the seal before it: its row was changed"),
    }
    if Digest::of_bytes(body.as_bytes()).0.as_slice() != kept {
        report.problem(&at, None, "its text does not have its digest: a byte was changed");
    }
    match serde_json::from_str::<Seal>(&body) {
        Ok(seal) if i64::try_from(seal.seq) == Ok(number) => {
            if seal.digest()?.0.as_slice() != kept {
                report.problem(&at, None, "its text is not the canonical form of what it says: it was rewritten");
            }
            Ok(Some(seal))
        }
        Ok(seal) => {
            report.problem(at, None, format!("its text is that of seal {}", seal.seq));
            Ok(None)
        }
        Err(error) => {
            report.problem(at, None, format!("it cannot be read: {error}"));
            Ok(None)
        }
    }
}

/// The digest of the line a head names, if it is there, and the number of the stream's last line.
async fn line(
    connection: &mut SqliteConnection,
    head: &case::Head,
) -> Result<(Option<Digest>, Option<u64>), StoreError> {
    let stream = head.stream.to_string();
    let found = sqlx::query("SELECT digest FROM entries WHERE stream = $1 AND seq = $2")
        .bind(&stream)
        .bind(i64::try_from(head.seq).unwrap_or(i64::MAX))
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = found {
        // Bytes that are no digest are noticed where lines are read; here they are the wrong ones.
        let digest = row.try_get::<Vec<u8>, _>(0).ok().and_then(|bytes| bytes.try_into().ok()).map(Digest);
        return Ok((Some(digest.unwrap_or(Digest::ZERO)), None));
    }
    let sql = "SELECT max(seq) FROM entries WHERE stream = $1";
    let row = sqlx::query(sql).bind(stream).fetch_one(connection).await?;
    Ok((None, row.try_get::<Option<i64>, _>(0)?.and_then(|last| u64::try_from(last).ok())))
}
