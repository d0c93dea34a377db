use store::{Limits, Options, SCHEMA, SealKey, Store, StoreError, verify_database};
use tempfile::TempDir;

use crate::support::*;

/// A database of the first schema, as its program left it.
const V1: &str = include_str!("v1.sql");

async fn v1(folder: &TempDir) -> std::path::PathBuf {
    let path = folder.path().join("book.db");
    std::fs::write(&path, "").unwrap();
    tamper(&path, V1).await;
    path
}

#[tokio::test]
async fn a_second_writer_is_refused_and_told_who_the_first_is() {
    let book = Book::new().await;
    let link = book.folder.path().join("same.db");
    std::os::unix::fs::symlink(book.path(), &link).unwrap();
    for path in [book.path(), link] {
        let refused = open(&path).await.unwrap_err();
        let said = refused.to_string();
        assert!(matches!(refused, StoreError::Locked { .. }), "{said}");
        let who = format!("process {} on ", std::process::id());
        assert!(said.contains(&who) && said.contains("since 2027-") && said.contains("stop that process"), "{said}");
    }
    let book = book.reopened().await;
    write(&book.store, vec![note(case::Stream::Org, "after the first has gone")]).await;
}

#[tokio::test]
async fn a_writer_that_was_taken_over_may_not_write() {
    let book = Book::new().await;
    book.tamper("UPDATE leases SET fence = fence + 1, holder = 'process 7 on elsewhere'").await;
    let refused = book.store.append(lines(vec![note(case::Stream::Org, "late")])).await.unwrap_err();
    assert!(matches!(refused, StoreError::Fenced { .. }) && refused.to_string().contains("elsewhere"), "{refused}");
    assert!(matches!(book.store.seal(now(1)).await, Err(StoreError::Fenced { .. })));
    assert!(matches!(book.store.put_evidence(b"late").await, Err(StoreError::Fenced { .. })));
    assert_eq!(book.store.last_position().await.unwrap(), 0);
}

#[tokio::test]
async fn whoever_only_reads_needs_no_lock_and_cannot_write() {
    let book = Book::new().await;
    write(&book.store, vec![note(case::Stream::Org, "one")]).await;
    let reader = Store::open_to_read(&url(&book.path()), Limits::default()).await.unwrap();
    assert_eq!(reader.last_position().await.unwrap(), 1);
    write(&book.store, vec![note(case::Stream::Org, "two")]).await;
    assert_eq!(reader.whole_stream(&case::Stream::Org).await.unwrap().len(), 2);
    let refused = reader.append(lines(vec![])).await.unwrap_err().to_string();
    assert_eq!(refused, "the database is opened only to read");
    assert!(matches!(reader.seal(now(1)).await, Err(StoreError::Shut(_))));
    let missing = Store::open_to_read(&url(&book.folder.path().join("none.db")), Limits::default()).await.unwrap_err();
    assert!(missing.to_string().contains("none.db`: No such file"), "{missing}");
}

#[tokio::test]
async fn an_older_database_is_copied_first_and_upgraded_with_all_it_holds() {
    let folder = TempDir::new().unwrap();
    let path = v1(&folder).await;
    let refused = Store::open_to_read(&url(&path), Limits::default()).await.unwrap_err().to_string();
    assert!(refused.contains("schema 1") && refused.contains("start the service once"), "{refused}");

    let store = open(&path).await.unwrap();
    let backup = store.backup().expect("a backup was made").to_owned();
    assert!(backup.to_string_lossy().ends_with("book.db.backup-v1-20270115T080000Z"), "{backup:?}");
    assert_eq!(store.cursor("triage").await.unwrap(), 1);
    assert_eq!(store.head(&chain()).await.unwrap().unwrap().block, block(2, 0));
    // The upgrade found out which lines speak of the alert.
    let (_, alert) = store.alerts(None, u64::MAX, 1).await.unwrap().remove(0);
    let id = alert.payload["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(store.about(&id).await.unwrap().len(), 2);
    let report = verify_database(&path, None).await.unwrap();
    assert!(report.holds(), "{report:#?}");
    assert_eq!((report.entries, report.seals), (8, 2));

    store.commit_block(commit(block(3, 0), vec![note(on_chain(), "after the upgrade")])).await.unwrap();
    let seal = store.seal(now(100)).await.unwrap().unwrap();
    assert_eq!((seal.seq, seal.heads.len()), (3, 4), "the first seal after the upgrade names every stream");
    store.close().await;
    let report = verify_database(&path, None).await.unwrap();
    assert!(report.holds() && report.unsealed == 0, "{report:#?}");

    // The backup is the database as it was; once upgraded, nothing more is backed up.
    assert!(open(&path).await.unwrap().backup().is_none());
    let restored = open(&backup).await.unwrap();
    assert_eq!((restored.last_position().await.unwrap(), restored.backup().is_some()), (8, true));
}

#[tokio::test]
async fn a_backup_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = v1(&folder).await;
    let backup = folder.path().join("book.db.backup-v1-20270115T080000Z");
    std::fs::write(&backup, "precious").unwrap();
    let refused = open(&path).await.unwrap_err();
    assert!(refused.to_string().contains("exists already and is not overwritten"), "{refused}");
    assert_eq!(std::fs::read_to_string(&backup).unwrap(), "precious");
    let refused = verify_database(&path, None).await.unwrap_err();
    assert!(matches!(refused, StoreError::OlderSchema { found: 1, known: SCHEMA }), "nothing was upgraded: {refused}");
}

#[tokio::test]
async fn a_newer_database_is_refused_with_both_versions_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = v1(&folder).await;
    tamper(&path, "UPDATE meta SET schema = 99").await;
    for refused in [
        open(&path).await.unwrap_err(),
        Store::open_to_read(&url(&path), Limits::default()).await.unwrap_err(),
        verify_database(&path, None).await.unwrap_err(),
    ] {
        let said = refused.to_string();
        assert!(matches!(refused, StoreError::NewerSchema { found: 99, known: SCHEMA }), "{said}");
        assert!(
            said.contains("schema 99") && said.contains(&format!("up to {SCHEMA}")) && said.contains("newer program")
        );
    }
}

#[tokio::test]
async fn what_is_not_our_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("book.db");
    let text = "these are somebody's notes, long enough to be read as a header".repeat(10);
    std::fs::write(&path, &text).unwrap();
    let refused = open(&path).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Corrupt { what, .. } if what.ends_with("book.db")), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);

    let foreign = folder.path().join("foreign.db");
    std::fs::write(&foreign, "").unwrap();
    tamper(&foreign, "CREATE TABLE songs (name TEXT); INSERT INTO songs VALUES ('one')").await;
    let refused = open(&foreign).await.unwrap_err().to_string();
    assert!(refused.contains("foreign.db") && refused.contains("tables of another program"), "{refused}");
    assert!(matches!(open(&folder.path().join("no/such/folder.db")).await, Err(StoreError::File { .. })));
    let postgres = Store::open("postgres://host/db", key(), Options::at(now(0))).await.unwrap_err();
    assert!(matches!(postgres, StoreError::Url { .. }), "{postgres}");
}

#[tokio::test]
async fn the_secret_half_of_the_key_is_nowhere_in_the_folder() {
    let folder = TempDir::new().unwrap();
    let secret: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7 + 13).unwrap());
    let key = SealKey::from_bytes(secret);
    let path = folder.path().join("book.db");
    let store = Store::open(&url(&path), key.clone(), Options::at(now(0))).await.unwrap();
    write(&store, vec![note(case::Stream::Org, "one")]).await;
    store.seal(now(1)).await.unwrap().unwrap();
    let shown = format!("{store:?} {key:?}");
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut seen = vec![("debug".to_owned(), shown.into_bytes())];
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap().path();
        seen.push((file.display().to_string(), std::fs::read(&file).unwrap()));
    }
    assert!(seen.len() >= 4, "database, log and lock were looked at");
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    for (name, bytes) in seen {
        assert!(!holds(&bytes, &secret) && !holds(&bytes, hex.as_bytes()), "{name} holds the secret key");
    }
}
