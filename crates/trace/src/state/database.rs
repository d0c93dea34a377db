//! How revm reads the warm state: what is not held is asked of the reader, and what cannot be had is missing.

use facts::{Address, B256, U256};
use revm::{Database, bytecode::Bytecode, state::AccountInfo};

use super::{Missing, ReadError, StateReader, WarmState};

impl<R: StateReader> Database for WarmState<R> {
    type Error = Missing;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Missing> {
        let info = self.account(address)?;
        if self.guess.is_none() {
            self.log.account(address, &info);
        }
        Ok(info)
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Missing> {
        // Accounts carry their code, so revm has no reason to ask; if it does, nothing is invented.
        Err(unanswered(format!("code `{code_hash}`")))
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Missing> {
        let value = self.slot(address, slot)?;
        if self.guess.is_none() {
            self.log.slot(address, slot, value);
        }
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Missing> {
        let hash = self.hash(number)?;
        self.log.hash(number, hash);
        Ok(hash)
    }
}

impl<R: StateReader> WarmState<R> {
    fn account(&mut self, address: Address) -> Result<Option<AccountInfo>, Missing> {
        if let Some(info) = self.accounts.get(&address).and_then(|warm| warm.info.as_ref()) {
            return Ok(info.clone());
        }
        if let Some(assumed) = &mut self.assumed {
            assumed.insert(address);
            self.hold_account(address, None);
            return Ok(None);
        }
        if let Some(guess) = &mut self.guess {
            guess.account(address);
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

    fn slot(&mut self, address: Address, slot: U256) -> Result<U256, Missing> {
        if let Some(warm) = self.accounts.get(&address) {
            if let Some(value) = warm.slots.get(&slot) {
                return Ok(*value);
            }
            // An account that does not exist has no storage; one that was created here has only what is held.
            if warm.cleared || matches!(warm.info, Some(None)) {
                return Ok(U256::ZERO);
            }
        }
        if let Some(guess) = &mut self.guess {
            guess.slot(address, slot);
            return Ok(U256::ZERO);
        }
        let at = self.at;
        let fetched = self
            .ask(|reader| reader.fetch(at, &[], &[(address, slot)]))
            .map_err(|error| Missing { what: format!("slot `{slot:#x}` of `{address}`"), error })?;
        let value = fetched.slots.into_iter().next().ok_or_else(|| unanswered(format!("slot of `{address}`")))?;
        self.hold_slot(address, slot, value);
        Ok(value)
    }

    fn hash(&mut self, number: u64) -> Result<B256, Missing> {
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

fn unanswered(what: String) -> Missing {
    Missing { what, error: ReadError { why: "the reader left it unanswered".to_owned(), retry: false } }
}
