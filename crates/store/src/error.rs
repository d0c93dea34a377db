//! What can go wrong with the book, by what the caller does about it.

use facts::BlockRef;

/// The book could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes it.
    #[error("database `{path}` is in use by {holder}: stop that process, or talk to it through its API")]
    Locked {
        /// The database.
        path: String,
        /// Process, host and since when.
        holder: String,
    },
    /// Somebody else (a shell, a backup) held the database for longer than we wait.
    #[error("the database is busy: another program holds it; nothing was written, try again")]
    Busy,
    /// Another writer took over while this one was away.
    #[error(
        "the database was taken over by {holder}: this process must stop writing; restart it if it is the one to go on"
    )]
    Fenced {
        /// Who writes now.
        holder: String,
    },
    /// It was opened only to read, or has been closed.
    #[error("the database is {0}")]
    Shut(&'static str),
    /// There is no room.
    #[error("the disk, or the database's limit, is full: free some space; nothing was written and nothing is lost")]
    Full,
    /// Written by a newer version.
    #[error(
        "database has schema {found}, this program knows up to {known}: use a newer program, or the backup made before the upgrade"
    )]
    NewerSchema {
        /// The database's.
        found: i64,
        /// The program's.
        known: i64,
    },
    /// Written by an older version, and opened only to read.
    #[error(
        "database has schema {found}, this program reads {known}: start the service once to upgrade it, or use the program that wrote it"
    )]
    OlderSchema {
        /// The database's.
        found: i64,
        /// The program's.
        known: i64,
    },
    /// Not a database of ours, or a broken one.
    #[error("`{what}` cannot be read: {why}; restore a backup, or run `breakglass verify` to see what is left")]
    Corrupt {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// A URL that names no database we can open.
    #[error("`{url}` names no database: use `sqlite://path/to/file.db`")]
    Url {
        /// The URL, cut to 80 characters.
        url: String,
    },
    /// A stream has grown since the caller looked.
    #[error("stream `{stream}` has {found} lines instead of {expected}: read it again and decide again")]
    Moved {
        /// The stream.
        stream: String,
        /// How many lines the caller knew of.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// A block that does not follow the stored head.
    #[error(
        "block {} `{}` does not follow the stored head {} `{}`: revert first, or declare a gap",
        found.number, found.hash, head.number, head.hash
    )]
    NotNext {
        /// The stored head.
        head: Box<BlockRef>,
        /// The block.
        found: Box<BlockRef>,
    },
    /// A block to go back to that is not there.
    #[error("block {number} `{hash}` is not in the book: it cannot be gone back to")]
    Unknown {
        /// Its height.
        number: u64,
        /// Its hash.
        hash: String,
    },
    /// Evidence that was not stored before it was referred to.
    #[error("evidence `{0}` is referred to before it is stored")]
    NoEvidence(String),
    /// More than a written limit.
    #[error("{what}: {size}, and at most {limit}: split it")]
    TooLarge {
        /// What, with its unit.
        what: &'static str,
        /// How large.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// A number that JSON would round.
    #[error("line `{kind}` holds the number {number}, which JSON cannot keep exactly: write it as text")]
    Inexact {
        /// The line's kind.
        kind: String,
        /// The number.
        number: String,
    },
    /// A value with no canonical form.
    #[error(transparent)]
    Digest(#[from] case::DigestError),
    /// A file of the database.
    #[error("`{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Anything else the database says.
    #[error("database: {0}")]
    Sql(sqlx::Error),
}

impl StoreError {
    /// Whether the same call may succeed later without a change to what is written. [`StoreError::Moved`] is not:
    /// whoever gets it has to read and decide again; nor is [`StoreError::Full`]: somebody has to make room.
    pub fn retry(&self) -> bool {
        matches!(self, StoreError::Busy | StoreError::Sql(sqlx::Error::PoolTimedOut))
    }

    pub(crate) fn corrupt(what: impl Into<String>, why: impl ToString) -> Self {
        StoreError::Corrupt { what: what.into(), why: why.to_string() }
    }

    /// The same error, with the name of the file in place of the word "database".
    pub(crate) fn at(self, path: Option<&std::path::Path>) -> Self {
        match (self, path) {
            (StoreError::Corrupt { why, .. }, Some(path)) => StoreError::corrupt(path.display().to_string(), why),
            (other, _) => other,
        }
    }
}

/// SQLite's result codes: <https://www.sqlite.org/rescode.html>. The low byte is the kind, the rest its detail.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        const BUSY: i32 = 5;
        const LOCKED: i32 = 6;
        const CORRUPT: i32 = 11;
        const FULL: i32 = 13;
        const NOTADB: i32 = 26;
        /// No room for the index of the write-ahead log: the disk is full, though SQLite calls it an I/O error.
        const IOERR_SHMSIZE: i32 = 4874;
        let code = match &error {
            sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()),
            _ => None,
        };
        match code {
            Some(IOERR_SHMSIZE) => StoreError::Full,
            Some(code) => match code & 0xff {
                FULL => StoreError::Full,
                BUSY | LOCKED => StoreError::Busy,
                CORRUPT | NOTADB => StoreError::corrupt("database", error),
                _ => StoreError::Sql(error),
            },
            None => StoreError::Sql(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

    use super::*;

    #[tokio::test]
    async fn a_database_that_somebody_holds_is_busy_and_worth_another_try() {
        let folder = tempfile::TempDir::new().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("held.db")).create_if_missing(true);
        let mut holder = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql("CREATE TABLE held (x); BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
        let mut late = SqliteConnection::connect_with(&options.busy_timeout(std::time::Duration::ZERO)).await.unwrap();
        let refused = StoreError::from(sqlx::query("BEGIN IMMEDIATE").execute(&mut late).await.unwrap_err());
        assert!(matches!(refused, StoreError::Busy) && refused.retry(), "{refused:?}");
        let wrong = StoreError::from(sqlx::query("SELECT * FROM nothing").execute(&mut late).await.unwrap_err());
        assert!(matches!(wrong, StoreError::Sql(_)) && !wrong.retry(), "{wrong:?}");
    }
}
