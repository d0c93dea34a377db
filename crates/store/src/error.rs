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
    /// Another writer took over while this one was away.
    #[error("another process has taken over this database: this one must stop")]
    Fenced,
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
    /// Not a database of ours, or a broken one.
    #[error("`{what}` cannot be read: {why}; restore a backup, or run `breakglass verify` to see what is left")]
    Corrupt {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// A stream has grown since the caller looked.
    #[error("stream `{stream}` has grown: read it again and decide again")]
    Moved {
        /// The stream.
        stream: String,
    },
    /// A block that does not follow the stored head.
    #[error("block {found} does not follow the stored head {expected}: revert first")]
    NotNext {
        /// The stored head.
        expected: String,
        /// The block.
        found: String,
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
    #[error("{what} is {size} bytes or lines, at most {limit} are kept: split it")]
    TooLarge {
        /// What.
        what: &'static str,
        /// How large.
        size: usize,
        /// The limit.
        limit: usize,
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
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn retry(&self) -> bool {
        match self {
            StoreError::Moved { .. } => true,
            StoreError::Sql(sqlx::Error::Database(error)) => error.message().contains("locked"),
            StoreError::Sql(sqlx::Error::PoolTimedOut) => true,
            _ => false,
        }
    }

    pub(crate) fn not_next(expected: &BlockRef, found: &BlockRef) -> Self {
        let name = |block: &BlockRef| format!("{} `{}`", block.number, block.hash);
        StoreError::NotNext { expected: name(expected), found: name(found) }
    }
}

/// SQLite's codes for a full disk and a file that is no database.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(error) => error.code().map(|code| code.into_owned()),
            _ => None,
        };
        match code.as_deref() {
            Some("13") => StoreError::Full,
            Some("11" | "26") => StoreError::Corrupt { what: "database".to_owned(), why: error.to_string() },
            _ => StoreError::Sql(error),
        }
    }
}
