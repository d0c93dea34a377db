//! What the rules remember, as the book has it.

use anyhow::{Context as _, Result};
use detect::{BlockChanges, Memory, MemoryLimits, Snapshot};
use facts::ChainId;
use store::MemoryRows;

/// The rules' memory as the book has it.
pub(super) fn restore(rows: MemoryRows, chain: &ChainId) -> Result<Memory> {
    let snapshot = rows.snapshot.map(|(_, bytes)| Snapshot::from_bytes(&bytes)).transpose()?;
    let changes =
        rows.changes.iter().map(|(_, bytes)| BlockChanges::from_bytes(bytes)).collect::<Result<Vec<_>, _>>()?;
    Memory::restore(snapshot, changes, MemoryLimits::default())
        .with_context(|| format!("the rules' memory of `{chain}` cannot be restored"))
}

/// What is said when the rules' memory could not be restored whole.
pub(super) const FORGOTTEN: (&str, &str) = (
    "what the rules remembered of earlier blocks",
    "a reorganisation went below the oldest snapshot, or blocks were pruned: windows and counts begin anew, and a slow \
     attack that began before may be noticed late",
);
