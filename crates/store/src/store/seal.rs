//! Sealing the heads of all streams.

use case::{Digest, Head, Seal, Timestamp};
use sqlx::Row as _;

use super::{Store, read::digest, signed, unsigned};
use crate::{StoreError, failpoint};

impl Store {
    /// Seals what is in the book now. Nothing happens if nothing was written since the last seal.
    ///
    /// # Errors
    /// If the database cannot be read or written.
    pub async fn seal(&self, now: Timestamp) -> Result<Option<Seal>, StoreError> {
        let mut transaction = self.begin().await?;
        let sql = "SELECT stream, seq, digest FROM entries e WHERE seq = (SELECT max(seq) FROM entries WHERE stream = e.stream) ORDER BY stream";
        let mut heads = Vec::new();
        for row in sqlx::query(sql).fetch_all(&mut *transaction).await? {
            let stream: &str = row.try_get(0)?;
            let stream = stream.parse().map_err(|error: case::StreamError| StoreError::Corrupt {
                what: stream.to_owned(),
                why: error.to_string(),
            })?;
            heads.push(Head { stream, seq: unsigned(row.try_get(1)?), digest: digest(row.try_get(2)?)? });
        }
        heads.sort_by(|one, other| one.stream.cmp(&other.stream));
        let last = sqlx::query("SELECT seq, digest, body FROM seals ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *transaction)
            .await?;
        let (seq, prev) = match last {
            Some(row) => {
                let body: &str = row.try_get(2)?;
                let before: Seal = serde_json::from_str(body)
                    .map_err(|error| StoreError::Corrupt { what: "a seal".to_owned(), why: error.to_string() })?;
                if before.heads == heads {
                    return Ok(None);
                }
                (unsigned(row.try_get(0)?), digest(row.try_get(1)?)?)
            }
            None => (0, Digest::ZERO),
        };
        if heads.is_empty() {
            return Ok(None);
        }
        let at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let mut seal = Seal { seq: seq + 1, prev, at, heads, key: self.0.key.public(), signature: String::new() };
        seal.signature = self.0.key.sign(&seal.signed_bytes()?);
        let body = case::canonical(&seal)?;
        sqlx::query("INSERT INTO seals (seq, digest, body) VALUES ($1, $2, $3)")
            .bind(signed(seal.seq)?)
            .bind(Digest::of_bytes(&body).0.as_slice())
            .bind(String::from_utf8_lossy(&body).into_owned())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        failpoint::pass("store.after_seal");
        Ok(Some(seal))
    }
}
