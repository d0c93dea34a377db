//! From movements of value to what each account was left with more or less.

use std::cmp::Ordering;

use alloy_primitives::{Address, U256};

use super::{Asset, Flow, NetChange};

/// How many of the last rows are searched for one to add to. Most transactions move little between few, and looking
/// through a list beats a map; whoever moves more between more gets rows that are merged at the end.
const RECENT: usize = 16;

/// What each account received and sent of each asset, ordered by account and asset. The zero address, where mints come
/// from, is nobody.
pub fn net<'a>(flows: impl IntoIterator<Item = &'a Flow>) -> Vec<NetChange> {
    let flows = flows.into_iter();
    let room = flows.size_hint().1.unwrap_or_default().saturating_mul(2);
    let mut rows = Rows { rows: Vec::with_capacity(room), marks: [0; RECENT] };
    for flow in flows.filter(|flow| flow.from != flow.to) {
        if let Some(row) = rows.of(flow.from, &flow.asset) {
            row.sent = row.sent.saturating_add(flow.amount);
        }
        if let Some(row) = rows.of(flow.to, &flow.asset) {
            row.received = row.received.saturating_add(flow.amount);
        }
    }
    let mut net = rows.rows;
    net.sort_unstable_by(order);
    net.dedup_by(|later, earlier| {
        let same = later.account == earlier.account && later.asset == earlier.asset;
        if same {
            earlier.received = earlier.received.saturating_add(later.received);
            earlier.sent = earlier.sent.saturating_add(later.sent);
        }
        same
    });
    net
}

/// Rows, and a short mark of each of the last ones: rows are long, and most are not the one that is looked for.
struct Rows {
    rows: Vec<NetChange>,
    marks: [u64; RECENT],
}

impl Rows {
    /// The row of this account and asset; none for nobody.
    fn of(&mut self, account: Address, asset: &Asset) -> Option<&mut NetChange> {
        if account.is_zero() {
            return None;
        }
        let mark = mark(account, asset);
        let end = self.rows.len();
        let mut recent = (end.saturating_sub(RECENT)..end).rev();
        let known = recent.find(|at| {
            self.marks[at % RECENT] == mark && self.rows[*at].account == account && self.rows[*at].asset == *asset
        });
        if let Some(at) = known {
            return self.rows.get_mut(at);
        }
        self.marks[end % RECENT] = mark;
        Some(self.rows.push_mut(NetChange { account, asset: *asset, received: U256::ZERO, sent: U256::ZERO }))
    }
}

/// Tells most rows apart. Rows of one mark are compared in full.
fn mark(account: Address, asset: &Asset) -> u64 {
    let asset = match asset {
        Asset::Native => 0,
        Asset::Erc20(token) => head(token),
        Asset::Erc721(token, id) | Asset::Erc1155(token, id) => head(token).wrapping_add(id.as_limbs()[0]),
    };
    head(&account) ^ asset.rotate_left(32)
}

/// The first bytes of an address, which tell most addresses apart and order them as the whole does.
fn head(address: &Address) -> u64 {
    let bytes = address.as_slice();
    bytes.first_chunk().map_or(0, |head| u64::from_be_bytes(*head))
}

/// By account, then by asset.
fn order(a: &NetChange, b: &NetChange) -> Ordering {
    if a.account == b.account {
        return a.asset.cmp(&b.asset);
    }
    head(&a.account).cmp(&head(&b.account)).then_with(|| a.account.cmp(&b.account))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FlowKind;

    fn flow(from: u8, to: u8, asset: Asset, amount: u64) -> Flow {
        let (from, to) = (Address::with_last_byte(from), Address::with_last_byte(to));
        Flow { asset, from, to, amount: U256::from(amount), kind: FlowKind::Event, frame: 0, at: 0 }
    }

    #[test]
    fn rows_beyond_the_recent_ones_are_merged_and_ordered() {
        let token = Asset::Erc20(Address::repeat_byte(0x70));
        // Everybody passes one on to the next, round and round, so that each account's row is long past.
        let ring = |round: u64| (1..=100u8).map(move |nth| flow(nth, nth % 100 + 1, token, round));
        let flows: Vec<Flow> = (1..=3).flat_map(ring).collect();
        let net = net(&flows);
        assert_eq!(net.len(), 100);
        assert!(net.is_sorted_by(|a, b| order(a, b) == Ordering::Less));
        assert!(net.iter().all(|row| row.received == U256::from(6) && row.sent == U256::from(6)));
    }

    #[test]
    fn addresses_that_begin_alike_are_not_one() {
        let flows = [flow(1, 2, Asset::Native, 5), flow(2, 3, Asset::Native, 4), flow(0, 3, Asset::Native, 1)];
        let rows: Vec<_> = net(&flows).iter().map(|row| (row.account.0[19], row.received, row.sent)).collect();
        let of = |received: u64, sent: u64| (U256::from(received), U256::from(sent));
        let expected = [(1, of(0, 5)), (2, of(5, 4)), (3, of(5, 0))];
        assert_eq!(rows, expected.map(|(account, (received, sent))| (account, received, sent)));
    }
}
