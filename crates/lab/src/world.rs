//! A chain of our own in memory: every block is executed by `trace`, as a live chain's would be, and told as facts.

mod announce;

use std::{collections::BTreeMap, mem, time::Duration};

use alloy_primitives::keccak256;
use anyhow::{Result, bail, ensure};
use atlas::bytecode::shape;
use atlas::{Chain, Fork};
use case::HeldAnnouncement;
use facts::{
    AccountState, Address, Answer, Ask, Authorization, B256, Block, BlockRef, Budget, Bytes, ChainId, Header,
    Overrides, Question, Tx, TxRequest, U256,
};
use trace::{Environment, Fetched, ReadError, StateReader, Traced, Tracer};

/// The fork by which it runs.
pub const FORK: Fork = Fork::Prague;
/// The contract that wraps its native coin.
pub const WETH: Address = alloy_primitives::address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
/// Seconds between two blocks.
pub const BLOCK_S: u64 = 12;
/// When it begins: 2026-01-05, a Monday, 08:00 UTC.
const GENESIS_S: u64 = 1_767_600_000;
/// Gas of one block; more than a real one, so that a block of a story is never full.
const GAS_LIMIT: u64 = 1_000_000_000;
/// Gas of one transaction; below the cap of EIP-7825.
const TX_GAS: u64 = 16_000_000;
/// Wei for a unit of gas.
const BASE_FEE: u64 = 1_000_000_000;

/// A transaction to be.
#[derive(Debug, Clone, Default)]
pub struct Send {
    /// Who sends it.
    pub from: Address,
    /// Recipient, or none for a creation.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// Call data or init code.
    pub input: Bytes,
    /// Code delegations that it sets (EIP-7702).
    pub authorizations: Vec<Authorization>,
    /// Priority fee in wei for a unit of gas.
    pub tip: u64,
    /// Gas at most, where it is not the usual plenty.
    pub gas: Option<u64>,
}

/// The accounts that exist from the beginning. Whoever is not among them does not exist yet.
#[derive(Debug)]
struct Genesis(BTreeMap<Address, AccountState>);

impl StateReader for Genesis {
    fn fetch(&mut self, _: B256, accounts: &[Address], slots: &[(Address, U256)]) -> Result<Fetched, ReadError> {
        let account = |address: &Address| self.0.get(address).cloned().unwrap_or_default();
        let accounts = accounts.iter().map(account).collect();
        Ok(Fetched { accounts, slots: vec![U256::ZERO; slots.len()] })
    }

    fn block_hash(&mut self, _: B256, number: u64) -> Result<B256, ReadError> {
        Ok(hash(number))
    }
}

fn hash(number: u64) -> B256 {
    keccak256([b"block".as_slice(), &number.to_be_bytes()].concat())
}

/// The chain.
pub struct World {
    tracer: Tracer<Genesis>,
    id: ChainId,
    /// The last block.
    head: Header,
    nonces: BTreeMap<Address, u64>,
    waiting: Vec<Tx>,
    /// What was announced since the last block.
    announced: Vec<HeldAnnouncement>,
    /// Seconds that pass before the next block beside the usual ones.
    pause_s: u64,
}

impl World {
    /// A chain on which `rich` accounts hold a billion coins each, these contracts stand, and nobody else holds anything.
    ///
    /// # Errors
    /// If the chain is not one that can be executed.
    pub fn new(rich: &[Address], contracts: &[(Address, Bytes)]) -> Result<Self> {
        let chain = Self::chain()?;
        let Some(env) = Environment::of(&chain) else { bail!("`{}` is no EVM chain", chain.id) };
        let balance = U256::from(1_000_000_000u64) * U256::from(1_000_000_000_000_000_000u64);
        let holder = |address: &Address| (*address, AccountState { balance, ..AccountState::default() });
        let head = Header {
            number: 0,
            hash: hash(0),
            timestamp: GENESIS_S,
            gas_limit: GAS_LIMIT,
            base_fee: Some(BASE_FEE),
            excess_blob_gas: Some(0),
            ..Header::default()
        };
        let mut accounts: BTreeMap<_, _> = rich.iter().map(holder).collect();
        accounts.extend(contracts.iter().map(|(address, code)| {
            (*address, AccountState { nonce: 1, code: code.clone(), ..AccountState::default() })
        }));
        let tracer = Tracer::new(env, Genesis(accounts), 0, head.hash);
        Ok(Self {
            tracer,
            id: chain.id,
            head,
            nonces: BTreeMap::new(),
            waiting: Vec::new(),
            announced: Vec::new(),
            pause_s: 0,
        })
    }

    /// The chain's description.
    ///
    /// # Errors
    /// Never; the id is a constant.
    pub fn chain() -> Result<Chain> {
        let mut chain = Chain::devnet("eip155:31337".parse()?, FORK);
        chain.wrapped_native.push(WETH);
        Ok(chain)
    }

    /// The last block.
    pub fn head(&self) -> BlockRef {
        BlockRef { chain: self.id.clone(), number: self.head.number, hash: self.head.hash, parent: self.head.parent }
    }

    /// The time of the next block, seconds since 1970 UTC.
    pub fn next_time(&self) -> u64 {
        self.head.timestamp + BLOCK_S + self.pause_s
    }

    /// The next block comes so many seconds later than usual.
    pub fn wait(&mut self, seconds: u64) {
        self.pause_s += seconds;
    }

    /// How many transactions wait for the next block.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The address that a creation by `from` gets, if it is the next thing it sends.
    pub fn next_creation(&self, from: Address) -> Address {
        from.create(self.nonce(from))
    }

    /// The nonce of the next transaction of `from`.
    pub fn nonce(&self, from: Address) -> u64 {
        self.nonces.get(&from).copied().unwrap_or_default()
    }

    /// Says that an account's nonce moved without a transaction of its own (EIP-7702).
    pub fn spend_nonce(&mut self, of: Address) {
        *self.nonces.entry(of).or_default() += 1;
    }

    /// Puts a transaction into the next block, and says its hash.
    pub fn send(&mut self, send: Send) -> B256 {
        let nonce = self.nonce(send.from);
        self.spend_nonce(send.from);
        let hash = keccak256([send.from.as_slice(), &nonce.to_be_bytes(), &send.input].concat());
        self.waiting.push(Tx {
            hash,
            kind: if send.authorizations.is_empty() { 2 } else { 4 },
            from: send.from,
            to: send.to,
            nonce,
            value: send.value,
            input: send.input,
            gas_limit: send.gas.unwrap_or(TX_GAS),
            gas_price: u128::from(BASE_FEE * 2 + send.tip),
            priority_fee: Some(u128::from(send.tip)),
            chain_id: self.id.evm_number(),
            authorizations: send.authorizations,
            ..Tx::default()
        });
        hash
    }

    /// Makes the next block of what waits.
    ///
    /// # Errors
    /// If a transaction cannot be run at all: a sender without means, a wrong nonce.
    pub fn mine(&mut self) -> Result<Mined> {
        let number = self.head.number + 1;
        let header = Header {
            number,
            hash: hash(number),
            parent: self.head.hash,
            timestamp: self.next_time(),
            beneficiary: Address::repeat_byte(0xbb),
            gas_limit: GAS_LIMIT,
            base_fee: Some(BASE_FEE),
            excess_blob_gas: Some(0),
            mix_hash: keccak256(number.to_be_bytes()),
            ..Header::default()
        };
        self.pause_s = 0;
        let block = Block { header, txs: mem::take(&mut self.waiting), ..Block::default() };
        let at = block.at(&self.id);
        let start = std::time::Instant::now();
        let traced = self.tracer.imagined(&at, &block, FORK);
        let spent = start.elapsed();
        ensure!(
            traced.facts.blind.is_empty() && traced.facts.txs.len() == block.txs.len(),
            "block {number} cannot be made: {:?}",
            traced.facts.blind
        );
        self.head = block.header;
        Ok(Mined { traced, spent, announced: mem::take(&mut self.announced) })
    }

    /// The return data of a call that changes nothing, after the last block.
    ///
    /// # Errors
    /// If it fails.
    pub fn view(&mut self, to: Address, input: Bytes) -> Result<Bytes> {
        let ask = Ask::View(TxRequest { to: Some(to), input, ..TxRequest::default() });
        match self.ask(ask, Overrides::default()) {
            Answer::View(Ok(data)) => Ok(data),
            other => bail!("a view of `{to}` failed: {other:?}"),
        }
    }

    /// What an account holds of the native coin after the last block, in wei.
    ///
    /// # Errors
    /// If it cannot be found out.
    pub fn balance(&mut self, of: Address) -> Result<U256> {
        // CALLDATALOAD(0) BALANCE, returned as a word.
        let code = Bytes::from_static(&[0x5f, 0x35, 0x31, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]);
        let asker = Address::repeat_byte(0xa5);
        let overrides = Overrides { code: [(asker, code)].into(), ..Overrides::default() };
        let ask = Ask::View(TxRequest { to: Some(asker), input: of.into_word().into(), ..TxRequest::default() });
        match self.ask(ask, overrides) {
            Answer::View(Ok(data)) => Ok(U256::from_be_slice(&data)),
            other => bail!("the balance of `{of}` cannot be read: {other:?}"),
        }
    }

    /// The shape of an account's code after the last block, as far as it was read or written.
    pub fn code_shape(&self, of: Address) -> Option<B256> {
        self.tracer.state.code(of).map(|code| shape(&code))
    }

    /// Answers a question on the last block.
    pub fn ask(&mut self, ask: Ask, overrides: Overrides) -> Answer {
        let budget = Budget { gas: 500_000_000, reads: 100_000, time_ms: None };
        let question = Question { at: self.head(), overrides, ask, budget };
        trace::answer(&mut self.tracer, &question, &self.head, FORK)
    }

    /// Lets a lens find out what a rule wants to try on the last block.
    ///
    /// # Errors
    /// If an alert has no canonical form.
    pub fn pursue(
        &mut self,
        lens: &mut engine::Lens,
        rule: &str,
        question: Question,
    ) -> Result<Vec<(case::AlertId, case::Alert)>> {
        lens.pursue(&mut self.tracer, &self.head, rule, question)
    }

    /// Lets a lens ask its rules' standing questions about the last block.
    pub fn observe(&mut self, lens: &engine::Lens) -> Vec<facts::Observed> {
        let at = self.head();
        lens.observe(&mut self.tracer, &at, &self.head)
    }
}

/// A block that was made.
pub struct Mined {
    /// What happened in it.
    pub traced: Traced,
    /// How long it took to run.
    pub spent: Duration,
    /// What was announced before it.
    pub announced: Vec<HeldAnnouncement>,
}
