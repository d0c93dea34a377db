//! Eyes on the chain: what happens at the tip, in order, with reorgs told before anything new.
//!
//! A [`Source`] says what comes next. [`Follower`] reads a live chain through `rpc`, [`Recorded`] reads witness files.
//! Nothing here executes a block or judges it, and nothing is remembered across a restart: whoever restarts gives the
//! blocks it has seen to [`Start::After`].
//!
//! Read first: [`Source`] and [`News`], [`Follower`], [`Notice`] (what could not be seen).

mod error;
mod follower;
mod news;
mod recorded;
mod ring;
mod sentry;

pub use error::WatchError;
pub use follower::{Finality, Follower, FollowerOptions, Outlook, Start};
pub use news::{News, Notice, Source, Trouble};
pub use recorded::{Recorded, Recording};
