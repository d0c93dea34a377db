//! The state of a chain as far as it has been read or written.

use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, Instant},
};

use facts::{AccountState, Address, B256, Bytes, Keyed, KeyedMap, StateRead, U256, Witness};
use revm::{
    bytecode::Bytecode,
    primitives::{KECCAK_EMPTY, keccak256},
    state::AccountInfo,
};

use super::{Guess, ReadError, ReadLog, StateReader};

/// Block hashes kept: as many as BLOCKHASH can reach.
const HASHES_MAX: usize = 256;

/// The state after the last block, as far as it is known; the rest is asked of the reader, pinned to that block.
#[derive(Debug)]
pub struct WarmState<R> {
    pub(super) accounts: KeyedMap<Address, Warm>,
    pub(super) slots_held: usize,
    pub(super) hashes: BTreeMap<u64, B256>,
    pub(super) reader: R,
    pub(super) at: B256,
    pub(super) waited: Duration,
    pub(super) reads: u64,
    /// How many reads there may have been: for as long as a question with a budget is answered, else without end.
    reads_max: u64,
    /// Whether something else has to go first, for what gives way.
    yields: Option<Yields>,
    gives_way: bool,
    pub(super) retry: bool,
    /// With a witness: accounts it does not list, which were taken not to exist. See [`WarmState::assumed`].
    pub(super) assumed: Option<HashSet<Address, Keyed>>,
    pub(super) log: ReadLog,
    /// While a block is tried beforehand: what it asks for and is not known.
    pub(super) guess: Option<Guess>,
}

/// Whether something has to go first that is more urgent than what is under way.
pub struct Yields(pub Box<dyn Fn() -> bool + Send>);

impl std::fmt::Debug for Yields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Yields")
    }
}

/// One account.
#[derive(Debug, Default)]
pub(super) struct Warm {
    /// Unknown, known not to exist, or known.
    pub(super) info: Option<Option<AccountInfo>>,
    pub(super) slots: KeyedMap<U256, U256>,
    /// The account was created or destroyed since it is followed: slots that are not held are zero.
    pub(super) cleared: bool,
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
            reads_max: u64::MAX,
            yields: None,
            gives_way: false,
            retry: false,
            assumed: None,
            log: ReadLog::default(),
            guess: None,
        }
    }

    /// From here on what is not known is taken for nothing and written down, until [`WarmState::guessed`].
    pub(crate) fn guess(&mut self) {
        self.guess = Some(Guess::default());
    }

    /// What was not known; from here on it is read again.
    pub(crate) fn guessed(&mut self) -> Guess {
        self.guess.take().unwrap_or_default()
    }

    /// Writes down from now on what each block reads of the state before it.
    pub fn keep_reads(&mut self) {
        self.log.keep();
    }

    /// A block begins.
    pub(crate) fn begin_log(&mut self) {
        self.log.begin();
    }

    /// What the last block read of the state before it, with what was asked after it and the block left alone; empty
    /// unless reads are kept.
    pub fn take_reads(&mut self) -> ReadLog {
        self.log.take()
    }

    /// The state as far as a block read it. Nothing is taken for granted: an account that is neither listed nor listed as
    /// absent is missing, and so is a slot.
    pub fn with_reads(mut self, read: &StateRead) -> Self {
        for (address, account) in &read.accounts {
            self.hold_account(*address, Some(info(account)));
            for (slot, value) in &account.storage {
                self.hold_slot(*address, *slot, *value);
            }
        }
        for address in &read.absent {
            self.hold_account(*address, None);
        }
        self.hashes.extend(&read.block_hashes);
        self
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
        self.assumed = Some(HashSet::default());
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

    /// How many accounts execution asked for that the witness does not list. That they do not exist is only as good
    /// as the proof of the block (or its receipts): unproved, it is an assumption.
    pub fn assumed(&self) -> usize {
        self.assumed.as_ref().map_or(0, HashSet::len)
    }

    /// Whether this account was only taken not to exist.
    pub fn is_assumed(&self, account: Address) -> bool {
        self.assumed.as_ref().is_some_and(|assumed| assumed.contains(&account))
    }

    /// From here on so many more reads are allowed, and what is needed beyond them is missing; none lifts the limit. That
    /// a read failed within one for a reason that may pass is not the next block's matter.
    pub(crate) fn allow(&mut self, reads: Option<u32>) {
        self.reads_max = reads.map_or(u64::MAX, |reads| self.reads.saturating_add(u64::from(reads)));
        self.retry = false;
    }

    /// Whom what gives way gives way to.
    pub fn yield_to(&mut self, urgent: Yields) {
        self.yields = Some(urgent);
    }

    /// From here on what is under way ends as soon as something else has to go first, or does not any more.
    pub(crate) fn give_way(&mut self, gives_way: bool) {
        self.gives_way = gives_way;
    }

    /// Whether what is under way has to make way now.
    pub(crate) fn must_yield(&self) -> bool {
        self.gives_way && self.yields.as_ref().is_some_and(|yields| yields.0())
    }

    /// Whether the last missing read may succeed later; asking clears it.
    pub fn take_retry(&mut self) -> bool {
        std::mem::take(&mut self.retry)
    }

    /// The code of an account, as far as it was read or written; none where that is not known or there is none.
    pub fn code(&self, account: Address) -> Option<Bytes> {
        let code = self.accounts.get(&account)?.info.as_ref()?.as_ref()?.code.as_ref()?;
        (!code.is_empty()).then(|| code.original_bytes())
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

    pub(super) fn hold_account(&mut self, address: Address, info: Option<AccountInfo>) {
        self.accounts.entry(address).or_default().info = Some(info);
    }

    /// A node answers an account that does not exist with zeros.
    pub(super) fn hold_answer(&mut self, address: Address, account: &AccountState) {
        let exists = !account.balance.is_zero() || account.nonce != 0 || !account.code.is_empty();
        self.hold_account(address, exists.then(|| info(account)));
    }

    pub(super) fn hold_slot(&mut self, address: Address, slot: U256, value: U256) {
        if self.accounts.entry(address).or_default().slots.insert(slot, value).is_none() {
            self.slots_held += 1;
        }
    }

    pub(super) fn ask<T>(&mut self, question: impl FnOnce(&mut R) -> Result<T, ReadError>) -> Result<T, ReadError> {
        if self.reads >= self.reads_max {
            return Err(ReadError { why: "the question's budget of reads is used up".to_owned(), retry: false });
        }
        if self.must_yield() {
            return Err(ReadError { why: "a block has come, which goes first".to_owned(), retry: true });
        }
        let start = Instant::now();
        let answer = question(&mut self.reader);
        self.waited += start.elapsed();
        self.reads += 1;
        self.retry |= answer.as_ref().is_err_and(|error| error.retry);
        answer
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
