use std::fmt;

use facts::B256;

/// Where in a file something stands. Lines and columns count from one, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the caller named it.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Something wrong in a rule's file, with its place and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: String,
    /// What to do; empty when it goes without saying.
    pub hint: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

impl std::error::Error for Fault {}

/// What can go wrong in this room.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A rule's file is not right. The rule set is refused as a whole: half a set would look like a quiet chain.
    #[error("{0}")]
    Rule(Box<Fault>),
    /// The rule that makes blindness an alert is not among the rules.
    #[error("rule `blind-spot` is missing; read your rules over the default set, not in its place")]
    NoBlindSpot,
    /// More rules than the dispatch is made for.
    #[error("`{0}` rules are more than the `{max}` that one process runs; split them over several", max = crate::dispatch::MAX_RULES)]
    TooManyRules(usize),
    /// A block of another chain than the one that is looked at.
    #[error("block of `{block}` was handed to the detectors of `{expected}`")]
    OtherChain {
        /// The block's chain.
        block: facts::ChainId,
        /// The chain that was named.
        expected: facts::ChainId,
    },
    /// A block that is not above the head: a reorg that nobody told the memory about.
    #[error("block `{block}` is not above the head `{head}`; revert the memory to their common ancestor first")]
    NotAhead {
        /// The block's height.
        block: u64,
        /// The head's height.
        head: u64,
    },
    /// A block right above the head that names another parent: a reorg that nobody told the memory about.
    #[error(
        "block `{block}` names the parent `{parent}`, but the head is `{head}`; revert the memory to their common ancestor first"
    )]
    NotChild {
        /// The block's height.
        block: u64,
        /// The parent it names.
        parent: B256,
        /// The head's hash.
        head: B256,
    },
    /// The block to be undone is not the one that was closed last.
    #[error("block `{block}` `{hash}` is not the head of the memory, which is `{head}`; restore a snapshot")]
    NotHead {
        /// The block's height.
        block: u64,
        /// The block's hash.
        hash: B256,
        /// What the head is.
        head: String,
    },
    /// The before-images of the block are gone.
    #[error("block `{block}` is too deep to be undone; restore a snapshot below it and see the blocks again")]
    TooDeep {
        /// The block's height.
        block: u64,
    },
    /// Bytes from the store that are not what they should be.
    #[error("{what} cannot be read or written: {why}")]
    Bytes {
        /// What they should be.
        what: &'static str,
        /// Why they are not.
        why: String,
    },
}

impl From<Fault> for DetectError {
    fn from(fault: Fault) -> Self {
        Self::Rule(Box::new(fault))
    }
}
