//! Hashes of mapping keys, found by the slot.

use facts::{B256, MappingKey, U256};

/// The places of distinct hashes, by their first bytes, which tell all of them apart but those that somebody spent years
/// on.
#[derive(Debug)]
pub(super) struct Keys(Vec<(u64, u32)>);

impl Keys {
    pub(super) fn of(keys: &[MappingKey]) -> Self {
        let mut places: Vec<(u64, u32)> = (0u32..).zip(keys).map(|(at, key)| (head(&key.hash), at)).collect();
        places.sort_unstable();
        // The first of those with the same hash stays.
        let hash = |at: u32| keys.get(at as usize).map(|key| key.hash);
        places.dedup_by(|later, earlier| later.0 == earlier.0 && hash(later.1) == hash(earlier.1));
        Self(places)
    }

    /// The place of the first key with this hash.
    pub(super) fn of_slot(&self, keys: &[MappingKey], slot: U256) -> Option<u32> {
        self.near(keys, slot, 1).next()
    }

    /// The places of keys whose hash is the slot or one of the `members - 1` below it.
    pub(super) fn near(&self, keys: &[MappingKey], slot: U256, members: u64) -> impl Iterator<Item = u32> {
        let lowest = slot.saturating_sub(U256::from(members.saturating_sub(1)));
        let (low, high) = (head(&lowest.into()), head(&slot.into()));
        let first = self.0.partition_point(|(head, _)| *head < low);
        let close = self.0.get(first..).unwrap_or_default().iter().take_while(move |(head, _)| *head <= high);
        let fits = move |at: &u32| {
            let hash = keys.get(*at as usize).map(|key| U256::from_be_bytes(key.hash.0));
            hash.is_some_and(|hash| lowest <= hash && hash <= slot)
        };
        close.map(|(_, at)| *at).filter(fits)
    }

    /// The places of all distinct keys, in order.
    pub(super) fn distinct(&self) -> impl Iterator<Item = u32> {
        let mut places: Vec<u32> = self.0.iter().map(|(_, at)| *at).collect();
        places.sort_unstable();
        places.into_iter()
    }
}

fn head(hash: &B256) -> u64 {
    hash.first_chunk().map_or(0, |head| u64::from_be_bytes(*head))
}
