//! What was announced in a case.

use std::collections::BTreeSet;

use alloy_primitives::keccak256;
use case::{Actor, Announcement, AnnouncementId, HeldAnnouncement, Planned, PlannedChange, Timestamp};

use super::{
    build::{Bad, Made, Words, amount, bad, time_of},
    chain,
    short::{ShortAnnouncement, ShortPayout, ShortPlanned},
};
use crate::condition::selector_of;

/// An announcement; its number in the case is its id.
pub(super) fn announcement(words: &mut Words, index: usize, short: &ShortAnnouncement) -> Made<HeldAnnouncement> {
    let id = format!("an-{:012x}", index + 1);
    let id: AnnouncementId = id.parse().map_err(|why| Bad { text: "announced".to_owned(), why })?;
    let [from, until] = short.between;
    let announcement = Announcement {
        title: format!("change {}", index + 1),
        chain: chain().id,
        by: short.by.iter().map(|word| words.account(word)).collect(),
        changes: short.changes.iter().map(|change| planned(words, change)).collect::<Made<_>>()?,
        from: time(from),
        until: time(until),
        reference: None,
    };
    let who = Actor::Person("ada".to_owned());
    let (at, withdrawn) = (time(short.since), short.withdrawn.map(time));
    Ok(HeldAnnouncement { id, announcement, after: 0, who, at, withdrawn, seen: BTreeSet::new() })
}

fn planned(words: &mut Words, short: &ShortPlanned) -> Made<PlannedChange> {
    let mut whats = Vec::new();
    whats.extend(short.implementation.as_ref().map(|to| Planned::Implementation(words.account(to))));
    whats.extend(short.owner.as_ref().map(|to| Planned::Owner(words.account(to))));
    whats.extend(short.admin.as_ref().map(|to| Planned::Admin(words.account(to))));
    if let Some((role, account)) = &short.granted {
        whats.push(Planned::RoleGranted { role: words.word(role)?, account: words.account(account) });
    }
    if let Some(call) = &short.call {
        let Ok(selector) = selector_of(call) else { return bad(call, "is not a function's signature") };
        whats.push(Planned::Call(selector));
    }
    if let Some(ShortPayout { token, to, at_most }) = &short.payout {
        let (token, at_most) = (token.as_ref().map(|token| words.account(token)), amount(at_most)?);
        whats.push(Planned::Payout { token, to: words.account(to), at_most });
    }
    let [what] = whats[..] else { return bad(&short.contract, "is not announced to change in one way") };
    let data = match &short.by_call {
        Some((call, args)) => Some(keccak256(words.call_data(call, args)?)),
        None => None,
    };
    Ok(PlannedChange { contract: words.account(&short.contract), what, data })
}

fn time(number: u64) -> Timestamp {
    i64::try_from(time_of(number)).ok().and_then(|time| Timestamp::from_second(time).ok()).unwrap_or(Timestamp::MAX)
}
