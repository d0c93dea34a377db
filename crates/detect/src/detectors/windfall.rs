//! Somebody came out richer in one transaction at the expense of others, by means that honest business does not need.
//!
//! No single sign proves an attack: flash loans, loops and callbacks are ordinary, and so is a gain. What is not ordinary
//! is several of them around a loss that nobody was paid for. Each sign has a weight; the sum decides. It works on calls
//! alone, and better the more can be seen.

pub(crate) mod party;
mod share;

use std::{cell::LazyCell, sync::Arc};

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, Frame, FrameKind, KeyedMap, TxFacts};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake,
    authority::{proves_each, signed_before, signed_once, uses_up},
    deals::DUST,
    ledger::books::dealt,
    origins,
    reentry::only_deposits,
    value::{Claims, Unreturned, ancestors, percent, unreturned, words},
};
use party::Party;
use share::Shares;

pub(crate) const ID: &str = "windfall";

/// Frames of a transaction from which it can hold more than a payment.
const FRAMES_MIN: usize = 4;
/// Deals that are kept in mind while looking for their reversal.
const DEALS_MAX: usize = 256;
/// Frames of a transaction that does more than one deal.
const FRAMES_MANY: usize = 60;
/// `skim(address)` and `sync()` of a pool in the manner of Uniswap v2.
const ADJUSTMENTS: [[u8; 4]; 2] = [[0xbc, 0x25, 0xcf, 0x77], [0xff, 0xf6, 0xca, 0xe9]];
/// `transferFrom(address,address,uint256)` (ERC-20).
const TRANSFER_FROM: [u8; 4] = [0x23, 0xb8, 0x72, 0xdd];
/// Losses that are told; the rest are counted.
const TOLD_MAX: usize = 16;

/// Finds gains that several signs together make suspicious.
pub(crate) struct Windfall {
    card: Arc<RuleCard>,
    score_high: u64,
    score_critical: u64,
    share_bp_min: u16,
    repeats_min: usize,
}

/// A reason to take a gain for stolen.
struct Sign {
    weight: u64,
    kind: EvidenceKind,
    frame: Option<u32>,
    says: String,
    points_to: Option<&'static str>,
}

impl Windfall {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name, max| card.parameters.number(name, 1..=max);
        let (score_high, score_critical) = (number("score_high", 100)?, number("score_critical", 100)?);
        let share_bp_min = u16::try_from(number("share_bp_min", 10_000)?).unwrap_or(10_000);
        let repeats_min = usize::try_from(number("repeats_min", 1_000)?).unwrap_or(usize::MAX);
        Ok(Self { card, score_high, score_critical, share_bp_min, repeats_min })
    }
}

impl Detector for Windfall {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::AtWork)]
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if facts.frames.len() < FRAMES_MIN || !facts.succeeded() {
            return;
        }
        let party = Party::of(facts);
        let (gains, pays) = party.balance(facts);
        let mut rows = unreturned(facts, &party.members, party.claims(), |account| !party.is_lender(account));
        let mut signed = KeyedMap::default();
        let shares = LazyCell::new(|| Shares::of(facts));
        rows.retain(|row| {
            row.share_bp.is_none_or(|share| share >= self.share_bp_min)
                && !party.paid(facts, row.account)
                && !agreed(facts, row, &mut signed)
                && !dealt(facts, row.frame, |who| party.has(who)).is_some_and(|(deal, _)| uses_up(facts, deal))
                && !shares.covers(facts, row)
                && !allowed(facts, row, |tool| origins::entity(memory, tool) == Some(facts.from))
                && !traded(facts, row, |other| origins::entity(memory, other) == Some(facts.from))
        });
        if !rows.is_empty() && proves_each(facts) {
            return;
        }
        // Where more than calls can be seen, an attack shows whom it harms, or that it moved a price and moved it back.
        let calls_alone = facts.writes.is_empty() && facts.logs.is_empty();
        let trip = LazyCell::new(|| round_trip(facts, &party));
        if rows.is_empty() && !calls_alone && !(gains && !pays && trip.is_some()) {
            return;
        }
        let mut signs = self.signs(facts, &party, &rows, *trip, gains && !pays);
        if let Some(tool) = facts.to.filter(|to| origins::entity(memory, *to) == Some(facts.from)) {
            let says = format!("{} had put {tool} in place, through which it acted", facts.from);
            signs.push(Sign { weight: 2, kind: EvidenceKind::Code, frame: Some(0), says, points_to: None });
        }
        let score: u64 = signs.iter().map(|sign| sign.weight).sum();
        // What others had allowed a protected contract was lost through it.
        let concerns =
            |row: &Unreturned| ctx.covers(row.account) || row.spender(facts).is_some_and(|by| ctx.covers(by));
        if score < self.score_high || !(ctx.scope.is_everything() || rows.iter().any(concerns)) {
            return;
        }
        out.raise(self.finding(ctx, &party, &rows, signs, score));
    }
}

impl Windfall {
    /// Everything that speaks against the gain, in order of weight of kind.
    fn signs(
        &self,
        facts: &Indexed<'_>,
        party: &Party,
        rows: &[Unreturned],
        trip: Option<(Address, u32)>,
        only_gains: bool,
    ) -> Vec<Sign> {
        let mut signs = Vec::new();
        let mut sign = |weight, kind, frame, says: String, points_to| {
            signs.push(Sign { weight, kind, frame, says, points_to });
        };
        // A debt that was booked may be meant; other signs have to say that it is not.
        let counts = |account| !party.is_lender(account);
        let promised = (party.claims() != Claims::BalancesAndDebts)
            .then(|| unreturned(facts, &party.members, Claims::BalancesAndDebts, counts));
        let bare = |row: &&Unreturned| {
            let is_it = |other: &Unreturned| (other.account, other.asset) == (row.account, row.asset);
            promised.as_ref().is_none_or(|promised| promised.iter().any(is_it))
        };
        let (known, unknown): (Vec<_>, Vec<_>) = rows.iter().filter(bare).partition(|row| row.share_bp.is_some());
        if let Some(worst) = known.iter().max_by_key(|row| row.share_bp) {
            let share = worst.share_bp.map(percent).unwrap_or_default();
            let says = format!("{} lost {share} of what it held and got nothing for it", worst.account);
            sign(3, EvidenceKind::Flow, Some(worst.frame), says, None);
        } else if let Some(first) = unknown.first() {
            let says = format!("{} lost {} and got nothing for it", first.account, words(first.amount, &first.asset));
            sign(2, EvidenceKind::Flow, Some(first.frame), says, None);
        }
        if only_gains {
            sign(2, EvidenceKind::Flow, None, "whoever gained gave up nothing".to_owned(), None);
        }
        let mut victims: Vec<Address> = rows.iter().map(|row| row.account).collect();
        victims.dedup();
        if victims.len() >= 3 {
            sign(1, EvidenceKind::Flow, None, format!("{} accounts lost something", victims.len()), None);
        }
        if let Some(loan) = party.loans.first() {
            let says = format!("{} lent {} and had it back", loan.lender, words(loan.amount, &loan.asset));
            sign(3, EvidenceKind::Call, Some(loan.frame), says, Some("price/spot-manipulation"));
        }
        if let Some(reentry) = facts.reentries().first() {
            let says = format!("{} was entered again and worked on what was so no longer", reentry.contract);
            sign(4, EvidenceKind::Storage, Some(reentry.inner), says, Some("reentrancy/classic"));
        } else if let Some((frame, contract)) = re_entered(facts, party) {
            let says = format!("{contract} was entered again by whoever it had called");
            sign(2, EvidenceKind::Call, Some(frame), says, Some("reentrancy/classic"));
        }
        if let Some((pool, frame)) = trip {
            let says = format!("{pool} was traded with in one direction and then back again");
            sign(4, EvidenceKind::Flow, Some(frame), says, Some("price/spot-manipulation"));
        }
        if let Some((pool, frame)) = adjusted(facts, party) {
            let says = format!("{pool} was made to take what it held for its reserves");
            sign(3, EvidenceKind::Call, Some(frame), says, Some("price/spot-manipulation"));
        }
        if facts.frames.len() >= FRAMES_MANY {
            sign(1, EvidenceKind::Call, None, format!("it took {} calls", facts.frames.len()), None);
        }
        if let Some((frame, by)) = called_back(facts, party) {
            let says = format!("{by} let whoever acts for the sender act in between");
            sign(1, EvidenceKind::Call, Some(frame), says, None);
        }
        if let Some((times, frame, target)) = repeated(facts, party, self.repeats_min) {
            let says = format!("the same call to {target} was made {times} times");
            sign(if times >= 32 { 3 } else { 2 }, EvidenceKind::Call, Some(frame), says, None);
        }
        let made: Vec<_> = facts.codes.iter().filter(|code| acts(facts, code.address)).collect();
        if let Some(first) = made.first() {
            let says =
                format!("{} was deployed and acted in the same transaction, one of {}", first.address, made.len());
            sign(if made.len() >= 4 { 4 } else { 2 }, EvidenceKind::Code, Some(first.frame), says, None);
        }
        signs
    }

    fn finding(&self, ctx: &TxCtx<'_>, party: &Party, rows: &[Unreturned], signs: Vec<Sign>, score: u64) -> Finding {
        let spenders = || rows.iter().filter_map(|row| row.spender(ctx.facts));
        let protected = rows.iter().map(|row| row.account).chain(spenders()).find(|account| ctx.protects(*account));
        let subject = protected.or(rows.first().map(|row| row.account)).unwrap_or(ctx.facts.from);
        let (who, count) = (ctx.facts.from, signs.len());
        let message = match rows.len() {
            0 => format!("{who} did what honest business does not need: {count} signs of an attack, weight {score}"),
            lost => format!(
                "{who} came out richer and others lost {lost} {} for nothing: {count} signs of an attack, weight {score}",
                if lost == 1 { "holding" } else { "holdings" },
            ),
        };
        let critical = score >= self.score_critical;
        let mut finding =
            Finding::about(subject, message).severity(if critical { Severity::Critical } else { Severity::High });
        if let Some(kind) = signs.iter().filter(|sign| sign.points_to.is_some()).max_by_key(|sign| sign.weight) {
            finding = finding.kind(kind.points_to.unwrap_or_default());
        }
        for sign in signs {
            finding = finding.evidence(sign.kind, sign.frame, sign.says);
        }
        for row in rows.iter().take(TOLD_MAX) {
            finding = finding.loss(row.account, row.asset, row.amount, row.share_bp).victim(row.account);
        }
        party.members.iter().fold(finding, |finding, member| finding.attacker(*member))
    }
}

/// Whether somebody agreed to the largest payment of a row by a signature of its own.
fn agreed(facts: &Indexed<'_>, row: &Unreturned, known: &mut KeyedMap<u32, bool>) -> bool {
    let entry = ancestors(&facts.frames, row.frame).find(|(_, frame)| frame.target == row.account);
    let called = entry.or_else(|| ancestors(&facts.frames, row.frame).find(|(_, frame)| frame.caller == facts.from));
    let signed = |at| signed_once(facts, at) || signed_before(facts, at);
    called.is_some_and(|(at, _)| *known.entry(at).or_insert_with(|| signed(at)))
}

/// Whether the account had allowed a tool of the sender's to draw on its tokens: whoever subscribes lets the merchant's
/// contract charge. What was approved to somebody else's contract was not meant for the sender.
fn allowed(facts: &TxFacts, row: &Unreturned, is_own: impl Fn(Address) -> bool) -> bool {
    facts.frames.get(row.frame as usize).is_some_and(|frame| {
        let draws = frame.selector().is_some_and(|selector| selector.0 == TRANSFER_FROM);
        draws && frame.caller != row.account && (frame.caller == facts.from || is_own(frame.caller))
    })
}

/// Whether an account sold what it lost by a call of its own, in which it got something else for it. At what price is for
/// other signs to say; what the sender made, or whoever he made it through, is no price.
fn traded(facts: &Indexed<'_>, row: &Unreturned, is_senders: impl Fn(Address) -> bool) -> bool {
    let is_foreign = |account: Address| !facts.is_new(account) && !is_senders(account);
    let mut around = ancestors(&facts.frames, row.frame);
    let deal = around.find(|(_, frame)| frame.caller == row.account && frame.target != row.account);
    deal.is_some_and(|(_, deal)| {
        let is_price = |flow: &Flow| flow.amount > DUST && flow.asset.contract().is_none_or(is_foreign);
        let mut got = facts.flows_to_within(row.account, deal.open..deal.close.saturating_add(1));
        is_foreign(deal.target) && got.any(|flow| flow.asset != row.asset && is_price(flow))
    })
}

/// Whether a contract called somebody after it had been made.
fn acts(facts: &Indexed<'_>, contract: Address) -> bool {
    facts.frames_by(contract).any(|(_, frame)| frame.kind == FrameKind::Call && frame.effective)
}

/// The first call by which a member came into a contract that had called out and not finished, and did not just pay in.
fn re_entered(facts: &Indexed<'_>, party: &Party) -> Option<(u32, Address)> {
    let frames = &facts.frames;
    (0u32..).zip(frames).find_map(|(index, inner)| {
        let enters = inner.kind == FrameKind::Call
            && inner.effective
            && inner.selector().is_some()
            && party.has(inner.caller)
            && !party.has(inner.target)
            && !party.is_lender(inner.target);
        if !enters {
            return None;
        }
        let outer = ancestors(frames, index).skip(1).skip_while(|(_, frame)| frame.target == inner.target);
        let again = |frame: &Frame| frame.target == inner.target && frame.kind == FrameKind::Call;
        let is_second = outer.into_iter().any(|(_, frame)| again(frame));
        (is_second && !only_deposits(facts, index)).then_some((index, inner.target))
    })
}

/// The first account with which members traded one asset for another and later back, and where the way back began.
fn round_trip(facts: &TxFacts, party: &Party) -> Option<(Address, u32)> {
    struct Deal {
        with: Address,
        /// What they gave first, and what they got for it.
        gave: Asset,
        got: Option<Asset>,
        /// Where they gave that back.
        back: Option<u32>,
    }
    let mut deals: Vec<Deal> = Vec::new();
    for flow in facts.flows.iter().filter(|flow| !flow.amount.is_zero()) {
        let gives = party.has(flow.from);
        if gives == party.has(flow.to) {
            continue;
        }
        let with = if gives { flow.to } else { flow.from };
        if gives {
            let known = deals.iter().position(|deal| deal.with == with && deal.got == Some(flow.asset));
            if let Some(deal) = known.and_then(|at| deals.get_mut(at)) {
                deal.back = deal.back.or(Some(flow.frame));
            } else if deals.len() < DEALS_MAX {
                deals.push(Deal { with, gave: flow.asset, got: None, back: None });
            }
            continue;
        }
        for deal in deals.iter_mut().filter(|deal| deal.with == with) {
            match (deal.got, deal.back) {
                (None, _) if deal.gave != flow.asset => deal.got = Some(flow.asset),
                (Some(_), Some(frame)) if deal.gave == flow.asset => return Some((with, frame)),
                _ => {}
            }
        }
    }
    None
}

/// The first pool that a member told to bring its reserves and its holdings together.
fn adjusted(facts: &TxFacts, party: &Party) -> Option<(Address, u32)> {
    let calls = (0u32..).zip(&facts.frames);
    let mut told = calls.filter(|(_, frame)| {
        frame.kind == FrameKind::Call
            && frame.effective
            && party.has(frame.caller)
            && frame.selector().is_some_and(|selector| ADJUSTMENTS.contains(&selector.0))
    });
    told.next().map(|(index, frame)| (frame.target, index))
}

/// The first call from outside into a member that made it act.
fn called_back(facts: &TxFacts, party: &Party) -> Option<(u32, Address)> {
    let calls = (0u32..).zip(&facts.frames);
    let mut back = calls.filter(|(index, frame)| {
        frame.kind == FrameKind::Call
            && frame.effective
            && frame.depth > 1
            && frame.end > index + 1
            && party.has(frame.target)
            && !party.has(frame.caller)
    });
    back.next().map(|(index, frame)| (index, frame.caller))
}

/// The call that members made most often, if that is often: how many times, where first, to whom.
fn repeated(facts: &TxFacts, party: &Party, at_least: usize) -> Option<(usize, u32, Address)> {
    if facts.frames.len() < at_least {
        return None;
    }
    let calls = (0u32..)
        .zip(&facts.frames)
        .filter(|(_, frame)| frame.kind == FrameKind::Call && frame.effective && party.has(frame.caller));
    let mut calls: Vec<_> =
        calls.filter_map(|(index, frame)| Some((frame.target, frame.selector()?, frame.caller, index))).collect();
    calls.sort_unstable();
    let runs = calls.chunk_by(|one, two| (one.0, one.1, one.2) == (two.0, two.1, two.2));
    let longest = runs.max_by_key(|run| run.len()).filter(|run| run.len() >= at_least)?;
    longest.first().map(|(target, _, _, index)| (longest.len(), *index, *target))
}
