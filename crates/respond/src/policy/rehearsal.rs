//! What the last rehearsal of a step is worth now.

use case::{Call, PlanState, Step, Verdict};
use facts::BlockRef;

use super::{Policy, Scene};

/// What a step's last rehearsal is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fitness {
    /// There was none.
    Missing,
    /// It succeeded, and nothing has happened since that could matter.
    Fresh,
    /// It succeeded too many blocks ago, or on a block that is gone.
    Stale(String),
    /// It would fail, or could not be tried; tried on a state that is still that of the head.
    Bad(String),
    /// It would have failed, or could not be tried, some time ago.
    StaleBad(String),
    /// How old it is cannot be told.
    Unknown(String),
}

impl Fitness {
    pub(crate) fn in_words(&self) -> String {
        match self {
            Fitness::Missing => "it has not been rehearsed; rehearse it on the head first".to_owned(),
            Fitness::Fresh => "it was rehearsed with success".to_owned(),
            Fitness::Stale(why) => format!("its rehearsal is out of date: {why}; rehearse it again"),
            Fitness::Bad(why) | Fitness::StaleBad(why) | Fitness::Unknown(why) => why.clone(),
        }
    }
}

impl Policy {
    /// What the last rehearsal of this step in this plan is worth. The book files a rehearsal under the plan's digest, so
    /// one of another plan never stands here.
    pub(crate) fn fitness(&self, plan: &PlanState, step: &Step, scene: &Scene<'_>) -> Fitness {
        let Some(rehearsal) = plan.state(&step.id).and_then(|state| state.rehearsal.as_ref()) else {
            return Fitness::Missing;
        };
        let age = match (&step.call, &rehearsal.on) {
            (Call::Webhook { .. }, _) => None,
            (Call::Contract { chain, .. }, Some(on)) if on.chain == *chain => match scene.heads.get(chain) {
                Some(head) => self.out_of_date(on, head),
                None => return Fitness::Unknown(format!("the head of {chain} is not known; it waits until it is")),
            },
            (Call::Contract { chain, .. }, _) if rehearsal.verdict == Verdict::Succeeds => {
                Some(format!("it was not tried on a block of {chain}"))
            }
            (Call::Contract { .. }, _) => None,
        };
        let remedy = "see what stands in its way, then approve it to have it rehearsed again";
        let bad = match &rehearsal.verdict {
            Verdict::Succeeds => return age.map_or(Fitness::Fresh, Fitness::Stale),
            Verdict::Fails(why) => format!("the rehearsal failed, so nothing was sent: {why}; {remedy}"),
            Verdict::Blind(why) => format!("it could not be rehearsed, so nothing was sent: {why}; {remedy}"),
        };
        if age.is_some() { Fitness::StaleBad(bad) } else { Fitness::Bad(bad) }
    }

    fn out_of_date(&self, on: &BlockRef, head: &BlockRef) -> Option<String> {
        let Some(behind) = head.number.checked_sub(on.number) else {
            return Some(format!("block {} is above the head {}", on.number, head.number));
        };
        let is_lost = (behind == 0 && on.hash != head.hash) || (behind == 1 && on.hash != head.parent);
        if is_lost {
            return Some(format!("block {} was lost in a reorg", on.number));
        }
        let max = self.rehearsal_blocks_max;
        (behind > max).then(|| format!("block {} is {behind} blocks behind the head, {max} are allowed", on.number))
    }
}
