//! A contract paid out more than it had been brought, to somebody of whom it had known nothing before.
//!
//! Who is a stranger to a contract's books, brings something, takes more, and leaves nothing behind, has been paid for a
//! claim that nobody gave: a balance that doubled, a price that wrapped round, shares that were counted twice, a debt that
//! was forgotten. Interest needs time, and within a transaction there is none.

mod left;

use std::{collections::BTreeMap, sync::Arc};

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, Flow, Frame, FrameKind, U256};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake,
    authority::{proves_each, signed_once},
    deals::DUST,
    detectors::windfall::party::Party,
    ledger::books::{Known, dealt, known, names, written},
    value::{percent, words},
};
use left::Left;

pub(crate) const ID: &str = "claims-from-nothing";

/// Somebody brings, takes, and calls from within something: with fewer frames nobody does.
const FRAMES_MIN: usize = 4;
/// Payouts of one contract that are looked into.
const PAYOUTS_MAX: usize = 32;
/// Assets of one account, candidates and calls that are looked into: no thief needs more, and whoever is kept waiting
/// watches nothing.
const LOOKED_AT_MAX: usize = 64;

/// Finds strangers who took more than they brought.
pub(crate) struct ClaimsFromNothing {
    card: Arc<RuleCard>,
    share_bp_min: u16,
    sold_bp_min: u16,
    lent_bp_min: u16,
    repeats_min: usize,
}

/// How somebody came to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// More of an asset was taken than had been brought of it.
    Surplus,
    /// Something was brought and taken back, and something else was paid.
    BroughtAndTakenBack,
    /// Nothing was brought; the same call was made many times.
    Repeated,
    /// Nothing was brought, ever; what was paid was booked as a debt.
    Lent,
    /// A token was minted for nothing, and given for it.
    Minted(Asset),
}

/// What went between one account and the party, of one asset.
#[derive(Debug, Clone, Copy, Default)]
struct Dealings {
    brought: U256,
    taken: U256,
    /// When the first of it was brought.
    since: u32,
}

/// A surplus that somebody paid.
struct Surplus {
    payer: Address,
    asset: Asset,
    amount: U256,
    share_bp: u16,
    way: Way,
    frame: u32,
}

impl ClaimsFromNothing {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let share = |name| card.parameters.number(name, 1..=10_000).map(|bp| u16::try_from(bp).unwrap_or(10_000));
        let (share_bp_min, sold_bp_min) = (share("share_bp_min")?, share("sold_bp_min")?);
        let lent_bp_min = share("lent_bp_min")?;
        let repeats_min = usize::try_from(card.parameters.number("repeats_min", 2..=1_000)?).unwrap_or(usize::MAX);
        Ok(Self { card, share_bp_min, sold_bp_min, lent_bp_min, repeats_min })
    }
}

impl Detector for ClaimsFromNothing {
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
        if facts.frames.len() < FRAMES_MIN || facts.keys.is_empty() || !facts.succeeded() || !self.may(facts) {
            return;
        }
        let party = Party::with_tools(facts, memory);
        let books = Books::of(facts, &party);
        let covers = |account: Address| ctx.covers(account);
        let surpluses = self.surpluses(facts, &party, &books, covers);
        if surpluses.is_empty() || proves_each(facts) {
            return;
        }
        let left = Left::of(ctx, &party);
        if let Some(surplus) = surpluses.into_iter().find(|surplus| !left.for_payment(surplus.payer, surplus.asset)) {
            out.raise(finding(ctx, &party, &surplus));
        }
    }
}

impl ClaimsFromNothing {
    /// Whether anybody but the sender had something and gave it back, or something was done often.
    fn may(&self, facts: &Indexed<'_>) -> bool {
        let passes = |net: &facts::NetChange| {
            !net.received.is_zero() && !net.sent.is_zero() && !net.account.is_zero() && net.account != facts.from
        };
        facts.frames.len() >= 2 * self.repeats_min || facts.net().iter().any(passes)
    }

    /// Who paid the party more than it had any claim to, the largest share first.
    fn surpluses(
        &self,
        facts: &Indexed<'_>,
        party: &Party,
        books: &Books<'_>,
        covers: impl Fn(Address) -> bool,
    ) -> Vec<Surplus> {
        let mut found = Vec::new();
        let mut strangers = Strangers { facts, party, calls: BTreeMap::new() };
        let (mut looked_at, mut minted) = (0, 0);
        for (&(payer, asset), dealings) in &books.dealings {
            if looked_at >= LOOKED_AT_MAX || (payer.is_zero() && minted >= LOOKED_AT_MAX) {
                continue;
            }
            let Some(amount) = dealings.taken.checked_sub(dealings.brought).filter(|amount| *amount > DUST) else {
                continue;
            };
            let payouts = || books.payouts.get(&(payer, asset)).into_iter().flatten().copied();
            let (held, contract) = if payer.is_zero() {
                minted += 1;
                let Some(first) = payouts().next() else { continue };
                let Some((_, issuer)) = dealt(facts, first.frame, |account| party.has(account)) else { continue };
                (supply(facts, first), issuer.target)
            } else {
                (facts.holding(payer, &asset).map(|(before, _)| before), payer)
            };
            let Some(held) = held.filter(|held| !held.is_zero() && covers(contract)) else { continue };
            let share = amount.saturating_mul(U256::from(10_000)) / held;
            let share_bp = u16::try_from(share.min(U256::from(10_000))).unwrap_or(10_000);
            if share_bp < self.share_bp_min || asset.contract() == Some(contract) {
                continue;
            }
            looked_at += 1;
            let flows: Vec<&Flow> = payouts().take(PAYOUTS_MAX + 1).collect();
            let way = self.way(facts, party, books, contract, asset, dealings);
            // Whoever gave up anything may have pledged it, wherever that is kept.
            let is_lent =
                || !payer.is_zero() && !party.balance(facts).1 && is_lent(facts, &flows, |who| party.has(who));
            let Some((way, since)) = way.or_else(|| is_lent().then_some((Way::Lent, 0))) else { continue };
            let fits = match way {
                Way::Surplus | Way::BroughtAndTakenBack => true,
                Way::Repeated => !payer.is_zero() && self.is_booked_each(facts, &flows),
                Way::Lent => share_bp >= self.lent_bp_min,
                Way::Minted(token) => {
                    let minted: Vec<&Flow> = books
                        .payouts
                        .get(&(Address::ZERO, token))
                        .into_iter()
                        .flatten()
                        .take(PAYOUTS_MAX)
                        .copied()
                        .collect();
                    // Who keeps the token has bought it: one may sell a reward, but not all that a pool has.
                    let is_sale = facts.net_of(contract, &token).is_some_and(|net| !net.gain().is_zero());
                    (!is_sale || share_bp >= self.sold_bp_min)
                        && !payer.is_zero()
                        && strangers.paid(token, 0, &minted).is_some()
                }
            };
            if !fits {
                continue;
            }
            if let Some(frame) = strangers.paid(asset, since, &flows) {
                found.push(Surplus { payer: contract, asset, amount, share_bp, way, frame });
            }
        }
        found.sort_by_key(|surplus| std::cmp::Reverse(surplus.share_bp));
        found
    }

    /// How the party came to be paid by a contract, and when it had first brought it something.
    fn way(
        &self,
        facts: &Indexed<'_>,
        party: &Party,
        books: &Books<'_>,
        contract: Address,
        asset: Asset,
        dealings: &Dealings,
    ) -> Option<(Way, u32)> {
        if !dealings.brought.is_zero() {
            return Some((Way::Surplus, dealings.since));
        }
        let mut others = books.with(contract).take(LOOKED_AT_MAX).filter(|(other, _)| *other != asset);
        if let Some((_, back)) = others.find(|(_, other)| !other.brought.is_zero() && other.taken >= other.brought) {
            return Some((Way::BroughtAndTakenBack, back.since));
        }
        if let Some(token) = books.given_for_nothing(facts, contract) {
            return Some((Way::Minted(token), 0));
        }
        (repeats(facts, party, contract) >= self.repeats_min).then_some((Way::Repeated, 0))
    }

    /// Whether the payer wrote each of many payouts into its books, under somebody's name and to the unit.
    fn is_booked_each(&self, facts: &Indexed<'_>, flows: &[&Flow]) -> bool {
        let booked = |flow: &&&Flow| facts.bookings(flow, crate::Booking::Either).next().is_some();
        flows.iter().filter(booked).count() >= self.repeats_min
    }
}

/// What went between the party and everybody else.
struct Books<'a> {
    dealings: BTreeMap<(Address, Asset), Dealings>,
    payouts: BTreeMap<(Address, Asset), Vec<&'a Flow>>,
}

impl<'a> Books<'a> {
    fn of(facts: &'a Indexed<'_>, party: &Party) -> Self {
        let mut this = Self { dealings: BTreeMap::new(), payouts: BTreeMap::new() };
        for flow in facts.flows.iter().filter(|flow| !flow.amount.is_zero()) {
            match (party.has(flow.from), party.has(flow.to)) {
                (true, false) => {
                    let dealings = this.dealings.entry((flow.to, flow.asset)).or_default();
                    if dealings.brought.is_zero() {
                        dealings.since = flow.at;
                    }
                    dealings.brought = dealings.brought.saturating_add(flow.amount);
                }
                (false, true) => {
                    let key = (flow.from, flow.asset);
                    let dealings = this.dealings.entry(key).or_default();
                    dealings.taken = dealings.taken.saturating_add(flow.amount);
                    this.payouts.entry(key).or_default().push(flow);
                }
                _ => {}
            }
        }
        this
    }

    /// A token that the party was minted, and gave to this account, or up within its calls.
    fn given_for_nothing(&self, facts: &Indexed<'_>, account: Address) -> Option<Asset> {
        let minted = self.with(Address::ZERO).take(LOOKED_AT_MAX).filter(|(_, dealings)| !dealings.taken.is_zero());
        let mut own = minted.filter(|(token, _)| token.contract() != Some(account));
        own.find(|(token, dealings)| {
            let given = self.dealings.get(&(account, *token)).is_some_and(|dealings| !dealings.brought.is_zero());
            let burnt = || {
                !dealings.brought.is_zero()
                    || facts.flows_of(account, *token).take(LOOKED_AT_MAX).any(|flow| flow.to.is_zero())
            };
            given || burnt()
        })
        .map(|(token, _)| token)
    }

    /// What went between the party and one account.
    fn with(&self, account: Address) -> impl Iterator<Item = (Asset, &Dealings)> {
        let from = self.dealings.range((account, Asset::Native)..);
        from.take_while(move |((owner, _), _)| *owner == account).map(|((_, asset), dealings)| (*asset, dealings))
    }
}

/// What there was of a token before it was minted: the slot that grew by just what was.
fn supply(facts: &Indexed<'_>, minted: &Flow) -> Option<U256> {
    let token = minted.asset.contract()?;
    let frame = facts.frames.get(minted.frame as usize)?;
    let grew = |write: &&facts::Write| {
        write.address == token
            && write.after.checked_sub(write.before) == Some(minted.amount)
            && facts.key(write.slot).is_none()
    };
    written(facts, frame).iter().find(grew).map(|write| write.before)
}

/// Whom the books knew in calls that were looked into.
struct Strangers<'a> {
    facts: &'a Indexed<'a>,
    party: &'a Party,
    calls: BTreeMap<(u32, Option<Address>), Known>,
}

impl Strangers<'_> {
    /// The frame of the largest payout, if all were made within calls of the party's, after it had brought something, by
    /// books that had known nothing of it.
    fn paid(&mut self, asset: Asset, since: u32, flows: &[&Flow]) -> Option<u32> {
        let (mut later, mut is_new) = (false, false);
        // A token's own books tell who is given what is minted.
        let except = asset.contract().filter(|_| flows.first().is_some_and(|flow| !flow.from.is_zero()));
        for flow in flows.iter().take(PAYOUTS_MAX) {
            let (at, call) = dealt(self.facts, flow.frame, |account| self.party.has(account))?;
            later |= since < call.open;
            match self.known(at, call, except) {
                Known::Before => return None,
                Known::New => is_new = true,
                Known::Unasked => {}
            }
        }
        let largest = flows.iter().max_by_key(|flow| flow.amount)?;
        (is_new && (later || since == 0)).then_some(largest.frame)
    }

    fn known(&mut self, at: u32, call: &Frame, except: Option<Address>) -> Known {
        if let Some(known) = self.calls.get(&(at, except)) {
            return *known;
        }
        // Whoever signed for it knew the party, and what is not looked into is taken for honest.
        let known = if self.calls.len() >= LOOKED_AT_MAX || signed_once(self.facts, at) {
            Known::Before
        } else {
            known(self.facts, call, except, |account| self.party.has(account))
        };
        self.calls.insert((at, except), known);
        known
    }
}

/// Whether each payment grew an entry under the name of one of the party by as much, which stayed so: a debt.
fn is_lent(facts: &Indexed<'_>, flows: &[&Flow], is_party: impl Fn(Address) -> bool) -> bool {
    let stays = |write: &facts::Write| {
        facts.writes_at(write.address, write.slot).last().is_some_and(|last| last.after >= write.after)
    };
    flows.iter().all(|flow| {
        let mut grown = facts.bookings(flow, crate::Booking::Either).filter(|write| write.after > write.before);
        grown.any(|write| names(facts, write.slot, &is_party) && stays(write))
    })
}

/// How often the party made the same call to a contract.
fn repeats(facts: &Indexed<'_>, party: &Party, contract: Address) -> usize {
    let mut times: BTreeMap<_, usize> = BTreeMap::new();
    for (_, frame) in facts.frames_of(contract) {
        if frame.kind == FrameKind::Call && frame.effective && party.has(frame.caller) {
            *times.entry(frame.selector()).or_default() += 1;
        }
    }
    times.into_values().max().unwrap_or_default()
}

fn finding(ctx: &TxCtx<'_>, party: &Party, surplus: &Surplus) -> Finding {
    let (payer, amount) = (surplus.payer, words(surplus.amount, &surplus.asset));
    let name = ctx.name(payer);
    let share = percent(surplus.share_bp);
    let (kind, how) = match surplus.way {
        Way::Surplus => ("logic/accounting", "took more than it had brought"),
        Way::BroughtAndTakenBack => ("logic/reward-claim", "was paid for what it took back at once"),
        Way::Minted(_) => ("token/infinite-mint", "was minted what it gave for nothing"),
        Way::Repeated => ("arithmetic/precision-loss", "was paid many times and had brought nothing"),
        Way::Lent => ("logic/accounting", "was lent this on nothing"),
    };
    let message = format!("who was unknown to the books of {name} before {how}: {share} of what there was");
    let says = format!("{amount} more left {name} than came, and nothing else was left there");
    let finding = Finding::about(payer, message)
        .kind(kind)
        .victim(payer)
        .evidence(EvidenceKind::Flow, Some(surplus.frame), says)
        .evidence(
            EvidenceKind::Storage,
            Some(surplus.frame),
            "all entries under the names of whoever took it had been empty",
        )
        .loss(payer, surplus.asset, surplus.amount, Some(surplus.share_bp));
    let finding = if ctx.protects(payer) { finding.severity(Severity::Critical) } else { finding };
    party.members.iter().fold(finding, |finding, member| finding.attacker(*member))
}
