//! The hallway: carries data from room to room. No room calls another; what one says is handed on here.
//!
//! There is no judgement in this crate: what a block means is `detect`'s to say, what to do about it `respond`'s, and
//! doing it `act`'s. Live, catch-up, replay and drill are the same steps with another source of blocks.
//!
//! Read first: [`Lens`] (one block, looked at), [`ChainLoop`], [`Desk`] (cases), [`Service`] (all of it), [`Replay`].

mod analysis;
mod backtest;
mod bundle;
mod casebook;
mod chain;
mod desk;
mod lens;
mod loupe;
mod reader;
mod readiness;
mod record;
mod replay;
mod rulebook;
mod service;
mod tiers;
mod triage;

pub use analysis::{
    Analyst, Found, Inquiry, Lore, Mined, NotThere, Recent, SeenTx, TOKEN_CALLS, checked, decimals_of, found_on,
    mined_on, seen_in, seen_on, signed_by, symbol_of,
};
pub use backtest::{
    AttackRow, Backtest, BacktestReport, BlindRow, Change, Comparison, Interval, Label, Outcome, PAGE, PageRow, Rate,
    RuleRow, clopper_pearson,
};
pub use bundle::{
    Attacked, Bundle, Case, Files, Gather, Manifest, Materials, Missing, Problem, Proof, Source, Verdict, VerdictLine,
};
pub use casebook::Casebook;
pub use chain::{
    ChainLoop, ChainSetup, ChainStatus, Crossroads, EndpointStatus, PendingState, PendingStatus, announcements,
};
pub use desk::{Desk, Judgement};
pub use lens::{Glass, Lens, Looked, lost};
pub use loupe::{Foreseen, Loupe, WaitingTally};
pub use reader::NodeReader;
pub use record::{BlockRecord, Codes, Executed, Seen, Stands, execute};
pub use replay::{AlertRow, BlindBlock, IncidentRow, LossRow, PartialBlock, Replay, ReplayReport, Stretch};
pub use rulebook::{InForce, Rulebook};
pub use service::{Service, Setup};
pub use triage::decide;
