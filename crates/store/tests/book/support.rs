//! A book in a folder of its own, and the words to fill it with.

use std::path::{Path, PathBuf};

use case::{
    Actor, Alert, AlertId, AlertRaised, Attached, CaseId, CaseOpened, Confidence, Ctx, Digest, Draft, Event,
    Fingerprint, Note, RuleRef, Severity, Stream, Timestamp,
};
use facts::{AccountId, Address, B256, BlockRef, ChainId};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use store::{AppendRequest, BlockCommit, BlockSummary, Options, Report, SealKey, Store, StoreError, verify_database};
use tempfile::TempDir;

pub fn now(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub fn key() -> SealKey {
    SealKey::from_bytes([7; 32])
}

pub fn chain() -> ChainId {
    ChainId::eip155(31337)
}

pub fn on_chain() -> Stream {
    Stream::Chain(chain())
}

pub struct Book {
    pub folder: TempDir,
    pub store: Store,
}

impl Book {
    pub async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = open(&folder.path().join("book.db")).await.unwrap();
        Self { folder, store }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("book.db")
    }

    pub async fn proof(&self) -> Report {
        verify_database(&self.path(), None).await.unwrap()
    }

    /// Ends the book and opens it again, as after a restart.
    pub async fn reopened(self) -> Self {
        self.store.close().await;
        let store = open(&self.path()).await.unwrap();
        Self { store, ..self }
    }

    /// Changes the database behind the book's back.
    pub async fn tamper(&self, sql: &str) {
        tamper(&self.path(), sql).await;
    }
}

pub async fn tamper(path: &Path, sql: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let changed = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    assert!(changed.rows_affected() > 0, "{sql} changed nothing");
    connection.close().await.unwrap();
}

pub fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

pub async fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(&url(path), key(), Options::at(now(0))).await
}

pub fn case(digit: char) -> CaseId {
    format!("bg-{}", digit.to_string().repeat(12)).parse().unwrap()
}

pub fn on_case(digit: char) -> Stream {
    Stream::Case(case(digit))
}

pub fn ctx() -> Ctx {
    Ctx::new(Actor::machine("test"), "a test", now(1))
}

pub fn opened(id: char) -> Draft {
    let event = Event::CaseOpened(CaseOpened {
        title: "something happened".to_owned(),
        severity: Severity::High,
        kind: "logic/accounting".to_owned(),
        subject: vault(),
        block_time: 1_800_000_000,
        drill: false,
    });
    Draft::new(on_case(id), ctx(), &event).unwrap()
}

pub fn note(stream: Stream, text: &str) -> Draft {
    Draft::new(stream, ctx(), &Event::Note(Note { text: text.to_owned() })).unwrap()
}

fn vault() -> AccountId {
    AccountId { chain: chain(), address: Address::repeat_byte(1) }
}

pub fn alert(seen_at: &BlockRef, message: &str) -> Alert {
    Alert {
        rule: RuleRef { id: "drain".to_owned(), hash: Digest::ZERO },
        family: "flow".to_owned(),
        kind: "logic/accounting".to_owned(),
        subject: vault(),
        severity: Severity::High,
        confidence: Confidence::new(90),
        seen_at: seen_at.clone(),
        block_time: 1_800_000_000,
        tx: None,
        basis: case::Basis::Mined,
        fingerprint: Fingerprint(message.to_owned()),
        evidence: Vec::new(),
        attackers: Vec::new(),
        victims: Vec::new(),
        losses: Vec::new(),
        message: message.to_owned(),
        announcement: None,
    }
}

pub fn raised(alert: &Alert) -> Draft {
    let raised = AlertRaised { id: alert.id().unwrap(), alert: alert.clone(), received_at: None };
    Draft::new(Stream::Chain(alert.seen_at.chain.clone()), ctx(), &Event::AlertRaised(Box::new(raised))).unwrap()
}

pub fn attached(id: char, alert: &Alert) -> Draft {
    let because = "it opened the case".to_owned();
    let attached = Attached { id: alert.id().unwrap(), alert: alert.clone(), because };
    Draft::new(on_case(id), ctx(), &Event::Attached(Box::new(attached))).unwrap()
}

pub fn lines(drafts: Vec<Draft>) -> AppendRequest {
    AppendRequest { drafts, ..AppendRequest::default() }
}

pub async fn write(store: &Store, drafts: Vec<Draft>) {
    store.append(lines(drafts)).await.unwrap();
}

/// A block of a chain that forks after block 2: up to there all branches are one.
pub fn block(number: u64, branch: u8) -> BlockRef {
    let hash = |number: u64| {
        let mut hash = B256::left_padding_from(&number.to_be_bytes());
        hash.0[0] = if number < 3 { 0 } else { branch };
        hash
    };
    BlockRef { chain: chain(), number, hash: hash(number), parent: hash(number.saturating_sub(1)) }
}

pub fn commit(head: BlockRef, drafts: Vec<Draft>) -> BlockCommit {
    BlockCommit {
        timestamp: 1_800_000_000 + head.number,
        memory: head.number.to_be_bytes().to_vec(),
        head,
        drafts,
        snapshot: None,
        evidence: Vec::new(),
        summary: BlockSummary::default(),
        gap: false,
    }
}

/// A book with a bit of everything: a case with its alert and evidence, notes, two seals.
pub async fn story() -> (Book, AlertId) {
    let book = Book::new().await;
    let evidence = book.store.put_evidence(b"a trace").await.unwrap();
    let seen = alert(&block(1, 0), "drained");
    let first = BlockCommit { evidence: vec![evidence], ..commit(block(1, 0), vec![raised(&seen)]) };
    book.store.commit_block(first).await.unwrap();
    write(&book.store, vec![opened('a'), attached('a', &seen)]).await;
    book.store.seal(now(5)).await.unwrap().unwrap();
    write(&book.store, vec![note(on_case('a'), "one"), note(Stream::Org, "two"), opened('b')]).await;
    book.store.commit_block(commit(block(2, 0), vec![])).await.unwrap();
    book.store.seal(now(65)).await.unwrap().unwrap();
    (book, seen.id().unwrap())
}
