//! The book on real files: what it keeps, what it refuses, and what it notices when somebody tampers with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "in a test a panic is the report")]

use std::path::{Path, PathBuf};

use case::{Actor, CaseId, CaseOpened, Ctx, Draft, Event, Note, Severity, Stream, Timestamp};
use facts::{AccountId, B256, BlockRef, ChainId};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use store::{
    AppendRequest, BlockCommit, BlockSummary, Options, Report, SealKey, Store, StoreError, verify_database,
    verify_export,
};
use tempfile::TempDir;

fn now(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn key() -> SealKey {
    SealKey::from_bytes([7; 32])
}

fn chain() -> ChainId {
    ChainId::eip155(31337)
}

struct Book {
    folder: TempDir,
    store: Store,
}

impl Book {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = open(&folder.path().join("book.db")).await.unwrap();
        Self { folder, store }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("book.db")
    }

    async fn proof(&self) -> Report {
        verify_database(&self.path(), None).await.unwrap()
    }

    /// Changes the database behind the book's back.
    async fn tamper(&self, sql: &str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path());
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let changed = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        assert!(changed.rows_affected() > 0, "{sql} changed nothing");
        connection.close().await.unwrap();
    }
}

async fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(&format!("sqlite://{}", path.display()), key(), Options::at(now(0))).await
}

fn case(digit: char) -> CaseId {
    format!("bg-{}", digit.to_string().repeat(12)).parse().unwrap()
}

fn ctx() -> Ctx {
    Ctx::new(Actor::machine("test"), "a test", now(1))
}

fn opened(id: &CaseId) -> Draft {
    let event = Event::CaseOpened(CaseOpened {
        title: "something happened".to_owned(),
        severity: Severity::High,
        kind: "logic/accounting".to_owned(),
        subject: AccountId { chain: chain(), address: facts::Address::repeat_byte(1) },
        block_time: 1_800_000_000,
        drill: false,
    });
    Draft::new(Stream::Case(id.clone()), ctx(), &event).unwrap()
}

fn note(stream: Stream, text: &str) -> Draft {
    Draft::new(stream, ctx(), &Event::Note(Note { text: text.to_owned() })).unwrap()
}

fn lines(drafts: Vec<Draft>) -> AppendRequest {
    AppendRequest { drafts, ..AppendRequest::default() }
}

fn block(number: u64, branch: u8) -> BlockRef {
    let hash = |number: u64, branch: u8| B256::left_padding_from(&[branch, u8::try_from(number).unwrap()]);
    let parent_branch = if number <= 3 { 0 } else { branch };
    BlockRef {
        chain: chain(),
        number,
        hash: hash(number, if number < 3 { 0 } else { branch }),
        parent: hash(number - 1, if number - 1 < 3 { 0 } else { parent_branch }),
    }
}

fn commit(head: BlockRef, drafts: Vec<Draft>) -> BlockCommit {
    BlockCommit {
        timestamp: head.number,
        memory: head.number.to_be_bytes().to_vec(),
        head,
        drafts,
        snapshot: None,
        evidence: Vec::new(),
        summary: BlockSummary::default(),
        gap: false,
    }
}

#[tokio::test]
async fn what_was_written_is_read_back_after_a_restart() {
    let book = Book::new().await;
    let id = case('a');
    let written = book.store.append(lines(vec![opened(&id), note(Stream::Case(id.clone()), "hm")])).await.unwrap();
    book.store.commit_block(commit(block(1, 0), vec![note(Stream::Chain(chain()), "alert")])).await.unwrap();
    book.store.close().await;
    drop(book.store);
    let again = open(&book.folder.path().join("book.db")).await.unwrap();
    assert_eq!(again.whole_stream(&Stream::Case(id.clone())).await.unwrap(), written);
    assert_eq!(again.head(&chain()).await.unwrap().unwrap().block, block(1, 0));
    assert_eq!(again.cases(u64::MAX, 10).await.unwrap(), [(1, id)]);
    assert_eq!(again.last_position().await.unwrap(), 3);
}

#[tokio::test]
async fn a_second_writer_is_refused_and_told_who_the_first_is() {
    let book = Book::new().await;
    let refused = open(&book.path()).await.unwrap_err();
    let said = refused.to_string();
    assert!(matches!(refused, StoreError::Locked { .. }), "{said}");
    assert!(said.contains(&format!("process {}", std::process::id())) && said.contains("stop that process"), "{said}");
}

#[tokio::test]
async fn a_block_that_does_not_follow_the_head_is_refused_and_the_same_block_twice_is_one() {
    let book = Book::new().await;
    let store = &book.store;
    store.commit_block(commit(block(1, 0), vec![note(Stream::Org, "one")])).await.unwrap();
    assert!(matches!(store.commit_block(commit(block(3, 0), vec![])).await, Err(StoreError::NotNext { .. })));
    assert_eq!(store.commit_block(commit(block(1, 0), vec![note(Stream::Org, "one")])).await.unwrap(), []);
    assert_eq!(store.whole_stream(&Stream::Org).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_reorg_marks_blocks_and_deletes_no_line() {
    let book = Book::new().await;
    let store = &book.store;
    for number in 1..=4 {
        let alert = vec![note(Stream::Chain(chain()), &format!("alert of {number}"))];
        store.commit_block(commit(block(number, 1), alert)).await.unwrap();
    }
    let withdrawn = vec![note(Stream::Chain(chain()), "withdrawn 3 and 4")];
    store.revert(&block(2, 1), withdrawn).await.unwrap();
    store.commit_block(commit(block(3, 2), vec![])).await.unwrap();
    assert_eq!(store.head(&chain()).await.unwrap().unwrap().block, block(3, 2));
    assert_eq!(store.whole_stream(&Stream::Chain(chain())).await.unwrap().len(), 5);
    let kept: Vec<u64> = store.memory(&chain()).await.unwrap().changes.iter().map(|(block, _)| block.number).collect();
    assert_eq!(kept, [1, 2, 3]);
    assert!(matches!(store.revert(&block(9, 1), vec![]).await, Err(StoreError::Unknown { .. })));
}

#[tokio::test]
async fn a_decision_on_a_stream_that_has_grown_is_not_written() {
    let book = Book::new().await;
    let store = &book.store;
    store.append(lines(vec![note(Stream::Org, "one")])).await.unwrap();
    let late = AppendRequest {
        drafts: vec![note(Stream::Org, "two")],
        cursor: Some(("triage".to_owned(), 1)),
        expect: vec![(Stream::Org, 0)],
    };
    let refused = store.append(late.clone()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Moved { stream } if stream == "org") && refused.retry());
    assert_eq!(store.cursor("triage").await.unwrap(), 0);
    store.append(AppendRequest { expect: vec![(Stream::Org, 1)], ..late }).await.unwrap();
    assert_eq!(store.cursor("triage").await.unwrap(), 1);
}

#[tokio::test]
async fn memory_is_restored_from_a_snapshot_and_what_came_after() {
    let book = Book::new().await;
    let store = &book.store;
    for number in 1..=5 {
        let snapshot = (number == 3).then(|| b"all of it".to_vec());
        store.commit_block(BlockCommit { snapshot, ..commit(block(number, 0), vec![]) }).await.unwrap();
    }
    let memory = store.memory(&chain()).await.unwrap();
    assert_eq!(memory.snapshot, Some((block(3, 0), b"all of it".to_vec())));
    let after: Vec<u64> = memory.changes.iter().map(|(block, _)| block.number).collect();
    assert_eq!(after, [4, 5]);
}

#[tokio::test]
async fn a_whole_book_holds_and_says_what_to_keep_elsewhere() {
    let book = Book::new().await;
    book.store.append(lines(vec![opened(&case('a')), note(Stream::Org, "one")])).await.unwrap();
    let seal = book.store.seal(now(5)).await.unwrap().unwrap();
    assert_eq!(book.store.seal(now(6)).await.unwrap(), None);
    book.store.append(lines(vec![note(Stream::Org, "two")])).await.unwrap();
    let report = book.proof().await;
    assert!(report.holds(), "{report:#?}");
    assert_eq!((report.streams, report.entries, report.seals, report.unsealed), (2, 3, 1, 1));
    assert_eq!(report.last_seal, Some((seal.digest().unwrap(), now(5))));
    let known = verify_database(&book.path(), Some(case::Digest::of_bytes(b"a later seal"))).await.unwrap();
    assert!(known.problems[0].says.contains("rolled back"), "{known:#?}");
}

#[tokio::test]
async fn tampering_is_noticed_and_named() {
    let stories = [
        ("DELETE FROM entries WHERE stream LIKE 'case/%'", "the stream is missing"),
        ("DELETE FROM entries WHERE stream = 'org' AND seq = 2", "its tail was cut: line 2 was sealed, 1 is the last"),
        ("DELETE FROM entries WHERE stream = 'org' AND seq = 1", "expected line 1, found 2"),
        ("UPDATE entries SET body = replace(body, 'two', 'owt') WHERE stream = 'org'", "a byte was changed"),
        ("UPDATE seals SET body = replace(body, '\"seq\":1', '\"seq\":3') WHERE seq = 1", "a byte was changed"),
        ("UPDATE evidence SET bytes = x'00'", "its bytes have another digest"),
    ];
    for (sql, says) in stories {
        let book = Book::new().await;
        book.store.put_evidence(b"a trace").await.unwrap();
        let drafts = vec![opened(&case('a')), note(Stream::Org, "one"), note(Stream::Org, "two")];
        book.store.append(lines(drafts)).await.unwrap();
        book.store.seal(now(5)).await.unwrap().unwrap();
        assert!(book.proof().await.holds());
        book.tamper(sql).await;
        let report = book.proof().await;
        assert!(report.problems.iter().any(|problem| problem.says.contains(says)), "{sql}: {report:#?}");
    }
}

#[tokio::test]
async fn a_line_that_was_changed_together_with_its_digest_breaks_the_seal() {
    let book = Book::new().await;
    book.store.append(lines(vec![note(Stream::Org, "one")])).await.unwrap();
    book.store.seal(now(5)).await.unwrap().unwrap();
    let entries = book.store.whole_stream(&Stream::Org).await.unwrap();
    let body = String::from_utf8(case::canonical(&entries[0]).unwrap()).unwrap().replace("one", "eno");
    let digest = case::Digest::of_bytes(body.as_bytes());
    book.tamper(&format!("UPDATE entries SET body = '{body}', digest = x'{digest}' WHERE stream = 'org'")).await;
    let report = book.proof().await;
    assert!(
        report.problems.iter().any(|problem| problem.says.contains("is not the one that was sealed")),
        "{report:#?}"
    );
}

#[tokio::test]
async fn an_exported_case_is_proved_without_the_book() {
    let book = Book::new().await;
    let id = case('a');
    let drafts = vec![opened(&id), note(Stream::Case(id.clone()), "one"), opened(&case('b')), note(Stream::Org, "two")];
    book.store.append(lines(drafts)).await.unwrap();
    book.store.seal(now(5)).await.unwrap();
    let export = book.store.export_case(&id).await.unwrap();
    let public = key().public();
    let text = case::canonical(&export).unwrap();
    let read: store::CaseExport = serde_json::from_slice(&text).unwrap();
    assert!(verify_export(&read, Some(&public)).unwrap().holds());

    let mut cut = read.clone();
    cut.entries.pop();
    assert!(verify_export(&cut, None).unwrap().problems[0].says.contains("its tail was cut"));
    let mut changed = read.clone();
    changed.entries[1].payload = serde_json::json!({ "text": "eno" });
    assert!(!verify_export(&changed, None).unwrap().holds());
    let other = SealKey::from_bytes([8; 32]).public();
    assert!(verify_export(&read, Some(&other)).unwrap().problems[0].says.contains("another key"));
    let mut unsealed = read;
    unsealed.seals.clear();
    assert!(verify_export(&unsealed, None).unwrap().problems[0].says.contains("no seal covers it"));
}

#[tokio::test]
async fn a_full_database_says_so_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("book.db");
    let store = open(&path).await.unwrap();
    store.append(lines(vec![note(Stream::Org, "before")])).await.unwrap();
    let big = "x".repeat(200_000);
    store.limit_pages(64).await.unwrap();
    let refused = store.append(lines(vec![note(Stream::Org, &big), note(Stream::Org, &big)])).await.unwrap_err();
    assert!(matches!(refused, StoreError::Full), "{refused:?}");
    assert_eq!(store.whole_stream(&Stream::Org).await.unwrap().len(), 1);
    store.limit_pages(100_000).await.unwrap();
    store.append(lines(vec![note(Stream::Org, &big), note(Stream::Org, &big)])).await.unwrap();
    assert_eq!(store.whole_stream(&Stream::Org).await.unwrap().len(), 3);
    assert!(verify_database(&path, None).await.unwrap().holds());
}

#[tokio::test]
async fn an_older_database_is_copied_and_upgraded_and_a_newer_one_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("book.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut old = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(include_str!("../migrations/sqlite/0001.sql")).execute(&mut old).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 1").execute(&mut old).await.unwrap();
    sqlx::raw_sql("INSERT INTO cursors VALUES ('triage', 41)").execute(&mut old).await.unwrap();
    old.close().await.unwrap();

    let store = open(&path).await.unwrap();
    let backup = store.backup().expect("a backup was made").to_owned();
    assert_eq!(store.cursor("triage").await.unwrap(), 41);
    store.commit_block(commit(block(1, 0), vec![])).await.unwrap();
    store.close().await;
    drop(store);
    assert!(backup.exists() && backup.to_string_lossy().contains("backup-v1"));

    let mut newer = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 99").execute(&mut newer).await.unwrap();
    newer.close().await.unwrap();
    let refused = open(&path).await.unwrap_err().to_string();
    assert!(refused.contains("schema 99") && refused.contains("newer program"), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("book.db");
    std::fs::write(&path, "these are somebody's notes, long enough to be read as a header".repeat(10)).unwrap();
    let refused = open(&path).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("these are"));
}

#[test]
fn a_seal_key_is_made_once_kept_private_and_never_shown() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("seal.key");
    let made = SealKey::load_or_create(&path, || Ok([9; 32])).unwrap();
    let again = SealKey::load_or_create(&path, || panic!("there is a key")).unwrap();
    assert_eq!(made.public(), again.public());
    assert_eq!(format!("{made:?}"), "SealKey(…)");
    std::fs::write(&path, "not a key").unwrap();
    assert!(SealKey::load_or_create(&path, || Ok([9; 32])).unwrap_err().to_string().contains("64 hex digits"));
}
