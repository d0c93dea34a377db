//! Evidence, by the digest of its bytes.

use case::Digest;
use sqlx::Row as _;

use super::Store;
use crate::StoreError;

impl Store {
    /// Keeps bytes and returns what they are known by. The same bytes are kept once.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::Full`].
    pub async fn put_evidence(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let limit = self.0.limits.evidence_bytes;
        if bytes.len() > limit {
            return Err(StoreError::TooLarge { what: "evidence", size: bytes.len(), limit });
        }
        let digest = Digest::of_bytes(bytes);
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO evidence (digest, bytes) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
            .bind(digest.0.as_slice())
            .bind(bytes)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(digest)
    }

    /// The bytes of this digest, if they are kept.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if what is kept does not have this digest.
    pub async fn evidence(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT bytes FROM evidence WHERE digest = $1")
            .bind(digest.0.as_slice())
            .fetch_optional(&self.0.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let bytes: Vec<u8> = row.try_get(0)?;
        if Digest::of_bytes(&bytes) != *digest {
            let why = "its bytes have another digest: they were changed".to_owned();
            return Err(StoreError::Corrupt { what: format!("evidence `{digest}`"), why });
        }
        Ok(Some(bytes))
    }
}
