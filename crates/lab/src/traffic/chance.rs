//! What happens by chance: one stream of numbers a world, the same for the same seed.

use facts::U256;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};

/// The stream.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of one world of a seed.
    pub(super) fn new(seed: u64, world: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(world);
        Self(rng)
    }

    /// A number below `end`, which is not zero; zero if it is.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        // The high half of the product: biased by less than `end` in 2^64.
        u64::try_from((u128::from(self.0.next_u64()) * u128::from(end)) >> 64).unwrap_or_default()
    }

    /// An index of a list of this length.
    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    /// A number between two, the ends included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of these; none of none.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let index = self.index(from.len());
        from.get(index).copied()
    }

    /// A size with a heavy tail: twice as much is half as frequent (Pareto's law with exponent one), cut off at `most`.
    pub(super) fn heavy(&mut self, least: u64, most: u64) -> u64 {
        let size = (u128::from(least) << 64) / u128::from(self.0.next_u64() | 1);
        u64::try_from(size).unwrap_or(most).min(most)
    }

    /// A part of an amount, between two shares in thousandths.
    pub(super) fn part(&mut self, of: U256, low: u64, high: u64) -> U256 {
        of * U256::from(self.between(low, high)) / U256::from(1000)
    }

    /// Bytes that mean nothing.
    pub(super) fn word(&mut self) -> U256 {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        U256::from_be_bytes(bytes)
    }
}
