//! `breakglass-lab`: plays the stories and says how well the rules tell attacks from the rest.
#![expect(clippy::print_stdout, reason = "what it yields is for whoever called it")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use lab::{
    Artifacts, Foresight, Played, SCENARIOS, Setting, Variation, play, play_twin,
    quality::{Extent, learn, measure},
    root,
};

/// The laboratory.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Play stories and tell what the rules said
    Play {
        /// Only stories whose id contains this
        #[arg(default_value = "")]
        only: String,
        /// With the ten mutations
        #[arg(long)]
        mutations: bool,
        /// With the contracts of the protocol and its invariants declared
        #[arg(long)]
        declared: bool,
    },
    /// Learn a rule from each story's attack, and tell what it catches by itself and what it cries at
    Learn {
        /// Only stories whose id contains this
        #[arg(default_value = "")]
        only: String,
    },
    /// Measure everything, print a table and write JSON
    Quality {
        /// Only stories whose id contains this
        #[arg(long, default_value = "")]
        only: String,
        /// Transactions of generated honest traffic, at least
        #[arg(long, default_value_t = 2_000_000)]
        traffic: u64,
        /// The seed of that traffic
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where the JSON is written
        #[arg(long)]
        json: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    let root = root()?;
    let artifacts = Artifacts::read(&root)?;
    match Options::parse().what {
        What::Play { only, mutations, declared } => tell(&artifacts, &only, mutations, declared),
        What::Learn { only } => {
            print!("{}", learn(&artifacts, corpus(&root).as_deref(), &Extent { only, traffic: u64::MAX, seed: 1 })?);
            Ok(())
        }
        What::Quality { only, traffic, seed, json } => {
            let report = measure(&artifacts, corpus(&root).as_deref(), &Extent { only, traffic, seed })?;
            println!("{report}");
            if let Some(path) = json {
                let text = serde_json::to_string_pretty(&report)?;
                fs::write(&path, text).with_context(|| path.display().to_string())?;
            }
            Ok(())
        }
    }
}

/// Recorded data, where there is any.
fn corpus(root: &Path) -> Option<PathBuf> {
    let corpus = env::var_os("BREAKGLASS_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("skipped: recorded data, for there is no corpus; set BREAKGLASS_CORPUS\n");
    None
}

fn tell(artifacts: &Artifacts, only: &str, mutations: bool, declared: bool) -> Result<()> {
    let setting = if declared { Setting::Declared } else { Setting::Bare };
    let mut plays = vec![Variation::PLAIN];
    if mutations {
        plays.extend(Variation::MUTATIONS);
    }
    for scenario in SCENARIOS.iter().copied().flatten().filter(|scenario| scenario.id.contains(only)) {
        for how in &plays {
            show(scenario.id, how.name, &play(scenario, *how, artifacts, setting)?);
            show(scenario.id, &format!("twin, {}", how.name), &play_twin(scenario, *how, artifacts, setting)?);
        }
    }
    Ok(())
}

fn show(id: &str, how: &str, played: &Played) {
    println!("{id} ({how}): {} transactions, attacked in block {:?}", played.told.len(), played.attacked_at());
    for seen in &played.alerts {
        let alert = &seen.alert;
        println!("  {} {} {}: {}", alert.seen_at.number, alert.severity, alert.rule, alert.message);
        if !alert.basis.is_mined() {
            alert.evidence.iter().for_each(|fact| println!("      {}", fact.says));
        }
    }
    if played.is_staged() {
        let Foresight { read, tried } = played.foreseen().unwrap_or_default();
        let (trials, longest) = played.trials;
        println!(
            "  blocks before the harm: {read:?} by its code, {tried:?} tried out; {trials} trials, at most {longest:?}"
        );
    }
}
