//! A real book in memory.
#![allow(dead_code, reason = "each user needs only a part")]

use case::{Draft, Entry, Stream, Timestamp};
use store::{AppendRequest, Options, SealKey, Store};

/// A book that is gone when it is dropped.
pub struct Book(Store);

/// Opens an empty book.
pub async fn open() -> Book {
    let options = Options::at(Timestamp::UNIX_EPOCH);
    Book(Store::open("sqlite::memory:", SealKey::from_bytes([7; 32]), options).await.expect("a book in memory opens"))
}

impl Book {
    pub fn store(&self) -> Store {
        self.0.clone()
    }

    pub async fn write(&self, drafts: Vec<Draft>) -> Vec<Entry> {
        let request = AppendRequest { drafts, ..AppendRequest::default() };
        self.0.append(request).await.expect("a book in memory can be written")
    }

    /// Waits until a stream has so many lines of a kind.
    pub async fn wait_for(&self, stream: &Stream, kind: &str, count: usize) {
        let mut bell = self.0.bell();
        loop {
            bell.borrow_and_update();
            let lines = self.0.whole_stream(stream).await.expect("a book in memory can be read");
            if lines.iter().filter(|entry| entry.kind == kind).count() >= count {
                return;
            }
            bell.changed().await.expect("the book stays open");
        }
    }
}
