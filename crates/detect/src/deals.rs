//! Which movements of value were paid for: somebody who drives the transaction gave something up in the same deal.

use std::cell::OnceCell;

use crate::Indexed;
use facts::{Address, Asset, Flow, U256};

/// Base units that are worth nothing, of whatever asset: less than a cent of one with six decimals.
pub(crate) const DUST: U256 = U256::from_limbs([5_000, 0, 0, 0]);
/// How many times more than dust it has to be for what dust is no price.
const DUST_RATIO: u64 = 1_000_000;
/// No frame.
const NONE: u32 = u32::MAX;

/// The deals that drivers struck in one transaction.
pub(crate) struct Deals<'a> {
    facts: &'a Indexed<'a>,
    /// In order, each once.
    drivers: Vec<Address>,
    /// For each frame, the frame of the deal it belongs to.
    frames: OnceCell<Vec<u32>>,
    given: OnceCell<Given>,
}

/// What was given up.
struct Given {
    /// When, in order.
    moments: Vec<u32>,
    things: Worthiest,
    /// Shares that were burnt: of whom, and when. In order.
    burnt: Vec<(Address, u32)>,
    shares: Worthiest,
}

impl<'a> Deals<'a> {
    pub(crate) fn of(facts: &'a Indexed<'a>, drivers: &[Address]) -> Self {
        let mut drivers = drivers.to_vec();
        drivers.sort_unstable();
        drivers.dedup();
        Self { facts, drivers, frames: OnceCell::new(), given: OnceCell::new() }
    }

    /// Whether an account drives the transaction.
    pub(crate) fn is_driver(&self, account: Address) -> bool {
        self.drivers.binary_search(&account).is_ok()
    }

    /// Whether a driver gave something up within the same call that a driver made: a swap, a sale, a redemption.
    pub(crate) fn is_exchange(&self, flow: &Flow) -> bool {
        let deal = self.frames.get_or_init(|| self.by_frame()).get(flow.frame as usize);
        let Some(deal) = deal.and_then(|deal| self.facts.frames.get(*deal as usize)) else { return false };
        let given = self.given.get_or_init(|| self.given_up());
        let first = given.moments.partition_point(|at| *at < deal.open);
        let end = given.moments.partition_point(|at| *at <= deal.close);
        let of_else = given.things.within(first, end).except(&flow.asset);
        let first = given.burnt.partition_point(|burnt| *burnt < (flow.from, deal.open));
        let end = given.burnt.partition_point(|burnt| *burnt <= (flow.from, deal.close));
        let share = given.shares.within(first, end).worth;
        is_price(of_else, flow) || is_price(share, flow)
    }

    /// Outwards from a frame, the first call that a driver made to somebody else is the deal that was struck. A loan
    /// around everything is not: its lender is paid back whatever happens inside.
    fn by_frame(&self) -> Vec<u32> {
        let mut deals: Vec<u32> = Vec::with_capacity(self.facts.frames.len());
        for (index, frame) in (0u32..).zip(&self.facts.frames) {
            let of_parent = frame.parent.and_then(|parent| deals.get(parent as usize).copied());
            let is_deal = self.is_driver(frame.caller) && !self.is_driver(frame.target);
            deals.push(if is_deal { index } else { of_parent.unwrap_or(NONE) });
        }
        deals
    }

    fn given_up(&self) -> Given {
        let (mut things, mut burnt) = (Vec::new(), Vec::new());
        for flow in &self.facts.flows {
            if self.is_driver(flow.from) && !self.is_driver(flow.to) {
                things.push((flow.at, Worth::of(flow)));
            }
            if let (true, Some(token)) = (flow.to.is_zero(), flow.asset.contract()) {
                burnt.push(((token, flow.at), Worth::of(flow)));
            }
        }
        things.sort_by_key(|(at, _)| *at);
        burnt.sort_by_key(|(place, _)| *place);
        let (moments, things): (Vec<_>, Vec<_>) = things.into_iter().unzip();
        let (burnt, shares): (Vec<_>, Vec<_>) = burnt.into_iter().unzip();
        Given { moments, things: Worthiest::of(&things), burnt, shares: Worthiest::of(&shares) }
    }
}

/// Whether what was given up is more than next to nothing: so few base units that they are worth nothing of any asset,
/// for very many.
fn is_price(worth: U256, taken: &Flow) -> bool {
    worth > DUST || worth.saturating_mul(U256::from(DUST_RATIO)) > taken.amount
}

/// The largest amount among some movements, of what, and the largest of anything else.
#[derive(Debug, Clone, Copy)]
struct Worth {
    worth: U256,
    asset: Asset,
    else_worth: U256,
}

impl Worth {
    const NOTHING: Self = Self { worth: U256::ZERO, asset: Asset::Native, else_worth: U256::ZERO };

    fn of(flow: &Flow) -> Self {
        let is_one_of_a_kind = !matches!(flow.asset, Asset::Native | Asset::Erc20(_));
        let worth = if is_one_of_a_kind { U256::MAX } else { flow.amount };
        Self { worth, asset: flow.asset, else_worth: U256::ZERO }
    }

    fn and(self, other: Self) -> Self {
        let (more, less) = if self.worth >= other.worth { (self, other) } else { (other, self) };
        let of_less = if less.asset == more.asset { less.else_worth } else { less.worth };
        Self { else_worth: more.else_worth.max(of_less), ..more }
    }

    fn except(&self, asset: &Asset) -> U256 {
        if self.asset == *asset { self.else_worth } else { self.worth }
    }
}

/// What is worth most of any stretch of a list. A tree: the list stands in its second half, and the node `n` is `2n` and
/// `2n + 1` together.
struct Worthiest(Vec<Worth>);

impl Worthiest {
    fn of(list: &[Worth]) -> Self {
        let mut tree = vec![Worth::NOTHING; list.len()];
        tree.extend_from_slice(list);
        for node in (1..list.len()).rev() {
            tree[node] = tree[2 * node].and(tree[2 * node + 1]);
        }
        Self(tree)
    }

    fn within(&self, first: usize, end: usize) -> Worth {
        let len = self.0.len() / 2;
        let (mut low, mut high) = (first + len, end + len);
        let mut all = Worth::NOTHING;
        while low < high {
            if low % 2 == 1 {
                all = all.and(self.0[low]);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                all = all.and(self.0[high]);
            }
            low /= 2;
            high /= 2;
        }
        all
    }
}
