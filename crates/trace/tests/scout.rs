//! What a block will read is found out beforehand, as deep as it lies, and asked for in a few questions.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use atlas::{Atlas, Fork};
use facts::{AccountState, Address, B256, Block, ChainId, Header, Tx, U256};
use trace::{Environment, Fetched, ReadError, StateReader, Tracer};

const PROXY: Address = Address::repeat_byte(0xc0);
const LOGIC: Address = Address::repeat_byte(0xc1);
/// Slots that the logic reads for each transaction.
const READS: u8 = 20;
const SENDERS: u8 = 30;

/// A node that has a proxy, which finds its code in slot 0, and logic that reads slots of its caller's own.
#[derive(Debug, Default)]
struct Node {
    asked: usize,
    busy: bool,
}

impl StateReader for Node {
    fn fetch(&mut self, _: B256, accounts: &[Address], slots: &[(Address, U256)]) -> Result<Fetched, ReadError> {
        self.asked += 1;
        if self.busy {
            return Err(ReadError { why: "busy".to_owned(), retry: true });
        }
        let account = |address: &Address| AccountState {
            balance: U256::from(1_000_000_000_000u64),
            code: match *address {
                // DELEGATECALL(gas, SLOAD(0), 0, 0, 0, 0)
                PROXY => vec![0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x54, 0x5a, 0xf4].into(),
                // SLOAD(CALLER + n), each dropped.
                LOGIC => (1..=READS).flat_map(|n| [0x60, n, 0x33, 0x01, 0x54, 0x50]).collect::<Vec<u8>>().into(),
                _ => Vec::new().into(),
            },
            ..AccountState::default()
        };
        let slot = |(_, slot): &(Address, U256)| {
            if slot.is_zero() { U256::from_be_slice(LOGIC.as_slice()) } else { U256::ONE }
        };
        Ok(Fetched { accounts: accounts.iter().map(account).collect(), slots: slots.iter().map(slot).collect() })
    }

    fn block_hash(&mut self, _: B256, _: u64) -> Result<B256, ReadError> {
        Err(ReadError { why: "not asked here".to_owned(), retry: false })
    }
}

fn block() -> Block {
    let tx = |sender: u8| Tx {
        hash: B256::repeat_byte(sender),
        from: Address::repeat_byte(sender),
        to: Some(PROXY),
        gas_limit: 200_000,
        ..Tx::default()
    };
    let header = Header { number: 2, gas_limit: 30_000_000, base_fee: Some(0), ..Header::default() };
    Block { header, txs: (1..=SENDERS).map(tx).collect(), ..Block::default() }
}

fn tracer() -> Tracer<Node> {
    let atlas = Atlas::embedded();
    let env = Environment::of(atlas.chain(&ChainId::eip155(1)).unwrap()).unwrap();
    Tracer::new(env, Node::default(), 1, B256::ZERO)
}

#[test]
fn hundreds_of_questions_become_a_handful_and_the_facts_are_the_same() {
    let (block, at) = (block(), block().at(&ChainId::eip155(1)));
    let mut plain = tracer();
    let told = plain.imagined(&at, &block, Fork::Shanghai).facts;
    assert_eq!((told.blind.len(), told.txs.len()), (0, usize::from(SENDERS)));
    assert!(told.txs.iter().all(|tx| tx.succeeded() && tx.frames.len() == 2));
    let one_by_one = plain.state.reader().asked;
    assert!(one_by_one > usize::from(READS) * usize::from(SENDERS), "{one_by_one}");

    let mut scouted = tracer();
    scouted.scout(&block, Fork::Shanghai);
    let before = scouted.state.reader().asked;
    assert_eq!(scouted.imagined(&at, &block, Fork::Shanghai).facts, told);
    let after = scouted.state.reader().asked;
    assert!(before <= 5, "the senders, the proxy's slot, its code, its slots: {before}");
    assert_eq!(after, before, "nothing was left to ask for");
}

#[test]
fn what_cannot_be_read_beforehand_is_told_by_whoever_executes_the_block() {
    let (block, at) = (block(), block().at(&ChainId::eip155(1)));
    let mut tracer = tracer();
    tracer.state.reader().busy = true;
    tracer.scout(&block, Fork::Shanghai);
    assert!(!tracer.state.take_retry(), "a failed try is no reason to look at the block again");
    tracer.state.reader().busy = false;
    let traced = tracer.imagined(&at, &block, Fork::Shanghai);
    assert!(traced.facts.blind.is_empty() && !traced.retry);
}
