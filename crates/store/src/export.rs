//! One case on its own: its lines, their evidence, and the seals that prove them.

use std::collections::BTreeSet;

use case::{CaseId, Digest, Entry, Event, Seal, Stream};
use facts::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;

use crate::{
    Store, StoreError,
    verify::{Known, LineWalk, Links, Report, SealWalk, judge},
};

/// The version of the export's form.
const VERSION: u32 = 1;

/// A case that can be read and proved without the book it comes from.
///
/// Seals are signed one by one, so those that name the case prove it; the ones between are left out, and with them
/// what they say of other cases. A seal that names the case names beside it only the streams that grew in the same
/// minute, by their id and length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseExport {
    /// The version of this form.
    pub version: u32,
    /// The case.
    pub case: CaseId,
    /// The public key that the newest seal was made with, 64 hex digits; empty if there is no seal.
    pub key: String,
    /// All its lines.
    pub entries: Vec<Entry>,
    /// The seals that name it, oldest first.
    pub seals: Vec<Seal>,
    /// The evidence its lines name, and that of the blocks its alerts were seen in, by digest.
    pub evidence: Vec<KeptEvidence>,
}

/// A piece of evidence in an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptEvidence {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The bytes; none if the export would have grown too large. They are in the book under the digest.
    pub bytes: Option<Bytes>,
}

impl CaseExport {
    /// A case that was never in a book: its lines hang together, and nobody has sealed them.
    pub fn unsealed(case: CaseId, entries: Vec<Entry>) -> Self {
        Self { version: VERSION, case, key: String::new(), entries, seals: Vec::new(), evidence: Vec::new() }
    }

    /// The file: canonical JSON, the same bytes for the same case.
    ///
    /// # Errors
    /// If JSON cannot write it, which does not happen for what the book gave out.
    pub fn to_json(&self) -> Result<Vec<u8>, StoreError> {
        Ok(case::canonical(self)?)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is not an export; says at which line and column.
    pub fn from_json(bytes: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(bytes).map_err(|error| StoreError::corrupt("the exported case", error))
    }

    /// Proves it, as [`verify_export`] does, against what is known from elsewhere. Without a known key or seal this
    /// proves that the file is of one piece, not whose it is: whoever makes all of it anew, with a key of their own,
    /// is not noticed. Nor is it noticed that the newest lines are gone together with the seals that name them, unless
    /// one of those seals is known.
    ///
    /// # Errors
    /// If something has no canonical form.
    pub fn verify(&self, known: &Known) -> Result<Report, StoreError> {
        prove(self, known)
    }
}

impl Store {
    /// Exports a case with what proves it. Seal first, or its newest lines are covered by no seal.
    ///
    /// # Errors
    /// If the case cannot be read, or its evidence was changed.
    pub async fn export_case(&self, case: &CaseId) -> Result<CaseExport, StoreError> {
        let stream = Stream::Case(case.clone());
        let entries = self.whole_stream(&stream).await?;
        let seals = self.seals_of(&stream).await?;
        let mut evidence = Vec::new();
        let mut left = self.limits().export_bytes;
        for digest in self.evidence_named(&entries).await? {
            let Some(bytes) = self.evidence(&digest).await? else { continue };
            let fits = bytes.len() <= left;
            left = left.saturating_sub(if fits { bytes.len() } else { 0 });
            evidence.push(KeptEvidence { digest, bytes: fits.then(|| bytes.into()) });
        }
        let key = seals.last().map(|seal| seal.key.clone()).unwrap_or_default();
        Ok(CaseExport { version: VERSION, case: case.clone(), key, entries, seals, evidence })
    }

    /// The seals that name a stream, oldest first.
    async fn seals_of(&self, stream: &Stream) -> Result<Vec<Seal>, StoreError> {
        let mut reading = self.read().await?;
        // A seal is made after the lines it covers: earlier ones need not be read.
        let sql = "SELECT body FROM seals WHERE pos >= (SELECT min(pos) FROM entries WHERE stream = $1) \
                   AND instr(body, $2) > 0 ORDER BY seq";
        let name = stream.to_string();
        let quoted = format!("\"{name}\"");
        let mut seals = Vec::new();
        for row in sqlx::query(sql).bind(name).bind(quoted).fetch_all(&mut *reading).await? {
            let seal: Seal =
                serde_json::from_str(row.try_get(0)?).map_err(|error| StoreError::corrupt("a seal", error))?;
            if seal.heads.iter().any(|head| head.stream == *stream) {
                seals.push(seal);
            }
        }
        Ok(seals)
    }

    /// Digests that may be those of evidence: named in a line, or kept with the block an alert was seen in.
    async fn evidence_named(&self, entries: &[Entry]) -> Result<BTreeSet<Digest>, StoreError> {
        let mut named = BTreeSet::new();
        for entry in entries {
            digests(&entry.payload, &mut named);
            let event = entry.event().map_err(|error| StoreError::corrupt("a line of the case", error))?;
            // What was kept of a block is kept with it: of the attack's, and of those in which our own steps took effect.
            let block = match &event {
                Some(Event::Attached(attached)) => Some(&attached.alert.seen_at),
                Some(Event::Confirmed(confirmed)) => confirmed.block.as_ref(),
                _ => None,
            };
            if let Some(block) = block {
                named.extend(self.evidence_of(block).await?);
            }
        }
        Ok(named)
    }
}

/// Collects texts that have the form of a digest.
fn digests(value: &Value, out: &mut BTreeSet<Digest>) {
    match value {
        Value::String(text) => out.extend(text.parse::<Digest>().ok()),
        Value::Array(items) => items.iter().for_each(|item| digests(item, out)),
        Value::Object(fields) => fields.values().for_each(|field| digests(field, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Proves an exported case: its lines hang together, seals cover all of them and hold, evidence has its digest.
/// `trusted` is the public key that the seals have to be made with, known from elsewhere.
///
/// # Errors
/// If something has no canonical form.
pub fn verify_export(export: &CaseExport, trusted: Option<&str>) -> Result<Report, StoreError> {
    export.verify(&Known { seal: None, key: trusted.map(str::to_owned) })
}

fn prove(export: &CaseExport, known: &Known) -> Result<Report, StoreError> {
    let mut report = Report::default();
    if export.version != VERSION {
        let says = format!("its form is version {}, this program knows {VERSION}: use a newer program", export.version);
        report.problem("the export", None, says);
        return Ok(report);
    }
    let stream = Stream::Case(export.case.clone());
    let mut seals = SealWalk::new(known);
    for seal in &export.seals {
        seals.step(seal, Links::Some, &mut report)?;
    }
    let covered = seals.covered();
    let mut lines = LineWalk::new(covered.clone());
    let mut digests = Vec::with_capacity(export.entries.len());
    for entry in &export.entries {
        if entry.stream != stream {
            report.problem(entry.stream.to_string(), Some(entry.seq), format!("it is not a line of {stream}"));
            continue;
        }
        digests.push((entry.seq, lines.step(entry, &mut report)?));
    }
    for seal in &export.seals {
        for head in seal.heads.iter().filter(|head| head.stream == stream) {
            let found = digests.iter().find(|(seq, _)| *seq == head.seq).map(|(_, digest)| *digest);
            judge(head, found, digests.last().map(|(seq, _)| *seq), seal.seq, &mut report);
        }
    }
    let sealed = covered.streams.get(&stream).copied().unwrap_or_default();
    if report.unsealed > 0 || digests.is_empty() {
        let says = "no seal covers it or what follows it: anybody could have written it; seal, and export again";
        report.problem(stream.to_string(), Some(sealed.saturating_add(1)), says);
    }
    if export.seals.last().map_or("", |seal| &seal.key) != export.key {
        report.problem("the export", None, "the key it names is not that of its newest seal");
    }
    seals.finish(None, &mut report);
    for kept in &export.evidence {
        report.evidence += 1;
        if kept.bytes.as_ref().is_some_and(|bytes| Digest::of_bytes(bytes) != kept.digest) {
            let says = "its bytes have another digest: they were changed";
            report.problem(format!("evidence {}", kept.digest), None, says);
        }
    }
    Ok(report)
}
