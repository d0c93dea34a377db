//! Somebody draws on what several holders allowed, who take no part, and leaves them nothing.
//!
//! An approval, a permit and an operator's right all end the same way: a third party moves what is not its own. Business
//! does that, too, and gives something for it, books it under the holder's name, or takes a part. A drainer takes all of
//! what one holder after the other has, to an account that had nothing of the kind before.

mod booked;
mod left;

use std::{collections::BTreeMap, sync::Arc};

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, Frame, NetChange, Selector, U256};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, Scope, Span, TxCtx, Wake,
    authority::signatures,
    origins,
    value::{percent, words},
};
use booked::Booked;
use left::Left;

pub(crate) const ID: &str = "holders-swept";

/// Functions by which a third party moves what somebody else holds: `transferFrom`, both of `safeTransferFrom`
/// (ERC-721), both of ERC-1155, and the signed transfers of ERC-3009.
const DRAWS: [[u8; 4]; 8] = [
    [0x23, 0xb8, 0x72, 0xdd],
    [0x42, 0x84, 0x2e, 0x0e],
    [0xb8, 0x8d, 0x4f, 0xde],
    [0xf2, 0x42, 0x43, 0x2a],
    [0x2e, 0xb2, 0xc2, 0xd6],
    [0xe3, 0xee, 0x16, 0x0e],
    [0xcf, 0x09, 0x29, 0x95],
    [0xef, 0x55, 0xbe, 0xc6],
];
/// Hands that a thing may go through in one transaction.
const HANDS_MAX: usize = 4;
/// Holders of one transaction that are told.
const TOLD_MAX: usize = 32;

/// Finds sweeps over holders' allowances, within one transaction or over many.
pub(crate) struct HoldersSwept {
    card: Arc<RuleCard>,
    holders_min: u64,
    span: Span,
    share_bp_min: u16,
    mostly_bp: u64,
    dust: U256,
}

/// What one holder lost of one asset to one account.
struct Drawn<'a> {
    holder: Address,
    largest: &'a Flow,
    amount: U256,
    /// The same to all accounts: whoever drains for others shares with them.
    to_all: U256,
}

impl HoldersSwept {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let share_bp_min = u16::try_from(number("share_bp_min", 10_000)?).unwrap_or(10_000);
        let (holders_min, mostly_bp) = (number("holders_min", 200)?, number("mostly_bp", 10_000)?);
        let span = Span::Seconds(number("seconds", 90 * 86_400)?);
        let dust = U256::from(number("dust_wei", 1_000_000_000_000_000)?);
        Ok(Self { card, holders_min, span, share_bp_min, mostly_bp, dust })
    }
}

impl Detector for HoldersSwept {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        DRAWS.into_iter().map(|selector| Wake::Selector(Selector::from(selector))).collect()
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        let takers = by_taker(facts, self.dust);
        if takers.is_empty() {
            return;
        }
        let booked = Booked::of(facts, |contract| origins::entity(memory, contract) == Some(facts.from));
        for (taker, mut drawn) in takers {
            drawn.retain(|one| !booked.names(one.holder, taker));
            if !drawn.is_empty() {
                self.judge(ctx, memory, (taker, &drawn), out);
            }
        }
    }
}

impl HoldersSwept {
    fn judge(
        &self,
        ctx: &TxCtx<'_>,
        memory: &mut MemoryView<'_>,
        (taker, drawn): (Address, &[Drawn<'_>]),
        out: &mut Findings<'_>,
    ) {
        let facts = ctx.facts;
        let left = Left::of(facts);
        let shares: Vec<_> =
            drawn.iter().map(|one| left.share_bp(one.holder, &one.largest.asset, one.to_all)).collect();
        let is_all = |share: &Option<u16>| share.is_some_and(|share| share >= self.share_bp_min);
        // Whether it had some of the same before that it had not taken in this manner.
        let is_own = |one: &Drawn<'_>, memory: &MemoryView<'_>| {
            let (before, _) = facts.holding(taker, &one.largest.asset).unwrap_or_default();
            let token = one.largest.asset.contract().unwrap_or_default();
            before > memory.sum(&[b"taken", taker.as_slice(), token.as_slice()])
        };
        let is_settled = drawn.iter().any(|one| is_own(one, memory));
        for (one, share) in drawn.iter().zip(&shares) {
            let is_new = memory.insert(&[b"holder", taker.as_slice()], one.holder.as_slice());
            if is_new {
                memory.push(&[b"drawn", taker.as_slice()], self.span, U256::ZERO);
            }
            if is_all(share) && memory.insert(&[b"swept-holder", taker.as_slice()], one.holder.as_slice()) {
                memory.push(&[b"swept", taker.as_slice()], self.span, U256::ZERO);
            }
            let token = one.largest.asset.contract().unwrap_or_default();
            memory.add_sum(&[b"taken", taker.as_slice(), token.as_slice()], one.amount);
        }
        let swept = memory.window(&[b"swept", taker.as_slice()], self.span).count;
        let all = memory.window(&[b"drawn", taker.as_slice()], self.span).count;
        if swept < self.holders_min
            || swept.saturating_mul(10_000) < all.saturating_mul(self.mostly_bp)
            || !shares.iter().any(is_all)
        {
            return;
        }
        // Who let himself be used concerns it as much as who lost: holders had allowed him, and nobody else.
        let spender = |one: &Drawn<'_>| facts.frames.get(one.largest.frame as usize).map(|frame| frame.caller);
        let accounts =
            |one: &Drawn<'_>| [Some(one.holder), one.largest.asset.contract(), spender(one)].into_iter().flatten();
        let concerns = |one: &&Drawn<'_>| accounts(one).any(|account| ctx.covers(account));
        let Some(first) = drawn.iter().find(concerns) else { return };
        let subject = accounts(first).find(|account| ctx.protects(*account)).unwrap_or(first.holder);
        let how = if is_settled { "an account with means of its own" } else { "an account that had none of it before" };
        let message = format!(
            "{swept} holders who took no part were left without what they had allowed others to move: it went to {taker}, {how}"
        );
        let protected = accounts(first).any(|account| ctx.protects(account));
        let severity = match (is_settled, protected) {
            // Exchanges gather what was paid in for their users just so.
            (true, false) => Severity::Low,
            (true, true) => Severity::Medium,
            (false, true) => Severity::Critical,
            (false, false) => Severity::High,
        };
        let mut finding = Finding::about(subject, message)
            .kind(drawn.first().map_or("wallet/approval-drain", |one| kind(facts, one)))
            .severity(severity)
            .key(taker)
            .attacker(facts.from)
            .attacker(taker);
        for (one, share) in drawn.iter().zip(&shares).take(TOLD_MAX) {
            let what = words(one.amount, &one.largest.asset);
            let of = share.map(|share| format!(", {} of what it held", percent(share))).unwrap_or_default();
            let moved = format!("{what} of {}{of} went to {taker}, and nothing came back", one.holder);
            finding = finding.victim(one.holder).evidence(EvidenceKind::Flow, Some(one.largest.frame), moved).loss(
                one.holder,
                one.largest.asset,
                one.amount,
                *share,
            );
            if let Some(by) = spender(one).filter(|by| !ctx.protects(*by)) {
                finding = finding.attacker(by);
            }
        }
        out.raise(finding);
    }
}

/// What several holders who took no part lost by somebody else's doing, by who has it now.
fn by_taker<'a>(facts: &Indexed<'a>, dust: U256) -> BTreeMap<Address, Vec<Drawn<'a>>> {
    let mut sums: BTreeMap<(Address, Address, Asset), (U256, &'a Flow)> = BTreeMap::new();
    let mut losses: BTreeMap<(Address, Asset), U256> = BTreeMap::new();
    for flow in facts.facts().flows.iter().filter(|flow| is_drawn(facts, flow, dust)) {
        let loss = losses.entry((flow.from, flow.asset)).or_default();
        *loss = loss.saturating_add(flow.amount);
        let taker = taker(facts, flow);
        let (sum, largest) = sums.entry((taker, flow.from, flow.asset)).or_insert((U256::ZERO, flow));
        *sum = sum.saturating_add(flow.amount);
        if largest.amount < flow.amount {
            *largest = flow;
        }
    }
    let mut takers: BTreeMap<Address, Vec<Drawn<'a>>> = BTreeMap::new();
    for ((taker, holder, asset), (amount, largest)) in sums {
        let to_all = losses.get(&(holder, asset)).copied().unwrap_or(amount);
        takers.entry(taker).or_default().push(Drawn { holder, largest, amount, to_all });
    }
    takers
}

/// Who has it after the transaction: a contract that passes everything on is only on the way.
fn taker(facts: &Indexed<'_>, flow: &Flow) -> Address {
    let mut taker = flow.to;
    for _ in 0..HANDS_MAX {
        let keeps = facts.facts().net_of(taker, &flow.asset).is_none_or(|net| !net.gain().is_zero());
        let next = facts.flows_of(taker, flow.asset).max_by_key(|flow| flow.amount);
        match next.filter(|next| !keeps && !next.to.is_zero()) {
            Some(next) => taker = next.to,
            None => break,
        }
    }
    taker
}

/// Whether a third party moved this, of a holder who neither acts in the transaction nor gains anything by it.
fn is_drawn(facts: &Indexed<'_>, flow: &Flow, dust: U256) -> bool {
    let (holder, taker) = (flow.from, flow.to);
    if flow.amount.is_zero() || holder == facts.from || holder.is_zero() || taker.is_zero() || holder == taker {
        return false;
    }
    let (Some(token), Some(frame)) = (flow.asset.contract(), facts.frames.get(flow.frame as usize)) else {
        return false;
    };
    // What a token says outside a call to it is its own word.
    frame.target == token
        && frame.caller != holder
        && holder != token
        && facts.net_rows(holder).iter().all(|net| gains_nothing(net, dust) && !is_burnt(facts, flow, net))
        && !acts(facts, holder, dust)
}

/// A price of next to nothing is there to make a gift look like a sale.
fn gains_nothing(net: &NetChange, dust: U256) -> bool {
    net.gain().is_zero() || net.asset == Asset::Native && net.gain() <= dust
}

/// Whether a holder did something in the transaction, or was asked; that dust was sent to it is neither.
fn acts(facts: &Indexed<'_>, holder: Address, dust: U256) -> bool {
    let is_asked = |(_, frame): (u32, &Frame)| !frame.input.is_empty() || frame.value > dust;
    holder == facts.from || facts.frames_by(holder).next().is_some() || facts.frames_of(holder).any(is_asked)
}

/// Whether something else of the holder's ceased to be at the same time, as a debt does that collateral was taken for.
fn is_burnt(facts: &Indexed<'_>, flow: &Flow, net: &NetChange) -> bool {
    net.asset != flow.asset && facts.flows_of(net.account, net.asset).any(|other| other.to.is_zero())
}

/// By what right it was moved: a signature under the token's own permit, one for another contract, an operator's right
/// over a collection, or an approval.
fn kind(facts: &Indexed<'_>, one: &Drawn<'_>) -> &'static str {
    if !matches!(one.largest.asset, Asset::Erc20(_)) {
        return "wallet/setapprovalforall";
    }
    match signatures::signed_by(facts, one.holder) {
        Some(checker) if Some(checker) == one.largest.asset.contract() => "signature/permit-phish",
        Some(_) => "wallet/permit2",
        None => "wallet/approval-drain",
    }
}
