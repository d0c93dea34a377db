//! Making people whole begins with what they lost: exact amounts for each victim and asset, and what came back.
//!
//! What was lost is read from two things that do not lie for each other: the facts of the case's transactions say how
//! much left whom, and the alerts say how much of that was neither exchanged nor booked. Where only one of them spoke,
//! the amount counts and is marked. Snapshots, allocation and claims are not here yet, and neither are prices: an
//! amount is an integer of the asset's own units.
//!
//! Read first: [`assess`], [`Assessment`].

mod assess;
mod table;

pub use assess::{Assessment, assess};

#[cfg(test)]
mod tests;
