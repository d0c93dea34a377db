//! A case without a book: found again in recorded blocks.

use std::{path::PathBuf, sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use atlas::Atlas;
use case::CaseId;
use engine::{Case, Materials, Replay};
use respond::TriageRules;

use crate::commands::blocks;

/// Replays the files and takes the case out.
///
/// # Errors
/// If the files cannot be replayed, or there is no such case in them.
pub fn case(case: &CaseId, paths: &[PathBuf], materials: &Materials) -> Result<Case> {
    let protected = materials.detectors.scope().contracts().iter().cloned().collect();
    let triage = TriageRules { protected, ..TriageRules::default() };
    let mut replay = Replay::new(Atlas::embedded(), Arc::clone(&materials.detectors), triage, Instant::now()).keeping();
    blocks::of_files(&mut replay, paths)?;
    let found = replay.evidence(case);
    found.with_context(|| format!("the replay opens no case `{}`: `breakglass replay` tells which it opens", case))
}
