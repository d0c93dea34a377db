//! What is kept of a block, so that it can be executed again when no node has its state any more: its own bytes, and the
//! state as far as it was read. Code is kept beside it, once for all blocks that run it.
//!
//! The form is canonical JSON, `breakglass-block/1`; `docs/evidence.md` describes each field.

mod named;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use alloy_primitives::{U64, keccak256};
use anyhow::{Context as _, Result, bail, ensure};
use atlas::Fork;
use case::Digest;
use facts::{
    AccountState, Address, B256, Block, BlockFacts, BlockRef, Bytes, ChainId, Header, Observed, Receipt, StateRead,
    TxFacts, U256, Witness,
};
use rpc::wire::raw;
use serde::{Deserialize, Serialize};
use trace::{NoReader, Prover, Traced, Tracer, WarmState};

use crate::Lens;

/// The name and version of the form.
const FORM: &str = "breakglass-block/1";
/// Bytes of one record without its code: the largest blocks read some ten thousand slots, at two hundred bytes each.
const RECORD_MAX: usize = 32 << 20;

/// What the state in a record stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stands {
    /// After the parent: the block's own system calls have still to be made.
    Parent,
    /// As its transactions find it.
    Transactions,
}

/// A block with the state it read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockRecord {
    form: String,
    /// Its chain.
    pub chain: ChainId,
    /// The fork it runs by.
    pub fork: String,
    /// The header, RLP.
    pub header: Bytes,
    /// All transactions, one RLP list of their EIP-2718 bytes.
    pub transactions: Bytes,
    /// Withdrawals, one RLP list.
    pub withdrawals: Bytes,
    /// Receipts of the first transactions or of all, one RLP list of their EIP-2718 bytes; none before Byzantium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Bytes>,
    /// How many transactions the state covers.
    pub executable: u32,
    /// The state that was read.
    pub state: StateWords,
    /// The code that the state names, by its keccak-256: under which digest it is kept.
    pub codes: BTreeMap<B256, Digest>,
    /// Answers to the rules' standing questions, as the rules were given them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<Observed>,
    /// What others called the accounts of the block when it was seen, as a file of labels: rules may have asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub labels: String,
}

/// State without its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateWords {
    /// What it stands for.
    pub stands: Stands,
    /// Accounts that exist, with the slots that were read.
    pub accounts: BTreeMap<Address, AccountWords>,
    /// Accounts that were asked for and do not exist.
    pub absent: BTreeSet<Address>,
    /// Hashes of earlier blocks that were asked for, by height.
    pub block_hashes: BTreeMap<u64, B256>,
}

/// An account without its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountWords {
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: U64,
    /// keccak-256 of its code; none for an account without code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<B256>,
    /// Slots that were read, with their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<U256, U256>,
}

/// Code by its keccak-256.
pub type Codes = BTreeMap<B256, Bytes>;

/// A block to make a record of.
pub struct Seen<'a> {
    /// The block.
    pub block: &'a Block,
    /// The fork it runs by.
    pub fork: Fork,
    /// What it read.
    pub read: StateRead,
    /// What that stands for.
    pub stands: Stands,
    /// Answers that the rules were given with it.
    pub observed: Vec<Observed>,
    /// What came of it, if it was executed whole and proved; else it is executed again.
    pub executed: Option<Executed>,
}

/// What came of a block, as far as a record tells it.
#[derive(Debug)]
pub struct Executed {
    receipts: Vec<Receipt>,
    /// Accounts that contracts wrote to each other of.
    named: BTreeSet<Address>,
}

impl Executed {
    /// As execution gives it.
    pub fn of(facts: &BlockFacts) -> Self {
        Self { receipts: receipts_of(facts), named: named::in_calls(facts) }
    }
}

impl BlockRecord {
    /// Makes a record. Where what came of the block is not at hand, executing it proves that nothing is missing in it.
    ///
    /// # Errors
    /// If the block cannot be written as the chain writes it, or does not execute on what was read.
    pub fn of(lens: &Lens, seen: Seen<'_>) -> Result<(Self, Codes)> {
        let Seen { block, fork, read, stands, observed, executed } = seen;
        raw::check(block).context("the block is not of Ethereum's form, so its hash cannot be proved")?;
        let of = u32::try_from(block.txs.len()).unwrap_or(u32::MAX);
        let executable = block.witness.as_ref().map_or(of, |witness| witness.executable.min(of));
        let (receipts, in_calls) = match executed {
            Some(Executed { receipts, named }) => (Some(receipts), named),
            None => {
                let (again, _) = execute(lens, block, fork, &read, stands);
                if let Some(blind) = again.facts.blind.first() {
                    bail!("the block does not execute on what was kept of it: {}", blind.why);
                }
                // Of a whole block the header proves what execution gave; of a part only given receipts can be compared.
                let Executed { receipts, named } = Executed::of(&again.facts);
                let given = || block.receipts.as_ref().map(|given| given.as_ref().clone());
                (if executable == of { Some(receipts) } else { given() }, named)
            }
        };
        let mut accounts = named::accounts(block, &read, receipts.as_deref().unwrap_or_default());
        accounts.extend(in_calls);
        // Before Byzantium a receipt held a state root, which is not computed here.
        let receipts = receipts.filter(|_| fork >= Fork::Byzantium);
        let receipts = receipts.and_then(|receipts| raw::receipts_bytes(&block.txs, &receipts));
        let (state, codes) = words(&read, stands);
        let record = Self {
            form: FORM.to_owned(),
            chain: lens.chain().id.clone(),
            fork: fork.name().to_owned(),
            header: raw::header_bytes(&block.header).into(),
            transactions: raw::transactions_bytes(&block.txs)?.into(),
            withdrawals: raw::withdrawals_bytes(&block.withdrawals).into(),
            receipts: receipts.map(Into::into),
            executable,
            state,
            codes: codes.iter().map(|(hash, code)| (*hash, Digest::of_bytes(code))).collect(),
            observed,
            labels: lens.detectors().scope().labels().excerpt(&accounts),
        };
        Ok((record, codes))
    }

    /// The record in its canonical form.
    ///
    /// # Errors
    /// If it is too large to be kept.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes = case::canonical(self)?;
        ensure!(bytes.len() <= RECORD_MAX, "a record of {} bytes is not kept: the limit is {RECORD_MAX}", bytes.len());
        Ok(bytes)
    }

    /// Whether these bytes look like a record. Evidence of all kinds is in one place.
    pub fn is_one(bytes: &[u8]) -> bool {
        // Keys are sorted: few stand before it, and none of them is long but the code's digests.
        bytes.starts_with(b"{\"chain\":") && bytes.windows(FORM.len()).any(|window| window == FORM.as_bytes())
    }

    /// Reads a record; none if the bytes are something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let record: Self = Self::is_one(bytes).then(|| serde_json::from_slice(bytes).ok()).flatten()?;
        (record.form == FORM).then_some(record)
    }

    /// The block, proved to be of one piece, with its hash, senders and roots computed from its bytes.
    ///
    /// # Errors
    /// Names what does not hold.
    pub fn block(&self) -> Result<Block> {
        let header = raw::header_from(&self.header)?;
        let txs = raw::transactions_from(&self.transactions)?;
        let withdrawals = raw::withdrawals_from(&self.withdrawals)?;
        let receipts = self.receipts.as_ref().map(|bytes| raw::receipts_from(&txs, bytes)).transpose()?;
        let is_partial = (self.executable as usize) < txs.len();
        let witness = is_partial.then(|| Arc::new(Witness { executable: self.executable, ..Witness::default() }));
        let block = Block { header, txs, withdrawals, witness, receipts: receipts.map(Into::into) };
        raw::check(&block)?;
        Ok(block)
    }

    /// The block by number and hash, without reading more than its header.
    ///
    /// # Errors
    /// If the header cannot be read.
    pub fn at(&self) -> Result<BlockRef> {
        let Header { number, hash, parent, .. } = raw::header_from(&self.header)?;
        Ok(BlockRef { chain: self.chain.clone(), number, hash, parent })
    }

    /// The state with its code.
    ///
    /// # Errors
    /// If code is missing.
    pub fn state(&self, codes: &Codes) -> Result<StateRead> {
        let account = |(address, words): (&Address, &AccountWords)| {
            let code = match &words.code {
                None => Bytes::new(),
                Some(hash) => codes.get(hash).cloned().with_context(|| format!("code `{hash}` is missing"))?,
            };
            let AccountWords { balance, nonce, storage, .. } = words.clone();
            Ok((*address, AccountState { balance, nonce: nonce.to(), code, storage }))
        };
        Ok(StateRead {
            accounts: self.state.accounts.iter().map(account).collect::<Result<_>>()?,
            absent: self.state.absent.clone(),
            block_hashes: self.state.block_hashes.clone(),
        })
    }
}

/// Executes a block on exactly what it read. Reads that are not in it make it blind. The state after it comes along, to be
/// asked standing questions, where it is known whole.
pub fn execute(
    lens: &Lens,
    block: &Block,
    fork: Fork,
    read: &StateRead,
    stands: Stands,
) -> (Traced, Option<Tracer<NoReader>>) {
    let at = block.at(&lens.chain().id);
    let mut state = WarmState::new(NoReader, at.parent).with_reads(read);
    state.pin(at.number.saturating_sub(1), at.parent);
    let (env, prover) = (lens.environment(), &mut Prover::default());
    match stands {
        Stands::Parent => {
            let traced = Tracer::replayed(env, &at, block, fork, &mut state, prover);
            let mut after = Tracer::new(env.clone(), NoReader, at.number, at.hash);
            state.pin(at.number, at.hash);
            after.state = state;
            (traced, Some(after))
        }
        Stands::Transactions => (Tracer::witnessed(env, &at, block, fork, &mut state, prover), None),
    }
}

/// Receipts as execution gives them.
fn receipts_of(facts: &BlockFacts) -> Vec<Receipt> {
    let mut cumulative_gas_used = 0;
    let receipt = |tx: &TxFacts| {
        cumulative_gas_used += tx.gas_used;
        Receipt { success: Some(tx.succeeded()), cumulative_gas_used, logs: tx.logs.clone() }
    };
    facts.txs.iter().map(receipt).collect()
}

fn words(read: &StateRead, stands: Stands) -> (StateWords, Codes) {
    let mut codes = Codes::new();
    let mut account = |(address, state): (&Address, &AccountState)| {
        let code = (!state.code.is_empty()).then(|| keccak256(&state.code));
        if let Some(hash) = code {
            codes.entry(hash).or_insert_with(|| state.code.clone());
        }
        let storage = state.storage.clone();
        (*address, AccountWords { balance: state.balance, nonce: U64::from(state.nonce), code, storage })
    };
    let accounts = read.accounts.iter().map(&mut account).collect();
    let state = StateWords { stands, accounts, absent: read.absent.clone(), block_hashes: read.block_hashes.clone() };
    (state, codes)
}
