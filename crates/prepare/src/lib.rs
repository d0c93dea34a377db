//! Being ready: can what is protected be stopped, by whom, and can that be taken back?
//!
//! Nothing here sends anything. [`questions`] says what has to be tried on the head of each chain, somebody answers, and
//! [`judge`] says of every protected contract what is ready, what is a gap with its remedy, and what is not known. What
//! could not be looked at is never ready. Roles, quorums of multisigs and time locks are not looked at yet.
//!
//! Read first: [`questions`], [`judge`], then `questions` and `verdict` for what is asked and what an answer means.

mod judge;
mod questions;
mod verdict;

pub use judge::judge;
pub use questions::{Asked, questions};

#[cfg(test)]
mod tests;
