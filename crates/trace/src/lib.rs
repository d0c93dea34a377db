//! See what really happened: blocks are executed here, and facts come out.
//!
//! Execution is plain revm wrapped at its frame boundaries, with a few entries of the instruction table replaced
//! and the recorder in revm's `chain` slot. There is no Inspector on this path: its hooks alone cost more than all
//! detectors may. Nothing here judges what it sees, and nothing here talks to a node: state that is not at hand is
//! asked of a [`StateReader`], and what cannot be had is [`facts::Blind`].
//!
//! Read first: [`Tracer`] (a chain's state and how blocks run on it), [`StateReader`], [`Environment`].

mod asked;
mod block;
mod changes;
mod check;
mod degraded;
mod env;
mod flows;
mod instructions;
mod loupe;
mod memo;
pub mod merkle;
pub mod plain;
mod probe;
mod question;
mod recorder;
mod scout;
mod shelf;
mod state;
mod steps;
mod system;
mod tracer;
mod tx;
mod waiting;

pub use block::Traced;
pub use check::Prover;
pub use degraded::{from_call, from_calls, from_calls_alone, from_receipts};
pub use env::{Environment, blob_price};
pub use question::answer;
pub use shelf::{EachTx, rouse};
pub use state::{Fetched, Missing, NoReader, ReadError, ReadLog, StateReader, WarmState, Yields};
pub use steps::steps;
pub use tracer::{Tracer, Undo};
pub use waiting::{Patience, Tried, try_waiting};
