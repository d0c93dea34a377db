//! Hashes of pairs of words. Contracts ask for the slots of the same few balances again and again, and a hash costs as
//! much as a hundred other instructions.

use alloy_primitives::FixedBytesSliceExt as _;
use facts::{B256, MappingKey};
use revm::primitives::keccak256;

/// Places. More than half of all questions of a block find their answer in so few.
const PLACES: usize = 512;

/// Remembers the last pair that came to each place, with its hash. Whoever makes pairs that meet in one place gets
/// them hashed each time, as without a memo.
#[derive(Debug)]
pub(crate) struct Memo {
    places: Vec<Place>,
    /// Counts transactions.
    turn: u32,
}

#[derive(Debug, Clone)]
struct Place {
    key: MappingKey,
    /// The turn in which it was asked for last.
    turn: u32,
}

impl Default for Memo {
    fn default() -> Self {
        // Every place holds a true answer from the start: the hash of two words that are zero.
        let key = MappingKey { hash: keccak256([0; 64]), words: [B256::ZERO; 2] };
        Self { places: vec![Place { key, turn: 0 }; PLACES], turn: 1 }
    }
}

impl Memo {
    /// Another transaction begins.
    pub(crate) fn turn(&mut self) {
        self.turn += 1;
    }

    /// The pair with its hash, and whether it is remembered that it was asked for in this transaction.
    #[inline]
    pub(crate) fn key(&mut self, words: [B256; 2]) -> (&MappingKey, bool) {
        let place = &mut self.places[place(&words)];
        let is_known = place.key.words == words;
        if !is_known {
            place.key = MappingKey { hash: keccak256(words.as_flattened()), words };
        }
        let is_again = is_known && place.turn == self.turn;
        place.turn = self.turn;
        (&place.key, is_again)
    }
}

/// The last bytes of both words are where addresses, amounts and small numbers differ.
fn place(words: &[B256; 2]) -> usize {
    let [key, base] = words.each_ref().map(|word| word.last_chunk().map_or(0, |tail| u64::from_be_bytes(*tail)));
    let mixed = (key ^ base.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 32).unwrap_or_default() % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_the_hash() {
        let mut memo = Memo::default();
        let word = |number: u64| B256::left_padding_from(&number.to_be_bytes());
        let pairs: Vec<_> = (0..4_000u64).map(|nth| [word(nth % 1_500), word(nth % 7)]).collect();
        for words in pairs.iter().chain(&pairs) {
            let (key, _) = memo.key(*words);
            assert_eq!((key.hash, key.words), (keccak256([words[0].0, words[1].0].concat()), *words));
        }
    }

    #[test]
    fn what_was_asked_before_is_asked_again_only_in_the_same_transaction() {
        let mut memo = Memo::default();
        let pair = [B256::ZERO, B256::with_last_byte(1)];
        let mut asked = |turns: bool| {
            if turns {
                memo.turn();
            }
            memo.key(pair).1
        };
        assert_eq!([true, false, false, true, false].map(&mut asked), [false, true, true, false, true]);
        memo.turn();
        assert!(!memo.key([B256::ZERO; 2]).1, "the pair that stands there from the start was asked by nobody");
    }
}
