//! Who holds which money: a queue of lots for each account and asset, first in, first out.

use std::collections::{BTreeMap, VecDeque};

use facts::{AccountId, Asset, U256};

/// The trail that a lot belongs to; none for money that is nobody's loss.
pub(crate) type Mark = Option<usize>;

/// Some money of one kind that came in together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lot {
    pub(crate) amount: U256,
    pub(crate) mark: Mark,
}

/// All that came in within the case and has not gone out. What an account held before is not in it: it goes out when
/// the queue is empty, and its amount need not be known.
#[derive(Debug, Default)]
pub(crate) struct Pots(BTreeMap<(AccountId, Asset), VecDeque<Lot>>);

impl Pots {
    pub(crate) fn put(&mut self, account: AccountId, asset: Asset, lots: impl IntoIterator<Item = Lot>) {
        let queue = self.0.entry((account, asset)).or_default();
        for lot in lots {
            match queue.back_mut().filter(|last| last.mark == lot.mark) {
                Some(last) => match last.amount.checked_add(lot.amount) {
                    Some(sum) => last.amount = sum,
                    None => queue.push_back(lot),
                },
                None => queue.push_back(lot),
            }
        }
    }

    /// Takes out what came in first; where the queue is short, the rest was held before.
    pub(crate) fn take(&mut self, account: &AccountId, asset: Asset, amount: U256) -> Vec<Lot> {
        self.draw(account, asset, amount, VecDeque::pop_front, VecDeque::push_front)
    }

    /// Takes out what came in last: what an account that only passes something through has just been given.
    pub(crate) fn take_last(&mut self, account: &AccountId, asset: Asset, amount: U256) -> Vec<Lot> {
        let mut lots = self.draw(account, asset, amount, VecDeque::pop_back, VecDeque::push_back);
        lots.reverse();
        lots
    }

    fn draw(
        &mut self,
        account: &AccountId,
        asset: Asset,
        amount: U256,
        pop: fn(&mut VecDeque<Lot>) -> Option<Lot>,
        push: fn(&mut VecDeque<Lot>, Lot),
    ) -> Vec<Lot> {
        let mut missing = amount;
        let mut lots = Vec::new();
        if let Some(queue) = self.0.get_mut(&(account.clone(), asset)) {
            while !missing.is_zero() {
                let Some(mut lot) = pop(queue) else { break };
                if lot.amount > missing {
                    push(queue, Lot { amount: lot.amount - missing, ..lot });
                    lot.amount = missing;
                }
                missing -= lot.amount;
                lots.push(lot);
            }
        }
        if !missing.is_zero() {
            lots.push(Lot { amount: missing, mark: None });
        }
        lots
    }

    /// Takes all marked money out of an account's pots.
    pub(crate) fn settle(&mut self, account: &AccountId) -> Vec<(Asset, Lot)> {
        let first = (account.clone(), Asset::Native);
        let own = self.0.range_mut(first..).take_while(|((holder, _), _)| holder == account);
        own.flat_map(|((_, asset), queue)| std::mem::take(queue).into_iter().map(|lot| (*asset, lot)))
            .filter(|(_, lot)| lot.mark.is_some())
            .collect()
    }

    /// All marked money with its holder, ordered by holder and asset.
    pub(crate) fn marked(&self) -> impl Iterator<Item = (&AccountId, &Asset, Lot)> {
        self.0
            .iter()
            .flat_map(|((account, asset), queue)| queue.iter().map(move |lot| (account, asset, *lot)))
            .filter(|(_, _, lot)| lot.mark.is_some())
    }
}
