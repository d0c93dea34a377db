//! What people have said beforehand, and what came of it: announcements with the alerts that bear on them, and snoozes.

use std::collections::BTreeMap;

use case::{AlertId, AnnouncementId, Entry, Event, Fit, HeldAnnouncement, HeldSnooze, Severity};
use facts::B256;

/// Alerts of one announcement that are kept at hand. Whoever makes deviations on purpose must not fill the desk's memory.
const BORNE_MAX: usize = 1_000;
/// Characters of what such an alert says: enough for a sentence with two addresses.
const SAYS_CHARS: usize = 320;
/// Snoozes kept at hand, the newest.
const SNOOZES_MAX: usize = 1_000;

/// An alert that bears on an announcement.
#[derive(Debug, Clone)]
pub(crate) struct Borne {
    pub alert: AlertId,
    pub fit: Fit,
    pub severity: Severity,
    /// What it says, as much as is kept of it.
    pub says: String,
    pub block: u64,
    pub tx: Option<B256>,
    /// Whether it does not stand any more.
    pub withdrawn: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Notices {
    announcements: Vec<HeldAnnouncement>,
    borne: BTreeMap<AnnouncementId, Vec<Borne>>,
    /// Which announcement an alert bears on.
    of_alert: BTreeMap<AlertId, AnnouncementId>,
    snoozes: Vec<HeldSnooze>,
}

impl Notices {
    /// Takes a line of the book.
    pub(super) fn take(&mut self, entry: &Entry, event: &Event) {
        HeldAnnouncement::take(&mut self.announcements, entry, event);
        HeldSnooze::take(&mut self.snoozes, entry, event);
        let excess = self.snoozes.len().saturating_sub(SNOOZES_MAX);
        self.snoozes.drain(..excess);
        match event {
            Event::AlertRaised(raised) => {
                let Some(bearing) = &raised.alert.announcement else { return };
                let borne = self.borne.entry(bearing.id.clone()).or_default();
                borne.retain(|one| one.alert != raised.id);
                borne.push(Borne {
                    alert: raised.id,
                    fit: bearing.fit,
                    severity: raised.alert.severity,
                    says: raised.alert.message.chars().take(SAYS_CHARS).collect(),
                    block: raised.alert.seen_at.number,
                    tx: raised.alert.tx,
                    withdrawn: false,
                });
                if borne.len() > BORNE_MAX {
                    let gone = borne.remove(0);
                    self.of_alert.remove(&gone.alert);
                }
                self.of_alert.insert(raised.id, bearing.id.clone());
            }
            Event::AlertWithdrawn(withdrawn) => {
                let of = self.of_alert.get(&withdrawn.id).and_then(|id| self.borne.get_mut(id));
                let its = of.into_iter().flatten().filter(|one| one.alert == withdrawn.id);
                its.for_each(|one| one.withdrawn = true);
            }
            _ => {}
        }
    }

    /// All announcements with what bears on them, newest first.
    pub(crate) fn announcements(&self) -> impl Iterator<Item = (&HeldAnnouncement, &[Borne])> {
        self.announcements.iter().rev().map(|held| (held, self.borne(&held.id)))
    }

    /// What bears on an announcement, oldest first.
    pub(crate) fn borne(&self, id: &AnnouncementId) -> &[Borne] {
        self.borne.get(id).map_or(&[], Vec::as_slice)
    }

    /// Snoozes, newest first.
    pub(crate) fn snoozes(&self) -> impl Iterator<Item = &HeldSnooze> {
        self.snoozes.iter().rev()
    }
}
