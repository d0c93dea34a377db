//! The block loop on a real node: what is asked after each block, and what is left when blocks are lost.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "in a test a panic is the report")]

#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../../watch/tests/live/anvil.rs"]
mod anvil;
mod crossing;
#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../../watch/tests/live/fake.rs"]
mod fake;
mod followed;
mod lost;
mod standing;
mod tiers;
