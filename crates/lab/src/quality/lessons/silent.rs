//! Honest traffic that drafts are tried on before one of them is proposed.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context as _, Result};
use atlas::Atlas;
use case::Alert;
use engine::Lens;
use rpc::Form;
use watch::Recorded;

use super::{alone, attack::Drafts};
use crate::{
    Artifacts, Role, Rules, Variation, Watch, play_by,
    quality::Extent,
    traffic::{Town, live},
};

/// Generated transactions that every draft is shown, of another seed than those that are measured.
const TOWN_TXS: u64 = 20_000;

/// Marks the drafts that honest traffic answers to, and says how many transactions all of them were shown.
pub(super) fn strike_loud(
    learnt: &mut [Drafts],
    corpus: Option<&Path>,
    artifacts: &Artifacts,
    extent: &Extent,
) -> Result<u64> {
    let rules = alone(learnt.iter().flat_map(|drafts| &drafts.all).map(|draft| &draft.text))?;
    let mut loud = BTreeSet::new();
    let mut shown = town(&rules, artifacts, extent, &mut loud)?;
    if let Some(corpus) = corpus {
        shown += recorded(&rules, &corpus.join("mainnet"), &mut loud)?;
    }
    // Whoever was robbed had honest users before.
    for drafts in learnt.iter().filter(|drafts| !drafts.all.is_empty()) {
        let own = alone(drafts.all.iter().map(|draft| &draft.text))?;
        let played = play_by(drafts.scenario, Variation::PLAIN, artifacts, &own)?;
        let honest =
            |alert: &Alert| played.told.iter().any(|told| Some(told.hash) == alert.tx && told.role == Role::Honest);
        let cried = played.alerts.iter().map(|seen| &seen.alert).filter(|alert| honest(alert));
        loud.extend(cried.map(|alert| alert.rule.id.clone()));
    }
    for draft in learnt.iter_mut().flat_map(|drafts| &mut drafts.all) {
        draft.is_loud = loud.contains(&draft.id);
    }
    Ok(shown)
}

fn town(rules: &Rules, artifacts: &Artifacts, extent: &Extent, loud: &mut BTreeSet<String>) -> Result<u64> {
    let mut watch = Watch::new(rules)?;
    let town = Town { seed: extent.seed.wrapping_add(1), world: 0, transactions: TOWN_TXS.min(extent.traffic.max(1)) };
    live(artifacts, town, |mined, world, _| {
        watch.see(mined, world)?;
        loud.extend(watch.alerts.drain(..).map(|seen| seen.alert.rule.id));
        Ok(())
    })?;
    Ok(watch.txs)
}

fn recorded(rules: &Rules, folder: &Path, loud: &mut BTreeSet<String>) -> Result<u64> {
    let atlas = Atlas::embedded();
    let mut source = Recorded::open(&[folder.to_owned()], Form::Ethereum)?;
    let mut shown = 0;
    while let Some(recording) = source.read_next() {
        let recording = recording?;
        let chain = atlas.chain(&recording.chain).with_context(|| recording.chain.to_string())?;
        let looked = Lens::new(chain.clone(), rules.detectors())?.recorded(&recording.block)?;
        shown += looked.facts.txs.len() as u64;
        loud.extend(looked.alerts.into_iter().map(|(_, alert)| alert.rule.id));
    }
    Ok(shown)
}
