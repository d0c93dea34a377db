//! Written limits of the book.

/// How much of each thing is kept or read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line. The largest is an alert with all its evidence.
    pub line_bytes: usize,
    /// Lines written at once: a block full of alerts, or their withdrawals after a deep reorg.
    pub lines: usize,
    /// Bytes of one piece of evidence: a block's trace with its state.
    pub evidence_bytes: usize,
    /// Bytes of evidence that one exported case carries; what is over is named without its bytes.
    pub export_bytes: usize,
    /// Lines read at once.
    pub page_lines: u32,
    /// Lines of a stream that are read as a whole.
    pub stream_lines: u32,
    /// Blocks whose changes to the memory are kept at least: deeper than any reorg that is followed.
    pub memory_blocks: u64,
    /// Blocks whose changes to the memory are kept at most without a snapshot.
    pub memory_blocks_max: u64,
    /// Bytes of one block's changes to the memory, or of a snapshot of it.
    pub memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 1 << 20,
            lines: 65_536,
            evidence_bytes: 64 << 20,
            export_bytes: 64 << 20,
            page_lines: 10_000,
            stream_lines: 100_000,
            memory_blocks: 1_024,
            memory_blocks_max: 16_384,
            memory_bytes: 256 << 20,
        }
    }
}
