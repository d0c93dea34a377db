//! What a rule may cost at most, computed when it is read: a rule that would need more is refused with the number.

use crate::{DetectError, RuleCard, condition::expr::Expr};

/// Steps of everything that a rule computes for one item. A step is some nanoseconds.
pub(crate) const STEPS_PER_ITEM: u64 = 100_000;
/// Bytes of state of one rule: half of what all rules share.
pub(crate) const STATE_BYTES: u64 = 32 << 20;

/// Refuses a rule whose bounds exceed the budget.
///
/// # Errors
/// [`DetectError::Rule`], naming the bound.
pub(crate) fn check<'a>(
    card: &RuleCard,
    exprs: impl Iterator<Item = &'a Expr>,
    state_bytes: u64,
) -> Result<(), DetectError> {
    let Some(text) = &card.condition else { return Ok(()) };
    if state_bytes > STATE_BYTES {
        let what = format!("the rule may come to keep `{state_bytes}` bytes, more than the {STATE_BYTES} of a rule");
        let hint = "lower `keys_max`, `entries_max` or `keep`: a key takes 56 bytes for each entry";
        let place = card.sections.largest().unwrap_or(&text.when);
        return Err(place.fault(0, what, hint).into());
    }
    let steps: u64 = exprs.map(Expr::steps).sum();
    if steps > STEPS_PER_ITEM {
        let what = format!("the rule may take `{steps}` steps for one item, more than {STEPS_PER_ITEM}");
        let hint = "ask fewer or smaller windows: each look costs up to its `entries_max`, a pattern up to 4096";
        return Err(text.when.fault(0, what, hint).into());
    }
    Ok(())
}
