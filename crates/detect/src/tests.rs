//! The whole room on whole blocks.

mod cases;
mod reorgs;
mod room;
mod scene;
