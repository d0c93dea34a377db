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
    /// It would fail, or could not be tried, on what is still the head.
    Bad(String),
    /// It would have failed, or could not be tried, on a block that is no longer the head.
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
        let remedy = "see what stands in its way, then approve it to have it rehearsed again";
        let bad = match &rehearsal.verdict {
            Verdict::Succeeds => return self.success(step, rehearsal.on.as_ref(), scene),
            Verdict::Fails(why) => format!("the rehearsal failed, so nothing was sent: {why}; {remedy}"),
            Verdict::Blind(why) => format!("it could not be rehearsed, so nothing was sent: {why}; {remedy}"),
        };
        // What failed on the head is not tried again on the same head: a person who approves it gets another rehearsal on
        // the next block, and the case comes to rest in between.
        let has_moved =
            rehearsal.on.as_ref().is_some_and(|on| scene.heads.get(&on.chain).is_none_or(|head| head != on));
        if has_moved { Fitness::StaleBad(bad) } else { Fitness::Bad(bad) }
    }

    fn success(&self, step: &Step, on: Option<&BlockRef>, scene: &Scene<'_>) -> Fitness {
        let Call::Contract { chain, .. } = &step.call else { return Fitness::Fresh };
        let Some(on) = on.filter(|on| on.chain == *chain) else {
            return Fitness::Stale(format!("it was not tried on a block of {chain}"));
        };
        match scene.heads.get(chain) {
            Some(head) => self.out_of_date(on, head).map_or(Fitness::Fresh, Fitness::Stale),
            None => Fitness::Unknown(format!("the head of {chain} is not known; it waits until it is")),
        }
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
