//! What an honest team says beforehand.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use case::{Actor, Announcement, AnnouncementId, Ctx, HeldAnnouncement, Planned, PlannedChange, Timestamp};
use facts::Address;

use super::World;

/// For how long the window of an announcement is open, in seconds.
const WINDOW_S: u64 = 6 * 3_600;

impl World {
    /// A team announces changes that `by` will make within the next hours, and in which way: what the desk writes down
    /// then, the rules know from the next block on. `what` are contracts and what becomes of them.
    ///
    /// # Errors
    /// If the desk would refuse it.
    pub fn announce(&mut self, title: &str, by: &[Address], what: &[(Address, Planned)]) -> Result<AnnouncementId> {
        let changes =
            what.iter().map(|(contract, what)| PlannedChange { contract: *contract, what: *what, data: None });
        self.announce_exactly(title, by, changes.collect())
    }

    /// The same, with the hashes of call data by which changes are made.
    ///
    /// # Errors
    /// If the desk would refuse it.
    pub fn announce_exactly(
        &mut self,
        title: &str,
        by: &[Address],
        changes: Vec<PlannedChange>,
    ) -> Result<AnnouncementId> {
        let time = |seconds: u64| -> Result<Timestamp> { Ok(Timestamp::from_second(i64::try_from(seconds)?)?) };
        let now = self.next_time();
        let ctx = Ctx::new(Actor::Person("the team".to_owned()), "planned", time(now)?);
        let announcement = Announcement {
            title: title.to_owned(),
            chain: self.id.clone(),
            by: by.to_vec(),
            changes,
            from: ctx.now,
            until: time(now + WINDOW_S)?,
            reference: None,
        };
        announcement.check(ctx.now).map_err(anyhow::Error::msg).context("the desk refuses the announcement")?;
        let id = AnnouncementId::of(&announcement, &ctx)?;
        self.announced.push(HeldAnnouncement {
            id: id.clone(),
            announcement,
            after: self.head.number,
            who: ctx.who,
            at: ctx.now,
            withdrawn: None,
            seen: BTreeSet::new(),
        });
        Ok(id)
    }
}
