//! What must be survived, through the whole program: a real node, a real process, a real disk, and what breaks them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "in a test a panic is the report"
)]

mod announced;
#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../../watch/tests/live/anvil.rs"]
mod anvil;
mod book;
mod crash;
#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../../watch/tests/live/fake.rs"]
mod fake;
mod full;
mod hook;
mod hostile;
mod input;
mod pending;
#[path = "../../../watch/tests/live/proxy.rs"]
mod proxy;
mod rehearsal;
mod reload;
mod reorg;
mod restart;
mod rpc_faults;
mod scene;
mod secrets;
mod serve;
