//! What the proof of a bundle came to.

use case::{CaseId, Digest};
use serde::Serialize;

/// Lines of one list of a verdict; beyond that they are only counted.
const LINES_MAX: usize = 2_000;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: a file of the bundle, or a part of it.
    pub at: String,
    /// What, and what it means.
    pub says: String,
}

impl Problem {
    pub(super) fn new(at: impl Into<String>, says: impl Into<String>) -> Self {
        Self { at: at.into(), says: says.into() }
    }
}

/// A line of a verdict: about what, and what is to be said about it.
pub type VerdictLine = Problem;

/// What it comes to in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Everything that should be there is, and holds.
    Holds,
    /// What is there holds; something is missing.
    Incomplete,
    /// Something does not hold.
    Broken,
}

/// What was proved, what rests on somebody's word, what is missing, and what does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The bundle, by the digest of its manifest.
    pub bundle: Digest,
    /// The case.
    pub case: CaseId,
    /// The program that made it.
    pub made_by: String,
    /// Computed here from the bundle's own bytes.
    pub proved: Vec<VerdictLine>,
    /// Believed, and whom.
    pub attested: Vec<VerdictLine>,
    /// Not there, and why.
    pub missing: Vec<VerdictLine>,
    /// What does not hold.
    pub broken: Vec<VerdictLine>,
    /// Lines that are not listed above.
    pub more: u64,
}

impl Verdict {
    pub(super) fn new(bundle: Digest, case: CaseId, made_by: String) -> Self {
        let none = Vec::new;
        Self { bundle, case, made_by, proved: none(), attested: none(), missing: none(), broken: none(), more: 0 }
    }

    /// What it comes to.
    pub fn outcome(&self) -> Proof {
        match (self.broken.is_empty(), self.missing.is_empty()) {
            (false, _) => Proof::Broken,
            (true, false) => Proof::Incomplete,
            (true, true) => Proof::Holds,
        }
    }

    pub(super) fn proved(&mut self, at: impl Into<String>, says: impl Into<String>) {
        Self::push(&mut self.proved, &mut self.more, Problem::new(at, says));
    }

    pub(super) fn attested(&mut self, at: impl Into<String>, says: impl Into<String>) {
        Self::push(&mut self.attested, &mut self.more, Problem::new(at, says));
    }

    pub(super) fn missing(&mut self, at: impl Into<String>, says: impl Into<String>) {
        Self::push(&mut self.missing, &mut self.more, Problem::new(at, says));
    }

    pub(super) fn broken(&mut self, at: impl Into<String>, says: impl Into<String>) {
        Self::push(&mut self.broken, &mut self.more, Problem::new(at, says));
    }

    fn push(list: &mut Vec<VerdictLine>, more: &mut u64, line: VerdictLine) {
        if list.len() < LINES_MAX {
            list.push(line);
        } else {
            *more += 1;
        }
    }
}
