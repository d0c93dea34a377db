//! Do it, once, and prove it: the only room that signs or sends.
//!
//! A driver binds itself to an effect before anything is written down ([`Driver::bind`]), has the effect
//! ([`Driver::submit`]) and can say at any later time, from a fresh process and from the binding alone, what came of it
//! ([`Driver::outcome`]). Asking and sending again cannot count twice: a contract call keeps one nonce for all its
//! attempts, a webhook one idempotency key.
//!
//! What is deliberately not here: whether a step may be taken (`respond` and people decide), rehearsal (`trace` runs
//! what [`Driver::calls`] names), the intent and the receipt (the engine writes them round `submit`), a clock (`now` is
//! an argument) and connections to nodes (a [`Gate`] is handed in).
//!
//! Read first: [`Driver`], [`Outcome`], [`ActError`]; then [`ContractCall`] and [`Webhook`].

mod driver;
mod error;
mod gate;

mod drivers;
mod nonces;
mod secret;
mod signers;

pub use driver::{Attempt, Binding, Driver, Drivers, Outcome, Sent};
pub use drivers::contract_call::ContractCall;
pub use drivers::webhook::{self, Webhook, WebhookConfig};
pub use error::{ActError, Retry};
pub use gate::{Fees, Gate, GateError, Height, Mined};
pub use secret::Secret;
pub use signers::{SignerConfig, Signers};
