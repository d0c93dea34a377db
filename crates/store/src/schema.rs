//! Versions of the tables: numbered steps, a backup before each upgrade, and no opening of what is newer.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection, raw_sql};

use crate::StoreError;

/// Each step brings a database from the version before to its own: the first makes version 1.
const STEPS: &[&str] = &[include_str!("../migrations/sqlite/0001.sql"), include_str!("../migrations/sqlite/0002.sql")];

/// The version this program writes.
pub const SCHEMA: i64 = STEPS.len() as i64;

/// The version of a database; 0 for an empty one.
pub(crate) async fn version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let row = sqlx::query("PRAGMA user_version").fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}

/// Refuses a database that a newer program has written.
pub(crate) fn check(found: i64) -> Result<(), StoreError> {
    if found > SCHEMA { Err(StoreError::NewerSchema { found, known: SCHEMA }) } else { Ok(()) }
}

/// Brings a database up to [`SCHEMA`], each step in a transaction of its own. A database that already holds something
/// is copied first; the copy's path is returned.
pub(crate) async fn upgrade(
    connection: &mut SqliteConnection,
    database: Option<&Path>,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    let found = version(connection).await?;
    check(found)?;
    let mut backup = None;
    if let (Some(path), true) = (database, found > 0 && found < SCHEMA) {
        backup = Some(back_up(connection, path, found, now).await?);
    }
    for (step, sql) in (1i64..).zip(STEPS).filter(|(step, _)| *step > found) {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        raw_sql(*sql).execute(&mut *transaction).await?;
        raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {step}"))).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(backup)
}

async fn back_up(
    connection: &mut SqliteConnection,
    database: &Path,
    version: i64,
    now: Timestamp,
) -> Result<PathBuf, StoreError> {
    let stamp = now.to_string().replace(':', "").replace('.', "-");
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".backup-v{version}-{stamp}"));
    let path = PathBuf::from(name);
    let text = path.to_str().ok_or_else(|| StoreError::Corrupt {
        what: path.display().to_string(),
        why: "the path is not UTF-8, so no backup can be made".to_owned(),
    })?;
    sqlx::query("VACUUM INTO $1").bind(text).execute(&mut *connection).await?;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).read_only(true);
    let mut copy = SqliteConnection::connect_with(&options).await?;
    let found = self::version(&mut copy).await?;
    copy.close().await?;
    if found != version {
        let why = format!("the backup has schema {found} instead of {version}");
        return Err(StoreError::Corrupt { what: path.display().to_string(), why });
    }
    tracing::info!(backup = %path.display(), from = version, to = SCHEMA, "backed up the database before an upgrade");
    Ok(path)
}
