//! Names of functions, events and errors, and of variables in storage, out of files that a person brings.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use atlas::{Abi, Artifact, Layouts, Selectors};

/// Files that are read of all folders together. A large project compiles to some thousands of artifacts.
const FILES_MAX: usize = 20_000;
/// How deep folders are searched: `artifacts/src/family/Contract.sol/Contract.json`.
const DEPTH_MAX: usize = 8;
/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// What contracts are called inside.
#[derive(Clone, Default)]
pub struct Inside {
    /// Functions, events and errors.
    pub selectors: Selectors,
    /// Storage.
    pub layouts: Layouts,
}

impl Inside {
    /// The same with what files and folders of them say.
    ///
    /// # Errors
    /// If a file that was named cannot be read. In a folder, files that hold no ABI are passed over, and a folder in which
    /// none does is an error.
    pub fn with(mut self, paths: &[PathBuf]) -> Result<Self> {
        for path in paths {
            if path.is_dir() {
                let mut files = Vec::new();
                list(path, DEPTH_MAX, &mut files)?;
                files.sort();
                let mut read = 0;
                for file in &files {
                    // Build folders hold caches and debug notes beside the artifacts.
                    if let Ok(found) = artifacts(file) {
                        self = self.and(&found);
                        read += 1;
                    }
                }
                if read == 0 {
                    bail!("`{}` holds no ABI: give a folder of artifacts, as `out` or `artifacts`", path.display());
                }
            } else {
                self = self.and(&artifacts(path)?);
            }
        }
        Ok(self)
    }

    fn and(self, found: &[Artifact]) -> Self {
        found.iter().fold(self, |Self { selectors, layouts }, artifact| Self {
            selectors: selectors.with(&artifact.abi),
            layouts: layouts.with(artifact),
        })
    }
}

fn artifacts(path: &Path) -> Result<Vec<Artifact>> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?.len();
    if size > FILE_BYTES_MAX {
        bail!("`{}` has {size} bytes: at most {FILE_BYTES_MAX} are read", path.display());
    }
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read `{}` as UTF-8 text", path.display()))?;
    let name = path.display().to_string();
    if path.extension().is_some_and(|extension| extension == "json") {
        return Ok(Artifact::parse_all(&name, &text)?);
    }
    Ok(vec![Artifact::named(Abi::list(&name, &text)?)])
}

fn list(folder: &Path, deeper: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list `{}`", folder.display()))?.path();
        if path.is_dir() {
            if deeper > 0 {
                list(&path, deeper - 1, files)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json" || extension == "txt" || extension == "csv")
        {
            if files.len() >= FILES_MAX {
                bail!("`{}` holds more than {FILES_MAX} files: name a folder inside it", folder.display());
            }
            files.push(path);
        }
    }
    Ok(())
}
