//! Heads of chains, with the alerts and memory that belong to them.

use case::{Digest, Draft, Entry};
use facts::{B256, BlockRef, ChainId};
use sqlx::{Row as _, Sqlite, Transaction, sqlite::SqliteRow};

use super::{Store, append::write, signed, unsigned};
use crate::{StoreError, failpoint};

/// A block that was looked at, with all that came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockCommit {
    /// The block; it follows the stored head.
    pub head: BlockRef,
    /// Its time, seconds since 1970 UTC.
    pub timestamp: u64,
    /// Alerts and what else is to be written down with it.
    pub drafts: Vec<Draft>,
    /// What it changed in the rules' memory.
    pub memory: Vec<u8>,
    /// All of the memory after it, now and then.
    pub snapshot: Option<Vec<u8>>,
    /// Evidence it refers to, stored before.
    pub evidence: Vec<Digest>,
    /// What was seen of it.
    pub summary: BlockSummary,
    /// Whether blocks before it were left out on purpose: the first of a chain that is followed from now on.
    pub gap: bool,
}

/// What was seen of a block, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlockSummary {
    /// Transactions.
    pub txs: u64,
    /// Gas they used.
    pub gas: u64,
    /// Things that could not be seen.
    pub blind: u64,
}

/// The last block of a chain that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// The block.
    pub block: BlockRef,
    /// Its time, seconds since 1970 UTC.
    pub timestamp: u64,
}

/// What the rules' memory is restored from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryRows {
    /// The newest snapshot, and the block after which it was taken.
    pub snapshot: Option<(BlockRef, Vec<u8>)>,
    /// Changes of the blocks after it, oldest first.
    pub changes: Vec<(BlockRef, Vec<u8>)>,
}

impl Store {
    /// The head of a chain.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn head(&self, chain: &ChainId) -> Result<Option<ChainHead>, StoreError> {
        let sql = "SELECT number, hash, parent, time_s FROM blocks WHERE chain = $1 AND orphaned = 0 ORDER BY number DESC LIMIT 1";
        let row = sqlx::query(sql).bind(chain.as_str()).fetch_optional(&self.0.readers).await?;
        row.map(|row| Ok(ChainHead { block: block(chain, &row)?, timestamp: unsigned(row.try_get(3)?) })).transpose()
    }

    /// The newest blocks of a chain, newest first.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn ring(&self, chain: &ChainId, count: u32) -> Result<Vec<BlockRef>, StoreError> {
        let sql =
            "SELECT number, hash, parent FROM blocks WHERE chain = $1 AND orphaned = 0 ORDER BY number DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(chain.as_str()).bind(count).fetch_all(&self.0.readers).await?;
        rows.iter().map(|row| block(chain, row)).collect()
    }

    /// Writes a block with its alerts and memory in one transaction. The same block a second time changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotNext`] if it does not follow the stored head, [`StoreError::NoEvidence`], [`StoreError::Full`].
    pub async fn commit_block(&self, commit: BlockCommit) -> Result<Vec<Entry>, StoreError> {
        let mut transaction = self.begin().await?;
        let chain = &commit.head.chain;
        if let Some(head) = head_in(&mut transaction, chain).await? {
            if head == commit.head {
                return Ok(Vec::new());
            }
            let follows = commit.head.parent == head.hash && commit.head.number == head.number + 1;
            if !follows && !commit.gap {
                return Err(StoreError::not_next(&head, &commit.head));
            }
        }
        let sql = "INSERT INTO blocks (chain, hash, number, parent, time_s, txs, gas, blind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (chain, hash) DO UPDATE SET orphaned = 0";
        sqlx::query(sql)
            .bind(chain.as_str())
            .bind(commit.head.hash.as_slice())
            .bind(signed(commit.head.number)?)
            .bind(commit.head.parent.as_slice())
            .bind(signed(commit.timestamp)?)
            .bind(signed(commit.summary.txs)?)
            .bind(signed(commit.summary.gas)?)
            .bind(signed(commit.summary.blind)?)
            .execute(&mut *transaction)
            .await?;
        for digest in &commit.evidence {
            refer(&mut transaction, &commit.head, digest).await?;
        }
        remember(&mut transaction, "memory", "changes", &commit.head, &commit.memory).await?;
        if let Some(snapshot) = &commit.snapshot {
            remember(&mut transaction, "snapshots", "snapshot", &commit.head, snapshot).await?;
            self.prune(&mut transaction, &commit.head).await?;
        }
        let (entries, position) = write(&mut transaction, commit.drafts, &self.0.limits).await?;
        transaction.commit().await?;
        failpoint::pass("store.after_commit_block");
        self.ring_bell(position);
        Ok(entries)
    }

    /// Goes back to `to` in one transaction: blocks after it are marked as lost, and what they changed in the memory
    /// is dropped. Nothing else is taken away.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if `to` is not a block of the chain.
    pub async fn revert(&self, to: &BlockRef, drafts: Vec<Draft>) -> Result<Vec<Entry>, StoreError> {
        let mut transaction = self.begin().await?;
        let found = sqlx::query("SELECT 1 FROM blocks WHERE chain = $1 AND hash = $2 AND orphaned = 0")
            .bind(to.chain.as_str())
            .bind(to.hash.as_slice())
            .fetch_optional(&mut *transaction)
            .await?;
        if found.is_none() {
            return Err(StoreError::Unknown { number: to.number, hash: to.hash.to_string() });
        }
        for sql in [
            "UPDATE blocks SET orphaned = 1 WHERE chain = $1 AND number > $2 AND orphaned = 0",
            "DELETE FROM memory WHERE chain = $1 AND number > $2",
            "DELETE FROM snapshots WHERE chain = $1 AND number > $2",
        ] {
            sqlx::query(sql).bind(to.chain.as_str()).bind(signed(to.number)?).execute(&mut *transaction).await?;
        }
        let (entries, position) = write(&mut transaction, drafts, &self.0.limits).await?;
        transaction.commit().await?;
        failpoint::pass("store.after_revert");
        self.ring_bell(position);
        Ok(entries)
    }

    /// What the memory of a chain's rules is restored from.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn memory(&self, chain: &ChainId) -> Result<MemoryRows, StoreError> {
        let sql = "SELECT b.number, b.hash, b.parent, s.snapshot FROM snapshots s JOIN blocks b ON b.chain = s.chain AND b.hash = s.hash \
                   WHERE s.chain = $1 AND b.orphaned = 0 ORDER BY s.number DESC LIMIT 1";
        let row = sqlx::query(sql).bind(chain.as_str()).fetch_optional(&self.0.readers).await?;
        let snapshot = row.map(|row| Ok::<_, StoreError>((block(chain, &row)?, row.try_get(3)?))).transpose()?;
        let after = snapshot.as_ref().map_or(Ok(-1), |(block, _)| signed(block.number))?;
        let sql = "SELECT b.number, b.hash, b.parent, m.changes FROM memory m JOIN blocks b ON b.chain = m.chain AND b.hash = m.hash \
                   WHERE m.chain = $1 AND b.orphaned = 0 AND m.number > $2 ORDER BY m.number";
        let rows = sqlx::query(sql).bind(chain.as_str()).bind(after).fetch_all(&self.0.readers).await?;
        let changes =
            rows.iter().map(|row| Ok((block(chain, row)?, row.try_get(3)?))).collect::<Result<_, StoreError>>()?;
        Ok(MemoryRows { snapshot, changes })
    }

    /// Drops memory rows that are older than the last snapshots need. A snapshot is only as deep as the reorgs it has
    /// to survive, so one from before the kept blocks stays.
    async fn prune(&self, transaction: &mut Transaction<'static, Sqlite>, head: &BlockRef) -> Result<(), StoreError> {
        let floor = signed(head.number.saturating_sub(self.0.limits.memory_blocks))?;
        let sql = "SELECT coalesce(max(number), -1) FROM snapshots WHERE chain = $1 AND number <= $2";
        let row = sqlx::query(sql).bind(head.chain.as_str()).bind(floor).fetch_one(&mut **transaction).await?;
        let keep: i64 = row.try_get(0)?;
        for sql in [
            "DELETE FROM snapshots WHERE chain = $1 AND number < $2",
            "DELETE FROM memory WHERE chain = $1 AND number < $2",
        ] {
            sqlx::query(sql).bind(head.chain.as_str()).bind(keep).execute(&mut **transaction).await?;
        }
        Ok(())
    }
}

async fn head_in(
    transaction: &mut Transaction<'static, Sqlite>,
    chain: &ChainId,
) -> Result<Option<BlockRef>, StoreError> {
    let sql = "SELECT number, hash, parent FROM blocks WHERE chain = $1 AND orphaned = 0 ORDER BY number DESC LIMIT 1";
    let row = sqlx::query(sql).bind(chain.as_str()).fetch_optional(&mut **transaction).await?;
    row.map(|row| block(chain, &row)).transpose()
}

async fn refer(
    transaction: &mut Transaction<'static, Sqlite>,
    head: &BlockRef,
    digest: &Digest,
) -> Result<(), StoreError> {
    let there = sqlx::query("SELECT 1 FROM evidence WHERE digest = $1")
        .bind(digest.0.as_slice())
        .fetch_optional(&mut **transaction)
        .await?;
    if there.is_none() {
        return Err(StoreError::NoEvidence(digest.to_string()));
    }
    sqlx::query("INSERT INTO evidence_of_block (chain, hash, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(head.chain.as_str())
        .bind(head.hash.as_slice())
        .bind(digest.0.as_slice())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn remember(
    transaction: &mut Transaction<'static, Sqlite>,
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
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(head.chain.as_str())
        .bind(head.hash.as_slice())
        .bind(signed(head.number)?)
        .bind(bytes)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// A block from `number, hash, parent` in the first three columns.
fn block(chain: &ChainId, row: &SqliteRow) -> Result<BlockRef, StoreError> {
    let hash = |bytes: &[u8]| {
        B256::try_from(bytes).map_err(|_| StoreError::Corrupt {
            what: "a block's hash".to_owned(),
            why: format!("it has {} bytes instead of 32", bytes.len()),
        })
    };
    Ok(BlockRef {
        chain: chain.clone(),
        number: unsigned(row.try_get(0)?),
        hash: hash(row.try_get(1)?)?,
        parent: hash(row.try_get(2)?)?,
    })
}
