//! Movements of an account within a span of time, and the largest of them.

use std::ops::Range;

use facts::{Address, Asset, Flow, U256};

/// Movements by recipient and moment.
#[derive(Debug)]
pub(super) struct Arrivals(Vec<u32>);

impl Arrivals {
    pub(super) fn of(flows: &[Flow]) -> Self {
        let mut order: Vec<u32> = (0u32..).zip(flows).map(|(place, _)| place).collect();
        order.sort_by_key(|place| flows.get(*place as usize).map(|flow| (flow.to, flow.at)));
        Self(order)
    }

    /// The places of those that reached an account at these moments, in order.
    pub(super) fn within(
        &self,
        flows: &[Flow],
        account: Address,
        moments: Range<u32>,
    ) -> impl Iterator<Item = usize> + use<'_> {
        let key = |place: &u32| flows.get(*place as usize).map(|flow| (flow.to, flow.at));
        let first = self.0.partition_point(|place| key(place) < Some((account, moments.start)));
        let end = self.0.partition_point(|place| key(place) < Some((account, moments.end)));
        self.0.get(first..end).unwrap_or_default().iter().map(|place| *place as usize)
    }
}

/// Movements by account, asset and moment, and the largest amount of each half, quarter, eighth of them and so on.
#[derive(Debug)]
pub(super) struct Heaviest {
    order: Vec<u32>,
    /// A tree: the amounts, in order, stand in its second half, and the node `n` is the larger of `2n` and `2n + 1`.
    tree: Vec<U256>,
    whose: fn(&Flow) -> Address,
}

impl Heaviest {
    pub(super) fn of(flows: &[Flow], whose: fn(&Flow) -> Address) -> Self {
        let at = |place: u32| flows.get(place as usize).map(|flow| (whose(flow), flow.asset, flow.at));
        let mut order: Vec<u32> = (0u32..).zip(flows).map(|(place, _)| place).collect();
        order.sort_by_key(|place| at(*place));
        let mut tree = vec![U256::ZERO; order.len()];
        tree.extend(order.iter().map(|place| flows.get(*place as usize).map_or(U256::ZERO, |flow| flow.amount)));
        for node in (1..order.len()).rev() {
            tree[node] = tree[2 * node].max(tree[2 * node + 1]);
        }
        Self { order, tree, whose }
    }

    pub(super) fn between(&self, flows: &[Flow], account: Address, asset: &Asset, after: u32, before: u32) -> U256 {
        let key = |place: &u32| flows.get(*place as usize).map(|flow| ((self.whose)(flow), flow.asset, flow.at));
        let low = self.order.partition_point(|place| key(place) <= Some((account, *asset, after)));
        let high = self.order.partition_point(|place| key(place) < Some((account, *asset, before)));
        let (mut low, mut high) = (low + self.order.len(), high + self.order.len());
        let mut most = U256::ZERO;
        while low < high {
            if low % 2 == 1 {
                most = most.max(self.tree[low]);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                most = most.max(self.tree[high]);
            }
            low /= 2;
            high /= 2;
        }
        most
    }
}
