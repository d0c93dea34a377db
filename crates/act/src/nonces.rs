//! One lane per signer and chain: a nonce is given to one effect, and effects of a signer go one after the other.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use case::IdempotencyKey;
use facts::{Address, ChainId};
use jiff::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Effects of one signer under way at once. Nodes keep 16 pending transactions per account at least (geth's
/// `accountslots`); beyond that they may forget some.
const UNDER_WAY_MAX: usize = 16;

type SharedLane = Arc<AsyncMutex<Lane>>;

/// All lanes of this process.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    // One entry per chain and signer of the installation: both come from configuration, so it does not grow.
    lanes: Mutex<BTreeMap<(ChainId, Address), SharedLane>>,
}

impl Nonces {
    /// The signer's lane on a chain, once whoever is in it has left.
    pub(crate) async fn enter(&self, chain: &ChainId, from: Address) -> OwnedMutexGuard<Lane> {
        let lane = {
            // A panic while the map was held leaves it whole: an entry is either there or not.
            let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry((chain.clone(), from)).or_default())
        };
        lane.lock_owned().await
    }
}

/// The nonces of one signer on one chain that are spoken for and not yet mined.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    held: BTreeMap<u64, Hold>,
}

#[derive(Debug)]
struct Hold {
    key: IdempotencyKey,
    until: Timestamp,
    sent: bool,
}

/// Why no nonce was given.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Busy {
    /// This nonce is bound and not yet sent; a higher one would leave a gap if it never is.
    Unsent { nonce: u64, until: Timestamp },
    /// Too many under way.
    Full,
}

impl Lane {
    /// The nonce for an effect, the same again if it has one. `latest` and `pending` are the node's counts.
    pub(crate) fn choose(
        &mut self,
        key: &IdempotencyKey,
        (now, until): (Timestamp, Timestamp),
        (latest, pending): (u64, u64),
    ) -> Result<u64, Busy> {
        // Mined ones are settled. One past its time is never sent again, so if no node has it, its nonce is free.
        self.held.retain(|nonce, hold| *nonce >= latest && (hold.until >= now || (hold.sent && *nonce < pending)));
        if let Some((nonce, _)) = self.held.iter().find(|(_, hold)| hold.key == *key) {
            return Ok(*nonce);
        }
        if let Some((nonce, hold)) = self.held.iter().find(|(_, hold)| !hold.sent) {
            return Err(Busy::Unsent { nonce: *nonce, until: hold.until });
        }
        if self.held.len() >= UNDER_WAY_MAX {
            return Err(Busy::Full);
        }
        // A node that lost its pool counts too low: what was sent keeps its nonce until its outcome is known.
        let after_ours = self.held.last_key_value().map_or(0, |(nonce, _)| nonce.saturating_add(1));
        let nonce = pending.max(latest).max(after_ours);
        self.held.insert(nonce, Hold { key: *key, until, sent: false });
        Ok(nonce)
    }

    /// Takes up a nonce that was bound, perhaps before a restart, so that nobody else is given it.
    pub(crate) fn take_up(&mut self, nonce: u64, key: &IdempotencyKey, until: Timestamp) {
        if self.held.get(&nonce).is_none_or(|hold| hold.key != *key) {
            self.held.insert(nonce, Hold { key: *key, until, sent: false });
        }
    }

    /// The effect was handed to a node: others may queue behind it.
    pub(crate) fn sent(&mut self, key: &IdempotencyKey) {
        for hold in self.held.values_mut().filter(|hold| hold.key == *key) {
            hold.sent = true;
        }
    }

    /// The effect needs its nonce no more: it is mined, or it was never sent and never will be.
    pub(crate) fn release(&mut self, key: &IdempotencyKey) {
        self.held.retain(|_, hold| hold.key != *key);
    }
}

#[cfg(test)]
mod tests {
    use case::Digest;

    use super::*;

    fn key(n: u8) -> IdempotencyKey {
        IdempotencyKey(Digest([n; 32]))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn effects_go_one_after_the_other() {
        let mut lane = Lane::default();
        let times = (at(0), at(60));
        assert_eq!(lane.choose(&key(1), times, (5, 5)), Ok(5));
        assert_eq!(lane.choose(&key(1), times, (5, 5)), Ok(5), "the same effect keeps its nonce");
        assert_eq!(lane.choose(&key(2), times, (5, 5)), Err(Busy::Unsent { nonce: 5, until: at(60) }));
        lane.sent(&key(1));
        assert_eq!(lane.choose(&key(2), times, (5, 6)), Ok(6));
        lane.sent(&key(2));
        assert_eq!(lane.choose(&key(3), times, (5, 5)), Ok(7), "the node's pool was lost; 5 and 6 are still ours");
    }

    #[test]
    fn a_nonce_is_free_again_when_its_effect_is_over_or_given_up() {
        let mut lane = Lane::default();
        assert_eq!(lane.choose(&key(1), (at(0), at(60)), (5, 5)), Ok(5));
        assert_eq!(lane.choose(&key(2), (at(61), at(90)), (5, 5)), Ok(5), "the first ran out of time unsent");
        lane.release(&key(2));
        assert_eq!(lane.choose(&key(3), (at(61), at(90)), (5, 5)), Ok(5), "the second was given up");
        lane.sent(&key(3));
        assert_eq!(lane.choose(&key(4), (at(95), at(99)), (5, 6)), Ok(6), "the third is out of time but in the pool");
        assert_eq!(lane.choose(&key(5), (at(100), at(101)), (6, 6)), Ok(6), "the third is mined, the fourth expired");
    }

    #[test]
    fn a_restart_takes_up_what_was_bound() {
        let mut lane = Lane::default();
        lane.take_up(5, &key(1), at(60));
        assert_eq!(lane.choose(&key(2), (at(0), at(60)), (5, 5)), Err(Busy::Unsent { nonce: 5, until: at(60) }));
        lane.sent(&key(1));
        lane.take_up(5, &key(1), at(60));
        assert_eq!(lane.choose(&key(2), (at(0), at(60)), (5, 5)), Ok(6), "it is not forgotten that it was sent");
    }

    #[test]
    fn there_is_a_limit_to_what_is_under_way() {
        let mut lane = Lane::default();
        for n in 0..16 {
            lane.choose(&key(n), (at(0), at(9)), (0, u64::from(n))).unwrap();
            lane.sent(&key(n));
        }
        assert_eq!(lane.choose(&key(99), (at(0), at(9)), (0, 16)), Err(Busy::Full));
    }
}
