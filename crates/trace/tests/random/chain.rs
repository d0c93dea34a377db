//! A chain of random blocks, run by revm and by us.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, TxReceipt as _, proofs::calculate_receipt_root};
use atlas::Fork;
use facts::{AccountState, Address, B256, Block, Bloom, Bytes, ChainId, Header, Tx, U256};
use revm::{Database as _, context::BlockEnv};
use trace::{Environment, Fetched, ReadError, StateReader, Tracer};

use crate::{
    agree::agree,
    program::Program,
    world::{Sent, Told, World, accounts, tx_env},
};

/// The state after each block, for whoever asks by hash.
type States = Rc<RefCell<BTreeMap<B256, BTreeMap<Address, AccountState>>>>;

pub struct Chain {
    fork: Fork,
    world: World,
    /// Everybody of whom was ever heard.
    addresses: BTreeSet<Address>,
    /// Init code of what is created from outside.
    init_code: Bytes,
    states: States,
    tracer: Tracer<Past>,
    number: u64,
}

/// A node: it answers from the state after the block that it is asked about.
#[derive(Debug, Clone)]
struct Past(States);

impl StateReader for Past {
    fn fetch(&mut self, at: B256, accounts: &[Address], slots: &[(Address, U256)]) -> Result<Fetched, ReadError> {
        let states = self.0.borrow();
        let state = states.get(&at).unwrap();
        let account = |address: &Address| state.get(address).cloned().unwrap_or_default();
        let slot = |(address, slot): &(Address, U256)| account(address).storage.get(slot).copied().unwrap_or_default();
        Ok(Fetched { accounts: accounts.iter().map(account).collect(), slots: slots.iter().map(slot).collect() })
    }

    fn block_hash(&mut self, _: B256, number: u64) -> Result<B256, ReadError> {
        Ok(hash(number))
    }
}

fn hash(number: u64) -> B256 {
    B256::from(U256::from(number + 1))
}

impl Chain {
    pub fn new(fork: Fork, programs: &[Program]) -> Self {
        let world = World::new(programs);
        let init_code = programs[0].assemble(&accounts());
        let states = States::default();
        let environment = Environment { chain_number: 1, wrapped: Vec::new() };
        let tracer = Tracer::new(environment, Past(Rc::clone(&states)), 0, hash(0));
        let mut chain =
            Self { fork, world, addresses: accounts().into_iter().collect(), init_code, states, tracer, number: 0 };
        chain.remember();
        chain
    }

    fn remember(&mut self) {
        self.addresses.extend(self.world.db.cache.accounts.keys());
        let state = self.addresses.iter().map(|address| (*address, self.world.account(*address))).collect();
        self.states.borrow_mut().insert(hash(self.number), state);
    }

    /// Runs one block both ways and compares.
    pub fn block(&mut self, sent: &[Sent]) {
        self.number += 1;
        let merged = self.fork >= Fork::Paris;
        let mut header = Header {
            number: self.number,
            hash: hash(self.number),
            parent: hash(self.number - 1),
            timestamp: 1_000 + self.number,
            beneficiary: Address::repeat_byte(0xbe),
            gas_limit: 30_000_000,
            base_fee: (self.fork >= Fork::London).then_some(0),
            difficulty: if merged { U256::ZERO } else { U256::ONE },
            excess_blob_gas: (self.fork >= Fork::Cancun).then_some(0),
            ..Header::default()
        };
        let (txs, told) = self.execute(&header, sent);
        prove(&mut header, &told);
        let block = Block { header, txs, ..Block::default() };
        let at = block.at(&ChainId::eip155(1));
        // What was found out beforehand changes nothing but when it is read.
        if self.number.is_multiple_of(2) {
            self.tracer.scout(&block, self.fork);
        }
        let seen = self.tracer.block(&at, &block, self.fork).facts;
        assert!(seen.blind.is_empty(), "{:?}", seen.blind);
        for (seen, told) in seen.txs.iter().zip(&told) {
            agree(seen, told);
        }
        self.remember();
        if self.fork >= Fork::SpuriousDragon {
            self.compare_state();
        }
    }

    fn execute(&mut self, header: &Header, sent: &[Sent]) -> (Vec<Tx>, Vec<Told>) {
        let env = BlockEnv {
            number: U256::from(header.number),
            beneficiary: header.beneficiary,
            timestamp: U256::from(header.timestamp),
            gas_limit: header.gas_limit,
            basefee: 0,
            difficulty: header.difficulty,
            ..BlockEnv::default()
        };
        let mut both = (Vec::new(), Vec::new());
        for sent in sent {
            let from = accounts()[sent.from];
            // What is created from outside runs the first contract's code.
            let input = if sent.to.is_none() { self.init_code.clone() } else { Bytes::from_static(&[1, 2, 3, 4, 5]) };
            // A sender may have spent what it has: then it sends nothing along.
            let value = sent.value.min(self.world.account(from).balance.to());
            let tx = tx_env(&Sent { value, ..sent.clone() }, self.world.nonce(from), input);
            both.1.push(self.world.run(self.fork, &env, &tx));
            both.0.push(Tx {
                hash: B256::repeat_byte(1),
                from,
                to: tx.kind.to().copied(),
                nonce: tx.nonce,
                value: tx.value,
                input: tx.data.clone(),
                gas_limit: tx.gas_limit,
                chain_id: tx.chain_id,
                ..Tx::default()
            });
        }
        both
    }

    /// The warm state is what revm kept, whether it is held or read again.
    fn compare_state(&mut self) {
        for address in &self.addresses {
            let told = self.world.account(*address);
            let held = self.tracer.state.basic(*address).unwrap().unwrap_or_default();
            assert_eq!((held.balance, held.nonce), (told.balance, told.nonce), "{address}");
            assert_eq!(held.code.map(|code| code.original_bytes()).unwrap_or_default(), told.code, "{address}");
            for slot in (0..3).map(U256::from) {
                let held = self.tracer.state.storage(*address, slot).unwrap();
                assert_eq!(held, told.storage.get(&slot).copied().unwrap_or_default(), "slot {slot} of {address}");
            }
        }
    }
}

/// What the header says of the block, from revm's results.
fn prove(header: &mut Header, told: &[Told]) {
    let mut bloom = Bloom::ZERO;
    let receipts = told.iter().map(|told| {
        header.gas_used += told.result.tx_gas_used();
        let receipt = Receipt {
            status: Eip658Value::Eip658(told.result.is_success()),
            cumulative_gas_used: header.gas_used,
            logs: told.result.logs().to_vec(),
        };
        bloom.accrue_bloom(&receipt.bloom());
        ReceiptEnvelope::Legacy(receipt.into())
    });
    let receipts: Vec<ReceiptEnvelope> = receipts.collect();
    header.receipts_root = calculate_receipt_root(&receipts);
    header.logs_bloom = bloom;
}
