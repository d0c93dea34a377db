//! Live sources against a real anvil, over every kind of line, and against nodes that misbehave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod anvil;
mod exam;
mod fake;
mod faults;
mod proxy;
mod story;
