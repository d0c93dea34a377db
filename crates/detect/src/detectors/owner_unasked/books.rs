//! Who held a place before, by the storage of the registry.

use facts::{Address, B256, KeyedMap, U256};

use super::entry::{Entry, Form};
use crate::Indexed;

/// Members of a record that stands under one name.
const MEMBERS_MAX: u64 = 16;
/// Slots under one name, and writes of one account, that are looked at.
const SLOTS_MAX: usize = 16;
const WRITES_MAX: usize = 16;

/// The storage of a transaction as entries ask for it, read once.
pub(super) struct Books {
    /// The slots that stand under the names and identities of the entries.
    under: KeyedMap<B256, Vec<U256>>,
    /// By contract and account: what was overwritten with that account, and when.
    put_in: KeyedMap<(Address, Address), Vec<(u32, U256)>>,
}

impl Books {
    pub(super) fn of(facts: &Indexed<'_>, entries: &[Entry]) -> Self {
        let mut under: KeyedMap<B256, Vec<U256>> = KeyedMap::default();
        let mut put_in: KeyedMap<(Address, Address), Vec<(u32, U256)>> = KeyedMap::default();
        for entry in entries {
            under.entry(entry.identity).or_default();
            if let Some(next) = entry.next {
                put_in.entry((entry.registry, next)).or_default();
            }
        }
        for key in &facts.keys {
            for word in key.words {
                if let Some(slots) = under.get_mut(&word).filter(|slots| slots.len() < SLOTS_MAX) {
                    slots.push(U256::from_be_bytes(key.hash.0));
                }
            }
        }
        for write in &facts.writes {
            let after = Address::from_word(write.after.into());
            if let Some(writes) = put_in.get_mut(&(write.address, after)).filter(|all| all.len() < WRITES_MAX) {
                writes.push((write.at, write.before));
            }
        }
        Self { under, put_in }
    }

    /// Who held the place before, or owns what it is a place of: the identity itself, whom the storage named under it, and
    /// whom the new holder replaced.
    pub(super) fn holders(&self, facts: &Indexed<'_>, entry: &Entry) -> Vec<Address> {
        let mut holders: Vec<Address> = entry.itself().into_iter().collect();
        let is_place = entry.form.is_place() || entry.form == Form::Owner;
        if is_place && let Some(next) = entry.next {
            let put_in = self.put_in.get(&(entry.registry, next)).into_iter().flatten();
            holders.extend(put_in.filter(|(at, _)| *at <= entry.at).filter_map(|(_, before)| account(*before)));
        }
        let slots = self.under.get(&entry.identity).into_iter().flatten();
        let members = slots.flat_map(|slot| (0..MEMBERS_MAX).map(|member| slot.wrapping_add(U256::from(member))));
        for slot in members {
            // What stands there now may be what this transaction put there; what stood there first does not.
            let written = facts.writes_at(entry.registry, slot).next();
            let read = facts.reads_at(entry.registry, slot).next();
            let before = written.map_or_else(|| read.map(|read| read.value), |write| Some(write.before));
            holders.extend(before.and_then(account));
        }
        holders.retain(|holder| Some(*holder) != entry.next);
        holders.sort_unstable();
        holders.dedup();
        holders
    }

    /// Whether nothing changed by it: who is put in was in place.
    pub(super) fn is_idle(&self, entry: &Entry) -> bool {
        match (entry.form, entry.next) {
            (Form::Name | Form::SubName | Form::Owner, Some(next)) => {
                let put_in = self.put_in.get(&(entry.registry, next)).into_iter().flatten();
                !put_in.into_iter().any(|(at, _)| *at <= entry.at)
            }
            (_, next) => next.is_some() && next == entry.itself(),
        }
    }
}

/// A word as an account, if it is one.
fn account(word: U256) -> Option<Address> {
    let word = B256::from(word);
    (word[..12] == [0; 12] && word[12..] != [0; 20]).then(|| Address::from_word(word))
}
