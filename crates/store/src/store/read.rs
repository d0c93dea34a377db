//! Reading lines.

use case::{CaseId, Digest, Entry, Stream};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::{Store, signed, unsigned};
use crate::StoreError;

impl Store {
    /// How far a reconciler has read; 0 if it never has.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn cursor(&self, name: &str) -> Result<u64, StoreError> {
        let sql = "SELECT position FROM cursors WHERE name = $1";
        let row = sqlx::query(sql).bind(name).fetch_optional(&self.0.readers).await?;
        row.map_or(Ok(0), |row| Ok(unsigned(row.try_get(0)?)))
    }

    /// The position of the last line.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn last_position(&self) -> Result<u64, StoreError> {
        super::last_position(&self.0.readers).await
    }

    /// Lines after a position, over all streams, with their positions.
    ///
    /// # Errors
    /// If the database cannot be read, or a line not understood.
    pub async fn entries_after(&self, position: u64, limit: u32) -> Result<Vec<(u64, Entry)>, StoreError> {
        let sql = "SELECT pos, body FROM entries WHERE pos > $1 ORDER BY pos LIMIT $2";
        let rows = sqlx::query(sql).bind(signed(position)?).bind(limit).fetch_all(&self.0.readers).await?;
        rows.iter().map(positioned).collect()
    }

    /// Lines of a kind before a position, newest first, with their positions. `before` of `u64::MAX` begins at the end.
    ///
    /// # Errors
    /// If the database cannot be read, or a line not understood.
    pub async fn of_kind_before(&self, kind: &str, before: u64, limit: u32) -> Result<Vec<(u64, Entry)>, StoreError> {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let sql = "SELECT pos, body FROM entries WHERE kind = $1 AND pos < $2 ORDER BY pos DESC LIMIT $3";
        let rows = sqlx::query(sql).bind(kind).bind(before).bind(limit).fetch_all(&self.0.readers).await?;
        rows.iter().map(positioned).collect()
    }

    /// Lines of a stream after a number.
    ///
    /// # Errors
    /// If the database cannot be read, or a line not understood.
    pub async fn stream(&self, stream: &Stream, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let sql = "SELECT seq, body FROM entries WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let rows = sqlx::query(sql)
            .bind(stream.to_string())
            .bind(signed(after)?)
            .bind(limit)
            .fetch_all(&self.0.readers)
            .await?;
        rows.iter().map(|row| positioned(row).map(|(_, entry)| entry)).collect()
    }

    /// All lines of a stream.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] beyond the written limit.
    pub async fn whole_stream(&self, stream: &Stream) -> Result<Vec<Entry>, StoreError> {
        let limit = self.0.limits.stream_lines;
        let lines = self.stream(stream, 0, u32::try_from(limit).unwrap_or(u32::MAX)).await?;
        if lines.len() >= limit {
            return Err(StoreError::TooLarge { what: "a stream", size: lines.len(), limit });
        }
        Ok(lines)
    }

    /// Cases in the order in which they were opened, newest first, with the positions of their openings.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn cases(&self, before: u64, limit: u32) -> Result<Vec<(u64, CaseId)>, StoreError> {
        let opened = self.of_kind_before("case.opened/1", before, limit).await?;
        let case = |(position, entry): (u64, Entry)| match entry.stream {
            Stream::Case(id) => Some((position, id)),
            Stream::Chain(_) | Stream::Org => None,
        };
        Ok(opened.into_iter().filter_map(case).collect())
    }
}

fn positioned(row: &SqliteRow) -> Result<(u64, Entry), StoreError> {
    let position = unsigned(row.try_get(0)?);
    Ok((position, entry(row.try_get(1)?)?))
}

/// A line from its canonical form.
pub(crate) fn entry(body: &str) -> Result<Entry, StoreError> {
    serde_json::from_str(body)
        .map_err(|error| StoreError::Corrupt { what: "a line of the book".to_owned(), why: error.to_string() })
}

/// A digest from its bytes.
pub(crate) fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    bytes.try_into().map(Digest).map_err(|_| StoreError::Corrupt {
        what: "a digest".to_owned(),
        why: format!("it has {} bytes instead of 32", bytes.len()),
    })
}
