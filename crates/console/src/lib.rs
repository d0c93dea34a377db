//! The front desk: the HTTP API, who may use it, the live stream of entries, and the embedded web page.
//!
//! It reads the book and writes decisions into it. Pressing Approve writes an entry; whoever acts on it finds it
//! there. Nothing here decides, plans, signs or sends, nothing here talks to a node, and there is no state beside the
//! book but log-in sessions. What the service itself is doing it is told through a [`StatusBoard`].
//!
//! Read first: [`AppState`] (what the desk is given), [`serve`], `api.rs` (the list of endpoints).

mod api;
mod auth;
mod book;
mod cursor;
mod limits;
mod names;
mod page;
mod problem;
mod server;
mod sessions;
mod state;
mod status;
mod tokens;
mod traces;
mod view;

pub use api::{ReadingRoom, openapi, router};
pub use limits::Limits;
pub use names::{AssetName, Names, NoNames};
pub use problem::Problem;
pub use server::{ServeError, serve};
pub use state::AppState;
pub use status::{
    Automatic, BlindStatus, ChainStatus, EndpointStatus, Finality, HeadStatus, PendingStatus, QueueStatus, SealStatus,
    Status, StatusBoard,
};
pub use tokens::{Person, Role, Token, Tokens, TokensError, TokensFile};
pub use traces::{NoTraces, Traces, Untold};
