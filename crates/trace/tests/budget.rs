//! A question may read so much and no more: whoever wrote the code that it runs must not keep the next block waiting.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::ops::Range;

use atlas::{Atlas, Fork};
use facts::{
    AccountState, Address, Answer, Ask, B256, BlockRef, Budget, ChainId, Header, Overrides, Question, TxRequest, U256,
};
use trace::{Environment, Fetched, ReadError, StateReader, Tracer, answer};

/// A node that has everything, and is busy when it is asked for one slot.
struct Node;

const BUSY: u8 = 200;

impl StateReader for Node {
    fn fetch(&mut self, _: B256, accounts: &[Address], slots: &[(Address, U256)]) -> Result<Fetched, ReadError> {
        if slots.iter().any(|(_, slot)| *slot == U256::from(BUSY)) {
            return Err(ReadError { why: "busy".to_owned(), retry: true });
        }
        let accounts = accounts.iter().map(|_| AccountState { nonce: 1, ..AccountState::default() }).collect();
        Ok(Fetched { accounts, slots: slots.iter().map(|_| U256::ONE).collect() })
    }

    fn block_hash(&mut self, _: B256, _: u64) -> Result<B256, ReadError> {
        Err(ReadError { why: "not asked here".to_owned(), retry: false })
    }
}

/// Reads these slots, by code that is lent to an address for the time of the question.
fn ask(tracer: &mut Tracer<Node>, slots: Range<u8>, reads: u32) -> Answer {
    let code: Vec<u8> = slots.flat_map(|slot| [0x60, slot, 0x54, 0x50]).collect();
    let address = Address::repeat_byte(0xc0);
    let at = BlockRef { chain: ChainId::eip155(1), number: 1, hash: B256::ZERO, parent: B256::ZERO };
    let question = Question {
        at,
        overrides: Overrides { code: [(address, code.into())].into(), ..Overrides::default() },
        ask: Ask::Run(vec![TxRequest { to: Some(address), ..TxRequest::default() }]),
        budget: Budget { gas: 1_000_000, reads, ..Budget::default() },
    };
    let head = Header { number: 1, gas_limit: 30_000_000, base_fee: Some(0), ..Header::default() };
    answer(tracer, &question, &head, Fork::Shanghai)
}

#[test]
fn what_is_read_beyond_the_budget_is_missing_and_the_next_question_begins_anew() {
    let atlas = Atlas::embedded();
    let env = Environment::of(atlas.chain(&ChainId::eip155(1)).unwrap()).unwrap();
    let mut tracer = Tracer::new(env, Node, 1, B256::ZERO);
    // Some accounts are read too: the sender, the contract, the beneficiary.
    assert!(matches!(ask(&mut tracer, 0..10, 20), Answer::Ran(ran) if ran.txs[0].succeeded()));
    let Answer::Blind(why) = ask(&mut tracer, 20..60, 20) else { panic!("it was answered") };
    assert!(why.contains("budget of reads is used up"), "{why}");
    let before = tracer.state.reads();
    assert!(matches!(ask(&mut tracer, 60..70, 20), Answer::Ran(_)));
    assert!(tracer.state.reads() - before <= 20);
    // That a node was busy for a question is no reason to look at the next block twice.
    assert!(matches!(ask(&mut tracer, BUSY..BUSY + 1, 20), Answer::Blind(why) if why.contains("busy")));
    assert!(!tracer.state.take_retry());
}
