//! Heads of chains, with the alerts and memory that belong to them.

use case::{Digest, Draft, Entry, Timestamp};
use facts::{B256, BlockRef, ChainId};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    Store,
    append::{Written, write},
    evidence, memory, read, signed, unsigned,
};
use crate::{Limits, StoreError, failpoint};

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
    /// All of the memory after it, now and then: a chain without one for long is refused.
    pub snapshot: Option<Vec<u8>>,
    /// Evidence it refers to, stored before.
    pub evidence: Vec<Digest>,
    /// What was seen of it.
    pub summary: BlockSummary,
    /// Whether blocks before it were left out on purpose. Stored blocks at its height and above are not part of its
    /// chain then, and are marked as lost.
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

/// What a commit came to.
enum Committed {
    Now(Written),
    Before(Vec<Entry>),
}

impl Store {
    /// The head of a chain.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn head(&self, chain: &ChainId) -> Result<Option<ChainHead>, StoreError> {
        head_of(&mut *self.read().await?, chain).await
    }

    /// The newest blocks of a chain, newest first.
    ///
    /// # Errors
    /// If the database cannot be read, or `count` is beyond the written limit.
    pub async fn ring(&self, chain: &ChainId, count: u32) -> Result<Vec<BlockRef>, StoreError> {
        let sql =
            "SELECT number, hash, parent FROM blocks WHERE chain = $1 AND orphaned = 0 ORDER BY number DESC LIMIT $2";
        let query = sqlx::query(sql).bind(chain.as_str()).bind(self.page(count)?);
        query.fetch_all(&mut *self.read().await?).await?.iter().map(|row| block(chain, row)).collect()
    }

    /// Writes a block with its alerts, memory and references in one transaction. A block that is already part of the
    /// chain changes nothing, and the lines that were written with it are returned.
    ///
    /// # Errors
    /// [`StoreError::NotNext`] if it does not follow the stored head, [`StoreError::NoEvidence`], [`StoreError::Full`].
    pub async fn commit_block(&self, commit: BlockCommit) -> Result<Vec<Entry>, StoreError> {
        let mut writing = self.begin().await?;
        let done = commit_block(&mut writing, commit, &self.0.limits).await;
        let written = match writing.end(done).await? {
            Committed::Before(entries) => return Ok(entries),
            Committed::Now(written) => written,
        };
        failpoint::pass("store.after_commit_block");
        self.ring_bell(written.last());
        Ok(written.entries)
    }

    /// Goes back to `to` in one transaction: blocks after it are marked as lost, and what they changed in the memory
    /// is dropped. Nothing else is taken away. If `to` is the head already, nothing happens and no line is written.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if `to` is not a block of the chain.
    pub async fn revert(&self, to: &BlockRef, drafts: Vec<Draft>) -> Result<Vec<Entry>, StoreError> {
        let mut writing = self.begin().await?;
        let done = revert(&mut writing, to, drafts, &self.0.limits).await;
        let written = writing.end(done).await?;
        failpoint::pass("store.after_revert");
        self.ring_bell(written.last());
        Ok(written.entries)
    }
}

async fn commit_block(
    connection: &mut SqliteConnection,
    commit: BlockCommit,
    limits: &Limits,
) -> Result<Committed, StoreError> {
    let BlockCommit { head, timestamp, mut drafts, memory, snapshot, evidence, summary, gap } = commit;
    if let Some(entries) = written_with(connection, &head).await? {
        return Ok(Committed::Before(entries));
    }
    let last = head_of(connection, &head.chain).await?.map(|last| last.block);
    let follows = last.as_ref().is_some_and(|last| head.parent == last.hash && head.number == last.number + 1);
    match last {
        Some(last) if !follows && !gap => {
            return Err(StoreError::NotNext { head: Box::new(last), found: Box::new(head) });
        }
        Some(last) if !follows && head.number <= last.number => {
            lose_after(connection, &head.chain, signed(head.number)? - 1).await?;
        }
        Some(_) | None => {}
    }
    if !evidence.is_empty() {
        evidence::refer(connection, &head, &evidence).await?;
        let now = match drafts.last() {
            Some(draft) => draft.ctx.now,
            None => Timestamp::from_second(signed(timestamp)?)
                .map_err(|error| StoreError::corrupt("a block's time", error))?,
        };
        drafts.push(evidence::kept(&head, &evidence, now));
    }
    let written = write(connection, drafts, limits).await?;
    let positions = written.positions.map(|(first, last)| Ok::<_, StoreError>((signed(first)?, signed(last)?)));
    let positions = positions.transpose()?;
    // A block that was lost and came back takes its old row's place.
    let sql = "INSERT INTO blocks (chain, hash, number, parent, time_s, txs, gas, blind, gap, first_pos, last_pos) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (chain, hash) DO UPDATE SET \
               orphaned = 0, txs = $6, gas = $7, blind = $8, gap = $9, first_pos = $10, last_pos = $11";
    sqlx::query(sql)
        .bind(head.chain.as_str())
        .bind(head.hash.as_slice())
        .bind(signed(head.number)?)
        .bind(head.parent.as_slice())
        .bind(signed(timestamp)?)
        .bind(signed(summary.txs)?)
        .bind(signed(summary.gas)?)
        .bind(signed(summary.blind)?)
        .bind(i64::from(!follows))
        .bind(positions.map(|(first, _)| first))
        .bind(positions.map(|(_, last)| last))
        .execute(&mut *connection)
        .await?;
    memory::remember(connection, &head, &memory, snapshot.as_deref(), limits).await?;
    Ok(Committed::Now(written))
}

async fn revert(
    connection: &mut SqliteConnection,
    to: &BlockRef,
    drafts: Vec<Draft>,
    limits: &Limits,
) -> Result<Written, StoreError> {
    let head = head_of(connection, &to.chain).await?;
    if head.is_some_and(|head| head.block == *to) {
        return Ok(Written { entries: Vec::new(), positions: None });
    }
    let found = sqlx::query("SELECT 1 FROM blocks WHERE chain = $1 AND hash = $2 AND orphaned = 0")
        .bind(to.chain.as_str())
        .bind(to.hash.as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    if found.is_none() {
        return Err(StoreError::Unknown { number: to.number, hash: to.hash.to_string() });
    }
    lose_after(connection, &to.chain, signed(to.number)?).await?;
    write(connection, drafts, limits).await
}

/// Marks blocks above a height as lost.
async fn lose_after(connection: &mut SqliteConnection, chain: &ChainId, number: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE blocks SET orphaned = 1 WHERE chain = $1 AND number > $2 AND orphaned = 0")
        .bind(chain.as_str())
        .bind(number)
        .execute(&mut *connection)
        .await?;
    memory::forget_after(connection, chain, number).await
}

async fn head_of(connection: &mut SqliteConnection, chain: &ChainId) -> Result<Option<ChainHead>, StoreError> {
    let sql = "SELECT number, hash, parent, time_s FROM blocks WHERE chain = $1 AND orphaned = 0 \
               ORDER BY number DESC LIMIT 1";
    let row = sqlx::query(sql).bind(chain.as_str()).fetch_optional(connection).await?;
    row.map(|row| Ok(ChainHead { block: block(chain, &row)?, timestamp: unsigned(row.try_get(3)?)? })).transpose()
}

/// The lines that were written with a block that is part of the chain. One writer, one transaction: they stand
/// together.
async fn written_with(connection: &mut SqliteConnection, head: &BlockRef) -> Result<Option<Vec<Entry>>, StoreError> {
    let sql = "SELECT first_pos, last_pos FROM blocks WHERE chain = $1 AND hash = $2 AND orphaned = 0";
    let row =
        sqlx::query(sql).bind(head.chain.as_str()).bind(head.hash.as_slice()).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(None) };
    let (Some(first), Some(last)) = (row.try_get::<Option<i64>, _>(0)?, row.try_get::<Option<i64>, _>(1)?) else {
        return Ok(Some(Vec::new()));
    };
    let rows = sqlx::query("SELECT body FROM entries WHERE pos BETWEEN $1 AND $2 ORDER BY pos")
        .bind(first)
        .bind(last)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| read::entry(row.try_get(0)?)).collect::<Result<_, _>>().map(Some)
}

/// A block from `number, hash, parent` in the first three columns.
pub(super) fn block(chain: &ChainId, row: &SqliteRow) -> Result<BlockRef, StoreError> {
    let hash = |bytes: &[u8]| {
        let sized = B256::try_from(bytes);
        sized.map_err(|_| StoreError::corrupt("a block's hash", format!("it has {} bytes instead of 32", bytes.len())))
    };
    Ok(BlockRef {
        chain: chain.clone(),
        number: unsigned(row.try_get(0)?)?,
        hash: hash(row.try_get(1)?)?,
        parent: hash(row.try_get(2)?)?,
    })
}
