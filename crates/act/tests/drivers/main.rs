//! Every driver against the real thing: contract calls against anvil, webhooks against a listener on a socket.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "in a test a panic is the report, and a skip is said")]

mod anvil;
mod contract_call;
mod exam;
mod http;
mod webhook;

use std::sync::OnceLock;

use case::{Call, Digest, Harm, IdempotencyKey, Limits, Step};
use facts::U256;
use jiff::{SignedDuration, Timestamp};

/// The moment the tests take place, whenever they run.
fn now() -> Timestamp {
    static NOW: OnceLock<Timestamp> = OnceLock::new();
    *NOW.get_or_init(|| "2026-11-21T03:00:00Z".parse().unwrap())
}

fn key(step: &Step) -> IdempotencyKey {
    IdempotencyKey::of(&Digest::ZERO, &step.id)
}

fn step(id: &str, driver: &str, call: Call) -> Step {
    let limits = Limits {
        gas: 100_000,
        fee_per_gas: U256::from(200_000_000_000_u64),
        bumps: 3,
        until: now() + SignedDuration::from_mins(10),
    };
    Step::new(
        id.to_owned(),
        "stop the loss".to_owned(),
        driver.to_owned(),
        call,
        vec![],
        Harm::Irreversible,
        None,
        1,
        limits,
    )
}
