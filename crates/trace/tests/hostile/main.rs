//! Transactions that were written to keep the watch busy or blind.
//!
//! A clock proves nothing on a busy machine. What is held here is how much comes of so much gas, and that a test ends
//! at all: the work of whoever compares everything with everything would not, at these sizes.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod run;
mod shapes;

use facts::{FrameStatus, TxFacts};

use crate::{run::run, shapes::shapes};

/// The most that a transaction may use since EIP-7825.
const GAS: u64 = 16_777_216;

/// Facts that take memory of their own, beside what was kept of inputs and outputs.
fn facts(tx: &TxFacts) -> usize {
    let lists = [tx.frames.len(), tx.logs.len(), tx.flows.len(), tx.net().len(), tx.writes.len(), tx.reads.len()];
    let others = [tx.idle_writes.len(), tx.keys.len(), tx.codes.len(), tx.changes.len(), tx.balances.len()];
    lists.iter().chain(&others).sum()
}

fn bytes(tx: &TxFacts) -> usize {
    tx.frames.iter().map(|frame| frame.input.len() + frame.output.len()).sum()
}

#[test]
fn whatever_gas_buys_is_bounded() {
    for shape in shapes() {
        let tx = run(&shape, GAS);
        let name = shape.name;
        assert!(tx.succeeded(), "{name}: {:?}", tx.frames.first().map(|frame| (&frame.status, &frame.output)));
        assert!(tx.gas_used > GAS / 2 || name == "depth" || name.starts_with("a ladder"), "{name}: {}", tx.gas_used);
        // A hash of two words costs 42 gas and a few for the loop, a read 100; nothing is cheaper.
        assert!(facts(&tx) < usize::try_from(GAS / 40).unwrap(), "{name}: {} facts", facts(&tx));
        assert!(bytes(&tx) <= 16 * 1024 * 1024, "{name}: {} bytes", bytes(&tx));
    }
}

#[test]
fn each_program_does_what_it_is_for() {
    let of = |name: &str| run(shapes().iter().find(|shape| shape.name == name).unwrap(), GAS);
    assert!(of("hashes").keys.len() > 100_000);
    assert_eq!(of("one hash").keys.len(), 1);
    assert!(of("two hashes").keys.len() > 100_000);
    assert!(of("reads").reads.len() > 80_000);
    assert!(of("writes").writes.len() > 60_000);
    assert!(of("owners").writes.len() > 10_000);
    assert!(of("roles").writes.len() > 1_000 && of("roles").keys.len() > 500);
    assert!(of("transfers").flows.len() > 6_000 && of("transfers").net().len() > 6_000);
    assert!(of("batches").flows.len() > 50_000 && of("batches").net().len() > 8_000);
    assert!(of("handovers").changes.len() > 6_000);
    assert!(of("payments").flows.len() > 1_500);
    assert!(of("calls").frames.len() > 60_000);
    let large = of("large inputs");
    assert!(large.frames.iter().any(|frame| frame.clipped), "what is not kept is said");
    assert!(of("creations").codes.len() > 300);
    assert!(of("jumps").frames.len() > 500);
    let bomb = of("a megabyte of reasons");
    assert!(bomb.frames.len() > 4 && bomb.frames[1].clipped && bomb.frames[1].output.len() <= 32 * 1024);
    assert!(of("loans").flows.len() > 1_500);
    // Each call passes on what is left but a sixty-fourth, so gas ends before depth does.
    assert!(of("depth").frames.len() > 200);
    assert!(of("a ladder of re-entries").frames.len() > 50);
}

#[test]
fn as_deep_as_the_machine_goes() {
    // Gas of another chain, where it is not what ends it.
    let depth = shapes().into_iter().find(|shape| shape.name == "depth").unwrap();
    let tx = run(&depth, 1 << 50);
    let ran = tx.frames.iter().filter(|frame| frame.succeeded());
    assert_eq!(ran.map(|frame| frame.depth).max(), Some(1_024));
    assert!(tx.frames.last().is_some_and(|last| last.status == FrameStatus::Refused));
}
