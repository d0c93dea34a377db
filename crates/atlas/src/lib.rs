//! To know names: chains and their forks, functions, events and errors, the kinds of attack, and what is protected.
//!
//! Pure look-ups over data that is in the binary (`data/chains`, `data/selectors`, `data/taxonomy.toml`) with a user's
//! texts laid over it. Texts are handed in: nothing here opens a file, asks a node or knows the time. What is not known
//! is `None`, and never a guess; a fork least of all.
//!
//! Not here: execution (`trace`), thresholds and rules (`detect`), who may sign (`act`), escaping (`report` and the UI).
//! Names from a chain or an ABI that come out of here are as hostile as they went in.
//!
//! Read first: [`Chain`] and [`Fork`], [`Selectors`], [`Protocol`]; and [`config`] for how every file a person writes is
//! read and refused.

mod abi;
mod address;
mod atlas;
mod chain;
pub mod config;
mod decode;
mod error;
mod fork;
mod protocol;
mod reason;
mod selectors;
mod signature;
mod taxonomy;

pub use abi::Abi;
pub use address::address;
pub use atlas::Atlas;
pub use chain::{Activation, Chain, Execution, HeaderForm, Provenance};
pub use config::ConfigError;
pub use error::AtlasError;
pub use fork::{Fork, UnknownFork};
pub use protocol::{Contract, Protocol};
pub use reason::{ChainText, Reason, panic_meaning};
pub use selectors::{Decoded, Selectors};
pub use signature::{Signature, SignatureError, SignatureKind};
pub use taxonomy::Taxonomy;
