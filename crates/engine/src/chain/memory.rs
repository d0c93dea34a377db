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
