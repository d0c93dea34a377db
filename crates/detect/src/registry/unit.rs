use std::sync::Arc;

use case::RuleRef;

use crate::{DetectError, Detector, RuleCard, Scope, Wake, card::Named, data_rule, workshop::Workshop};

/// One rule, ready to be woken.
pub(crate) struct Unit {
    pub(crate) detector: Box<dyn Detector>,
    /// What its drawer in the memory is called: a rule that was changed does not find what it remembered before.
    pub(crate) drawer: Box<str>,
    /// Which instance of its card it is, if that has any.
    pub(crate) named: Option<Box<Named>>,
}

impl Unit {
    pub(super) fn new(detector: Box<dyn Detector>) -> Self {
        let drawer = detector.card().rule().to_string().into();
        Self { detector, drawer, named: None }
    }

    fn instance(detector: Box<dyn Detector>, named: Named) -> Self {
        Self { detector, drawer: named.rule().to_string().into(), named: Some(Box::new(named)) }
    }

    pub(super) fn rule(&self) -> RuleRef {
        self.named.as_ref().map_or_else(|| self.detector.card().rule(), |named| named.rule())
    }
}

/// A rule that has nothing to say: it is about protected contracts, and there are none.
struct Silent(Arc<RuleCard>);

impl Detector for Silent {
    fn card(&self) -> &RuleCard {
        &self.0
    }

    fn wakes(&self) -> Vec<Wake> {
        Vec::new()
    }
}

/// The rules of a card: one, or one for each of its instances.
pub(super) fn units(
    workshop: &mut Workshop,
    card: &RuleCard,
    kept: &Arc<RuleCard>,
    scope: &Scope,
) -> Result<Vec<Unit>, DetectError> {
    // A card of a user's is built even so, for its faults. Most of what it takes to build the default set is saved.
    if card.is_built_in && card.is_about_protected() && scope.is_everything() {
        return Ok(vec![Unit::new(Box::new(Silent(Arc::clone(kept))))]);
    }
    if card.instances.is_empty() {
        return Ok(vec![Unit::new(data_rule::build_as(workshop, card, kept)?)]);
    }
    let mut units = Vec::with_capacity(card.instances.len());
    for instance in &card.instances {
        let built = data_rule::build_as(workshop, &card.with(instance), kept);
        let detector = built.map_err(|error| match error {
            DetectError::Rule(fault) => instance.fault(*fault).into(),
            other => other,
        })?;
        units.push(Unit::instance(detector, instance.named.clone()));
    }
    Ok(units)
}
