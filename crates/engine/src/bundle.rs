//! Evidence bundles: everything that an incident rests on, in one file that proves itself without a node, an
//! installation or this program's word for it. The format is described in `docs/evidence.md`.
//!
//! Gathering asks the book and, for what the book does not have, a node; proving asks nobody. What could not be had is
//! named in the bundle, and a bundle with something missing says so for ever.

mod archive;
mod attack;
mod block;
mod gather;
mod manifest;
mod pack;
mod prove;
mod same;
mod verdict;
mod wanted;

pub use archive::Files;
pub use attack::Attacked;
pub use gather::{Case, Gather, Materials};
pub use manifest::{Manifest, Missing, Source};
pub use verdict::{Problem, Proof, Verdict, VerdictLine};

use anyhow::{Context as _, Result, bail};
use case::Digest;

/// A bundle, unpacked.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// What it says it is.
    pub manifest: Manifest,
    /// Its files, the manifest among them.
    pub files: Files,
}

impl Bundle {
    /// A bundle of these files; the manifest is completed with their names and digests. That it is of one piece then says
    /// nothing about whether it is true.
    ///
    /// # Errors
    /// If the manifest has no canonical form.
    pub fn of(mut manifest: Manifest, mut files: Files) -> Result<Self> {
        manifest.list(&files);
        files.insert(archive::MANIFEST.to_owned(), case::canonical(&manifest)?);
        Ok(Self { manifest, files })
    }

    /// What it is known by: the SHA-256 of its manifest, which names all else by digest.
    pub fn id(&self) -> Digest {
        self.files.get(archive::MANIFEST).map_or(Digest::ZERO, |bytes| Digest::of_bytes(bytes))
    }

    /// Whether bytes look like a bundle.
    pub fn is_one(bytes: &[u8]) -> bool {
        pack::is_packed(bytes)
    }

    /// The file: the same content gives the same bytes.
    ///
    /// # Errors
    /// If it is too large to be read again.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        pack::pack(&archive::write(&self.files)?)
    }

    /// Reads a file. Whatever is not as it was written is named beside what can be read.
    ///
    /// # Errors
    /// If nothing can be made of it; says what was noticed on the way.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Vec<Problem>)> {
        let mut problems = Vec::new();
        let archive = pack::unpack(bytes, &mut problems)?;
        let files = archive::read(&archive, &mut problems);
        let said = |problems: &[Problem]| {
            problems.iter().map(|problem| format!("{} {}", problem.at, problem.says)).collect::<Vec<_>>().join("; ")
        };
        let Some(text) = files.get(archive::MANIFEST) else {
            bail!("it holds no `{}`: it is no bundle, or damaged: {}", archive::MANIFEST, said(&problems));
        };
        let manifest = Manifest::read(text).with_context(|| format!("damaged: {}", said(&problems)))?;
        manifest.compare(&files, &mut problems);
        Ok((Self { manifest, files }, problems))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests;
