//! What stands beside the lines: the file itself, blocks, evidence.

use std::collections::{BTreeMap, BTreeSet};

use case::Digest;
use futures_util::TryStreamExt as _;
use sqlx::{Row as _, SqliteConnection};

use super::Report;
use crate::StoreError;

/// SQLite's own look at pages and indexes.
pub(super) async fn check_file(connection: &mut SqliteConnection, report: &mut Report) -> Result<(), StoreError> {
    for row in sqlx::query("PRAGMA integrity_check(100)").fetch_all(connection).await? {
        let says: String = row.try_get(0)?;
        if says != "ok" {
            report.problem("the database file", None, says);
        }
    }
    Ok(())
}

/// Blocks that are not lost follow one another, but for gaps that were declared.
pub(super) async fn check_blocks(connection: &mut SqliteConnection, report: &mut Report) -> Result<(), StoreError> {
    let sql = "SELECT chain, number, hash, parent, gap FROM blocks WHERE orphaned = 0 ORDER BY chain, number";
    let mut rows = sqlx::query(sql).fetch(connection);
    let mut last: Option<(String, i64, Vec<u8>)> = None;
    while let Some(row) = rows.try_next().await? {
        let block = (|| -> Result<_, sqlx::Error> {
            Ok((row.try_get::<String, _>(0)?, row.try_get::<i64, _>(1)?, row.try_get::<Vec<u8>, _>(2)?))
        })();
        let link = (row.try_get::<Vec<u8>, _>(3), row.try_get::<i64, _>(4));
        let (Ok((chain, number, hash)), (Ok(parent), Ok(gap))) = (block, link) else {
            report.problem("blocks", None, "a row was changed: a column has another type");
            continue;
        };
        let follows = match &last {
            Some((before, height, head)) if *before == chain => number == height + 1 && parent == *head,
            Some(_) | None => false,
        };
        if !follows && gap == 0 {
            let says = format!("block {number} does not follow the one before it, and no gap was declared");
            report.problem(format!("blocks of {chain}"), None, says);
        }
        last = Some((chain, number, hash));
    }
    Ok(())
}

/// Evidence has its digest, and what lines and blocks name is there.
pub(super) async fn check_evidence(
    connection: &mut SqliteConnection,
    named: &BTreeMap<Digest, (String, u64)>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut there: BTreeSet<Digest> = BTreeSet::new();
    let mut rows = sqlx::query("SELECT digest, bytes FROM evidence").fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        let kept = row.try_get::<Vec<u8>, _>(0).ok().and_then(|kept| kept.try_into().ok()).map(Digest);
        let (Some(kept), Ok(bytes)) = (kept, row.try_get::<Vec<u8>, _>(1)) else {
            report.problem("evidence", None, "a row was changed: a column has another type");
            continue;
        };
        report.evidence += 1;
        if Digest::of_bytes(&bytes) != kept {
            report.problem(format!("evidence {kept}"), None, "its bytes have another digest: they were changed");
        }
        there.insert(kept);
    }
    drop(rows);
    for (digest, (stream, line)) in named {
        if !there.contains(digest) {
            report.problem(stream, Some(*line), format!("it names the evidence {digest}, which is missing"));
        }
    }
    let sql = "SELECT count(*) FROM evidence_of_block r LEFT JOIN evidence e ON e.digest = r.digest \
               WHERE e.digest IS NULL";
    let missing: i64 = sqlx::query(sql).fetch_one(connection).await?.try_get(0)?;
    if missing > 0 {
        report.problem("evidence", None, format!("{missing} pieces that blocks refer to are missing"));
    }
    Ok(())
}
