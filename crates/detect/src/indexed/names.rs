//! Under whose names entries of mappings stand.

use std::cell::RefCell;

use facts::{Address, B256, MappingKey, U256};

use crate::Indexed;

/// Mappings within mappings that are followed.
const NESTED_MAX: usize = 3;

impl Indexed<'_> {
    /// Whether a slot belongs to an entry of a mapping, of up to `members` slots, under a word that `counts`, or to one of
    /// a mapping that itself is such an entry: `balances[owner][token]` stands under both.
    pub(crate) fn is_under(&self, slot: U256, members: u64, counts: &impl Fn(&B256) -> bool) -> bool {
        self.keys_near(slot, members).any(|key| self.is_key_under(key, counts, NESTED_MAX))
    }

    fn is_key_under(&self, key: &MappingKey, counts: &impl Fn(&B256) -> bool, further: usize) -> bool {
        let around = |word: &B256| further > 0 && word[..4] != [0; 4];
        key.words.iter().any(counts)
            || key
                .words
                .iter()
                .filter(|word| around(word))
                .filter_map(|word| self.key((*word).into()))
                .any(|outer| self.is_key_under(outer, counts, further.saturating_sub(1)))
    }
}

impl Indexed<'_> {
    /// The accounts under whose names such an entry stands.
    pub(crate) fn names_near(&self, slot: U256, members: u64) -> Vec<Address> {
        let names = RefCell::new(Vec::new());
        self.is_under(slot, members, &|word| {
            if is_name(word) {
                names.borrow_mut().push(Address::from_word(*word));
            }
            false
        });
        names.into_inner()
    }
}

/// Whether a word that was hashed is an address, and not a small number.
pub(crate) fn is_name(word: &B256) -> bool {
    word[..12] == [0; 12] && word[12..16] != [0; 4]
}
