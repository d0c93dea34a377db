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

#[cfg(test)]
mod tests {
    use facts::TxFacts;

    use super::*;

    /// The key of `mapping(outer => mapping(inner => ..))` at place 3, and that of the mapping around it.
    fn nested(outer: Address, inner: Address) -> (TxFacts, U256) {
        let around = MappingKey { hash: B256::repeat_byte(0xa1), words: [outer.into_word(), B256::with_last_byte(3)] };
        let key = MappingKey { hash: B256::repeat_byte(0xb2), words: [inner.into_word(), around.hash] };
        let slot = key.hash.into();
        (TxFacts { keys: vec![around, key], ..TxFacts::default() }, slot)
    }

    #[test]
    fn an_entry_within_an_entry_is_under_both_names() {
        let [owner, token] = [0x11, 0x22].map(Address::repeat_byte);
        let (facts, slot) = nested(owner, token);
        let facts = Indexed::new(&facts);
        assert_eq!(facts.names_near(slot, 1), [token, owner]);
        assert_eq!(facts.names_near(slot + U256::from(2), 3), [token, owner]);
        assert!(facts.is_under(slot, 1, &|word| *word == owner.into_word()));
        assert!(!facts.is_under(slot, 1, &|word| *word == Address::repeat_byte(0x33).into_word()));
        assert!(facts.names_near(slot + U256::ONE, 1).is_empty());
    }

    #[test]
    fn a_hash_that_leads_to_itself_ends() {
        let hash = B256::repeat_byte(0xc3);
        let facts = TxFacts { keys: vec![MappingKey { hash, words: [hash; 2] }], ..TxFacts::default() };
        assert!(Indexed::new(&facts).names_near(hash.into(), 1).is_empty());
    }
}
