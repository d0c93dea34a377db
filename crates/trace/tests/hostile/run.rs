//! Running a program on an empty chain.

use atlas::{Atlas, Fork};
use facts::{
    AccountState, Address, Answer, Ask, B256, BlockRef, Budget, ChainId, Header, Overrides, Question, TxFacts,
    TxRequest, U256,
};
use trace::{Environment, Fetched, ReadError, StateReader, Tracer, answer};

use crate::shapes::{ATTACK, OTHER, Shape};

/// Nobody has anything.
struct Nothing;

impl StateReader for Nothing {
    fn fetch(&mut self, _: B256, accounts: &[Address], slots: &[(Address, U256)]) -> Result<Fetched, ReadError> {
        let accounts = accounts.iter().map(|_| AccountState::default()).collect();
        Ok(Fetched { accounts, slots: slots.iter().map(|_| U256::ZERO).collect() })
    }

    fn block_hash(&mut self, _: B256, _: u64) -> Result<B256, ReadError> {
        Ok(B256::ZERO)
    }
}

fn at() -> BlockRef {
    BlockRef { chain: ChainId::eip155(1), number: 1, hash: B256::ZERO, parent: B256::ZERO }
}

/// The facts of a transaction that runs a program with so much gas.
pub fn run(shape: &Shape, gas: u64) -> TxFacts {
    let atlas = Atlas::embedded();
    let env =
        Environment::of(atlas.chain(&ChainId::eip155(1)).expect("the atlas knows mainnet")).expect("an EVM chain");
    let mut tracer = Tracer::new(env, Nothing, 1, B256::ZERO);
    let from = Address::repeat_byte(0xee);
    let coins = U256::from(1_000_000u64);
    let question = Question {
        at: at(),
        overrides: Overrides {
            code: [(ATTACK, shape.attack.clone()), (OTHER, shape.other.clone())].into(),
            balances: [(from, coins), (ATTACK, coins), (OTHER, coins)].into(),
            ..Overrides::default()
        },
        ask: Ask::Run(vec![TxRequest { from, to: Some(ATTACK), gas_limit: Some(gas), ..TxRequest::default() }]),
        budget: Budget { gas, reads: 1_000_000, time_ms: None },
    };
    let head = Header { number: 1, gas_limit: gas, base_fee: Some(0), excess_blob_gas: Some(0), ..Header::default() };
    match answer(&mut tracer, &question, &head, Fork::Cancun) {
        Answer::Ran(mut ran) => ran.txs.remove(0),
        other => panic!("{}: {other:?}", shape.name),
    }
}
