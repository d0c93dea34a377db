//! What is learnt from one attack alone: each story's attack is confirmed once, a rule is learnt from it as
//! `breakglass rules learn` does, and that rule by itself is shown the attack's mutations and its twins.

mod attack;
mod silent;
mod table;

use std::{collections::BTreeMap, path::Path, thread};

use anyhow::{Result, anyhow};
use detect::{Detectors, RuleText, Scope, built_in, read_rules};
use serde::Serialize;

use self::attack::Drafts;
use super::{ALARM, Extent, class_of, interval::Rate};
use crate::{Artifacts, Played, Rules, SCENARIOS, Scenario, Variation, play_by, play_twin_by};

/// What learnt rules caught, and what they cried at.
#[derive(Debug, Default, Serialize)]
pub struct Lessons {
    /// Honest transactions that the drafts were tried on, beside those of each story.
    pub honest: u64,
    /// By class of the taxonomy, and all together under `all`.
    pub classes: BTreeMap<String, Taught>,
    /// By mutation: what was caught of those whose attack taught a rule.
    pub mutations: BTreeMap<String, Rate>,
    /// The contracts' own code at other addresses, by the most particular drafts, which know contracts by code.
    pub siblings: Option<Rate>,
    /// Attacks that taught no rule, and why.
    pub untaught: Vec<String>,
    /// Mutations that a learnt rule missed.
    pub missed: Vec<String>,
    /// Alarms of learnt rules about honest transactions: how many twins of a story, and one of them.
    pub mistakes: Vec<String>,
}

/// Figures of one class.
#[derive(Debug, Serialize)]
pub struct Taught {
    /// Attacks that were confirmed, and how many of them taught a rule that honest traffic does not answer to.
    pub proposed: Rate,
    /// Mutations of these, and how many the learnt rule caught.
    pub caught: Rate,
    /// Their twins in every mutation, and how many the learnt rule cried at.
    pub twins: Rate,
}

#[derive(Default)]
struct Counts {
    stories: u64,
    proposed: u64,
    /// Mutations that were caught, and all of them.
    caught: [u64; 2],
    /// Twins that were cried at, and all of them.
    twins: [u64; 2],
}

/// What came of one learnt rule.
struct Outcome {
    /// Each mutation, and whether it was caught.
    caught: Vec<(&'static str, bool)>,
    /// How many twins there were, and the alarms at each that had any.
    twins: u64,
    cried: Vec<String>,
    /// Whether the most particular draft knew the same code elsewhere; none where no draft names contracts.
    sibling: Option<bool>,
}

/// Learns from every story and tries what was learnt.
///
/// # Errors
/// If something cannot be read or played.
pub fn learn(artifacts: &Artifacts, corpus: Option<&Path>, extent: &Extent) -> Result<Lessons> {
    let scenarios: Vec<&Scenario> =
        SCENARIOS.iter().copied().flatten().filter(|scenario| scenario.id.contains(&extent.only)).collect();
    let mut learnt = on_all_cores(&scenarios, |scenario| attack::drafts(scenario, artifacts))?;
    let honest = silent::strike_loud(&mut learnt, corpus, artifacts, extent)?;
    let tried =
        on_all_cores(&learnt, |drafts| drafts.chosen().map(|rule| outcome(drafts, rule, artifacts)).transpose())?;
    let mut lessons = Lessons { honest, ..Lessons::default() };
    let (mut counts, mut mutations) = (BTreeMap::<String, Counts>::new(), BTreeMap::<String, [u64; 2]>::new());
    let mut siblings = [0; 2];
    for (drafts, tried) in learnt.iter().zip(tried) {
        let id = drafts.scenario.id;
        for class in [class_of(id), "all"] {
            counts.entry(class.to_owned()).or_default().add(tried.as_ref());
        }
        let Some(tried) = tried else {
            lessons.untaught.push(format!("{id}: {}", drafts.why_none()));
            continue;
        };
        for (name, caught) in &tried.caught {
            let of = mutations.entry((*name).to_owned()).or_default();
            *of = [of[0] + u64::from(*caught), of[1] + 1];
            if !caught {
                lessons.missed.push(format!("{id} ({name})"));
            }
        }
        if let Some(known) = tried.sibling {
            siblings = [siblings[0] + u64::from(known), siblings[1] + 1];
        }
        if let Some(first) = tried.cried.first() {
            lessons.mistakes.push(format!("{} of {} twins, such as {first}", tried.cried.len(), tried.twins));
        }
    }
    let rate = |[hits, n]: [u64; 2]| Rate::of(hits, n);
    lessons.siblings = (siblings[1] > 0).then(|| rate(siblings));
    lessons.mutations = mutations.into_iter().map(|(name, of)| (name, rate(of))).collect();
    lessons.classes = counts
        .into_iter()
        .map(|(class, of)| {
            let proposed = Rate::of(of.proposed, of.stories);
            (class, Taught { proposed, caught: rate(of.caught), twins: rate(of.twins) })
        })
        .collect();
    Ok(lessons)
}

impl Counts {
    fn add(&mut self, tried: Option<&Outcome>) {
        self.stories += 1;
        let Some(tried) = tried else { return };
        self.proposed += 1;
        self.caught[0] += tried.caught.iter().filter(|(_, caught)| *caught).count() as u64;
        self.caught[1] += tried.caught.len() as u64;
        self.twins[0] += tried.cried.len() as u64;
        self.twins[1] += tried.twins;
    }
}

/// Shows a learnt rule the mutations and all twins.
fn outcome(drafts: &Drafts, rule: &RuleText, artifacts: &Artifacts) -> Result<Outcome> {
    let scenario = drafts.scenario;
    let rules = alone([rule])?;
    let mut outcome = Outcome { caught: Vec::new(), twins: 0, cried: Vec::new(), sibling: None };
    let mut cry = |name: String, played: &Played| {
        let first = played.mistaken(ALARM).next();
        outcome.cried.extend(first.map(|seen| format!("{}{name}: {}", scenario.id, seen.alert.message)));
    };
    for how in std::iter::once(Variation::PLAIN).chain(Variation::MUTATIONS) {
        cry(format!(", its twin ({})", how.name), &play_twin_by(scenario, how, artifacts, &rules)?);
        outcome.twins += 1;
    }
    for how in Variation::MUTATIONS {
        let played = play_by(scenario, how, artifacts, &rules)?;
        outcome.caught.push((how.name, played.noticed(ALARM).is_some()));
    }
    if let Some(particular) = drafts.most_particular() {
        let played = play_by(scenario, Variation::MUTATIONS[0], artifacts, &alone([particular])?)?;
        outcome.sibling = Some(played.noticed(ALARM).is_some());
    }
    Ok(outcome)
}

/// These rules and the one that no set is without.
fn alone<'a>(rules: impl IntoIterator<Item = &'a RuleText>) -> Result<Rules> {
    let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("/blind-spot"));
    let cards = read_rules(rules.into_iter().cloned().chain(blind_spot))?;
    Ok(Rules::of(Detectors::new(cards, Scope::everything())?))
}

/// Does something for each of a list on as many cores as there are; the results in the order of the list.
fn on_all_cores<T: Sync, U: Send>(list: &[T], each: impl Fn(&T) -> Result<U> + Sync) -> Result<Vec<U>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = |core: usize| -> Result<Vec<(usize, U)>> {
        let mine = list.iter().enumerate().skip(core).step_by(cores);
        mine.map(|(index, item)| Ok((index, each(item)?))).collect()
    };
    let mut done = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|core| {
                scope.spawn({
                    let share = &share;
                    move || share(core)
                })
            })
            .collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(worker.join().map_err(|_| anyhow!("a story panicked"))??);
        }
        Ok::<_, anyhow::Error>(done)
    })?;
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}
