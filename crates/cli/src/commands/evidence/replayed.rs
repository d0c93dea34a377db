//! A case without a book: found again in recorded blocks.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use atlas::Atlas;
use engine::{Case, Materials, Replay};
use respond::TriageRules;
use rpc::Form;
use watch::Recorded;

use crate::{args::evidence::EvidenceArgs, output};

/// Replays the files and takes the case out.
///
/// # Errors
/// If the files cannot be replayed, or there is no such case in them.
pub fn case(args: &EvidenceArgs, materials: &Materials) -> Result<Case> {
    let protected = materials.detectors.scope().contracts().iter().cloned().collect();
    let triage = TriageRules { protected, ..TriageRules::default() };
    let mut replay = Replay::new(Atlas::embedded(), Arc::clone(&materials.detectors), triage, Instant::now()).keeping();
    let mut source = Recorded::open(&args.replay, Form::Ethereum)?;
    let of = source.remaining();
    while let Some(recording) = source.read_next() {
        let recording = recording?;
        output::progress(format!("block {} ({} of {of})", recording.block.header.number, of - source.remaining()));
        replay.block(&recording)?;
    }
    output::progress_end();
    let found = replay.evidence(&args.case);
    found.with_context(|| format!("the replay opens no case `{}`: `breakglass replay` tells which it opens", args.case))
}
