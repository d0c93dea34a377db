//! A reorg took a block away: which cases lose an alert. Nothing is deleted.

use case::{AlertId, CaseId, Incident};
use facts::BlockRef;

/// An alert that a case loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The case.
    pub case: CaseId,
    /// The alert.
    pub alert: AlertId,
    /// The block that is no longer part of the chain.
    pub lost: BlockRef,
    /// Whether the case rests on nothing after it.
    pub leaves_nothing: bool,
    /// Why, in words.
    pub because: String,
}

/// What follows in the cases from the loss of the block that an alert was seen in. A closed case is told too: its record
/// has to say that what it rested on is gone. Withdrawing twice does nothing.
pub fn withdraw(cases: &[Incident], alert: &AlertId, lost: &BlockRef) -> Vec<Withdrawal> {
    let holding = |case: &&Incident| case.alerts.iter().any(|held| held.id == *alert && !held.withdrawn);
    let withdrawal = |case: &Incident| {
        let leaves_nothing = case.alerts.iter().all(|held| held.id == *alert || held.withdrawn);
        let block = lost.number;
        let because = match leaves_nothing {
            true => format!("block {block} was lost in a reorg, and no alert of the case stands any more"),
            false => format!("block {block} was lost in a reorg; other alerts of the case stand"),
        };
        Withdrawal { case: case.id.clone(), alert: *alert, lost: lost.clone(), leaves_nothing, because }
    };
    cases.iter().filter(holding).map(withdrawal).collect()
}
