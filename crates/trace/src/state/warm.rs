//! The state of a chain as far as it has been read or written.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use facts::{AccountState, Address, B256, KeyedMap, U256, Witness};
use revm::{
    Database,
    bytecode::Bytecode,
    primitives::{KECCAK_EMPTY, keccak256},
    state::{Account, AccountInfo, EvmState},
};

use super::{Missing, ReadError, StateReader};

/// Slots kept at most (about 100 bytes each). Above it everything is forgotten and read again when needed.
const SLOTS_MAX: usize = 4_000_000;
/// Accounts kept at most.
const ACCOUNTS_MAX: usize = 1_000_000;
/// Block hashes kept: as many as BLOCKHASH can reach.
const HASHES_MAX: usize = 256;

/// The state after the last block, as far as it is known; the rest is asked of the reader, pinned to that block.
#[derive(Debug)]
pub struct WarmState<R> {
    accounts: KeyedMap<Address, Warm>,
    slots_held: usize,
    hashes: BTreeMap<u64, B256>,
    reader: R,
    at: B256,
    waited: Duration,
    reads: u64,
    retry: bool,
    /// With a witness: accounts it does not list, which were taken not to exist. See [`WarmState::assumed`].
    assumed: Option<Vec<Address>>,
}

#[derive(Debug, Default)]
struct Warm {
    /// Unknown, known not to exist, or known.
    info: Option<Option<AccountInfo>>,
    slots: KeyedMap<U256, U256>,
    /// The account was created or destroyed since it is followed: slots that are not held are zero.
    cleared: bool,
}

/// What a block changed. Undoing it means forgetting these: they are read again from wherever the chain is then.
#[derive(Debug, Clone, Default)]
pub struct Touched(Vec<(Address, Vec<U256>, Whole)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

impl<R: StateReader> WarmState<R> {
    /// Nothing known yet; `at` is the block after which reads are pinned.
    pub fn new(reader: R, at: B256) -> Self {
        Self {
            accounts: KeyedMap::default(),
            slots_held: 0,
            hashes: BTreeMap::new(),
            reader,
            at,
            waited: Duration::ZERO,
            reads: 0,
            retry: false,
            assumed: None,
        }
    }

    /// The state of a witness. It lists the accounts that exist, each with every slot that is read: an account it
    /// does not list is taken not to exist, a slot it does not list is missing.
    pub fn with_witness(mut self, witness: &Witness) -> Self {
        for (address, account) in &witness.pre_state {
            // Before EIP-161 an account could be empty and still exist, so what is listed exists.
            self.hold_account(*address, Some(info(account)));
            for (slot, value) in &account.storage {
                self.hold_slot(*address, *slot, *value);
            }
        }
        self.hashes.extend(&witness.block_hashes);
        self.assumed = Some(Vec::new());
        self
    }

    /// Time spent waiting for the reader so far.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Reads asked of the reader so far.
    pub fn reads(&self) -> u64 {
        self.reads
    }

    /// Accounts that the witness does not list and that execution asked for. That they do not exist is only as good
    /// as the proof of the block (or its receipts): unproved, it is an assumption.
    pub fn assumed(&self) -> &[Address] {
        self.assumed.as_deref().unwrap_or_default()
    }

    /// Whether the last missing read may succeed later; asking clears it.
    pub fn take_retry(&mut self) -> bool {
        std::mem::take(&mut self.retry)
    }

    /// The reader.
    pub fn reader(&mut self) -> &mut R {
        &mut self.reader
    }

    /// Pins reads to the state after this block, and remembers its hash.
    pub fn pin(&mut self, number: u64, hash: B256) {
        self.at = hash;
        self.hashes.split_off(&(number + 1));
        self.hashes.insert(number, hash);
        while self.hashes.len() > HASHES_MAX {
            self.hashes.pop_first();
        }
    }

    /// Forgets everything but block hashes: what is needed is read again.
    pub fn forget(&mut self) {
        self.accounts.clear();
        self.slots_held = 0;
    }

    /// Forgets what a block changed.
    pub fn undo(&mut self, touched: &Touched) {
        for (address, slots, whole) in &touched.0 {
            if *whole == Whole::Yes {
                if let Some(warm) = self.accounts.remove(address) {
                    self.slots_held -= warm.slots.len();
                }
            } else if let Some(warm) = self.accounts.get_mut(address) {
                warm.info = None;
                self.slots_held -= slots.iter().filter(|slot| warm.slots.remove(*slot).is_some()).count();
            }
        }
    }

    /// Reads what a block is sure to need in one go. What is known already is not asked again.
    ///
    /// # Errors
    /// If the reader fails.
    pub fn prefetch(&mut self, accounts: &[Address], slots: &[(Address, U256)]) -> Result<(), ReadError> {
        let mut wanted: Vec<Address> = accounts
            .iter()
            .copied()
            .filter(|address| self.accounts.get(address).is_none_or(|warm| warm.info.is_none()))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let held = |warm: &Warm, slot: &U256| warm.cleared || warm.slots.contains_key(slot);
        let mut slots: Vec<(Address, U256)> = slots
            .iter()
            .copied()
            .filter(|(address, slot)| self.accounts.get(address).is_none_or(|warm| !held(warm, slot)))
            .collect();
        slots.sort_unstable();
        slots.dedup();
        if wanted.is_empty() && slots.is_empty() {
            return Ok(());
        }
        let at = self.at;
        let fetched = self.ask(|reader| reader.fetch(at, &wanted, &slots))?;
        for (address, account) in wanted.iter().zip(&fetched.accounts) {
            self.hold_answer(*address, account);
        }
        for ((address, slot), value) in slots.iter().zip(&fetched.slots) {
            self.hold_slot(*address, *slot, *value);
        }
        Ok(())
    }

    /// Takes over what a block left behind, and says what that was.
    pub fn commit(&mut self, changes: &EvmState) -> Touched {
        if self.slots_held > SLOTS_MAX || self.accounts.len() > ACCOUNTS_MAX {
            self.forget();
        }
        let mut touched = Touched::default();
        for (address, account) in changes {
            if account.is_touched() {
                touched.0.push(self.commit_account(*address, account));
            }
        }
        touched
    }

    fn commit_account(&mut self, address: Address, account: &Account) -> (Address, Vec<U256>, Whole) {
        let warm = self.accounts.entry(address).or_default();
        if account.is_selfdestructed() || account.is_created() {
            self.slots_held -= warm.slots.len();
            warm.slots.clear();
            warm.cleared = true;
            if account.is_selfdestructed() {
                warm.info = Some(None);
                return (address, Vec::new(), Whole::Yes);
            }
        }
        // EIP-161: an account that was touched and is empty is no account.
        warm.info = Some((!account.is_empty()).then(|| account.info.clone()));
        let mut slots = Vec::new();
        for (slot, value) in &account.storage {
            if warm.slots.insert(*slot, value.present_value).is_none() {
                self.slots_held += 1;
            }
            if value.is_changed() {
                slots.push(*slot);
            }
        }
        (address, slots, if warm.cleared { Whole::Yes } else { Whole::No })
    }

    /// Adds native value to an account outside of any transaction: withdrawals (EIP-4895), mining rewards.
    ///
    /// # Errors
    /// If the account could not be read.
    pub fn credit(&mut self, address: Address, amount: U256, touched: &mut Touched) -> Result<(), Missing> {
        let mut info = self.basic(address)?.unwrap_or_default();
        info.balance = info.balance.saturating_add(amount);
        self.accounts.entry(address).or_default().info = Some(Some(info));
        touched.0.push((address, Vec::new(), Whole::No));
        Ok(())
    }

    fn hold_account(&mut self, address: Address, info: Option<AccountInfo>) {
        self.accounts.entry(address).or_default().info = Some(info);
    }

    /// A node answers an account that does not exist with zeros.
    fn hold_answer(&mut self, address: Address, account: &AccountState) {
        let exists = !account.balance.is_zero() || account.nonce != 0 || !account.code.is_empty();
        self.hold_account(address, exists.then(|| info(account)));
    }

    fn hold_slot(&mut self, address: Address, slot: U256, value: U256) {
        if self.accounts.entry(address).or_default().slots.insert(slot, value).is_none() {
            self.slots_held += 1;
        }
    }

    fn ask<T>(&mut self, question: impl FnOnce(&mut R) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let start = Instant::now();
        let answer = question(&mut self.reader);
        self.waited += start.elapsed();
        self.reads += 1;
        self.retry |= answer.as_ref().is_err_and(|error| error.retry);
        answer
    }
}

impl<R: StateReader> Database for WarmState<R> {
    type Error = Missing;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Missing> {
        if let Some(info) = self.accounts.get(&address).and_then(|warm| warm.info.as_ref()) {
            return Ok(info.clone());
        }
        if let Some(assumed) = &mut self.assumed {
            assumed.push(address);
            self.hold_account(address, None);
            return Ok(None);
        }
        let at = self.at;
        let fetched = self
            .ask(|reader| reader.fetch(at, &[address], &[]))
            .map_err(|error| Missing { what: format!("account `{address}`"), error })?;
        let account = fetched.accounts.into_iter().next().ok_or_else(|| unanswered(format!("account `{address}`")))?;
        self.hold_answer(address, &account);
        Ok(self.accounts.get(&address).and_then(|warm| warm.info.clone()).flatten())
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Missing> {
        // Accounts carry their code, so revm has no reason to ask; if it does, nothing is invented.
        Err(unanswered(format!("code `{code_hash}`")))
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Missing> {
        if let Some(warm) = self.accounts.get(&address) {
            if let Some(value) = warm.slots.get(&slot) {
                return Ok(*value);
            }
            // An account that does not exist has no storage; one that was created here has only what is held.
            if warm.cleared || matches!(warm.info, Some(None)) {
                return Ok(U256::ZERO);
            }
        }
        let at = self.at;
        let fetched = self
            .ask(|reader| reader.fetch(at, &[], &[(address, slot)]))
            .map_err(|error| Missing { what: format!("slot `{slot:#x}` of `{address}`"), error })?;
        let value = fetched.slots.into_iter().next().ok_or_else(|| unanswered(format!("slot of `{address}`")))?;
        self.hold_slot(address, slot, value);
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Missing> {
        if let Some(hash) = self.hashes.get(&number) {
            return Ok(*hash);
        }
        let at = self.at;
        let hash = self
            .ask(|reader| reader.block_hash(at, number))
            .map_err(|error| Missing { what: format!("hash of block {number}"), error })?;
        self.hashes.insert(number, hash);
        Ok(hash)
    }
}

/// An account in revm's words, with its code analysed.
fn info(account: &AccountState) -> AccountInfo {
    let code_hash = if account.code.is_empty() { KECCAK_EMPTY } else { keccak256(&account.code) };
    AccountInfo {
        balance: account.balance,
        nonce: account.nonce,
        code_hash,
        code: Some(Bytecode::new_raw(account.code.clone())),
        ..AccountInfo::default()
    }
}

fn unanswered(what: String) -> Missing {
    Missing { what, error: ReadError { why: "the reader left it unanswered".to_owned(), retry: false } }
}
