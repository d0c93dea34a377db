//! Announcements as the book holds them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Announcement, AnnouncementId};
use crate::{Actor, Entry, Event};

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
#[derive(Debug, Clone, PartialEq)]
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
    pub withdrawn: Option<Timestamp>,
}

impl HeldAnnouncement {
    /// Whether it was known and stood when a block was made. An announcement after the fact excuses nothing: neither a
    /// block that had been looked at, nor one that was made before it.
    pub fn stands(&self, number: u64, block_time: u64) -> bool {
        let time = seconds(block_time);
        number > self.after && self.at <= time && self.withdrawn.is_none_or(|withdrawn| time < withdrawn)
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
                list.push(Self { id, announcement, after, who, at, withdrawn: None });
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
