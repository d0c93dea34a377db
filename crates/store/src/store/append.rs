//! Writing lines.

use case::{Digest, Draft, Entry, Stream};
use sqlx::{Row as _, Sqlite, Transaction};

use super::{Limits, Store, signed, unsigned};
use crate::{StoreError, failpoint};

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

impl Store {
    /// Writes lines, and moves a cursor, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Moved`] if an expected stream has grown; nothing is written then. [`StoreError::Full`] likewise.
    pub async fn append(&self, request: AppendRequest) -> Result<Vec<Entry>, StoreError> {
        let mut transaction = self.begin().await?;
        for (stream, seq) in &request.expect {
            let last = last_of(&mut transaction, stream).await?.map_or(0, |(last, _)| last);
            if last != *seq {
                return Err(StoreError::Moved { stream: stream.to_string() });
            }
        }
        let (entries, position) = write(&mut transaction, request.drafts, &self.0.limits).await?;
        if let Some((name, position)) = request.cursor {
            sqlx::query(
                "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = $2",
            )
            .bind(name)
            .bind(signed(position)?)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        failpoint::pass("store.after_append");
        self.ring_bell(position);
        Ok(entries)
    }
}

/// Gives lines their places and writes them; returns them and the position of the last.
pub(super) async fn write(
    transaction: &mut Transaction<'static, Sqlite>,
    drafts: Vec<Draft>,
    limits: &Limits,
) -> Result<(Vec<Entry>, Option<u64>), StoreError> {
    if drafts.len() > limits.lines {
        return Err(StoreError::TooLarge { what: "one write", size: drafts.len(), limit: limits.lines });
    }
    let mut entries = Vec::with_capacity(drafts.len());
    let mut position = None;
    for draft in drafts {
        let last = last_of(transaction, &draft.stream).await?;
        let entry = Entry::after(last, draft);
        let body = case::canonical(&entry)?;
        if body.len() > limits.line_bytes {
            return Err(StoreError::TooLarge { what: "a line", size: body.len(), limit: limits.line_bytes });
        }
        let digest = Digest::of_bytes(&body);
        let body = String::from_utf8(body)
            .map_err(|error| StoreError::Corrupt { what: "a line".to_owned(), why: error.to_string() })?;
        let sql = "INSERT INTO entries (stream, seq, digest, at_ms, kind, body) VALUES ($1, $2, $3, $4, $5, $6) RETURNING pos";
        let row = sqlx::query(sql)
            .bind(entry.stream.to_string())
            .bind(signed(entry.seq)?)
            .bind(digest.0.as_slice())
            .bind(entry.ctx.now.as_millisecond())
            .bind(&entry.kind)
            .bind(body)
            .fetch_one(&mut **transaction)
            .await?;
        position = Some(unsigned(row.try_get(0)?));
        entries.push(entry);
    }
    Ok((entries, position))
}

/// Number and digest of a stream's last line.
async fn last_of(
    transaction: &mut Transaction<'static, Sqlite>,
    stream: &Stream,
) -> Result<Option<(u64, Digest)>, StoreError> {
    let row = sqlx::query("SELECT seq, digest FROM entries WHERE stream = $1 ORDER BY seq DESC LIMIT 1")
        .bind(stream.to_string())
        .fetch_optional(&mut **transaction)
        .await?;
    row.map(|row| Ok((unsigned(row.try_get(0)?), super::read::digest(row.try_get(1)?)?))).transpose()
}
