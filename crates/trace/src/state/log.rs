//! What was read, written down: the state before a block as far as the block asked for it.

use std::collections::HashSet;

use facts::{AccountState, Address, B256, Keyed, StateRead, U256};
use revm::state::AccountInfo;

/// Reads of one block in the order in which they were made. revm asks for an account or slot once in a block, so that this
/// is short; what is asked again (by a standing question, or before EIP-161) is what it was the first time.
#[derive(Debug, Clone, Default)]
pub struct ReadLog {
    keeping: Keeping,
    accounts: Vec<(Address, Option<AccountInfo>)>,
    slots: Vec<(Address, U256, U256)>,
    hashes: Vec<(u64, B256)>,
    /// Accounts that the block created or destroyed: what their slots hold afterwards was not there before.
    born: HashSet<Address, Keyed>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Keeping {
    #[default]
    No,
    Yes,
}

impl ReadLog {
    /// From now on reads are written down.
    pub(crate) fn keep(&mut self) {
        self.keeping = Keeping::Yes;
    }

    /// A new block begins; the room that the last one took is kept.
    pub(crate) fn begin(&mut self) {
        self.accounts.clear();
        self.slots.clear();
        self.hashes.clear();
        self.born.clear();
    }

    /// Hands over what was written down, and begins anew.
    pub(crate) fn take(&mut self) -> Self {
        let empty = Self {
            keeping: self.keeping,
            accounts: Vec::with_capacity(self.accounts.len()),
            slots: Vec::with_capacity(self.slots.len()),
            ..Self::default()
        };
        std::mem::replace(self, empty)
    }

    /// How many reads there are: each takes some hundred bytes, beside code, which the warm state holds as well.
    pub fn len(&self) -> usize {
        self.accounts.len() + self.slots.len() + self.hashes.len()
    }

    /// Whether nothing was read, or nothing written down.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(super) fn account(&mut self, address: Address, info: &Option<AccountInfo>) {
        if self.keeping == Keeping::Yes {
            self.accounts.push((address, info.clone()));
        }
    }

    #[inline]
    pub(super) fn slot(&mut self, address: Address, slot: U256, value: U256) {
        if self.keeping == Keeping::Yes && !self.born.contains(&address) {
            self.slots.push((address, slot, value));
        }
    }

    #[inline]
    pub(super) fn hash(&mut self, number: u64, hash: B256) {
        if self.keeping == Keeping::Yes {
            self.hashes.push((number, hash));
        }
    }

    pub(super) fn born(&mut self, address: Address) {
        if self.keeping == Keeping::Yes {
            self.born.insert(address);
        }
    }

    /// The state as it was before the first of the reads.
    pub fn state(&self) -> StateRead {
        let mut read = StateRead::default();
        for (address, info) in &self.accounts {
            if read.accounts.contains_key(address) || read.absent.contains(address) {
                continue;
            }
            match info {
                Some(info) => drop(read.accounts.insert(*address, account(info))),
                None => drop(read.absent.insert(*address)),
            }
        }
        for (address, slot, value) in &self.slots {
            // A slot of an account that does not exist is zero without being told.
            if let Some(account) = read.accounts.get_mut(address) {
                account.storage.entry(*slot).or_insert(*value);
            }
        }
        for (number, hash) in &self.hashes {
            read.block_hashes.entry(*number).or_insert(*hash);
        }
        read
    }
}

fn account(info: &AccountInfo) -> AccountState {
    let code = info.code.as_ref().map(|code| code.original_bytes()).unwrap_or_default();
    AccountState { balance: info.balance, nonce: info.nonce, code, ..AccountState::default() }
}
