//! What the rules' memory is restored from after a restart. Its bytes mean nothing here.

use facts::{BlockRef, ChainId};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::{Store, blocks::block, signed, within};
use crate::{Limits, StoreError};

/// How often the number of changes since the last snapshot is looked at, in blocks: a look costs a count.
const LOOK_EVERY: u64 = 256;

/// What the rules' memory is restored from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryRows {
    /// The newest snapshot, and the block after which it was taken.
    pub snapshot: Option<(BlockRef, Vec<u8>)>,
    /// Changes of the blocks after it, oldest first.
    pub changes: Vec<(BlockRef, Vec<u8>)>,
    /// Whether nothing is missing. A revert below the oldest snapshot leaves less memory than there was: the rules
    /// see less for a while, and somebody should be told.
    pub complete: bool,
}

impl Store {
    /// What the memory of a chain's rules is restored from.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn memory(&self, chain: &ChainId) -> Result<MemoryRows, StoreError> {
        let mut reading = self.read().await?;
        let sql = "SELECT b.number, b.hash, b.parent, s.snapshot FROM snapshots s \
                   JOIN blocks b ON b.chain = s.chain AND b.hash = s.hash \
                   WHERE s.chain = $1 AND b.orphaned = 0 ORDER BY s.number DESC LIMIT 1";
        let row = sqlx::query(sql).bind(chain.as_str()).fetch_optional(&mut *reading).await?;
        let snapshot = row.map(|row| Ok::<_, StoreError>((block(chain, &row)?, row.try_get(3)?))).transpose()?;
        let after = snapshot.as_ref().map_or(Ok(-1), |(block, _)| signed(block.number))?;
        // Every block writes a row, if only an empty one: a block without a row was pruned.
        let sql = "SELECT b.number, b.hash, b.parent, m.changes FROM blocks b \
                   LEFT JOIN memory m ON m.chain = b.chain AND m.hash = b.hash \
                   WHERE b.chain = $1 AND b.orphaned = 0 AND b.number > $2 ORDER BY b.number DESC LIMIT $3";
        let most = signed(self.0.limits.memory_blocks_max.saturating_add(2 * LOOK_EVERY))?;
        let rows = sqlx::query(sql).bind(chain.as_str()).bind(after).bind(most).fetch_all(&mut *reading).await?;
        let mut changes = Vec::with_capacity(rows.len());
        let mut complete = signed(rows.len() as u64)? < most;
        for row in &rows {
            let Some(bytes) = row.try_get::<Option<Vec<u8>>, _>(3)? else {
                complete = false;
                break;
            };
            changes.push((block(chain, row)?, bytes));
        }
        changes.reverse();
        Ok(MemoryRows { snapshot, changes, complete })
    }
}

/// Writes a block's changes, and a snapshot if there is one; drops what no reorg can need any more.
pub(super) async fn remember(
    connection: &mut SqliteConnection,
    head: &BlockRef,
    changes: &[u8],
    snapshot: Option<&[u8]>,
    limits: &Limits,
) -> Result<(), StoreError> {
    within("bytes of a block's changes to the memory", changes.len(), limits.memory_bytes)?;
    put(connection, "memory", "changes", head, changes).await?;
    match snapshot {
        Some(snapshot) => {
            within("bytes of a snapshot", snapshot.len(), limits.memory_bytes)?;
            put(connection, "snapshots", "snapshot", head, snapshot).await?;
            prune(connection, head, limits).await
        }
        None if head.number.is_multiple_of(LOOK_EVERY) => bounded(connection, head, limits).await,
        None => Ok(()),
    }
}

/// Drops what a reorg took the ground from.
pub(super) async fn forget_after(
    connection: &mut SqliteConnection,
    chain: &ChainId,
    number: i64,
) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM memory WHERE chain = $1 AND number > $2",
        "DELETE FROM snapshots WHERE chain = $1 AND number > $2",
    ] {
        sqlx::query(sql).bind(chain.as_str()).bind(number).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Keeps the newest snapshot that is older than the kept blocks, and everything after it.
async fn prune(connection: &mut SqliteConnection, head: &BlockRef, limits: &Limits) -> Result<(), StoreError> {
    let floor = signed(head.number.saturating_sub(limits.memory_blocks))?;
    let sql = "SELECT coalesce(max(number), -1) FROM snapshots WHERE chain = $1 AND number <= $2";
    let row = sqlx::query(sql).bind(head.chain.as_str()).bind(floor).fetch_one(&mut *connection).await?;
    let keep: i64 = row.try_get(0)?;
    for sql in [
        "DELETE FROM snapshots WHERE chain = $1 AND number < $2",
        "DELETE FROM memory WHERE chain = $1 AND number <= $2",
    ] {
        sqlx::query(sql).bind(head.chain.as_str()).bind(keep).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn bounded(connection: &mut SqliteConnection, head: &BlockRef, limits: &Limits) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FROM memory WHERE chain = $1 AND number > \
               (SELECT coalesce(max(number), -1) FROM snapshots WHERE chain = $1)";
    let row = sqlx::query(sql).bind(head.chain.as_str()).fetch_one(connection).await?;
    let size = super::unsigned(row.try_get(0)?)?;
    let limit = limits.memory_blocks_max;
    if size > limit {
        return Err(StoreError::TooLarge { what: "blocks since the last snapshot of the memory", size, limit });
    }
    Ok(())
}

async fn put(
    connection: &mut SqliteConnection,
    table: &'static str,
    column: &'static str,
    head: &BlockRef,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO {table} (chain, hash, number, {column}) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (chain, hash) DO UPDATE SET {column} = $4"
    );
    // Both names are literals of this file.
    sqlx::query(AssertSqlSafe(sql))
        .bind(head.chain.as_str())
        .bind(head.hash.as_slice())
        .bind(signed(head.number)?)
        .bind(bytes)
        .execute(connection)
        .await?;
    Ok(())
}
