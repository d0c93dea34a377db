//! The one door to nodes: talk to them, safely.
//!
//! Endpoints of a chain are asked within budgets, over bodies with a cap, with back-off up to a limit, and their
//! answers are decoded, proved and compared before anybody sees them. Addresses of endpoints hold keys and are never
//! shown. Nothing here follows a chain (`watch` does), executes (`trace`), or signs (`act`).
//!
//! Read first: [`Node`] (several endpoints that answer as one), [`RpcError`] (what goes wrong, and whether to ask
//! again), [`wire`] (from JSON to the words of the chain, with proof).

mod blocking;
mod endpoint;
mod error;
mod limits;
mod line;
mod location;
mod node;
mod record;
mod tls;
mod trace;
pub mod wire;

pub use blocking::Blocking;
pub use endpoint::{Capabilities, Endpoint, EndpointConfig, Served, Trust};
pub use error::{Retry, RpcError};
pub use limits::{Backoff, Limits};
pub use line::Heard;
pub use node::{
    Account, Called, FeeHistory, Glimpse, Head, Heads, Landed, Mempool, Node, NodeOptions, Nonce, Sighting, StateProof,
    Tag,
};
pub use record::Recorder;
pub use tls::install as install_tls;
pub use trace::CallTrace;
pub use wire::Form;
