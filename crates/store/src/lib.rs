//! The book: every fact and decision, in order. The only room that speaks SQL.
//!
//! Lines are appended, chained in their stream and sealed across streams; nothing is edited and nothing deleted, a
//! reorg marks blocks as lost. What a line means is not known here: payloads are carried, not read. There is no
//! clock either; whoever writes says when.
//!
//! Read first: [`Store`] (open, commit, append, read), [`verify_database`] (prove it), [`StoreError`].

mod error;
mod export;
pub mod failpoint;
mod key;
mod lock;
mod schema;
mod store;
mod verify;

pub use error::StoreError;
pub use export::{CaseExport, verify_export};
pub use key::SealKey;
pub use schema::SCHEMA;
pub use store::{AppendRequest, BlockCommit, BlockSummary, ChainHead, Limits, MemoryRows, Options, Store};
pub use verify::{Problem, Report, verify_database};

use store::read_entry as store_entry;
