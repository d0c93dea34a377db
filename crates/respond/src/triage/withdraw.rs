//! An alert does not stand any more: which cases lose it. Nothing is deleted.

use case::{AlertId, CaseId, Gone, Incident};

/// An alert that a case loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The case.
    pub case: CaseId,
    /// The alert.
    pub alert: AlertId,
    /// Why it does not stand any more.
    pub why: Gone,
    /// Whether the case rests on nothing after it.
    pub leaves_nothing: bool,
    /// Why, in words.
    pub because: String,
}

/// What follows in the cases from the end of an alert. A closed case is told too: its record has to say that what it
/// rested on is gone. Withdrawing twice does nothing.
pub fn withdraw(cases: &[Incident], alert: &AlertId, why: &Gone) -> Vec<Withdrawal> {
    let holding = |case: &&Incident| case.alerts.iter().any(|held| held.id == *alert && !held.withdrawn);
    let withdrawal = |case: &Incident| {
        let leaves_nothing = case.alerts.iter().all(|held| held.id == *alert || held.withdrawn);
        let what = match why {
            Gone::Lost(block) => format!("block {} was lost in a reorg", block.number),
            why => why.to_string(),
        };
        let because = match leaves_nothing {
            true => format!("{what}, and no alert of the case stands any more"),
            false => format!("{what}; other alerts of the case stand"),
        };
        Withdrawal { case: case.id.clone(), alert: *alert, why: why.clone(), leaves_nothing, because }
    };
    cases.iter().filter(holding).map(withdrawal).collect()
}
