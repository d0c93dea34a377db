//! Writing lines.

use std::collections::BTreeMap;

use case::{Digest, Draft, Entry, Stream};
use serde_json::Value;
use sqlx::{Row as _, SqliteConnection};

use super::{Store, mentioned, signed, unsigned, within};
use crate::{Limits, StoreError, failpoint};

/// Decisions to write down together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AppendRequest {
    /// The lines, in order.
    pub drafts: Vec<Draft>,
    /// A reconciler's name and how far it has read: moves with the lines or not at all.
    pub cursor: Option<(String, u64)>,
    /// Streams that must not have grown beyond this line, because the decision rests on them.
    pub expect: Vec<(Stream, u64)>,
}

/// Lines that were given their places.
pub(super) struct Written {
    pub entries: Vec<Entry>,
    /// Positions of the first and the last; none if there are no lines.
    pub positions: Option<(u64, u64)>,
}

impl Written {
    pub(super) fn last(&self) -> Option<u64> {
        self.positions.map(|(_, last)| last)
    }
}

impl Store {
    /// Writes lines, and moves a cursor, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Moved`] if an expected stream has grown, [`StoreError::Full`]; nothing is written then.
    pub async fn append(&self, request: AppendRequest) -> Result<Vec<Entry>, StoreError> {
        let mut writing = self.begin().await?;
        let done = append(&mut writing, request, &self.0.limits).await;
        let written = writing.end(done).await?;
        failpoint::pass("store.after_append");
        self.ring_bell(written.last());
        Ok(written.entries)
    }
}

async fn append(
    connection: &mut SqliteConnection,
    request: AppendRequest,
    limits: &Limits,
) -> Result<Written, StoreError> {
    for (stream, expected) in request.expect {
        let found = last_of(connection, &stream).await?.map_or(0, |(last, _)| last);
        if found != expected {
            return Err(StoreError::Moved { stream: stream.to_string(), expected, found });
        }
    }
    let written = write(connection, request.drafts, limits).await?;
    if let Some((name, position)) = request.cursor {
        let sql = "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = $2";
        sqlx::query(sql).bind(name).bind(signed(position)?).execute(connection).await?;
    }
    Ok(written)
}

/// Gives lines their places and writes them.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    drafts: Vec<Draft>,
    limits: &Limits,
) -> Result<Written, StoreError> {
    within("lines in one write", drafts.len(), limits.lines)?;
    let mut lasts: BTreeMap<Stream, Option<(u64, Digest)>> = BTreeMap::new();
    let mut written = Written { entries: Vec::with_capacity(drafts.len()), positions: None };
    for draft in drafts {
        exact(&draft.kind, &draft.payload)?;
        let last = match lasts.get(&draft.stream) {
            Some(last) => *last,
            None => last_of(connection, &draft.stream).await?,
        };
        let entry = Entry::after(last, draft);
        let body = case::canonical(&entry)?;
        within("bytes of a line", body.len(), limits.line_bytes)?;
        let digest = Digest::of_bytes(&body);
        let body = String::from_utf8(body).map_err(|error| StoreError::corrupt("a line's canonical form", error))?;
        let sql = "INSERT INTO entries (stream, seq, digest, at_ms, kind, body) VALUES ($1, $2, $3, $4, $5, $6) RETURNING pos";
        let row = sqlx::query(sql)
            .bind(entry.stream.to_string())
            .bind(signed(entry.seq)?)
            .bind(digest.0.as_slice())
            .bind(entry.ctx.now.as_millisecond())
            .bind(&entry.kind)
            .bind(body)
            .fetch_one(&mut *connection)
            .await?;
        let position = unsigned(row.try_get(0)?)?;
        if let Some(alert) = mentioned(&entry) {
            sqlx::query("INSERT INTO mentions (alert, pos) VALUES ($1, $2)")
                .bind(alert.0.as_slice())
                .bind(signed(position)?)
                .execute(&mut *connection)
                .await?;
        }
        lasts.insert(entry.stream.clone(), Some((entry.seq, digest)));
        written.positions = Some((written.positions.map_or(position, |(first, _)| first), position));
        written.entries.push(entry);
    }
    Ok(written)
}

/// Number and digest of a stream's last line.
async fn last_of(connection: &mut SqliteConnection, stream: &Stream) -> Result<Option<(u64, Digest)>, StoreError> {
    let row = sqlx::query("SELECT seq, digest FROM entries WHERE stream = $1 ORDER BY seq DESC LIMIT 1")
        .bind(stream.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((unsigned(row.try_get(0)?)?, super::read::digest(row.try_get(1)?)?))).transpose()
}

/// Canonical JSON knows no integers beyond 2^53 and would round them: what was written would not be what is read.
fn exact(kind: &str, value: &Value) -> Result<(), StoreError> {
    const LARGEST: u64 = 1 << 53;
    match value {
        Value::Number(number) => {
            let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if whole.is_some_and(|whole| whole > LARGEST) {
                return Err(StoreError::Inexact { kind: kind.to_owned(), number: number.to_string() });
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| exact(kind, item)),
        Value::Object(fields) => fields.values().try_for_each(|field| exact(kind, field)),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}
