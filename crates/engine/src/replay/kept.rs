//! What evidence is made of, kept while recorded blocks are looked at.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use case::{CaseId, Entry, Stream};
use facts::{B256, Block};
use store::CaseExport;

use crate::{BlockRecord, Case, Codes, Lens, Looked, Seen, Source, Stands, tiers};

/// Blocks kept at most: each takes a megabyte or more.
const BLOCKS_MAX: usize = 256;

/// Lines of cases, and blocks with alerts.
#[derive(Debug, Default)]
pub(super) struct Kept {
    lines: BTreeMap<CaseId, Vec<Entry>>,
    blocks: BTreeMap<B256, (BlockRecord, Codes)>,
}

impl Kept {
    /// Keeps a block. One that cannot be kept is missing in the bundle, which says so.
    pub(super) fn block(&mut self, lens: &Lens, block: &Block, looked: &Looked) {
        if self.blocks.len() >= BLOCKS_MAX {
            return;
        }
        match record(lens, block, looked) {
            Ok(kept) => drop(self.blocks.insert(block.header.hash, kept)),
            Err(error) => {
                tracing::warn!(block = block.header.number, error = format!("{error:#}"), "the block is not kept");
            }
        }
    }

    pub(super) fn lines(&mut self, lines: Vec<Entry>) {
        for line in lines {
            if let Stream::Case(case) = &line.stream {
                self.lines.entry(case.clone()).or_default().push(line);
            }
        }
    }

    pub(super) fn case(&mut self, case: &CaseId) -> Option<Case> {
        let export = CaseExport::unsealed(case.clone(), self.lines.get(case)?.clone());
        let records = std::mem::take(&mut self.blocks).into_values().collect();
        Some(Case { export, source: Source::Replay, store: None, records })
    }
}

fn record(lens: &Lens, block: &Block, looked: &Looked) -> Result<(BlockRecord, Codes)> {
    let witness = block.witness.as_deref().ok_or_else(|| anyhow!("it came without state"))?;
    let fork = lens.fork(block.header.number, block.header.timestamp).map_err(|why| anyhow!(why))?;
    let (_, log) = tiers::witnessed(lens, &looked.facts.block, block, fork, witness);
    let (read, observed) = (log.state(), looked.facts.observed.clone());
    BlockRecord::of(lens, Seen { block, fork, read, stands: Stands::Transactions, observed, executed: None })
}
