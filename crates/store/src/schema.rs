//! Versions of the tables: numbered steps, a backup before each upgrade, and no opening of what is newer.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::{Connection as _, Row as _, SqliteConnection, raw_sql};

use crate::{StoreError, backend};

/// Each step brings a database from the version before to its own: the first makes version 1.
const STEPS: &[&str] = &[include_str!("../migrations/sqlite/0001.sql"), include_str!("../migrations/sqlite/0002.sql")];

/// The version this program writes.
pub const SCHEMA: i64 = STEPS.len() as i64;

/// The version of a database; 0 for an empty one.
pub(crate) async fn version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let tables = "SELECT count(*), count(*) FILTER (WHERE name = 'meta') FROM sqlite_master WHERE type = 'table'";
    let row = sqlx::query(tables).fetch_one(&mut *connection).await?;
    match (row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?) {
        (0, _) => Ok(0),
        (_, 0) => Err(StoreError::corrupt("database", "it holds the tables of another program")),
        _ => {
            let rows = sqlx::query("SELECT schema FROM meta").fetch_all(&mut *connection).await?;
            match rows.as_slice() {
                [row] => Ok(row.try_get(0)?),
                rows => Err(StoreError::corrupt("database", format!("it names {} schemas instead of one", rows.len()))),
            }
        }
    }
}

/// Refuses a database that is not of the version this program reads.
pub(crate) fn check(found: i64) -> Result<(), StoreError> {
    match found.cmp(&SCHEMA) {
        std::cmp::Ordering::Less => Err(StoreError::OlderSchema { found, known: SCHEMA }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::NewerSchema { found, known: SCHEMA }),
    }
}

/// Brings a database up to [`SCHEMA`], each step in a transaction of its own. A database that already holds something
/// is copied first; the copy's path is returned.
pub(crate) async fn upgrade(
    connection: &mut SqliteConnection,
    database: Option<&Path>,
    program: &str,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    let found = version(connection).await?;
    if found >= SCHEMA {
        return check(found).map(|()| None);
    }
    let mut backup = None;
    if let (Some(path), true) = (database, found > 0) {
        backup = Some(back_up(connection, path, found, now).await?);
    }
    for (step, sql) in (1i64..).zip(STEPS).filter(|(step, _)| *step > found) {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        raw_sql(*sql).execute(&mut *transaction).await?;
        sqlx::query("UPDATE meta SET schema = $1, program = $2")
            .bind(step)
            .bind(program)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(backup)
}

/// Copies the database and proves that the copy opens and is of the same version.
async fn back_up(
    connection: &mut SqliteConnection,
    database: &Path,
    version: i64,
    now: Timestamp,
) -> Result<PathBuf, StoreError> {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".backup-v{version}-{stamp}"));
    let path = PathBuf::from(name);
    let shown = path.display().to_string();
    let text = path
        .to_str()
        .ok_or_else(|| StoreError::corrupt(&shown, "the path is not UTF-8, so no backup can be made; rename it"))?;
    if path.exists() {
        let source = std::io::Error::new(
            std::io::ErrorKind::AlreadyExists,
            "a backup of that moment exists already and is not overwritten: move it away",
        );
        return Err(StoreError::File { path: shown, source });
    }
    sqlx::query("VACUUM INTO $1").bind(text).execute(&mut *connection).await?;
    let mut copy = backend::connect_to_read(&path).await?;
    let found = self::version(&mut copy).await?;
    let sound: String = sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut copy).await?.try_get(0)?;
    copy.close().await?;
    if found != version || sound != "ok" {
        let why = format!("the backup has schema {found} instead of {version}, and its check says `{sound}`");
        return Err(StoreError::corrupt(shown, why));
    }
    std::fs::File::open(&path)
        .and_then(|file| file.sync_all())
        .map_err(|source| StoreError::File { path: shown, source })?;
    tracing::info!(backup = %path.display(), from = version, to = SCHEMA, "backed up the database before an upgrade");
    Ok(path)
}
