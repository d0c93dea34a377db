//! Rules that are written in data.

use std::sync::Arc;

use crate::{DetectError, Detector, RuleCard};

#[derive(Default)]
pub(crate) struct Workshop;

impl Workshop {
    pub(crate) fn build(&mut self, card: &Arc<RuleCard>) -> Result<Box<dyn Detector>, DetectError> {
        crate::detectors::build(card)
    }
}
