//! `breakglass rules backtest`: rules over blocks that have been.

mod markdown;
mod text;

use std::{path::Path, process::ExitCode, sync::Arc, time::Instant};

use anyhow::{Context as _, Result, bail};
use atlas::{Atlas, Taxonomy};
use detect::{Detectors, Scope};
use engine::{Backtest, BacktestReport, Label, Outcome, Replay};
use respond::TriageRules;
use serde::Deserialize;

use super::code;
use crate::{
    announced,
    args::rules::{BacktestArgs, Written},
    commands::blocks,
    labels, output, protocol, rules,
};

/// Labelled attacks of one file.
const LABELS_MAX: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFile {
    #[serde(default)]
    attack: Vec<Label>,
}

pub fn run(args: &BacktestArgs) -> Result<ExitCode> {
    let protocol = args.protocol.as_deref().map(protocol::read).transpose()?;
    let labels = labels::told(&args.labels)?;
    let scope = || protocol.as_ref().map_or_else(Scope::everything, protocol::scope).labelling(labels.clone());
    let detectors = rules::detectors(args.rules.as_deref(), scope())?;
    let against: Option<Arc<Detectors>> = match (&args.against, args.against_built_in) {
        (Some(folder), _) => Some(rules::detectors(Some(folder), scope())?),
        (None, true) => Some(rules::detectors(None, scope())?),
        (None, false) => None,
    };
    let attacks = args.attacks.as_deref().map(attacks).transpose()?.unwrap_or_default();
    let protected = scope().contracts().iter().cloned().collect();
    let triage = TriageRules { protected, ..TriageRules::default() };
    let announced = announced::read(args.announcements.as_deref())?;
    let backtest = Backtest::new(Arc::clone(&detectors), against, attacks).knowing(&announced);
    let replay = Replay::new(Atlas::embedded(), detectors, triage, Instant::now()).knowing(announced);
    let mut replay = replay.testing(backtest);
    blocks::show(&mut replay, &args.blocks, None)?;
    let (_, report) = replay.finish_backtest();
    let report = report.context("the back-test was not carried along: report this as a bug")?;
    match args.format {
        _ if args.json => output::json(&report)?,
        Written::Json => output::json(&report)?,
        Written::Text => text::print(&report),
        Written::Markdown => output::line(markdown::page(&report).trim_end()),
    }
    Ok(code(!args.gate || is_good(&report)))
}

/// Nobody is woken without need, and every attack that was there wakes somebody.
fn is_good(report: &BacktestReport) -> bool {
    let woken = |outcome: Outcome| matches!(outcome, Outcome::Early | Outcome::Noticed | Outcome::NotThere);
    report.pages.blocks == 0 && report.attacks.iter().all(|attack| woken(attack.outcome))
}

fn attacks(path: &Path) -> Result<Vec<Label>> {
    let name = path.display().to_string();
    let LabelFile { attack } = atlas::config::parse(&name, &rules::text(path)?)?;
    if attack.len() > LABELS_MAX {
        bail!("`{name}` holds more than {LABELS_MAX} attacks");
    }
    let taxonomy = Taxonomy::embedded();
    for (at, label) in attack.iter().enumerate() {
        if label.tx.is_some() == label.block.is_some() {
            bail!(
                "`{name}`: attack {} names either its transaction, `tx = \"0x…\"`, or its block, `block = 1`",
                at + 1
            );
        }
        if let Some(kind) = label.kind.as_ref().filter(|kind| !taxonomy.contains(kind)) {
            let hint = taxonomy.suggest(kind).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            bail!("`{name}`: attack {} is of the kind `{kind}`, which is not in the taxonomy{hint}", at + 1);
        }
    }
    Ok(attack)
}
