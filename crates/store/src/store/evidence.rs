//! Evidence, by the digest of its bytes.

use case::{Actor, Ctx, Digest, Draft, Stream, Timestamp};
use facts::BlockRef;
use serde_json::json;
use sqlx::{Row as _, SqliteConnection};

use super::{Store, within};
use crate::{StoreError, failpoint};

/// The kind of line that says which evidence belongs to a block: `{block, evidence: [digest]}`. The book writes it
/// itself, so that the references are chained and sealed and a piece cannot vanish unseen.
pub const EVIDENCE_KEPT: &str = "evidence.kept/1";

impl Store {
    /// Keeps bytes and returns what they are known by. The same bytes are kept once.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::Full`].
    pub async fn put_evidence(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        Ok(self.put_pieces(&[bytes]).await?[0])
    }

    /// Keeps several pieces in one transaction, and returns what they are known by in the same order.
    ///
    /// # Errors
    /// As [`Store::put_evidence`]; none is kept then.
    pub async fn put_pieces(&self, pieces: &[&[u8]]) -> Result<Vec<Digest>, StoreError> {
        for piece in pieces {
            within("bytes of evidence", piece.len(), self.0.limits.evidence_bytes)?;
        }
        let digests: Vec<Digest> = pieces.iter().map(|piece| Digest::of_bytes(piece)).collect();
        let mut writing = self.begin().await?;
        let done = insert(&mut writing, &digests, pieces).await;
        writing.end(done).await?;
        failpoint::pass("store.after_evidence");
        Ok(digests)
    }

    /// The bytes of this digest, if they are kept.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if what is kept does not have this digest.
    pub async fn evidence(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query("SELECT bytes FROM evidence WHERE digest = $1").bind(digest.0.as_slice());
        let Some(row) = query.fetch_optional(&mut *self.read().await?).await? else { return Ok(None) };
        let bytes: Vec<u8> = row.try_get(0)?;
        if Digest::of_bytes(&bytes) != *digest {
            let why = "its bytes have another digest: they were changed";
            return Err(StoreError::corrupt(format!("evidence `{digest}`"), why));
        }
        Ok(Some(bytes))
    }

    /// Digests of the evidence that a block refers to, in their order.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn evidence_of(&self, block: &BlockRef) -> Result<Vec<Digest>, StoreError> {
        let sql = "SELECT digest FROM evidence_of_block WHERE chain = $1 AND hash = $2 ORDER BY digest";
        let query = sqlx::query(sql).bind(block.chain.as_str()).bind(block.hash.as_slice());
        let rows = query.fetch_all(&mut *self.read().await?).await?;
        rows.iter().map(|row| super::read::digest(row.try_get(0)?)).collect()
    }
}

async fn insert(connection: &mut SqliteConnection, digests: &[Digest], pieces: &[&[u8]]) -> Result<(), StoreError> {
    for (digest, bytes) in digests.iter().zip(pieces) {
        sqlx::query("INSERT INTO evidence (digest, bytes) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
            .bind(digest.0.as_slice())
            .bind(*bytes)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Ties evidence to a block; what is not there cannot be referred to.
pub(super) async fn refer(
    connection: &mut SqliteConnection,
    head: &BlockRef,
    digests: &[Digest],
) -> Result<(), StoreError> {
    for digest in digests {
        let there = sqlx::query("SELECT 1 FROM evidence WHERE digest = $1")
            .bind(digest.0.as_slice())
            .fetch_optional(&mut *connection)
            .await?;
        if there.is_none() {
            return Err(StoreError::NoEvidence(digest.to_string()));
        }
        sqlx::query("INSERT INTO evidence_of_block (chain, hash, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(head.chain.as_str())
            .bind(head.hash.as_slice())
            .bind(digest.0.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The line that says so.
pub(super) fn kept(head: &BlockRef, digests: &[Digest], now: Timestamp) -> Draft {
    Draft {
        stream: Stream::Chain(head.chain.clone()),
        ctx: Ctx::new(Actor::machine("store"), "evidence of a block", now),
        kind: EVIDENCE_KEPT.to_owned(),
        payload: json!({ "block": head, "evidence": digests }),
    }
}
