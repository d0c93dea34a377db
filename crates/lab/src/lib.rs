//! The laboratory: attacks and honest traffic of our own, executed in memory, and how well the rules tell one from the
//! other.
//!
//! Nothing of the product knows this crate. It plays stories on a chain of its own ([`World`], [`Stage`]) and on recorded
//! data, lets the same rules look at them that a responder runs ([`engine::Lens`]), and counts.
//!
//! Read first: [`Scenario`] (a story and its benign twin), [`Variation`] (how an attacker changes it), [`Stage`].

mod arg;
mod artifacts;
pub mod baseline;
mod calls_only;
pub mod calltree;
pub mod quality;
mod scenario;
mod scenarios;
mod stage;
pub mod traffic;
mod variation;
mod watch;
mod world;

pub use arg::{Arg, Tuple, call_data, encode};
pub use artifacts::{Artifact, Artifacts, root};
pub use calls_only::calls_only;
pub use scenario::{Foresight, Played, Scenario, Setting, play, play_by, play_twin, play_twin_by};
pub use scenarios::SCENARIOS;
pub use stage::{Declared, EXCHANGE, Role, Stage, Told, ether};
pub use variation::Variation;
pub use watch::{Rules, Seen, Watch};
pub use world::{BLOCK_S, FORK, Mined, Send, WETH, World};
