//! Reading rules and labels anew while the service runs: SIGHUP asks for it.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use atlas::Labels;
use case::{DataFile, Digest, RuleRef};
use detect::{Detectors, Scope};
use engine::Rulebook;
use respond::Playbook;
use tokio::{signal::unix::Signal, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

use crate::{
    labels::{self, Known},
    rules,
};

/// Rules that the book lists one by one when they come into force. Of more each family is one line: a line of the book
/// has a limit, and every alert names its rule and digest anyway.
const LISTED_MAX: usize = 2_000;

/// Where rules come from, and what stands beside them.
#[derive(Clone)]
pub struct RuleSource {
    /// The folder that is read over the built-in rules.
    pub folder: Option<PathBuf>,
    /// Files of labels, which are read with the rules.
    pub labels: Vec<PathBuf>,
    /// What is protected. It is read at start only.
    pub scope: Scope,
    /// Playbooks, read at start only.
    pub playbooks: Vec<DataFile>,
}

/// Rules as they were read.
pub struct RulesRead {
    /// The labels that they ask.
    pub labels: Arc<Labels>,
    /// The rules.
    pub detectors: Arc<Detectors>,
    /// All files behind them, for the book.
    pub data: Vec<DataFile>,
}

impl RuleSource {
    /// Reads labels and rules. What of the labels could not be used is told in the log.
    ///
    /// # Errors
    /// Names the file, and where it can the line, of the first that is not right.
    pub fn read(&self) -> Result<RulesRead> {
        // First: what reading a large list leaves free the rules take.
        let Known { labels, files, warnings } = labels::and(&self.labels)?;
        warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        let detectors = rules::detectors(self.folder.as_deref(), self.scope.clone().labelling(labels.clone()))?;
        let data = rule_files(&detectors).into_iter().chain(files).chain(self.playbooks.iter().cloned()).collect();
        Ok(RulesRead { labels, detectors, data })
    }
}

/// Hears SIGHUP from now on; none where the system does not let us.
pub fn hear_reload() -> Option<Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::hangup()) {
        Ok(heard) => Some(heard),
        Err(error) => {
            tracing::error!(%error, "SIGHUP cannot be heard: restart to read rules anew");
            None
        }
    }
}

/// Reads the rules anew each time it is asked. New ones that are not right change nothing, and a person is told.
pub async fn on_request(asked: Option<Signal>, source: RuleSource, rulebook: Rulebook, stop: CancellationToken) {
    let Some(mut asked) = asked else { return };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            heard = asked.recv() => if heard.is_none() { return },
        }
        if let Err(error) = reload(&source, &rulebook).await {
            tracing::error!(%error, "the rules are as they were: the book cannot be written");
        }
    }
}

async fn reload(source: &RuleSource, rulebook: &Rulebook) -> Result<()> {
    let source = source.clone();
    // Many rules take seconds to read.
    let read = spawn_blocking(move || source.read());
    let RulesRead { detectors, data, .. } = match read.await.context("reading rules failed").and_then(|read| read) {
        Ok(read) => read,
        Err(error) => {
            let why = format!("{error:#}");
            tracing::error!(why, "the new rules are refused, and those before them go on");
            return rulebook.refuse(&why).await;
        }
    };
    match rulebook.replace(detectors, data).await? {
        None => tracing::info!("rules and labels are read anew: they are the same"),
        Some(differences) => tracing::info!(
            kept = differences.kept,
            added = differences.added.len(),
            changed = differences.changed.len(),
            removed = differences.removed.len(),
            "the rules are replaced"
        ),
    }
    Ok(())
}

/// Rules in force, for the book.
fn rule_files(detectors: &Detectors) -> Vec<DataFile> {
    let rules = detectors.rules();
    if rules.len() <= LISTED_MAX {
        return rules.into_iter().map(|rule| DataFile { id: format!("rules/{}", rule.id), hash: rule.hash }).collect();
    }
    let digest = |rules: &[RuleRef]| {
        let lines = rules.iter().map(|rule| format!("{}@{}\n", rule.id, rule.hash)).collect::<String>();
        Digest::of_bytes(lines.as_bytes())
    };
    let line = |(family, rules): (&str, Vec<RuleRef>)| DataFile {
        id: format!("rules/{family}/* ({})", rules.len()),
        hash: digest(&rules),
    };
    detectors.rules_by_family().into_iter().map(line).collect()
}

/// Playbooks in force, for the book.
pub fn playbook_files(playbooks: &[Playbook]) -> Vec<DataFile> {
    let file = |playbook: &Playbook| {
        let DataFile { id, hash } = playbook.source.clone();
        DataFile { id: format!("playbooks/{id}"), hash }
    };
    playbooks.iter().map(file).collect()
}
