//! The book: every fact and decision, in order. The only room that speaks SQL.
//!
//! Lines are appended, chained in their stream and sealed across streams; nothing is edited and nothing deleted, a
//! reorg marks blocks as lost. What a line means is not decided here, and no payload is ever logged. There is no clock
//! either; whoever writes says when.
//!
//! Read first: [`Store`] (open, commit, append, read), [`verify_database`] (prove it), [`StoreError`].

mod backend;
mod error;
mod export;
pub mod failpoint;
mod key;
mod limits;
mod lock;
mod schema;
mod store;
mod verify;

pub use error::StoreError;
pub use export::{CaseExport, KeptEvidence, verify_export};
pub use key::SealKey;
pub use limits::Limits;
pub use schema::SCHEMA;
pub use store::{
    AppendRequest, BlockCommit, BlockSummary, ChainHead, EVIDENCE_KEPT, MemoryRows, Options, SEAL_KEY, Store,
};
pub use verify::{KeyUse, Known, Problem, Report, verify_database};
