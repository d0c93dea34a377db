//! The open book.

mod append;
mod blocks;
mod evidence;
mod read;
mod seal;

pub use append::AppendRequest;
pub use blocks::{BlockCommit, BlockSummary, ChainHead, MemoryRows};
pub(crate) use read::entry as read_entry;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use sqlx::{
    Row as _, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::watch;

use crate::{SealKey, StoreError, lock, schema};

/// Written limits of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line. The largest is an alert with all its evidence.
    pub line_bytes: usize,
    /// Lines written at once.
    pub lines: usize,
    /// Bytes of one piece of evidence: a block's trace with its state.
    pub evidence_bytes: usize,
    /// Lines of a stream that are read as a whole.
    pub stream_lines: usize,
    /// Blocks whose changes to the memory are kept at least, and at most twice that.
    pub memory_blocks: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 1 << 20,
            lines: 4_096,
            evidence_bytes: 64 << 20,
            stream_lines: 100_000,
            memory_blocks: 1_024,
        }
    }
}

/// How to open the book.
#[derive(Debug, Clone)]
pub struct Options {
    /// Written limits.
    pub limits: Limits,
    /// When it is opened, in UTC.
    pub now: Timestamp,
}

impl Options {
    /// The usual limits, at this moment.
    pub fn at(now: Timestamp) -> Self {
        Self { limits: Limits::default(), now }
    }
}

/// The book, open for reading and writing. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store(Arc<Open>);

#[derive(Debug)]
struct Open {
    /// One connection: SQLite has one writer, and so has the book.
    writer: SqlitePool,
    readers: SqlitePool,
    key: SealKey,
    limits: Limits,
    fence: i64,
    bell: watch::Sender<u64>,
    backup: Option<PathBuf>,
    _lock: Option<lock::Lock>,
}

impl Store {
    /// Opens a database, `sqlite://path` or `sqlite::memory:`, and brings it up to the present schema after a backup.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process writes it, [`StoreError::NewerSchema`], [`StoreError::Corrupt`].
    pub async fn open(url: &str, key: SealKey, options: Options) -> Result<Self, StoreError> {
        let path = path_of(url)?;
        let held = path.as_deref().map(|path| lock::take(path, options.now)).transpose()?;
        let connect = |path: &Path| {
            SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
        };
        let one = SqlitePoolOptions::new().min_connections(1).max_connections(1).idle_timeout(None).max_lifetime(None);
        let writer = match &path {
            Some(path) => one.connect_with(connect(path)).await?,
            None => one.connect_with(SqliteConnectOptions::new().in_memory(true).foreign_keys(true)).await?,
        };
        let backup = {
            let mut connection = writer.acquire().await?;
            schema::upgrade(&mut connection, path.as_deref(), options.now).await?
        };
        let readers = match &path {
            Some(path) => {
                SqlitePoolOptions::new().max_connections(4).connect_with(connect(path).read_only(true)).await?
            }
            // A database in memory is seen through its one connection only.
            None => writer.clone(),
        };
        let fence = take_lease(&writer, options.now).await?;
        let last = last_position(&writer).await?;
        Ok(Self(Arc::new(Open {
            writer,
            readers,
            key,
            limits: options.limits,
            fence,
            bell: watch::Sender::new(last),
            backup,
            _lock: held,
        })))
    }

    /// The backup made before an upgrade, if opening made one.
    pub fn backup(&self) -> Option<&Path> {
        self.0.backup.as_deref()
    }

    /// Rings when lines were written; what it carries is the last line's position.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.0.bell.subscribe()
    }

    /// Ends all connections; what was committed is safe.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
    }

    /// Holds the database to so many pages of 4 KiB: a full disk, for whoever wants to see what happens then.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let sql = format!("PRAGMA max_page_count = {pages}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&self.0.writer).await?;
        Ok(())
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.0.readers
    }

    /// Rings the bell if something was written.
    fn ring_bell(&self, position: Option<u64>) {
        if let Some(position) = position {
            self.0.bell.send_replace(position);
        }
    }

    /// Begins to write. Whoever has lost the lease to another may not.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        let mut transaction = self.0.writer.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query("SELECT fence FROM leases WHERE name = 'writer'").fetch_one(&mut *transaction).await?;
        if row.try_get::<i64, _>(0)? != self.0.fence {
            return Err(StoreError::Fenced);
        }
        Ok(transaction)
    }
}

/// The file a URL names; none for a database in memory.
fn path_of(url: &str) -> Result<Option<PathBuf>, StoreError> {
    match url.strip_prefix("sqlite:") {
        Some(":memory:") => Ok(None),
        Some(rest) => Ok(Some(PathBuf::from(rest.strip_prefix("//").unwrap_or(rest)))),
        None => Err(StoreError::Corrupt {
            what: url.chars().take(80).collect(),
            why: "the store's url begins with `sqlite://`".to_owned(),
        }),
    }
}

async fn take_lease(writer: &SqlitePool, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO leases (name, holder, fence, since_ms) VALUES ('writer', $1, 1, $2) \
               ON CONFLICT (name) DO UPDATE SET holder = $1, fence = fence + 1, since_ms = $2 RETURNING fence";
    let row = sqlx::query(sql).bind(lock::holder(now)).bind(now.as_millisecond()).fetch_one(writer).await?;
    Ok(row.try_get(0)?)
}

async fn last_position(pool: &SqlitePool) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT coalesce(max(pos), 0) FROM entries").fetch_one(pool).await?;
    Ok(unsigned(row.try_get(0)?))
}

/// SQLite's integers are signed; ours that come out of it are not negative.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::TooLarge {
        what: "a number",
        size: usize::MAX,
        limit: usize::try_from(i64::MAX).unwrap_or(usize::MAX),
    })
}
