//! The trails as they are written down: one for each asset that was taken, with its hops and where it rests.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use case::{Exhibit, Holding, Hop, Place, Rest, Trail};
use facts::{AccountId, Asset, AssetId, ChainId, U256};

use crate::pots::{Lot, Pots};

// What one entry of the book lists, over all trails; with all of them full it stays below the book's limit for a line.
const TRAILS_MAX: usize = 200;
const FROM_MAX: usize = 400;
const HOPS_MAX: usize = 1_000;
const RESTS_MAX: usize = 500;

/// Trails while they are being made.
#[derive(Debug, Default)]
pub(crate) struct Trails {
    places: BTreeMap<AssetId, usize>,
    trails: Vec<Draft>,
    hops: usize,
    /// The coin type of each chain's own coin.
    coins: BTreeMap<ChainId, u32>,
}

#[derive(Debug)]
struct Draft {
    asset: AssetId,
    taken: U256,
    from: BTreeMap<AccountId, U256>,
    hops: Vec<Hop>,
    hops_left_out: u64,
    /// What moves no more, by holder and asset.
    rests: BTreeMap<(AccountId, AssetId), U256>,
}

impl Trails {
    /// The trail of what was taken of this asset, with so much more on it.
    pub(crate) fn open(&mut self, exhibit: &Exhibit, victim: &AccountId, asset: &Asset, amount: U256) -> usize {
        self.coins.insert(exhibit.at.chain.clone(), exhibit.slip44);
        let asset = exhibit.asset(asset);
        let next = self.trails.len();
        let place = *self.places.entry(asset.clone()).or_insert(next);
        if place == next {
            let (from, rests) = (BTreeMap::new(), BTreeMap::new());
            self.trails.push(Draft { asset, taken: U256::ZERO, from, hops: Vec::new(), hops_left_out: 0, rests });
        }
        let trail = &mut self.trails[place];
        trail.taken = trail.taken.saturating_add(amount);
        more(trail.from.entry(victim.clone()).or_default(), amount);
        place
    }

    /// A movement: one hop for each trail that has money in it.
    pub(crate) fn move_on(&mut self, exhibit: &Exhibit, from: &AccountId, to: &AccountId, asset: &Asset, lots: &[Lot]) {
        let mut sums: BTreeMap<usize, U256> = BTreeMap::new();
        for lot in lots {
            if let Some(trail) = lot.mark {
                more(sums.entry(trail).or_default(), lot.amount);
            }
        }
        for (trail, amount) in sums {
            let trail = &mut self.trails[trail];
            if self.hops == HOPS_MAX {
                trail.hops_left_out += 1;
                continue;
            }
            self.hops += 1;
            let (from, to, asset) = (from.clone(), to.clone(), exhibit.asset(asset));
            trail.hops.push(Hop { tx: exhibit.tx.hash, from, to, asset, amount });
        }
    }

    pub(crate) fn burn(&mut self, at: AccountId, asset: AssetId, lots: &[Lot]) {
        for lot in lots {
            if let Some(trail) = lot.mark {
                more(self.trails[trail].rests.entry((at.clone(), asset.clone())).or_default(), lot.amount);
            }
        }
    }

    pub(crate) fn come_back(&mut self, victim: &AccountId, asset: &Asset, lot: Lot) {
        let asset = self.name(victim, asset);
        if let Some(trail) = lot.mark {
            more(self.trails[trail].rests.entry((victim.clone(), asset)).or_default(), lot.amount);
        }
    }

    /// The trails in the order of their assets, and how many more there were.
    pub(crate) fn written(
        mut self,
        pots: &Pots,
        victims: &BTreeSet<AccountId>,
        attackers: &BTreeSet<AccountId>,
    ) -> (Vec<Trail>, u64) {
        for (account, asset, lot) in pots.marked() {
            let asset = self.name(account, asset);
            if let Some(trail) = lot.mark {
                more(self.trails[trail].rests.entry((account.clone(), asset)).or_default(), lot.amount);
            }
        }
        let place = |account: &AccountId| match account {
            account if account.address.is_zero() => Place::Burnt,
            account if victims.contains(account) => Place::Victim,
            account if attackers.contains(account) => Place::Attacker,
            _ => Place::Other,
        };
        self.trails.retain(|trail| !trail.taken.is_zero());
        self.trails.sort_by(|a, b| a.asset.cmp(&b.asset));
        let left_out = self.trails.len().saturating_sub(TRAILS_MAX) as u64;
        let (mut from_max, mut rests_max) = (FROM_MAX, RESTS_MAX);
        let write = |draft: Draft| draft.written(place, &mut from_max, &mut rests_max);
        (self.trails.into_iter().take(TRAILS_MAX).map(write).collect(), left_out)
    }

    fn name(&self, account: &AccountId, asset: &Asset) -> AssetId {
        AssetId::of(&account.chain, asset, self.coins.get(&account.chain).copied().unwrap_or(60))
    }
}

impl Draft {
    fn written(self, place: impl Fn(&AccountId) -> Place, from_max: &mut usize, rests_max: &mut usize) -> Trail {
        let holding = |account, asset: &AssetId, amount| Holding { account, asset: asset.clone(), amount };
        let mut from: Vec<Holding> =
            self.from.into_iter().map(|(account, amount)| holding(account, &self.asset, amount)).collect();
        let mut rests: Vec<Rest> = self
            .rests
            .into_iter()
            .map(|((account, asset), amount)| Rest {
                place: place(&account),
                holding: holding(account, &asset, amount),
            })
            .collect();
        // Largest first; what is alike stays in the order of holders.
        from.sort_by_key(|from| Reverse(from.amount));
        rests.sort_by_key(|rest| Reverse(rest.holding.amount));
        let from_left_out = cut(&mut from, from_max).len() as u64;
        let rests_cut = cut(&mut rests, rests_max);
        Trail {
            asset: self.asset,
            taken: self.taken,
            from,
            from_left_out,
            hops: self.hops,
            hops_left_out: self.hops_left_out,
            rests,
            rests_left_out: rests_cut.len() as u64,
            rests_left_out_amount: rests_cut
                .iter()
                .fold(U256::ZERO, |sum, rest| sum.saturating_add(rest.holding.amount)),
        }
    }
}

/// Keeps of a list what there is room for, and returns the rest of it.
fn cut<T>(list: &mut Vec<T>, room: &mut usize) -> Vec<T> {
    let rest = list.split_off(list.len().min(*room));
    *room -= list.len();
    rest
}

/// Saturates: only a token that lies about amounts gets there.
fn more(sum: &mut U256, amount: U256) {
    *sum = sum.saturating_add(amount);
}
