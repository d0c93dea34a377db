//! One keyed hasher for every map whose keys come from a chain.

use std::{collections::HashMap, hash::BuildHasher, sync::OnceLock};

use alloy_primitives::map::foldhash::fast::FixedState;

/// A hash map keyed by chain data.
///
/// Attackers choose addresses and slots, so the hash is keyed by a number that is given once at start
/// ([`Keyed::seed`]). Nothing may iterate such a map into an output: its order is not a fact.
pub type KeyedMap<K, V> = HashMap<K, V, Keyed>;

static SEED: OnceLock<u64> = OnceLock::new();

/// The hasher of [`KeyedMap`].
#[derive(Debug, Clone)]
pub struct Keyed(FixedState);

impl Keyed {
    /// Sets the key for this process. Only the first call counts; without one the key is fixed, which is right
    /// for tests and replays and wrong for a process that listens to strangers.
    pub fn seed(key: u64) {
        SEED.get_or_init(|| key);
    }
}

impl Default for Keyed {
    fn default() -> Self {
        Self(FixedState::with_seed(*SEED.get_or_init(|| 0x6272_6561_6b67_6c61)))
    }
}

impl BuildHasher for Keyed {
    type Hasher = <FixedState as BuildHasher>::Hasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}
