//! Sealing the heads of all streams.

use case::{Actor, Ctx, Digest, Draft, Head, Seal, Stream, StreamError, Timestamp};
use serde_json::{Value, json};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    Store,
    append::{Written, write},
    read::digest,
    signed, unsigned,
};
use crate::{Limits, SealKey, StoreError, failpoint};

/// The kind of line that says with which key seals are made from here on: `{key}`. The book writes it itself, before
/// the first seal of a key.
pub const SEAL_KEY: &str = "seal.key/1";

/// The last seal, as far as the next one needs it.
struct Last {
    seq: u64,
    digest: Digest,
    /// The last line it covers.
    position: i64,
}

impl Store {
    /// Seals what is in the book now: the heads that moved since the last seal, linked to it and signed. Nothing
    /// happens if none did.
    ///
    /// # Errors
    /// If the database cannot be read or written.
    pub async fn seal(&self, now: Timestamp) -> Result<Option<Seal>, StoreError> {
        let key = self.0.key.as_ref().ok_or(StoreError::Shut("opened only to read"))?;
        let mut writing = self.begin().await?;
        let done = seal(&mut writing, key, now, &self.0.limits).await;
        let Some((seal, written)) = writing.end(done).await? else { return Ok(None) };
        failpoint::pass("store.after_seal");
        self.ring_bell(written.last());
        Ok(Some(seal))
    }

    /// The number and the time of the last seal; none before the first.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn last_seal(&self) -> Result<Option<(u64, Timestamp)>, StoreError> {
        let sql = "SELECT body FROM seals ORDER BY seq DESC LIMIT 1";
        let Some(row) = sqlx::query(sql).fetch_optional(&mut *self.read().await?).await? else { return Ok(None) };
        let body: &str = row.try_get(0)?;
        let seal: Seal = serde_json::from_str(body).map_err(|error| StoreError::corrupt("the last seal", error))?;
        Ok(Some((seal.seq, seal.at)))
    }
}

async fn seal(
    connection: &mut SqliteConnection,
    key: &SealKey,
    now: Timestamp,
    limits: &Limits,
) -> Result<Option<(Seal, Written)>, StoreError> {
    let row = sqlx::query("SELECT seq, digest, pos FROM seals ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *connection)
        .await?;
    let last = match row {
        Some(row) => {
            Last { seq: unsigned(row.try_get(0)?)?, digest: digest(row.try_get(1)?)?, position: row.try_get(2)? }
        }
        None => Last { seq: 0, digest: Digest::ZERO, position: 0 },
    };
    if end(connection).await? <= last.position {
        return Ok(None);
    }
    let announcement = announcement(connection, key, now).await?;
    let written = write(connection, announcement, limits).await?;
    let position = end(connection).await?;
    let at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    let mut seal = Seal {
        seq: last.seq + 1,
        prev: last.digest,
        at,
        heads: heads_after(connection, last.position).await?,
        key: key.public(),
        signature: String::new(),
    };
    seal.signature = key.sign(&seal.signed_bytes()?);
    let body = case::canonical(&seal)?;
    let digest = Digest::of_bytes(&body);
    sqlx::query("INSERT INTO seals (seq, digest, body, pos) VALUES ($1, $2, $3, $4)")
        .bind(signed(seal.seq)?)
        .bind(digest.0.as_slice())
        .bind(String::from_utf8(body).map_err(|error| StoreError::corrupt("a seal's canonical form", error))?)
        .bind(position)
        .execute(connection)
        .await?;
    Ok(Some((seal, written)))
}

async fn end(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT coalesce(max(pos), 0) FROM entries").fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}

/// The line that names the key, unless it is named already.
async fn announcement(
    connection: &mut SqliteConnection,
    key: &SealKey,
    now: Timestamp,
) -> Result<Vec<Draft>, StoreError> {
    let rows = sqlx::query("SELECT body FROM entries WHERE stream = 'org' AND kind = $1 ORDER BY pos DESC LIMIT 1")
        .bind(SEAL_KEY)
        .fetch_all(connection)
        .await?;
    let public = key.public();
    for row in &rows {
        let entry = super::read::entry(row.try_get(0)?)?;
        if entry.payload.get("key").and_then(Value::as_str) == Some(&public) {
            return Ok(Vec::new());
        }
    }
    let why = if rows.is_empty() { "the first seal" } else { "another key is used from here on" };
    Ok(vec![Draft {
        stream: Stream::Org,
        ctx: Ctx::new(Actor::machine("store"), why, now),
        kind: SEAL_KEY.to_owned(),
        payload: json!({ "key": public }),
    }])
}

/// Heads of the streams that have lines after a position, ordered by stream.
async fn heads_after(connection: &mut SqliteConnection, position: i64) -> Result<Vec<Head>, StoreError> {
    let sql = "SELECT e.stream, e.seq, e.digest FROM entries e JOIN \
               (SELECT stream, max(seq) AS seq FROM entries WHERE pos > $1 GROUP BY stream) moved \
               ON moved.stream = e.stream AND moved.seq = e.seq";
    let rows = sqlx::query(sql).bind(position).fetch_all(connection).await?;
    let mut heads = rows.iter().map(head).collect::<Result<Vec<_>, _>>()?;
    heads.sort_by(|one, other| one.stream.cmp(&other.stream));
    Ok(heads)
}

fn head(row: &SqliteRow) -> Result<Head, StoreError> {
    let stream: &str = row.try_get(0)?;
    let stream = stream.parse().map_err(|error: StreamError| StoreError::corrupt(stream, error))?;
    Ok(Head { stream, seq: unsigned(row.try_get(1)?)?, digest: digest(row.try_get(2)?)? })
}
