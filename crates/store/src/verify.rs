//! Proving a book: every link, every seal, every piece of evidence.
//!
//! What cannot be noticed from the book alone is that everything after some seal was cut off, that seal included in
//! nothing newer: whoever keeps the digest of a later seal elsewhere notices it, and [`verify_database`] takes such a
//! digest. Lines after the last seal are proved to hang together, and no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use case::{Digest, Entry, Seal, Stream, Timestamp, check_chain};
use serde::Serialize;
use sqlx::{Connection as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{StoreError, key::is_signed, schema, store_entry};

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: a stream, a seal, a piece of evidence.
    pub at: String,
    /// What, and what it means.
    pub says: String,
}

/// What a proof came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// Digest and time of the last seal: keep it elsewhere.
    pub last_seal: Option<(Digest, Timestamp)>,
    /// What does not hold.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Proves a whole database without changing it. `known` is the digest of a seal that is kept elsewhere.
///
/// # Errors
/// If the database cannot be opened or read at all; what can be read and does not hold is in the report.
pub async fn verify_database(path: &Path, known: Option<Digest>) -> Result<Report, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    schema::check(schema::version(&mut connection).await?)?;
    let mut problems = Vec::new();

    let mut streams: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for row in sqlx::query("SELECT stream, seq, digest, body FROM entries ORDER BY stream, seq")
        .fetch_all(&mut connection)
        .await?
    {
        let (stream, seq): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (kept, body): (Vec<u8>, String) = (row.try_get(2)?, row.try_get(3)?);
        let at = format!("{stream} line {seq}");
        if Digest::of_bytes(body.as_bytes()).0.as_slice() != kept.as_slice() {
            problems.push(Problem {
                at: at.clone(),
                says: "its text does not have its digest: a byte was changed".to_owned(),
            });
        }
        match store_entry(&body) {
            Ok(entry) if i64::try_from(entry.seq) == Ok(seq) && entry.stream.to_string() == stream => {
                streams.entry(stream).or_default().push(entry);
            }
            Ok(_) => problems.push(Problem { at, says: "its text is of another line: it was moved".to_owned() }),
            Err(error) => problems.push(Problem { at, says: error.to_string() }),
        }
    }
    let seals = read_seals(&mut connection, &mut problems).await?;
    let evidence = check_evidence(&mut connection, &mut problems).await?;
    connection.close().await?;

    let mut report = prove(&streams, &seals, |_| true, problems);
    report.evidence = evidence;
    if let Some(known) = known
        && !seals.iter().any(|(digest, _)| *digest == known)
    {
        let says =
            "the seal that is kept elsewhere is not in this database: lines, or the whole book, were rolled back";
        report.problems.push(Problem { at: format!("seal {known}"), says: says.to_owned() });
    }
    Ok(report)
}

/// Proves streams against seals. `ours` says which of the sealed streams have to be there.
pub(crate) fn prove(
    streams: &BTreeMap<String, Vec<Entry>>,
    seals: &[(Digest, Seal)],
    ours: impl Fn(&Stream) -> bool,
    mut problems: Vec<Problem>,
) -> Report {
    for (name, entries) in streams {
        let chain = name.parse::<Stream>().map_err(|error| error.to_string());
        let broken = chain.and_then(|stream| check_chain(&stream, entries).map_err(|error| error.to_string()));
        if let Err(says) = broken {
            problems.push(Problem { at: name.clone(), says });
        }
    }
    let mut keys = BTreeSet::new();
    let mut before = (0, Digest::ZERO);
    for (digest, seal) in seals {
        let at = format!("seal {}", seal.seq);
        if (seal.seq, seal.prev) != (before.0 + 1, before.1) {
            problems.push(Problem { at: at.clone(), says: "it does not follow from the seal before it".to_owned() });
        }
        before = (seal.seq, *digest);
        keys.insert(seal.key.clone());
        let signed = seal.signed_bytes().is_ok_and(|bytes| is_signed(&seal.key, &bytes, &seal.signature));
        if !signed {
            problems.push(Problem { at: at.clone(), says: "its signature does not hold".to_owned() });
        }
        for head in seal.heads.iter().filter(|head| ours(&head.stream)) {
            let lines = streams.get(&head.stream.to_string());
            let line = lines.and_then(|lines| lines.iter().find(|entry| entry.seq == head.seq));
            let says = match (lines, line) {
                (None, _) => "the stream is missing: it was there when this seal was made".to_owned(),
                (Some(lines), None) => {
                    let last = lines.last().map_or(0, |entry| entry.seq);
                    format!("its tail was cut: line {} was sealed, {last} is the last there is", head.seq)
                }
                (Some(_), Some(line)) if line.digest().ok() != Some(head.digest) => {
                    format!("line {} is not the one that was sealed", head.seq)
                }
                (Some(_), Some(_)) => continue,
            };
            problems.push(Problem { at: format!("{} ({at})", head.stream), says });
        }
    }
    if keys.len() > 1 {
        let says = format!(
            "seals were made with {} different keys: {}",
            keys.len(),
            keys.into_iter().collect::<Vec<_>>().join(", ")
        );
        problems.push(Problem { at: "seals".to_owned(), says });
    }
    let sealed: BTreeMap<String, u64> = seals
        .last()
        .map(|(_, seal)| seal.heads.iter().map(|head| (head.stream.to_string(), head.seq)).collect())
        .unwrap_or_default();
    let unsealed = streams.iter().flat_map(|(name, entries)| {
        let covered = sealed.get(name).copied().unwrap_or_default();
        entries.iter().filter(move |entry| entry.seq > covered)
    });
    Report {
        streams: streams.len() as u64,
        entries: streams.values().map(|entries| entries.len() as u64).sum(),
        seals: seals.len() as u64,
        evidence: 0,
        unsealed: unsealed.count() as u64,
        last_seal: seals.last().map(|(digest, seal)| (*digest, seal.at)),
        problems,
    }
}

async fn read_seals(
    connection: &mut SqliteConnection,
    problems: &mut Vec<Problem>,
) -> Result<Vec<(Digest, Seal)>, StoreError> {
    let mut seals = Vec::new();
    for row in sqlx::query("SELECT seq, digest, body FROM seals ORDER BY seq").fetch_all(connection).await? {
        let (seq, kept, body): (i64, Vec<u8>, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let at = format!("seal {seq}");
        let digest = Digest::of_bytes(body.as_bytes());
        if digest.0.as_slice() != kept.as_slice() {
            problems.push(Problem {
                at: at.clone(),
                says: "its text does not have its digest: a byte was changed".to_owned(),
            });
        }
        match serde_json::from_str::<Seal>(&body) {
            Ok(seal) => seals.push((digest, seal)),
            Err(error) => problems.push(Problem { at, says: format!("it cannot be read: {error}") }),
        }
    }
    Ok(seals)
}

async fn check_evidence(connection: &mut SqliteConnection, problems: &mut Vec<Problem>) -> Result<u64, StoreError> {
    let mut count = 0;
    for row in sqlx::query("SELECT digest FROM evidence ORDER BY digest").fetch_all(&mut *connection).await? {
        let kept: Vec<u8> = row.try_get(0)?;
        let one =
            sqlx::query("SELECT bytes FROM evidence WHERE digest = $1").bind(&kept).fetch_one(&mut *connection).await?;
        let bytes: Vec<u8> = one.try_get(0)?;
        count += 1;
        if Digest::of_bytes(&bytes).0.as_slice() != kept.as_slice() {
            let at = format!("evidence {}", crate::key::hex(&kept));
            problems.push(Problem { at, says: "its bytes have another digest: they were changed".to_owned() });
        }
    }
    let missing =
        "SELECT count(*) FROM evidence_of_block r LEFT JOIN evidence e ON e.digest = r.digest WHERE e.digest IS NULL";
    let row = sqlx::query(missing).fetch_one(&mut *connection).await?;
    let missing: i64 = row.try_get(0)?;
    if missing > 0 {
        let says = format!("{missing} pieces that blocks refer to are not there");
        problems.push(Problem { at: "evidence".to_owned(), says });
    }
    Ok(count)
}
