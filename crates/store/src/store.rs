//! The open book.

mod alerts;
mod append;
mod blocks;
mod evidence;
mod memory;
mod read;
mod seal;

pub(crate) use alerts::mentioned;
pub use append::AppendRequest;
pub use blocks::{BlockCommit, BlockSummary, ChainHead};
pub use evidence::EVIDENCE_KEPT;
pub use memory::MemoryRows;
pub(crate) use read::entry as read_entry;
pub use seal::SEAL_KEY;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::watch;

use crate::{
    Limits, SealKey, StoreError,
    backend::{self, Backend, Place, Reading, Writing},
    lock, schema,
};

/// How to open the book.
#[derive(Debug, Clone)]
pub struct Options {
    /// Written limits.
    pub limits: Limits,
    /// When it is opened, in UTC.
    pub now: Timestamp,
    /// The version of the program that opens it, to be noted in the database.
    pub program: String,
}

impl Options {
    /// The usual limits, at this moment.
    pub fn at(now: Timestamp) -> Self {
        Self { limits: Limits::default(), now, program: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The book, open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store(Arc<Open>);

#[derive(Debug)]
struct Open {
    backend: Backend,
    /// None if it was opened to read.
    key: Option<SealKey>,
    limits: Limits,
    fence: i64,
    bell: watch::Sender<u64>,
    backup: Option<PathBuf>,
    lock: Mutex<Option<lock::Lock>>,
}

impl Store {
    /// Opens a database to write, `sqlite://path` or `sqlite::memory:`, and brings it up to the present schema after
    /// a backup. A file is locked until the book is closed or the process ends.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process writes it, [`StoreError::NewerSchema`], [`StoreError::Corrupt`].
    pub async fn open(url: &str, key: SealKey, options: Options) -> Result<Self, StoreError> {
        let Options { limits, now, program } = options;
        let place = Place::of(url)?;
        let path = place.file();
        let lock = path.map(|path| lock::take(path, now)).transpose()?;
        let mut writer = backend::connect_to_write(&place).await?;
        let backup = schema::upgrade(&mut writer, path, &program, now).await.map_err(|error| error.at(path))?;
        let fence = take_lease(&mut writer, now).await?;
        let last = last_position(&mut writer).await?;
        let backend = Backend::to_write(&place, writer).await?;
        let (bell, lock) = (watch::Sender::new(last), Mutex::new(lock));
        Ok(Self(Arc::new(Open { backend, key: Some(key), limits, fence, bell, backup, lock })))
    }

    /// Opens a database only to read, beside whoever writes it. Its bell does not ring: read again to see more.
    ///
    /// # Errors
    /// If there is no such file, or it is not of this program's schema.
    pub async fn open_to_read(url: &str, limits: Limits) -> Result<Self, StoreError> {
        let place = Place::of(url)?;
        let path = place.file().ok_or_else(|| StoreError::Url { url: url.to_owned() })?;
        there(path)?;
        let mut connection = backend::connect_to_read(path).await?;
        schema::check(schema::version(&mut connection).await.map_err(|error| error.at(Some(path)))?)?;
        let last = last_position(&mut connection).await?;
        connection.close().await?;
        let backend = Backend::to_read(path).await?;
        let (bell, lock) = (watch::Sender::new(last), Mutex::new(None));
        Ok(Self(Arc::new(Open { backend, key: None, limits, fence: 0, bell, backup: None, lock })))
    }

    /// The backup made before an upgrade, if opening made one.
    pub fn backup(&self) -> Option<&Path> {
        self.0.backup.as_deref()
    }

    /// The written limits it was opened with.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Rings when lines were written; what it carries is the last line's position.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.0.bell.subscribe()
    }

    /// Ends all connections and lets go of the lock; what was committed is safe. Every later call fails.
    pub async fn close(&self) {
        if let Err(error) = self.0.backend.close().await {
            tracing::warn!(%error, "the database was not closed cleanly; what was committed is safe");
        }
        self.0.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Holds the database to so many pages of 4 KiB: a written limit, and a full disk for whoever wants to see one.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        self.0.backend.limit_pages(pages).await
    }

    pub(crate) async fn read(&self) -> Result<Reading, StoreError> {
        self.0.backend.read().await
    }

    /// Begins to write. Whoever has lost the lease to another may not.
    async fn begin(&self) -> Result<Writing, StoreError> {
        let mut writing = self.0.backend.write().await?;
        let held = self.holds_lease(&mut writing).await;
        match held {
            Ok(()) => Ok(writing),
            Err(error) => writing.end(Err(error)).await,
        }
    }

    async fn holds_lease(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let sql = "SELECT fence, holder FROM leases WHERE name = 'writer'";
        let row = sqlx::query(sql).fetch_one(connection).await?;
        if row.try_get::<i64, _>(0)? == self.0.fence {
            return Ok(());
        }
        Err(StoreError::Fenced { holder: row.try_get(1)? })
    }

    /// Rings the bell if something was written.
    fn ring_bell(&self, position: Option<u64>) {
        if let Some(position) = position {
            self.0.bell.send_replace(position);
        }
    }
}

/// Says which file is not there, before SQLite says that some file cannot be opened.
pub(crate) fn there(path: &Path) -> Result<(), StoreError> {
    std::fs::metadata(path).map(drop).map_err(|source| StoreError::File { path: path.display().to_string(), source })
}

/// The lease outlives the lock file: a writer on another host, or one that was thought dead, finds a higher fence.
async fn take_lease(writer: &mut SqliteConnection, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO leases (name, holder, fence, since_ms) VALUES ('writer', $1, 1, $2) \
               ON CONFLICT (name) DO UPDATE SET holder = $1, fence = leases.fence + 1, since_ms = $2 RETURNING fence";
    let row = sqlx::query(sql).bind(lock::holder(now)).bind(now.as_millisecond()).fetch_one(writer).await?;
    Ok(row.try_get(0)?)
}

async fn last_position(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT coalesce(max(pos), 0) FROM entries").fetch_one(connection).await?;
    unsigned(row.try_get(0)?)
}

/// The database's integers are signed; ours that come out of it are not negative.
pub(crate) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number)
        .map_err(|_| StoreError::corrupt("a number of the database", format!("`{number}` is negative")))
}

fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::TooLarge { what: "a number", size: number, limit: i64::MAX as u64 })
}

/// Refuses more than a written limit.
fn within(what: &'static str, size: usize, limit: usize) -> Result<(), StoreError> {
    if size > limit { Err(StoreError::TooLarge { what, size: size as u64, limit: limit as u64 }) } else { Ok(()) }
}
