use std::sync::Arc;

use super::{
    Detectors,
    unit::{Unit, units},
};
use crate::{
    DetectError, RuleCard, RuleText, Scope, card::Archive, detectors::blind_spot, dispatch::MAX_RULES, rules,
    workshop::Workshop,
};

/// Makes [`Detectors`] rule by rule. Of each only what is run is kept: reading a large folder takes hardly more memory
/// than its rules hold.
pub struct DetectorsBuilder {
    scope: Scope,
    workshop: Workshop,
    archive: Archive,
    /// In the order in which they came, as the units.
    cards: Vec<Arc<RuleCard>>,
    /// Each with the number of its card.
    units: Vec<(usize, Unit)>,
}

impl DetectorsBuilder {
    /// No rules yet, which will protect what is in the scope.
    pub fn new(scope: Scope) -> Self {
        let (workshop, archive) = (Workshop::default(), Archive::default());
        Self { scope, workshop, archive, cards: Vec::new(), units: Vec::new() }
    }

    /// Reads a rule and builds it. A later rule takes the place of an earlier one with the same id, so that a user's
    /// folder can be read over the default set.
    ///
    /// # Errors
    /// [`DetectError::Rule`] for a text that is not right, and as [`DetectorsBuilder::add`].
    pub fn read(&mut self, text: &RuleText) -> Result<(), DetectError> {
        self.add(&rules::read(text)?)
    }

    /// Builds the rules of a card.
    ///
    /// # Errors
    /// [`DetectError::Rule`] for a card whose parameters or condition its detector refuses, or that no detector
    /// knows; [`DetectError::TooManyRules`].
    pub fn add(&mut self, card: &RuleCard) -> Result<(), DetectError> {
        let count = self.units.len() + card.rules();
        if count > MAX_RULES {
            return Err(DetectError::TooManyRules(count));
        }
        let kept = self.archive.put_away(card);
        let built = units(&mut self.workshop, card, &kept, &self.scope)?;
        self.units.extend(built.into_iter().map(|unit| (self.cards.len(), unit)));
        self.cards.push(kept);
        Ok(())
    }

    /// The rules, in order of their ids.
    ///
    /// # Errors
    /// [`DetectError::NoBlindSpot`] without the rule that no set is without.
    pub fn build(self) -> Result<Detectors, DetectError> {
        let Self { scope, cards, mut units, .. } = self;
        let mut order: Vec<usize> = (0..cards.len()).collect();
        order.sort_by(|one, two| cards[*one].id.cmp(&cards[*two].id).then(two.cmp(one)));
        order.dedup_by(|later, kept| cards[*later].id == cards[*kept].id);
        let mut places = vec![None; cards.len()];
        order.iter().enumerate().for_each(|(place, card)| places[*card] = Some(place));
        units.retain(|(card, _)| places[*card].is_some());
        units.sort_by_key(|(card, _)| places[*card]);
        let cards: Vec<_> = order.into_iter().map(|card| Arc::clone(&cards[card])).collect();
        if !cards.iter().any(|card| card.id == blind_spot::ID) {
            return Err(DetectError::NoBlindSpot);
        }
        Ok(Detectors::of(units.into_iter().map(|(_, unit)| unit).collect(), cards, scope))
    }
}
