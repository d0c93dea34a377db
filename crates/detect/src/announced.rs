//! What was announced, held against what was done.
//!
//! An announcement is no rule and wakes nobody. After the rules have looked at a transaction, the changes in it of
//! contracts that something is announced of are compared with that: a change that fits is said to be done, and alerts about
//! just that change, of rules whose cards yield to announcements, are lowered to information; so are those about losses
//! that are no more than what was announced to be paid. Everything else that was found stands. What deviates, and what was not seen to happen, is an alert of its own.
//!
//! What has happened is kept in the memory, so that a reorganisation undoes it and a restart knows it; the only clock is
//! the blocks' own.

mod deed;
mod fitting;
mod payout;
mod told;

pub(crate) use deed::{About, Deed};

use std::collections::BTreeSet;

use case::{Alert, Bearing, Evidence, EvidenceKind, Fit, HeldAnnouncement, Planned, PlannedChange, Severity};
use facts::{Address, BlockRef, ChainId, KeyedMap, TxFacts};

use crate::{Finding, MemoryView, Scope};
use deed::deeds;
use fitting::{Fitting, Slip, fitting};
use payout::Paid;

/// The rule that speaks of announcements.
pub(crate) const ID: &str = "announced-change";
/// The drawer of the memory; no rule has a name like it.
pub(crate) const DRAWER: &str = "~announced";
/// For how long after its window an announcement is remembered, in seconds: so long a change that comes late is told as
/// late, and a service that was down still tells what did not happen.
const REMEMBERED_S: u64 = 30 * 86_400;
/// For how long after an announced change grave alerts about the contract say so, in seconds. Whoever can announce can
/// also abuse what was announced, and a week is when that shows.
const RECALLED_S: u64 = 7 * 86_400;

/// What stands in the evidence of a grave alert before the id of the announcement.
const RECALLED: &str = ", as announced in ";

/// Whether two alerts are the same but for what only one of them recalls of announcements: that rests on earlier blocks.
pub fn differs_by_recall(one: &Alert, other: &Alert) -> bool {
    let bare = |alert: &Alert| {
        let mut alert = alert.clone();
        alert.evidence.retain(|fact| !fact.says.contains(RECALLED));
        alert
    };
    one.rule == other.rule && one.tx == other.tx && bare(one) == bare(other)
}

/// All announcements, to be looked up by the contracts they are about.
#[derive(Debug, Default)]
pub struct Announcements {
    held: Vec<HeldAnnouncement>,
    /// By contract: the announcement and the change of it.
    of: KeyedMap<Address, Vec<(usize, usize)>>,
    /// By the end of the window, in seconds.
    ends: BTreeSet<(u64, usize)>,
}

impl Announcements {
    /// These announcements, in any order.
    pub fn new(mut held: Vec<HeldAnnouncement>) -> Self {
        held.sort_by(|one, two| (one.at, &one.id).cmp(&(two.at, &two.id)));
        let mut of: KeyedMap<Address, Vec<(usize, usize)>> = KeyedMap::default();
        let mut ends = BTreeSet::new();
        for (at, one) in held.iter().enumerate() {
            for (item, change) in one.announcement.changes.iter().enumerate() {
                of.entry(change.contract).or_default().push((at, item));
            }
            ends.insert((seconds(one.announcement.until), at));
        }
        Self { held, of, ends }
    }

    /// All of them, in the order in which they were made.
    pub fn held(&self) -> &[HeldAnnouncement] {
        &self.held
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether anything is announced of a contract, on whatever chain.
    fn concerns(&self, contract: Address) -> bool {
        self.of.contains_key(&contract)
    }

    /// What is announced of a contract and known when a block was made.
    fn about<'a>(&'a self, at: &'a Moment<'_>, contract: Address) -> impl Iterator<Item = Item<'a>> {
        let items = self.of.get(&contract).into_iter().flatten();
        items.filter_map(move |&(held, index)| {
            let held = self.held.get(held)?;
            let change = held.announcement.changes.get(index)?;
            let is_remembered = at.time <= seconds(held.announcement.until).saturating_add(REMEMBERED_S);
            let is_known = held.announcement.chain == *at.chain && held.stands(at.block.number, at.time);
            (is_known && is_remembered).then_some(Item { held, index, change })
        })
    }

    /// Announcements whose windows ended before a block was made, and not long before.
    fn over<'a>(&'a self, at: &'a Moment<'_>) -> impl Iterator<Item = &'a HeldAnnouncement> {
        let ended = self.ends.range((at.time.saturating_sub(REMEMBERED_S), 0)..(at.time, 0));
        let held = ended.filter_map(move |(_, held)| self.held.get(*held));
        // One that was withdrawn before its end was not to happen any more.
        held.filter(move |held| {
            held.announcement.chain == *at.chain
                && held.after < at.block.number
                && held.withdrawn.is_none_or(|withdrawn| withdrawn > held.announcement.until)
        })
    }
}

/// One change of an announcement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    held: &'a HeldAnnouncement,
    index: usize,
    change: &'a PlannedChange,
}

impl Item<'_> {
    /// What the memory knows it by.
    fn name(&self) -> String {
        format!("{}/{}", self.held.id, self.index)
    }
}

/// The block at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) chain: &'a ChainId,
    pub(crate) block: &'a BlockRef,
    /// The block's time, seconds since 1970 UTC.
    pub(crate) time: u64,
    pub(crate) scope: &'a Scope,
}

/// Alerts of a block so far, and what those of the transaction at hand are about where their rules yield to announcements.
pub(crate) struct Found<'a> {
    pub(crate) alerts: &'a mut [Alert],
    /// The place of the first of them.
    pub(crate) first: usize,
    /// The alert's place, and what it is about.
    pub(crate) abouts: &'a [(usize, About)],
}

/// Holds what a transaction did against what is announced: lowers the alerts that are excused, and returns what is to be
/// said.
pub(crate) fn weigh(
    announced: &Announcements,
    at: &Moment<'_>,
    facts: &TxFacts,
    found: &mut Found<'_>,
    memory: &mut MemoryView<'_>,
) -> Vec<Finding> {
    let (mut findings, mut paid) = (Vec::new(), Paid::default());
    for deed in deeds(facts, |contract| announced.concerns(contract)) {
        let about = |(place, its): &(usize, About)| (*its == About::Deed(deed)).then_some(*place);
        let places: Vec<usize> = found.abouts.iter().filter_map(about).collect();
        // What was there before it was announced is not announced, wherever a reorganisation has put it since.
        let items = announced.about(at, deed.contract).filter(|item| !item.held.seen.contains(&facts.hash));
        match fitting(items, at, facts, &deed, memory) {
            None => {}
            Some((item, Fitting::Fits)) => {
                // What is announced to be paid may be paid in parts; the first of them is told of.
                let is_first = done_in(&item, memory).is_none();
                memory.set_last(&[b"done", item.name().as_bytes()], &at.block.number.to_be_bytes());
                remember(&item, at, memory);
                paid.add(item, &deed, memory);
                for place in places {
                    if let Some(alert) = found.alerts.get_mut(place) {
                        excuse(alert, &item);
                    }
                }
                findings.extend(is_first.then(|| told::done(at, facts, &item, &deed)));
            }
            Some((item, Fitting::Deviates(slips))) if deed.is_payout() => {
                if let Some(worst) = payout::deviates(&slips, &deed, found) {
                    findings.push(told::deviates(at, facts, (&item, &deed), &slips, worst));
                }
            }
            Some((item, Fitting::Deviates(slips))) => {
                let worst =
                    places.iter().filter_map(|place| found.alerts.get(*place)).map(|alert| alert.severity).max();
                findings.push(told::deviates(at, facts, (&item, &deed), &slips, worst));
            }
        }
    }
    paid.excuse(found);
    for alert in found.alerts.iter_mut().skip(found.first).filter(|alert| alert.severity >= Severity::High) {
        recall(alert, at, memory);
    }
    findings
}

/// What was announced until before this block and was not seen to happen; each is told once.
pub(crate) fn absent(announced: &Announcements, at: &Moment<'_>, memory: &mut MemoryView<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for held in announced.over(at) {
        let told: [&[u8]; 2] = [b"absent", held.id.as_str().as_bytes()];
        if memory.last(&told).is_some() {
            continue;
        }
        memory.set_last(&told, &at.block.number.to_be_bytes());
        let items = held.announcement.changes.iter().enumerate().map(|(index, change)| Item { held, index, change });
        let missing: Vec<_> = items.filter(|item| done_in(item, memory).is_none()).collect();
        if !missing.is_empty() {
            findings.push(told::absent(at, held, &missing));
        }
    }
    findings
}

/// Lowers an alert about just what was announced.
fn excuse(alert: &mut Alert, item: &Item<'_>) {
    alert.severity = Severity::Info;
    alert.announcement = Some(Bearing { id: item.held.id.clone(), fit: Fit::Excused });
    // Nobody attacks and nobody suffers. It is another matter than the same change without an announcement.
    alert.attackers.clear();
    alert.victims.clear();
    alert.losses.clear();
    alert.fingerprint.0.push_str("|announced");
    let excused = format!("announced ({} by {}): {}", item.held.id, item.held.who, alert.message);
    alert.message = crate::findings::cut(excused);
}

/// The block in which a change was done as announced, if it was.
fn done_in(item: &Item<'_>, memory: &MemoryView<'_>) -> Option<u64> {
    let block = memory.last(&[b"done", item.name().as_bytes()])?;
    block.first_chunk::<8>().copied().map(u64::from_be_bytes)
}

fn remember(item: &Item<'_>, at: &Moment<'_>, memory: &mut MemoryView<'_>) {
    let how = if matches!(item.change.what, Planned::Payout { .. }) { "paid out" } else { "was changed" };
    let says = format!("{} {} {} {how}", at.time, at.block.number, item.held.id);
    memory.set_last(&[b"changed", item.change.contract.as_slice()], says.as_bytes());
}

/// A grave alert about a contract that was changed a short while ago says so: what was announced may be what did it.
fn recall(alert: &mut Alert, at: &Moment<'_>, memory: &MemoryView<'_>) {
    let about = std::iter::once(&alert.subject).chain(&alert.victims).map(|account| account.address);
    let changed = about.filter_map(|contract| {
        let says = std::str::from_utf8(memory.last(&[b"changed", contract.as_slice()])?).ok()?;
        let mut words = says.splitn(4, ' ');
        let (time, block, id) = (words.next()?.parse::<u64>().ok()?, words.next()?, words.next()?);
        // Books from before payouts could be announced say nothing else.
        let how = words.next().unwrap_or("was changed");
        (at.time.saturating_sub(time) <= RECALLED_S).then(|| format!("{contract} {how} in block {block}{RECALLED}{id}"))
    });
    let mut says: Vec<String> = changed.collect();
    says.dedup();
    let fact = |says| Evidence { kind: EvidenceKind::Storage, tx: None, frame: None, says };
    alert.evidence.extend(says.into_iter().take(1).map(fact));
}

/// A time as blocks have it. What was before 1970 is its beginning.
fn seconds(time: case::Timestamp) -> u64 {
    u64::try_from(time.as_second()).unwrap_or_default()
}
