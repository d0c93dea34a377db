//! Going through the case's transactions movement by movement.

use std::collections::{BTreeMap, BTreeSet};

use case::{Exhibit, Incident, MoneyTraced, Taken, Unseen};
use facts::{AccountId, Address, Asset, Flow, FlowKind, U256};

use crate::{
    pots::{Lot, Pots},
    trails::Trails,
    wrapping::Unwrapping,
};

/// The convention by which mixed money is told apart, as the book names it.
pub const CONVENTION: &str = "first-in-first-out/1";

/// Movements that are gone through in one case: a hundred full blocks of nothing else. A transaction with which there
/// would be more is named as not followed.
const MOVEMENTS_MAX: usize = 200_000;

/// Where what was taken went. `taken` says what a transaction took from whom; `unseen` is what could not be had.
///
/// Of what leaves a victim in a transaction, the last part is what was taken: the part before it went against something
/// that came back. What reaches a victim of the case has come back.
pub fn trace(incident: &Incident, exhibits: &[Exhibit], taken: &[Taken], unseen: Vec<Unseen>) -> MoneyTraced {
    let mut ordered: Vec<&Exhibit> = exhibits.iter().collect();
    ordered.sort_by_key(|exhibit| exhibit.order());
    let mut victims: BTreeSet<AccountId> = incident.victims().into_iter().collect();
    victims.extend(taken.iter().map(|taken| taken.victim.clone()));
    let mut walk = Walk { victims, pots: Pots::default(), trails: Trails::default(), unseen };
    let mut txs = Vec::new();
    let mut movements = 0;
    for exhibit in ordered {
        movements += exhibit.tx.flows.len();
        if movements > MOVEMENTS_MAX {
            let why = format!("the case has more than {MOVEMENTS_MAX} movements: from here on they are not followed");
            walk.unseen.push(Unseen { tx: Some(exhibit.tx.hash), why });
            break;
        }
        txs.push(exhibit.tx.hash);
        walk.through(exhibit, taken);
    }
    let Walk { victims, pots, trails, unseen } = walk;
    let (trails, trails_left_out) = trails.written(&pots, &victims, &incident.attackers().into_iter().collect());
    MoneyTraced { convention: CONVENTION.to_owned(), txs, trails, trails_left_out, unseen: Unseen::listed(unseen) }
}

/// What a transaction takes from one victim: how much leaves before it, and how much of it is still to leave.
struct Taking {
    before: U256,
    left: U256,
    trail: usize,
}

type Takings = BTreeMap<(Address, Asset), Taking>;

struct Walk {
    victims: BTreeSet<AccountId>,
    pots: Pots,
    trails: Trails,
    unseen: Vec<Unseen>,
}

impl Walk {
    fn through(&mut self, exhibit: &Exhibit, taken: &[Taken]) {
        let mut takings = self.takings(exhibit, taken);
        let unwrapping = Unwrapping::of(&exhibit.tx, |flow| takings.contains_key(&(flow.from, flow.asset)));
        for (at, flow) in exhibit.tx.flows.iter().enumerate() {
            if flow.from == flow.to || flow.amount.is_zero() || unwrapping.is_told(at) {
                continue;
            }
            let from = exhibit.account(flow.from);
            let lots = match (flow.kind, unwrapping.source(at), flow.asset.contract()) {
                // The wrapped token stands for the coin that its contract was given just before.
                (FlowKind::Wrap, _, Some(wrapper)) => {
                    self.pots.take_last(&exhibit.account(wrapper), Asset::Native, flow.amount)
                }
                (_, Some(token), _) => self.leave(exhibit, flow.to, token, flow.amount, &mut takings),
                // Nobody has held what is minted.
                _ if flow.from.is_zero() => vec![Lot { amount: flow.amount, mark: None }],
                _ => self.leave(exhibit, flow.from, flow.asset, flow.amount, &mut takings),
            };
            let from = match (flow.kind, flow.asset.contract()) {
                (FlowKind::Wrap, Some(wrapper)) => exhibit.account(wrapper),
                _ => from,
            };
            self.arrive(exhibit, from, flow, lots);
        }
        self.come_back();
    }

    /// What leaves an account, by the lots it is made of.
    fn leave(
        &mut self,
        exhibit: &Exhibit,
        from: Address,
        asset: Asset,
        amount: U256,
        takings: &mut Takings,
    ) -> Vec<Lot> {
        let Some(taking) = takings.get_mut(&(from, asset)) else {
            return self.pots.take(&exhibit.account(from), asset, amount);
        };
        let before = amount.min(taking.before);
        let marked = (amount - before).min(taking.left);
        taking.before -= before;
        taking.left -= marked;
        let rest = amount - before - marked;
        let lot = |amount, mark| Lot { amount, mark };
        vec![lot(before, None), lot(marked, Some(taking.trail)), lot(rest, None)]
    }

    fn arrive(&mut self, exhibit: &Exhibit, from: AccountId, flow: &Flow, mut lots: Vec<Lot>) {
        lots.retain(|lot| !lot.amount.is_zero());
        let to = exhibit.account(flow.to);
        self.trails.move_on(exhibit, &from, &to, &flow.asset, &lots);
        if flow.to.is_zero() {
            self.trails.burn(to, exhibit.asset(&flow.asset), &lots);
        } else {
            self.pots.put(to, flow.asset, lots);
        }
    }

    /// What a victim holds when a transaction is over has come back to it.
    fn come_back(&mut self) {
        for victim in &self.victims {
            for (asset, lot) in self.pots.settle(victim) {
                self.trails.come_back(victim, &asset, lot);
            }
        }
    }

    fn takings(&mut self, exhibit: &Exhibit, taken: &[Taken]) -> Takings {
        let mut takings = Takings::new();
        let here = |taken: &&Taken| taken.tx == exhibit.tx.hash && taken.victim.chain == exhibit.at.chain;
        for Taken { victim, asset, amount, .. } in taken.iter().filter(here) {
            let leaves = |flow: &&Flow| flow.from == victim.address && flow.asset == *asset && flow.to != flow.from;
            let out =
                exhibit.tx.flows.iter().filter(leaves).fold(U256::ZERO, |sum, flow| sum.saturating_add(flow.amount));
            let amount = out.min(*amount);
            let trail = self.trails.open(exhibit, victim, asset, amount);
            takings.insert((victim.address, *asset), Taking { before: out - amount, left: amount, trail });
        }
        takings
    }
}
