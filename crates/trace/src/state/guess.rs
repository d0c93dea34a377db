//! What a trial asked for and was not known: taken for nothing meanwhile, and written down.

use std::collections::BTreeSet;

use facts::{Address, U256};

/// Slots and accounts that one trial writes down. A block of mainnet reads some thousands; code that is led astray by a
/// guess may ask for any number.
const ASKED_MAX: usize = 20_000;

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct Guess {
    accounts: BTreeSet<Address>,
    slots: BTreeSet<(Address, U256)>,
}

impl Guess {
    /// Whether nothing was asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        self.accounts.len() + self.slots.len()
    }

    pub(crate) fn account(&mut self, address: Address) {
        if self.len() < ASKED_MAX {
            self.accounts.insert(address);
        }
    }

    pub(crate) fn slot(&mut self, address: Address, slot: U256) {
        if self.len() < ASKED_MAX {
            self.slots.insert((address, slot));
        }
    }

    /// As lists.
    pub(crate) fn asked(self) -> (Vec<Address>, Vec<(Address, U256)>) {
        (self.accounts.into_iter().collect(), self.slots.into_iter().collect())
    }
}
