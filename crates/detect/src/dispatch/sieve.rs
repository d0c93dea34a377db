//! A first look at an address: most accounts wake nobody, and that can be told without hashing them.

use facts::Address;

/// One bit for each number that the last two bytes of an address can be.
#[derive(Debug)]
pub(super) struct Sieve(Box<[u64]>);

impl Default for Sieve {
    fn default() -> Self {
        Self(vec![0; 1 << 10].into())
    }
}

impl Sieve {
    pub(super) fn add(&mut self, address: &Address) {
        let (word, bit) = place(address);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    /// Whether it may have been added.
    pub(super) fn lets_through(&self, address: &Address) -> bool {
        let (word, bit) = place(address);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn place(address: &Address) -> (usize, u64) {
    let [.., high, low] = address.0.0;
    (usize::from(u16::from_be_bytes([high, low]) >> 6), 1 << (low & 63))
}
