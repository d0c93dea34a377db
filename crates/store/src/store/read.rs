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
        let row = sqlx::query(sql).bind(name).fetch_optional(&mut *self.read().await?).await?;
        row.map_or(Ok(0), |row| unsigned(row.try_get(0)?))
    }

    /// The position of the last line.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn last_position(&self) -> Result<u64, StoreError> {
        super::last_position(&mut *self.read().await?).await
    }

    /// Lines after a position, over all streams, with their positions.
    ///
    /// # Errors
    /// If the database cannot be read, a line not understood, or `limit` is beyond the written one.
    pub async fn entries_after(&self, position: u64, limit: u32) -> Result<Vec<(u64, Entry)>, StoreError> {
        let sql = "SELECT pos, body FROM entries WHERE pos > $1 ORDER BY pos LIMIT $2";
        let query = sqlx::query(sql).bind(signed(position)?).bind(self.page(limit)?);
        query.fetch_all(&mut *self.read().await?).await?.iter().map(positioned).collect()
    }

    /// Lines of a kind before a position, newest first, with their positions. `before` of `u64::MAX` begins at the end.
    ///
    /// # Errors
    /// As [`Store::entries_after`].
    pub async fn of_kind_before(&self, kind: &str, before: u64, limit: u32) -> Result<Vec<(u64, Entry)>, StoreError> {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let sql = "SELECT pos, body FROM entries WHERE kind = $1 AND pos < $2 ORDER BY pos DESC LIMIT $3";
        let query = sqlx::query(sql).bind(kind).bind(before).bind(self.page(limit)?);
        query.fetch_all(&mut *self.read().await?).await?.iter().map(positioned).collect()
    }

    /// Lines of a stream after a number.
    ///
    /// # Errors
    /// As [`Store::entries_after`].
    pub async fn stream(&self, stream: &Stream, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let limit = self.page(limit)?;
        self.lines(stream, after, limit).await
    }

    /// All lines of a stream.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] beyond the written limit: read it in parts then.
    pub async fn whole_stream(&self, stream: &Stream) -> Result<Vec<Entry>, StoreError> {
        let limit = self.0.limits.stream_lines;
        let lines = self.lines(stream, 0, limit.saturating_add(1)).await?;
        super::within("lines of a stream read as a whole", lines.len(), limit as usize)?;
        Ok(lines)
    }

    /// Cases in the order in which they were opened, newest first, with the positions of their openings. `before` of
    /// `u64::MAX` begins at the end.
    ///
    /// # Errors
    /// As [`Store::entries_after`].
    pub async fn cases(&self, before: u64, limit: u32) -> Result<Vec<(u64, CaseId)>, StoreError> {
        let opened = self.of_kind_before("case.opened/1", before, limit).await?;
        let case = |(position, entry): (u64, Entry)| match entry.stream {
            Stream::Case(id) => Some((position, id)),
            Stream::Chain(_) | Stream::Org => None,
        };
        Ok(opened.into_iter().filter_map(case).collect())
    }

    async fn lines(&self, stream: &Stream, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let sql = "SELECT pos, body FROM entries WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let query = sqlx::query(sql).bind(stream.to_string()).bind(signed(after)?).bind(limit);
        let rows = query.fetch_all(&mut *self.read().await?).await?;
        rows.iter().map(|row| positioned(row).map(|(_, entry)| entry)).collect()
    }

    /// A page is refused rather than cut: whoever asks for more would take the cut for the end.
    pub(super) fn page(&self, limit: u32) -> Result<u32, StoreError> {
        let most = self.0.limits.page_lines;
        super::within("lines read at once", limit as usize, most as usize).map(|()| limit)
    }
}

/// Position and line from `pos, body`.
pub(super) fn positioned(row: &SqliteRow) -> Result<(u64, Entry), StoreError> {
    Ok((unsigned(row.try_get(0)?)?, entry(row.try_get(1)?)?))
}

/// A line from its canonical form.
pub(crate) fn entry(body: &str) -> Result<Entry, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::corrupt("a line of the book", error))
}

/// A digest from its bytes.
pub(crate) fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    let sized = bytes.try_into().map(Digest);
    sized.map_err(|_| StoreError::corrupt("a digest", format!("it has {} bytes instead of 32", bytes.len())))
}
