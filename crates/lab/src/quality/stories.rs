//! Stories of the laboratory, with their mutations and twins, without and with what the protocol declares.

use std::{collections::BTreeMap, thread};

use anyhow::{Result, anyhow};
use serde::Serialize;

use super::{ALARM, class_of, interval::Rate};
use crate::{Artifacts, Played, SCENARIOS, Scenario, Setting, Variation, play, play_twin};

/// What the rules said of all stories.
#[derive(Debug, Serialize)]
pub struct Told {
    /// Without any configuration.
    pub bare: Figures,
    /// With the protocol's contracts and invariants declared.
    pub declared: Figures,
}

/// Figures of one setting.
#[derive(Debug, Default, Serialize)]
pub struct Figures {
    /// By class of the taxonomy, and all together under `all`.
    pub classes: BTreeMap<String, Class>,
    /// Attacks that were missed: story and mutation.
    pub missed: Vec<String>,
    /// Alarms about honest transactions: story, mutation, rule, message.
    pub mistakes: Vec<String>,
}

/// Figures of one class.
#[derive(Debug, Default, Serialize)]
pub struct Class {
    /// Different stories.
    pub stories: u64,
    /// Attacks that were played, and how many were noticed at `high` or above.
    pub caught: Option<Rate>,
    /// Of those, how many were called by their kind.
    pub named: Option<Rate>,
    /// Twins that were played, and how many caused an alarm.
    pub twins: Option<Rate>,
    /// Alarms that were right, of all alarmed plays: attacks and twins.
    pub precision: Option<Rate>,
    /// Attacks whose contract was put in place in a block before, and how many of them were foreseen: by their code and
    /// what else is known of them, and by trying them out.
    pub staged: Option<[Rate; 2]>,
    /// Blocks from the first alert to the first harm in those that were foreseen, by how many.
    pub lead_blocks: BTreeMap<u64, u64>,
    /// How many of the caught were noticed in the block of the first harm.
    pub at_once: Option<Rate>,
    /// How many attacks the baselines would have noticed: large transfer, any flash loan, single event.
    pub baselines: Option<[Rate; 3]>,
    /// How many twins the baselines would have cried at.
    pub baseline_twins: Option<[Rate; 3]>,
}

#[derive(Default)]
struct Counts {
    staged: u64,
    foreseen: [u64; 2],
    lead_blocks: BTreeMap<u64, u64>,
    stories: u64,
    played: u64,
    caught: u64,
    named: u64,
    at_once: u64,
    twins: u64,
    cried: u64,
    baselines: [u64; 3],
    baseline_twins: [u64; 3],
}

/// One play's outcome.
struct Outcome {
    setting: Setting,
    class: &'static str,
    first: bool,
    twin: bool,
    name: String,
    caught: bool,
    named: bool,
    at_once: bool,
    /// Whether there was a contract to be seen before the harm, and how long before it was.
    staged: Option<crate::Foresight>,
    mistakes: Vec<String>,
    baselines: [bool; 3],
}

/// Plays them all, on as many cores as there are.
pub(super) fn tell(artifacts: &Artifacts, only: &str) -> Result<Told> {
    let scenarios: Vec<&Scenario> =
        SCENARIOS.iter().copied().flatten().filter(|scenario| scenario.id.contains(only)).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let shares: Vec<Vec<&Scenario>> =
        (0..cores).map(|core| scenarios.iter().skip(core).step_by(cores).copied().collect()).collect();
    let outcomes = thread::scope(|scope| {
        let workers: Vec<_> = shares.iter().map(|share| scope.spawn(|| play_all(share, artifacts))).collect();
        let mut outcomes = Vec::new();
        for worker in workers {
            outcomes.extend(worker.join().map_err(|_| anyhow!("a story panicked"))??);
        }
        Ok::<_, anyhow::Error>(outcomes)
    })?;
    Ok(Told { bare: figures(&outcomes, Setting::Bare), declared: figures(&outcomes, Setting::Declared) })
}

fn play_all(scenarios: &[&Scenario], artifacts: &Artifacts) -> Result<Vec<Outcome>> {
    let plays = || std::iter::once(Variation::PLAIN).chain(Variation::MUTATIONS);
    let mut outcomes = Vec::new();
    for scenario in scenarios {
        for setting in [Setting::Bare, Setting::Declared] {
            for how in plays() {
                outcomes.push(outcome(scenario, how, setting, &play(scenario, how, artifacts, setting)?, false));
                outcomes.push(outcome(scenario, how, setting, &play_twin(scenario, how, artifacts, setting)?, true));
            }
        }
    }
    Ok(outcomes)
}

fn outcome(scenario: &Scenario, how: Variation, setting: Setting, played: &Played, twin: bool) -> Outcome {
    let noticed = if twin { None } else { played.noticed(ALARM) };
    let attacked = played.attacked_at();
    let name = format!("{}{} ({})", scenario.id, if twin { ", its twin" } else { "" }, how.name);
    let mistake = |seen: &crate::Seen| format!("{name}: {}: {}", seen.alert.rule.id, seen.alert.message);
    let of_kind =
        |seen: &&crate::Seen| seen.alert.severity >= ALARM && class_of(&seen.alert.kind) == class_of(scenario.kind());
    Outcome {
        setting,
        class: class_of(scenario.kind()),
        first: how == Variation::PLAIN && !twin,
        twin,
        caught: noticed.is_some(),
        named: noticed.is_some() && played.alerts.iter().any(|seen| of_kind(&seen)),
        at_once: noticed.is_some_and(|seen| Some(seen.alert.seen_at.number) == attacked),
        staged: (!twin && played.is_staged()).then(|| played.foreseen().unwrap_or_default()),
        mistakes: played.mistaken(ALARM).map(mistake).collect(),
        baselines: if twin { played.baseline_anywhere() } else { played.baseline_at_attack() },
        name,
    }
}

fn figures(outcomes: &[Outcome], setting: Setting) -> Figures {
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    let mut figures = Figures::default();
    for outcome in outcomes.iter().filter(|outcome| outcome.setting == setting) {
        for class in [outcome.class, "all"] {
            let counts = counts.entry(class.to_owned()).or_default();
            counts.stories += u64::from(outcome.first);
            let of = if outcome.twin { &mut counts.baseline_twins } else { &mut counts.baselines };
            of.iter_mut().zip(outcome.baselines).for_each(|(count, said)| *count += u64::from(said));
            if outcome.twin {
                counts.twins += 1;
                counts.cried += u64::from(!outcome.mistakes.is_empty());
            } else {
                counts.played += 1;
                counts.caught += u64::from(outcome.caught);
                counts.named += u64::from(outcome.named);
                counts.at_once += u64::from(outcome.at_once);
                if let Some(foreseen) = outcome.staged {
                    counts.staged += 1;
                    counts.foreseen[0] += u64::from(foreseen.read.is_some());
                    counts.foreseen[1] += u64::from(foreseen.tried.is_some());
                    if let Some(lead) = foreseen.read.max(foreseen.tried) {
                        *counts.lead_blocks.entry(lead).or_default() += 1;
                    }
                }
            }
        }
        if !outcome.twin && !outcome.caught {
            figures.missed.push(outcome.name.clone());
        }
        figures.mistakes.extend(outcome.mistakes.iter().cloned());
    }
    figures.missed.sort();
    figures.mistakes.sort();
    figures.classes = counts.into_iter().map(|(class, counts)| (class, counts.rates())).collect();
    figures
}

impl Counts {
    fn rates(&self) -> Class {
        Class {
            stories: self.stories,
            caught: Some(Rate::of(self.caught, self.played)),
            named: Some(Rate::of(self.named, self.caught)),
            twins: Some(Rate::of(self.cried, self.twins)),
            precision: Some(Rate::of(self.caught, self.caught + self.cried)),
            at_once: Some(Rate::of(self.at_once, self.caught)),
            staged: Some(self.foreseen.map(|seen| Rate::of(seen, self.staged))),
            lead_blocks: self.lead_blocks.clone(),
            baselines: Some(self.baselines.map(|hits| Rate::of(hits, self.played))),
            baseline_twins: Some(self.baseline_twins.map(|hits| Rate::of(hits, self.twins))),
        }
    }
}
