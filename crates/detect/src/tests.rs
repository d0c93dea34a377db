//! The whole room on whole blocks.

mod announced;
mod cases;
mod invariants;
mod keepers;
mod reorgs;
mod room;
