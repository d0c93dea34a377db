//! The book on real files: what it keeps, what it refuses, and what it notices when somebody tampers with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "in a test a panic is the report")]

mod blocks;
mod crash;
mod export;
mod full;
mod lines;
mod opening;
mod proof;
mod support;
