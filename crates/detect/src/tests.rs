//! The whole room on whole blocks.

mod announced;
mod cases;
mod hostile;
mod invariants;
mod keepers;
mod learnt;
mod order;
mod reorgs;
mod room;
