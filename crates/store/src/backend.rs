//! The database behind the book, with its connections: the one place that knows which database it is.
//!
//! There is one writer, on a connection of its own, and several readers that it does not hold up. A transaction that
//! was left unfinished, by an error or because whoever waited went away, is rolled back before the connection is used
//! again: the database itself may have ended it already (a full disk does), so no count is kept of that.

use std::{
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, Sqlite, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::StoreError;

/// How long we wait for somebody else's lock, in seconds: longer than a checkpoint, shorter than a person's patience.
const BUSY_S: u64 = 10;
/// Connections that read at once.
const READERS: u32 = 4;

/// Which database, and the connections to it. Postgres is to be the second.
#[derive(Debug)]
pub(crate) enum Backend {
    /// SQLite in a file or in memory.
    Sqlite {
        /// None if it was opened to read.
        writer: Option<Arc<Mutex<Writer>>>,
        /// None if it lives in memory, where only the connection that made it sees it.
        readers: Option<SqlitePool>,
    },
}

/// The connection that writes.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Option<SqliteConnection>,
    /// Whether a transaction was begun and not seen to end.
    unfinished: bool,
}

/// A connection to read from.
pub(crate) enum Reading {
    Pooled(PoolConnection<Sqlite>),
    Alone(OwnedMutexGuard<Writer>),
}

/// A transaction that has begun.
pub(crate) struct Writing(OwnedMutexGuard<Writer>);

/// Where a URL points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf),
    Memory,
}

impl Place {
    /// Reads `sqlite://path`, `sqlite:path`, `sqlite::memory:` or a plain path.
    pub(crate) fn of(url: &str) -> Result<Self, StoreError> {
        let bad = || StoreError::Url { url: url.chars().take(80).collect() };
        let rest = match url.strip_prefix("sqlite:") {
            Some(":memory:") => return Ok(Place::Memory),
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None => url,
        };
        if rest.is_empty() || rest.contains("://") || rest.contains(['?', '#', '\0']) {
            return Err(bad());
        }
        Ok(Place::File(PathBuf::from(rest)))
    }

    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Place::File(path) => Some(path),
            Place::Memory => None,
        }
    }
}

fn quiet(options: SqliteConnectOptions) -> SqliteConnectOptions {
    // Statements are not logged: what they carry is nobody's business.
    options.foreign_keys(true).busy_timeout(Duration::from_secs(BUSY_S)).disable_statement_logging()
}

/// A connection that cannot change anything.
pub(crate) async fn connect_to_read(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = quiet(SqliteConnectOptions::new().filename(path).read_only(true));
    SqliteConnection::connect_with(&options).await.map_err(|error| StoreError::from(error).at(Some(path)))
}

/// A connection that may write: every commit is on the disk before it is reported.
pub(crate) async fn connect_to_write(place: &Place) -> Result<SqliteConnection, StoreError> {
    let options = match place {
        Place::Memory => SqliteConnectOptions::new().in_memory(true),
        Place::File(path) => SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full),
    };
    SqliteConnection::connect_with(&quiet(options)).await.map_err(|error| StoreError::from(error).at(place.file()))
}

impl Backend {
    /// The database of `writer`, with readers beside it if it is a file.
    pub(crate) async fn to_write(place: &Place, writer: SqliteConnection) -> Result<Self, StoreError> {
        let writer = Writer { connection: Some(writer), unfinished: false };
        let readers = match place {
            Place::File(path) => Some(readers(path).await?),
            Place::Memory => None,
        };
        Ok(Backend::Sqlite { writer: Some(Arc::new(Mutex::new(writer))), readers })
    }

    /// A file that is only read.
    pub(crate) async fn to_read(path: &Path) -> Result<Self, StoreError> {
        Ok(Backend::Sqlite { writer: None, readers: Some(readers(path).await?) })
    }

    /// A connection to read from; it sees all that is committed.
    pub(crate) async fn read(&self) -> Result<Reading, StoreError> {
        let Backend::Sqlite { writer, readers } = self;
        match (readers, writer) {
            (Some(readers), _) => Ok(Reading::Pooled(readers.acquire().await?)),
            (None, Some(writer)) => {
                let mut writer = Arc::clone(writer).lock_owned().await;
                writer.clean().await?;
                Ok(Reading::Alone(writer))
            }
            (None, None) => Err(StoreError::Shut("closed")),
        }
    }

    /// Begins to write, when whoever writes now has ended.
    pub(crate) async fn write(&self) -> Result<Writing, StoreError> {
        let Backend::Sqlite { writer, .. } = self;
        let writer = writer.as_ref().ok_or(StoreError::Shut("opened only to read"))?;
        let mut writer = Arc::clone(writer).lock_owned().await;
        writer.clean().await?;
        writer.unfinished = true;
        sqlx::query("BEGIN IMMEDIATE").execute(writer.connection()?).await?;
        Ok(Writing(writer))
    }

    /// Holds the database to so many pages of 4 KiB.
    pub(crate) async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let mut writing = self.write().await?;
        let sql = format!("PRAGMA max_page_count = {pages}");
        let done = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *writing).await.map_err(StoreError::from);
        let row = writing.end(done).await?;
        // SQLite answers with what holds now: it does not go below what is already there.
        let held: i64 = row.try_get(0)?;
        tracing::debug!(pages = held, "the database is held to a size");
        Ok(())
    }

    /// Ends all connections. Readers go first, so that the writer empties the write-ahead log.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let Backend::Sqlite { writer, readers } = self;
        if let Some(readers) = readers {
            readers.close().await;
        }
        if let Some(writer) = writer
            && let Some(connection) = writer.lock().await.connection.take()
        {
            connection.close().await?;
        }
        Ok(())
    }
}

async fn readers(path: &Path) -> Result<SqlitePool, StoreError> {
    let options = quiet(SqliteConnectOptions::new().filename(path).read_only(true));
    let pool = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await;
    pool.map_err(|error| StoreError::from(error).at(Some(path)))
}

impl Writer {
    fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.connection.as_mut().ok_or(StoreError::Shut("closed"))
    }

    /// Takes back what a transaction that was never ended has written.
    async fn clean(&mut self) -> Result<(), StoreError> {
        if !self.unfinished {
            self.connection()?;
            return Ok(());
        }
        if let Err(error) = sqlx::query("ROLLBACK").execute(self.connection()?).await {
            // The database has ended the transaction itself. If it had not, the next `BEGIN` is refused.
            tracing::debug!(%error, "nothing to roll back");
        }
        self.unfinished = false;
        Ok(())
    }
}

impl Writing {
    /// Commits what was done, or takes it back if it was not.
    pub(crate) async fn end<T>(mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let committed = match done {
            Ok(value) => match sqlx::query("COMMIT").execute(self.0.connection()?).await {
                Ok(_) => {
                    self.0.unfinished = false;
                    Ok(value)
                }
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error),
        };
        self.0.clean().await?;
        committed
    }
}

const HELD: &str = "a guard is given out for an open connection only, and closing waits for the guard";

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.0.connection.as_ref().expect(HELD)
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.0.connection.as_mut().expect(HELD)
    }
}

impl Deref for Reading {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Reading::Pooled(connection) => connection,
            Reading::Alone(writer) => writer.connection.as_ref().expect(HELD),
        }
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Reading::Pooled(connection) => connection,
            Reading::Alone(writer) => writer.connection.as_mut().expect(HELD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file_or_memory_and_nothing_else() {
        for (url, file) in [
            ("sqlite://breakglass.db", "breakglass.db"),
            ("sqlite:///var/lib/breakglass.db", "/var/lib/breakglass.db"),
            ("sqlite:here.db", "here.db"),
            ("/plain/path.db", "/plain/path.db"),
        ] {
            assert_eq!(Place::of(url).unwrap(), Place::File(PathBuf::from(file)), "{url}");
        }
        assert_eq!(Place::of("sqlite::memory:").unwrap(), Place::Memory);
        for url in ["", "sqlite://", "postgres://host/db", "sqlite://a.db?mode=rwc"] {
            let refused = Place::of(url).unwrap_err().to_string();
            assert!(refused.contains("use `sqlite://path/to/file.db`"), "{refused}");
        }
    }
}
