//! A real book in a folder of its own.
#![allow(dead_code, reason = "each user needs only a part")]

use case::{Draft, Entry, Stream, Timestamp};
use store::{AppendRequest, Options, SealKey, Store};
use tempfile::TempDir;

/// A book that is gone when it is dropped.
pub struct Book {
    store: Store,
    _folder: TempDir,
}

/// Opens an empty book.
pub async fn open() -> Book {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("book.db").display());
    let options = Options::at(Timestamp::UNIX_EPOCH);
    let store = Store::open(&url, SealKey::from_bytes([7; 32]), options).await.expect("a new book opens");
    Book { store, _folder: folder }
}

impl Book {
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    pub async fn write(&self, drafts: Vec<Draft>) -> Vec<Entry> {
        let request = AppendRequest { drafts, ..AppendRequest::default() };
        self.store.append(request).await.expect("the book can be written")
    }

    /// Waits until a stream has so many lines of a kind.
    pub async fn wait_for(&self, stream: &Stream, kind: &str, count: usize) {
        let mut bell = self.store.bell();
        loop {
            bell.borrow_and_update();
            let lines = self.store.whole_stream(stream).await.expect("the book can be read");
            if lines.iter().filter(|entry| entry.kind == kind).count() >= count {
                return;
            }
            bell.changed().await.expect("the book stays open");
        }
    }
}
