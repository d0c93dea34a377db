//! What blocks leave behind in the warm state, and how that is undone.

use facts::{Address, U256};
use revm::{
    Database,
    state::{Account, EvmState},
};

use super::{Missing, StateReader, WarmState};

/// Slots kept at most (about 100 bytes each). Above it everything is forgotten and read again when needed.
const SLOTS_MAX: usize = 4_000_000;
/// Accounts kept at most.
const ACCOUNTS_MAX: usize = 1_000_000;

/// What a block changed. Undoing it means forgetting these: they are read again from wherever the chain is then.
#[derive(Debug, Clone, Default)]
pub struct Touched(Vec<(Address, Vec<U256>, Whole)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

impl<R: StateReader> WarmState<R> {
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
            self.log.born(address);
            self.slots_held -= warm.slots.len();
            warm.slots.clear();
            warm.cleared = true;
            // What was destroyed may have been paid or created again by a later transaction of the block; only the
            // mark of the last transaction says that it is no more.
            if account.is_selfdestructed_locally() {
                warm.info = Some(None);
                return (address, Vec::new(), Whole::Yes);
            }
        }
        // EIP-161: an account that was touched and is empty is no account. Before it revm calls such an account created.
        let exists = !account.is_empty() || (account.is_created() && !account.is_selfdestructed());
        warm.info = Some(exists.then(|| account.info.clone()));
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
}
