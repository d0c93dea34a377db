//! Announcements as the book holds them.

use std::collections::BTreeSet;

use facts::B256;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Announcement, AnnouncementId};
use crate::{Actor, Alert, Entry, Event};

/// Payload of `announcement.made/1`. Who announced it, and when, stands in the entry's circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnnouncementMade {
    /// Its id.
    pub id: AnnouncementId,
    /// What is announced.
    pub announcement: Announcement,
    /// The height of the newest block that had been looked at: it holds for later ones only.
    pub after: u64,
}

/// Payload of `announcement.withdrawn/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncementWithdrawn {
    /// The announcement.
    pub id: AnnouncementId,
}

/// An announcement with what the book says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldAnnouncement {
    /// Its id.
    pub id: AnnouncementId,
    /// What is announced.
    pub announcement: Announcement,
    /// The height of the newest block that had been looked at when it was announced.
    pub after: u64,
    /// Who announced it.
    pub who: Actor,
    /// When.
    pub at: Timestamp,
    /// When it was withdrawn, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Timestamp>,
    /// Transactions of which something had been said before, mined or waiting: a reorganisation may move one of them to a
    /// later block, and an announcement after the fact excuses it there no more than where it was.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub seen: BTreeSet<B256>,
}

impl HeldAnnouncement {
    /// Whether it was known and stood when a block was made. An announcement after the fact excuses nothing: neither a
    /// block that had been looked at, nor one that was made before it.
    pub fn stands(&self, number: u64, block_time: u64) -> bool {
        let is_withdrawn = self.withdrawn.is_some_and(|withdrawn| seconds(block_time) >= withdrawn);
        self.is_before(number, block_time) && !is_withdrawn
    }

    /// Notes a transaction that an alert is about, if that was there before the announcement: it was written down before it
    /// (`earlier`), or is about a block that was made before it.
    pub fn note(&mut self, alert: &Alert, earlier: bool) {
        let Some(tx) = alert.tx.filter(|_| alert.seen_at.chain == self.announcement.chain) else { return };
        let is_before = alert.basis.is_mined() && !self.is_before(alert.seen_at.number, alert.block_time);
        let named = std::iter::once(&alert.subject).chain(&alert.victims).map(|account| account.address);
        let contracts = &self.announcement.changes;
        let concerns = named.into_iter().any(|named| contracts.iter().any(|change| change.contract == named));
        if concerns && (earlier || is_before) {
            self.seen.insert(tx);
        }
    }

    /// Whether it was made before a block was made, and before that was looked at.
    fn is_before(&self, number: u64, block_time: u64) -> bool {
        number > self.after && self.at <= seconds(block_time)
    }

    /// All announcements that these lines of the book make, in order; other lines are passed over.
    ///
    /// # Errors
    /// If a line does not fit its kind.
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Vec<Self>, serde_json::Error> {
        let mut held: Vec<Self> = Vec::new();
        for entry in entries {
            if let Some(event) = entry.event()? {
                Self::take(&mut held, entry, &event);
            }
        }
        Ok(held)
    }

    /// Takes a line of the book into a list of announcements; other lines are passed over.
    pub fn take(list: &mut Vec<Self>, entry: &Entry, event: &Event) {
        match event {
            Event::AnnouncementMade(made) => {
                let AnnouncementMade { id, announcement, after } = made.as_ref().clone();
                let (who, at) = (entry.ctx.who.clone(), entry.ctx.now);
                list.push(Self { id, announcement, after, who, at, withdrawn: None, seen: BTreeSet::new() });
            }
            Event::AnnouncementWithdrawn(withdrawn) => {
                let standing = list.iter_mut().filter(|held| held.id == withdrawn.id && held.withdrawn.is_none());
                standing.for_each(|held| held.withdrawn = Some(entry.ctx.now));
            }
            _ => {}
        }
    }
}

/// A block's time. One that no calendar has is the last.
fn seconds(block_time: u64) -> Timestamp {
    i64::try_from(block_time).ok().and_then(|time| Timestamp::from_second(time).ok()).unwrap_or(Timestamp::MAX)
}
