//! The manifest of a bundle: what it is about, what is missing, and every file by its digest.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use case::{CaseId, Digest};
use facts::{Address, B256, ChainId};
use serde::{Deserialize, Serialize};

use super::{Problem, archive};
use crate::Stands;

/// The name and version of the form.
pub(super) const FORM: &str = "breakglass-evidence/1";

/// Where the lines of the case come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The book of an installation, which seals them.
    Book,
    /// A replay of recorded blocks: nobody sealed them.
    Replay,
}

/// What a bundle is about and what it holds. Its canonical form (RFC 8785) is `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The name and version of the form.
    pub form: String,
    /// The case.
    pub case: CaseId,
    /// Where its lines come from.
    pub source: Source,
    /// The program that made it, with its version.
    pub made_by: String,
    /// The chains, as far as facts depend on them.
    pub chains: Vec<ChainWords>,
    /// The blocks, by chain and height.
    pub blocks: Vec<BlockWords>,
    /// The transactions of the case, in the order of their blocks.
    pub transactions: Vec<TxWords>,
    /// What should be here and could not be had.
    pub missing: Vec<Missing>,
    /// Every other file, by name.
    pub files: Vec<FileWords>,
}

/// A chain, as far as facts depend on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainWords {
    /// CAIP-2 id.
    pub id: ChainId,
    /// SLIP-44 coin type of the native asset.
    pub slip44: u32,
    /// Contracts that wrap it.
    pub wrapped_native: Vec<Address>,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockWords {
    /// Its chain.
    pub chain: ChainId,
    /// Height.
    pub number: u64,
    /// Hash: `blocks/<hash>.json` is its record, `blocks/<hash>.nodes` the proof of its state.
    pub hash: B256,
    /// What the state in its record stands for.
    pub stands: Stands,
    /// Why it is here.
    pub why: Vec<String>,
}

/// A transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TxWords {
    /// Its hash: `facts/<hash>.json` is what was seen of it.
    pub hash: B256,
    /// The hash of its block; none if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<B256>,
    /// Why it is here.
    pub why: Vec<String>,
}

/// Something that should be in the bundle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// What.
    pub what: String,
    /// Why it is not there, in words that tell what to do.
    pub why: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileWords {
    /// Its name in the archive.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// How many bytes.
    pub bytes: u64,
}

impl Manifest {
    /// Writes down what files there are.
    pub(super) fn list(&mut self, files: &archive::Files) {
        let listed = files.iter().filter(|(path, _)| *path != archive::MANIFEST).map(|(path, bytes)| FileWords {
            path: path.clone(),
            sha256: Digest::of_bytes(bytes),
            bytes: bytes.len() as u64,
        });
        self.files = listed.collect();
    }

    /// Reads `manifest.json`, which has to be in its canonical form.
    ///
    /// # Errors
    /// Says at which line and column it is something else.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let manifest: Self = serde_json::from_slice(bytes).context("`manifest.json` cannot be read")?;
        let form = &manifest.form;
        ensure!(form == FORM, "its form is `{form}`, this program knows `{FORM}`: use the program it names");
        ensure!(case::canonical(&manifest)? == bytes, "`manifest.json` is not in its canonical form: it was rewritten");
        Ok(manifest)
    }

    /// Compares the files with what is written down of them.
    pub(super) fn compare(&self, files: &archive::Files, problems: &mut Vec<Problem>) {
        let mut listed: BTreeMap<&str, &FileWords> = BTreeMap::new();
        for file in &self.files {
            if listed.insert(&file.path, file).is_some() {
                problems.push(Problem::new(&file.path, "is in the manifest twice"));
            }
        }
        for (path, bytes) in files.iter().filter(|(path, _)| *path != archive::MANIFEST) {
            match listed.remove(path.as_str()) {
                None => problems.push(Problem::new(path, "is not in the manifest: it was put in")),
                Some(file) if file.sha256 != Digest::of_bytes(bytes) || file.bytes != bytes.len() as u64 => {
                    problems
                        .push(Problem::new(path, "is not what the manifest names: it was changed, or the manifest"));
                }
                Some(_) => {}
            }
        }
        for path in listed.into_keys() {
            problems.push(Problem::new(path, "is in the manifest and not in the bundle"));
        }
    }
}

/// The name of a block's record.
pub(super) fn record(block: B256) -> String {
    format!("blocks/{block}.json")
}

/// The name of the proof of a block's state.
pub(super) fn nodes(block: B256) -> String {
    format!("blocks/{block}.nodes")
}

/// The name of a header.
pub(super) fn header(block: B256) -> String {
    format!("headers/{block}.rlp")
}

/// The name of code.
pub(super) fn code(hash: B256) -> String {
    format!("code/{hash}")
}

/// The name of a transaction's facts.
pub(super) fn facts(tx: B256) -> String {
    format!("facts/{tx}.json")
}

/// The name of other evidence that the case's lines name.
pub(super) fn evidence(digest: &Digest) -> String {
    format!("evidence/{digest}")
}

/// The case's lines and seals.
pub(super) const CASE: &str = "case.json";
/// What was announced of the contracts of the case.
pub(super) const ANNOUNCED: &str = "announcements.json";
/// What is protected.
pub(super) const PROTOCOL: &str = "data/protocol.toml";
/// Names of functions.
pub(super) const NAMES: &str = "data/selectors.txt";
/// The rules.
pub(super) const RULES: &str = "data/rules/";
