//! What the team of a story says beforehand.

use anyhow::Result;
use case::{AnnouncementId, Planned, PlannedChange};
use facts::Address;

use super::Stage;

impl Stage<'_> {
    /// The team announces changes, see [`World::announce`].
    ///
    /// # Errors
    /// If the desk would refuse it.
    pub fn announce(&mut self, title: &str, by: &[Address], what: &[(Address, Planned)]) -> Result<AnnouncementId> {
        self.world.announce(title, by, what)
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
        self.world.announce_exactly(title, by, changes)
    }
}
