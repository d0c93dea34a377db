//! What is said of announcements.

use std::fmt::Write as _;

use case::{Bearing, EvidenceKind, Fit, HeldAnnouncement, Planned, Severity, Timestamp};
use facts::{Address, TxFacts};

use super::{Deed, Item, Moment, Slip, fitting::ways};
use crate::Finding;

/// The mildest that a deviation can be.
const DEVIATION: Severity = Severity::High;
/// What did not happen is to be looked at today.
const ABSENCE: Severity = Severity::Medium;

/// A change was done as it was announced.
pub(super) fn done(at: &Moment<'_>, facts: &TxFacts, item: &Item<'_>, deed: &Deed) -> Finding {
    let held = item.held;
    let says = format!(
        "done as announced by {} ({}, {}): {}, by {}",
        held.who,
        held.id,
        held.announcement.title,
        named(at, &item.change.to_string(), item.change.contract),
        facts.from
    );
    about(item.held, item.index, Fit::Done, deed, says.clone()).severity(Severity::Info).evidence(
        evidence(deed.what),
        Some(deed.frame),
        says,
    )
}

/// Something was done otherwise than it was announced. `worst` is the worst that other rules say of it.
pub(super) fn deviates(
    at: &Moment<'_>,
    facts: &TxFacts,
    (item, deed): (&Item<'_>, &Deed),
    slips: &[Slip],
    worst: Option<Severity>,
) -> Finding {
    let held = item.held;
    let how: Vec<String> = slips.iter().map(|slip| words(at, facts, item, deed, *slip)).collect();
    let says = format!(
        "deviates from what {} announced ({}, {}): {}; announced was: {}",
        held.who,
        held.id,
        held.announcement.title,
        how.join("; "),
        named(at, &item.change.to_string(), item.change.contract),
    );
    let severity = worst.map_or(DEVIATION, |worst| worst.max(DEVIATION));
    let is_grave = slips.iter().any(|slip| slip.is_grave());
    let severity = if is_grave { Severity::Critical } else { severity };
    let mut finding = about(held, item.index, Fit::Deviates, deed, says.clone())
        .key(deed.what.account().unwrap_or(facts.from))
        .severity(severity)
        .victim(deed.contract)
        .attacker(facts.from)
        .evidence(evidence(deed.what), Some(deed.frame), says);
    // Whoever did the announced change at another time is no attacker's friend; whoever comes in by another one may be.
    let comes_in = matches!(deed.what, Planned::Owner(_) | Planned::Admin(_) | Planned::RoleGranted { .. })
        || (deed.is_payout() && slips.iter().any(|slip| matches!(slip, Slip::Account(_))));
    if is_grave && comes_in {
        finding = deed.what.account().into_iter().fold(finding, Finding::attacker);
    }
    finding
}

/// The window ended, and changes of it were not seen to happen.
pub(super) fn absent(at: &Moment<'_>, held: &HeldAnnouncement, missing: &[Item<'_>]) -> Finding {
    let mut says = format!(
        "what {} announced ({}, {}) was not seen to happen until {}: ",
        held.who, held.id, held.announcement.title, held.announcement.until
    );
    let (told, rest) = missing.split_at(missing.len().min(3));
    let changes = told.iter().map(|item| named(at, &item.change.to_string(), item.change.contract));
    says += &changes.collect::<Vec<_>>().join("; ");
    if !rest.is_empty() {
        // Writing to a text does not fail.
        let _ = write!(says, "; and {} more", rest.len());
    }
    let contract = missing.first().map_or(Address::ZERO, |item| item.change.contract);
    Finding::about(contract, says.clone())
        .key(&held.id)
        .severity(ABSENCE)
        .bearing(Bearing { id: held.id.clone(), fit: Fit::Absent })
        .evidence(EvidenceKind::Storage, None, says)
}

fn about(held: &HeldAnnouncement, index: usize, fit: Fit, deed: &Deed, says: String) -> Finding {
    Finding::about(deed.contract, says)
        .kind(kind(deed.what))
        .key(&held.id)
        .key(index)
        .bearing(Bearing { id: held.id.clone(), fit })
}

fn words(at: &Moment<'_>, facts: &TxFacts, item: &Item<'_>, deed: &Deed, slip: Slip) -> String {
    let list = |accounts: &[Address]| accounts.iter().map(Address::to_string).collect::<Vec<_>>().join(", ");
    match slip {
        Slip::Account(account) => format!("it is {account}, not {}", list(item.change.what.account().as_slice())),
        Slip::Who => {
            let mut on_the_way: Vec<Address> = Vec::new();
            ways(facts, deed).for_each(|caller| {
                if !on_the_way.contains(&caller) {
                    on_the_way.push(caller);
                }
            });
            on_the_way.truncate(4);
            format!("it was done by {}, not by {}", list(&on_the_way), list(&item.held.announcement.by))
        }
        Slip::Data => "it was done with other call data than announced".to_owned(),
        Slip::DataUnseen => {
            "the call data are longer than what is kept of them, so nobody can say that they are the announced ones"
                .to_owned()
        }
        Slip::Early(from) => format!("it was done at {}, before the window begins at {from}", time(at)),
        Slip::Late(until) => format!("it was done at {}, after the window ended at {until}", time(at)),
        Slip::TooMuch(total) => format!("{total} base units were paid with it"),
        Slip::Again(block) => format!("it was done again, after it had been done in block {block}"),
    }
}

/// A text with the contract's name in the protocol, where it has one.
fn named(at: &Moment<'_>, text: &str, contract: Address) -> String {
    let Some(name) = at.scope.name(at.chain, contract) else { return text.to_owned() };
    text.replacen(&contract.to_string(), &format!("{name} ({contract})"), 1)
}

fn time(at: &Moment<'_>) -> Timestamp {
    i64::try_from(at.time).ok().and_then(|time| Timestamp::from_second(time).ok()).unwrap_or(Timestamp::MAX)
}

fn evidence(what: Planned) -> EvidenceKind {
    match what {
        Planned::Call(_) => EvidenceKind::Call,
        Planned::Payout { .. } => EvidenceKind::Flow,
        _ => EvidenceKind::Storage,
    }
}

/// The kind of attack that an unannounced change of this sort would be.
fn kind(what: Planned) -> &'static str {
    match what {
        Planned::Implementation(_) | Planned::Beacon(_) | Planned::Admin(_) => "access/malicious-upgrade",
        Planned::Owner(_) => "access/ownership-transfer",
        Planned::RoleGranted { .. } | Planned::RoleRevoked { .. } => "access/role-takeover",
        Planned::Call(_) => "key/compromised-admin",
        Planned::Payout { .. } => "rug/owner-drain",
    }
}
