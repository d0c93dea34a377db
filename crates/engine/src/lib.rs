//! The hallway: carries data from room to room. No room calls another; what one says is handed on here.
//!
//! There is no judgement in this crate: what a block means is `detect`'s to say, what to do about it `respond`'s, and
//! doing it `act`'s. Live, catch-up, replay and drill are the same steps with another source of blocks.
//!
//! Read first: [`Lens`] (one block, looked at), [`ChainLoop`], [`Desk`] (cases), [`Service`] (all of it), [`Replay`].

mod casebook;
mod chain;
mod desk;
mod lens;
mod loupe;
mod reader;
mod readiness;
mod replay;
mod service;
mod tiers;
mod triage;

pub use casebook::Casebook;
pub use chain::{ChainLoop, ChainSetup, ChainStatus, EndpointStatus};
pub use desk::{Desk, Judgement};
pub use lens::{Lens, Looked, lost};
pub use loupe::Loupe;
pub use reader::NodeReader;
pub use replay::{
    AlertRow, BlindBlock, CallRow, ChangeRow, EventRow, FlowRow, IncidentRow, LossRow, NetRow, PartialBlock, Replay,
    ReplayReport, SeenTx, Stretch, Told, TransactionReport, Words, WriteRow, seen_in, seen_on,
};
pub use service::{Service, Setup};
pub use triage::decide;
