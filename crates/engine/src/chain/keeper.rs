//! What is kept of a block that matters beyond the facts of its alerts: the block itself and the state it read, so that
//! it can be executed again when the node has forgotten that state. Kept are blocks with an alert that somebody looks at
//! today, and those with a transaction of our own.

use std::{collections::BTreeSet, time::Instant};

use anyhow::{Result, anyhow};
use case::{Severity, Timestamp};
use facts::{Address, B256, Block, BlockRef};
use metrics::{counter, histogram};

use crate::{Codes, Executed, Looked, Loupe};

/// The mildest alert whose block is kept. Whatever is milder is looked at in working hours, with an archive node.
const KEPT_FROM: Severity = Severity::Medium;
/// Bytes of blocks kept in a day for what wakes nobody. Whoever makes alerts on purpose must not fill the disk.
const MILD_A_DAY: u64 = 256 << 20;
/// Bytes of blocks kept in a day in all: some five hundred blocks of Ethereum.
const ALL_A_DAY: u64 = 1 << 30;
const DAY_S: i64 = 86_400;

/// Decides what is kept, and counts it.
pub(super) struct Keeper {
    ours: BTreeSet<Address>,
    /// The day that is counted, and the bytes kept in it.
    day: i64,
    used: u64,
}

impl Keeper {
    pub(super) fn new(ours: BTreeSet<Address>) -> Self {
        Self { ours, day: 0, used: 0 }
    }

    /// What is to be kept of a block before it is written down: its record and the code it ran. That it cannot be kept is
    /// no reason to stop: its evidence can be had from an archive node, and whoever asks for it is told.
    pub(super) async fn record(
        &mut self,
        loupe: &Loupe,
        (at, block): (&BlockRef, &Block),
        looked: &Looked,
        now: Timestamp,
    ) -> Option<Kept> {
        let worst = looked.alerts.iter().map(|(_, alert)| alert.severity).max();
        let is_ours = block.txs.iter().any(|tx| self.ours.contains(&tx.from));
        if !is_ours && worst.is_none_or(|worst| worst < KEPT_FROM) {
            return None;
        }
        let is_grave = is_ours || worst >= Some(Severity::High);
        let most = if is_grave { ALL_A_DAY } else { MILD_A_DAY };
        let day = now.as_second().div_euclid(DAY_S);
        if day != self.day {
            (self.day, self.used) = (day, 0);
        }
        let start = Instant::now();
        let kept = match self.used >= most {
            true => Err(anyhow!("{most} bytes were kept today")),
            false => record(loupe, at.hash, looked).await,
        };
        let chain = || at.chain.to_string();
        match kept {
            Ok(kept) => {
                let bytes = kept.bytes();
                self.used = self.used.saturating_add(bytes);
                counter!("breakglass_blocks_kept_total", "chain" => chain()).increment(1);
                counter!("breakglass_block_bytes_kept_total", "chain" => chain()).increment(bytes);
                histogram!("breakglass_block_keeping_seconds", "chain" => chain())
                    .record(start.elapsed().as_secs_f64());
                Some(kept)
            }
            Err(error) => {
                counter!("breakglass_blocks_not_kept_total", "chain" => chain()).increment(1);
                let error = format!("{error:#}");
                tracing::warn!(chain = %at.chain, block = at.number, error, "the block is not kept");
                None
            }
        }
    }
}

/// A block's record, and the code it needs.
pub(super) struct Kept {
    record: Vec<u8>,
    codes: Codes,
}

impl Kept {
    /// Its pieces, the record last: it names the others, so that the block refers to the record alone.
    pub(super) fn pieces(&self) -> Vec<&[u8]> {
        self.codes.values().map(AsRef::as_ref).chain([self.record.as_slice()]).collect()
    }

    /// How many bytes that are; code that is in the book already counts too.
    fn bytes(&self) -> u64 {
        self.pieces().iter().map(|piece| piece.len() as u64).sum()
    }
}

async fn record(loupe: &Loupe, block: B256, looked: &Looked) -> Result<Kept> {
    let (record, codes) = loupe.record(block, Executed::of(&looked.facts)).await?;
    Ok(Kept { record: record.to_bytes()?, codes })
}
