//! The rule that speaks of announcements. Nothing wakes it: what was announced is held against a transaction after every
//! rule has looked at it, and said in this rule's name.

use std::sync::Arc;

use crate::{DetectError, Detector, RuleCard, Wake};

/// The name in which announcements are spoken of.
pub(crate) struct AnnouncedChange {
    card: Arc<RuleCard>,
}

impl AnnouncedChange {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        Ok(Self { card })
    }
}

impl Detector for AnnouncedChange {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        Vec::new()
    }
}
