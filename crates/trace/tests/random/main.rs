//! Random contracts that call, create, revert and destroy each other: what we say of them is what revm says.
//!
//! Whole blocks run on warm state, one after the other, by every fork's rules. Each block carries the header that
//! revm's results give it, so the proof has to hold too. After each block the warm state is the state that revm kept.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the report")]

mod agree;
mod chain;
mod program;
mod world;

use atlas::Fork;
use chain::Chain;
use program::program;
use proptest::prelude::*;
use world::{CODES, SENDERS, Sent, accounts};

const FORKS: [Fork; 11] = [
    Fork::Homestead,
    Fork::Tangerine,
    Fork::SpuriousDragon,
    Fork::Byzantium,
    Fork::Petersburg,
    Fork::Istanbul,
    Fork::Berlin,
    Fork::London,
    Fork::Shanghai,
    Fork::Cancun,
    Fork::Prague,
];

fn sent() -> impl Strategy<Value = Sent> {
    let to = prop_oneof![8 => (0..accounts().len()).prop_map(Some), 1 => Just(None)];
    (CODES..CODES + SENDERS, to, 0..60u64).prop_map(|(from, to, value)| Sent { from, to, value })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_we_say_is_what_revm_says(
        fork in proptest::sample::select(&FORKS[..]),
        programs in proptest::collection::vec(program(accounts().len(), CODES), CODES),
        blocks in proptest::collection::vec(proptest::collection::vec(sent(), 1..5), 1..4),
    ) {
        let mut chain = Chain::new(fork, &programs);
        // Before EIP-161 an empty account may exist and hold slots, and a node's zeros do not say so.
        let known = if fork < Fork::SpuriousDragon { 1 } else { blocks.len() };
        for sent in &blocks[..known] {
            chain.block(sent);
        }
    }
}
