//! A story of an attack, its benign twin, and what the rules said of them.

use std::cell::RefCell;

use anyhow::{Context as _, Result};
use case::Severity;
use facts::B256;

use crate::{
    Artifacts, Declared, Role, Rules, Seen, Stage, Told, Variation, Watch,
    baseline::{Baseline, Baselines},
};

/// An attack of our own and its benign twin.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// Its kind, an id of the taxonomy, and a name: `reentrancy/classic/ether-bank`.
    pub id: &'static str,
    /// What happens, in one sentence.
    pub about: &'static str,
    /// Plays the attack, and fails if it does not do its harm.
    pub attack: fn(&mut Stage<'_>) -> Result<()>,
    /// Plays what looks alike and harms nobody, and fails if it does not work.
    pub twin: fn(&mut Stage<'_>) -> Result<()>,
}

impl Scenario {
    /// The kind of the attack: an id of the taxonomy.
    pub fn kind(&self) -> &'static str {
        self.id.rsplit_once('/').map_or(self.id, |(kind, _)| kind)
    }
}

/// What the rules know of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Nothing.
    Bare,
    /// Its contracts and what it declares of itself.
    Declared,
}

/// How many blocks before the first harm an attack was foreseen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Foresight {
    /// From the code of a contract, or another sign of what prepared it.
    pub read: Option<u64>,
    /// By trying a contract out.
    pub tried: Option<u64>,
}

/// What came of a story.
#[derive(Debug)]
pub struct Played {
    /// Its transactions.
    pub told: Vec<Told>,
    /// What the rules said.
    pub alerts: Vec<Seen>,
    /// Contracts of the protocol.
    pub protected: Vec<(facts::Address, String)>,
    /// What it declares.
    pub declared: Vec<Declared>,
    /// Each block: its height, and its transactions with what the baselines said of them.
    pub blocks: Vec<(u64, Vec<(B256, Baseline)>)>,
    /// Transactions that deployed code.
    pub made: Vec<B256>,
    /// How many contracts were tried out, and the longest that one took.
    pub trials: (u64, std::time::Duration),
    /// Transactions that failed, in words.
    pub failures: Vec<String>,
}

impl Played {
    /// The height of the block with the first transaction of the attack.
    pub fn attacked_at(&self) -> Option<u64> {
        let first = self.told.iter().find(|told| told.role == Role::Attack)?.hash;
        self.blocks.iter().find(|(_, txs)| txs.iter().any(|(hash, _)| *hash == first)).map(|(number, _)| *number)
    }

    /// What the baselines said of the transactions of the attack: large transfer, any flash loan, single event.
    pub fn baseline_at_attack(&self) -> [bool; 3] {
        self.baseline(|hash| self.told.iter().any(|told| told.hash == hash && told.role == Role::Attack))
    }

    /// What the baselines said of any transaction of the story.
    pub fn baseline_anywhere(&self) -> [bool; 3] {
        self.baseline(|_| true)
    }

    fn baseline(&self, counts: impl Fn(B256) -> bool) -> [bool; 3] {
        let mut all = Baseline::default();
        let txs = self.blocks.iter().flat_map(|(_, txs)| txs);
        txs.filter(|(hash, _)| counts(*hash)).for_each(|(_, said)| all |= *said);
        [all.large_transfer, all.any_flash_loan, all.single_event]
    }

    /// The first alert at `at_least` or above that came with the attack or after it.
    pub fn noticed(&self, at_least: Severity) -> Option<&Seen> {
        let attacked = self.attacked_at()?;
        self.alerts.iter().find(|seen| seen.alert.severity >= at_least && seen.alert.seen_at.number >= attacked)
    }

    /// The first alert that foresaw the attack: about what prepared it, in a block before the first harm.
    pub fn foreseen(&self) -> Option<Foresight> {
        let attacked = self.attacked_at()?;
        let prepares = |tx: B256| self.told.iter().any(|told| told.hash == tx && told.role == Role::Preparation);
        let early = |seen: &&Seen| {
            seen.alert.tx.is_some_and(prepares)
                && seen.alert.severity >= Severity::Medium
                && seen.alert.seen_at.number < attacked
        };
        let of = |tried: bool| {
            let first = self.alerts.iter().filter(early).find(|seen| seen.alert.basis.is_mined() != tried);
            first.map(|seen| attacked - seen.alert.seen_at.number)
        };
        Some(Foresight { read: of(false), tried: of(true) })
    }

    /// Whether the attacker put a contract of its own in place in a block before the attack.
    pub fn is_staged(&self) -> bool {
        self.told.iter().any(|told| told.role == Role::Preparation && self.made.contains(&told.hash))
    }

    /// Alerts at `at_least` or above that an honest transaction or a block before the attack caused. Where an attack
    /// keeps others from what they want, it is their transactions that show it; who is blamed then is not their sender.
    pub fn mistaken(&self, at_least: Severity) -> impl Iterator<Item = &Seen> {
        let attacked = self.attacked_at().unwrap_or(u64::MAX);
        self.alerts.iter().filter(move |seen| {
            let blames = |who| seen.alert.attackers.iter().any(|account| account.address == who);
            let is_early = seen.alert.seen_at.number < attacked;
            let honest = |tx: B256| {
                let mut honest = self.told.iter().filter(|told| told.hash == tx && told.role == Role::Honest);
                honest.any(|told| is_early || seen.alert.attackers.is_empty() || blames(told.from))
            };
            seen.alert.severity >= at_least
                && match seen.alert.tx {
                    Some(tx) => honest(tx),
                    None => seen.alert.seen_at.number < attacked,
                }
        })
    }
}

/// Plays the attack.
///
/// # Errors
/// If the story cannot be told: a contract is missing, or the attack does no harm.
pub fn play(scenario: &Scenario, how: Variation, artifacts: &Artifacts, setting: Setting) -> Result<Played> {
    told(scenario.attack, how, artifacts, setting).with_context(|| format!("{}, {}", scenario.id, how.name))
}

/// Plays the twin.
///
/// # Errors
/// If the story cannot be told.
pub fn play_twin(scenario: &Scenario, how: Variation, artifacts: &Artifacts, setting: Setting) -> Result<Played> {
    told(scenario.twin, how, artifacts, setting).with_context(|| format!("the twin of {}, {}", scenario.id, how.name))
}

/// Plays the attack before rules that somebody else made.
///
/// # Errors
/// As [`play`].
pub fn play_by(scenario: &Scenario, how: Variation, artifacts: &Artifacts, rules: &Rules) -> Result<Played> {
    once(scenario.attack, how, artifacts, rules).with_context(|| format!("{}, {}", scenario.id, how.name))
}

/// Plays the twin before rules that somebody else made.
///
/// # Errors
/// As [`play_twin`].
pub fn play_twin_by(scenario: &Scenario, how: Variation, artifacts: &Artifacts, rules: &Rules) -> Result<Played> {
    once(scenario.twin, how, artifacts, rules).with_context(|| format!("the twin of {}, {}", scenario.id, how.name))
}

fn told(
    story: fn(&mut Stage<'_>) -> Result<()>,
    how: Variation,
    artifacts: &Artifacts,
    setting: Setting,
) -> Result<Played> {
    let bare = once(story, how, artifacts, &Rules::bare()?)?;
    match setting {
        Setting::Bare => Ok(bare),
        // The contracts of a play have the same addresses the second time.
        Setting::Declared => once(story, how, artifacts, &Rules::declared(&bare.protected, &bare.declared)?),
    }
}

fn once(
    story: fn(&mut Stage<'_>) -> Result<()>,
    how: Variation,
    artifacts: &Artifacts,
    rules: &Rules,
) -> Result<Played> {
    let baselines = Baselines::default();
    let seen = RefCell::new((Watch::new(rules)?, Vec::new(), Vec::new()));
    let (told, protected, declared, failures) = {
        let mut stage = Stage::new(artifacts, how, |mined, world| {
            let (watch, blocks, made) = &mut *seen.borrow_mut();
            let facts = &mined.traced.facts;
            made.extend(facts.txs.iter().filter(|tx| !tx.codes.is_empty()).map(|tx| tx.hash));
            blocks.push((facts.block.number, facts.txs.iter().map(|tx| (tx.hash, baselines.of(tx))).collect()));
            watch.see(mined, world).map(drop)
        })?;
        story(&mut stage).with_context(|| format!("these failed: {:#?}", stage.failures))?;
        stage.mine()?;
        (stage.told, stage.protected, stage.declared, stage.failures)
    };
    let (watch, blocks, made) = seen.into_inner();
    let trials = watch.trials;
    Ok(Played { told, alerts: watch.alerts, protected, declared, blocks, made, trials, failures })
}
