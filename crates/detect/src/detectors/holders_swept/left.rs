//! How much a holder was left.

use std::{cell::OnceCell, collections::BTreeMap};

use facts::{Address, Asset, U256};

use crate::{Indexed, value::part_bp};

/// Members of a struct that stands under one key of a mapping.
const MEMBERS_MAX: u64 = 4;

/// What holders had before and after, of fungible tokens and of collections.
pub(super) struct Left<'a> {
    facts: &'a Indexed<'a>,
    /// Numbers under holders' names that became smaller. Counts of pieces are among them.
    counts: OnceCell<Counts>,
}

/// What a number was, and by how much it became smaller, by collection and holder.
type Counts = BTreeMap<(Address, Address), Vec<(U256, U256)>>;

impl<'a> Left<'a> {
    pub(super) fn of(facts: &'a Indexed<'a>) -> Self {
        Self { facts, counts: OnceCell::new() }
    }

    /// Which share of what a holder had an amount is, in basis points; none where that cannot be proved.
    pub(super) fn share_bp(&self, holder: Address, asset: &Asset, amount: U256) -> Option<u16> {
        let before = match asset {
            Asset::Native | Asset::Erc20(_) => self.facts.holding(holder, asset)?.0,
            Asset::Erc721(collection, _) => {
                // Each piece is an asset of its own; the count is of all of them.
                let rows = self.facts.net_rows(holder).iter();
                let pieces = rows.filter(|net| net.asset.contract() == Some(*collection)).count();
                return self.share_of(*collection, holder, U256::from(pieces));
            }
            Asset::Erc1155(collection, _) => return self.share_of(*collection, holder, amount),
        };
        part_bp(amount, before)
    }

    fn share_of(&self, collection: Address, holder: Address, amount: U256) -> Option<u16> {
        let counts = self.counts.get_or_init(|| self.count());
        let own = counts.get(&(collection, holder))?.iter();
        own.filter(|(_, less)| *less == amount).find_map(|(before, _)| part_bp(amount, *before))
    }

    fn count(&self) -> Counts {
        let facts = self.facts;
        let mut slots: BTreeMap<(Address, U256), (U256, U256)> = BTreeMap::new();
        for write in facts.writes.iter().filter(|write| facts.is_token(write.address)) {
            slots.entry((write.address, write.slot)).or_insert((write.before, write.after)).1 = write.after;
        }
        let mut counts = Counts::new();
        // Some collections pack other numbers above the count.
        let low = |word: U256| word & U256::from(u64::MAX);
        for ((collection, slot), (before, after)) in slots {
            let Some(less) = low(before).checked_sub(low(after)).filter(|less| !less.is_zero()) else { continue };
            for holder in facts.names_near(slot, MEMBERS_MAX) {
                counts.entry((collection, holder)).or_default().push((low(before), less));
            }
        }
        counts
    }
}
