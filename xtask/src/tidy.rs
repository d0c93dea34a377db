//! The house rules that no compiler holds, each in a file of its own. A rule says where it is broken and what to do.
//!
//! What is judged is what git tracks: a draft is nobody's business until it is added.

mod arrows;
mod fences;
mod metadata;
mod names;
mod pages;
mod purity;
mod ratchet;
mod size;
mod tree;
mod words;

use crate::progress;
use anyhow::{Result, bail};
use std::{fmt, path::Path};
use tree::Tree;

/// One broken rule, with its place and the way out.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: String,
    /// From one; where the file as a whole is meant, one.
    line: usize,
    what: String,
    remedy: String,
}

impl Violation {
    fn new(path: impl Into<String>, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.into(), line, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n    {}", self.path, self.line, self.what, self.remedy)
    }
}

/// Judges the whole tree and names every violation, not only the first.
pub fn run(root: &Path) -> Result<()> {
    progress::step("Hold the house rules", || {
        let tree = Tree::read(root)?;
        let packages = metadata::read(root)?;
        let ratchet = ratchet::read(&tree)?;
        let mut found = Vec::new();
        found.extend(arrows::check(&packages, &tree));
        found.extend(fences::check(&packages, &tree));
        found.extend(purity::check(&tree));
        found.extend(pages::check(&tree));
        found.extend(size::check(&tree, &ratchet));
        found.extend(words::check(&tree));
        found.extend(names::check(&tree, &ratchet));
        found.sort();
        for violation in &found {
            eprintln!("{violation}");
        }
        if !found.is_empty() {
            bail!("{} house rule(s) broken, named above", found.len());
        }
        Ok(())
    })
}

/// What a check found, one line each, for the tests of the checks.
#[cfg(test)]
fn told(mut found: Vec<Violation>) -> String {
    found.sort();
    found.iter().map(|violation| format!("{}:{}: {}\n", violation.path, violation.line, violation.what)).collect()
}
