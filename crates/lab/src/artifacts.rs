//! Compiled contracts of `contracts/scenarios`, by name.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use facts::Bytes;
use serde::Deserialize;

/// Where they are compiled to, seen from the root of the repository.
const FOLDER: &str = "contracts/scenarios/out";

/// Contracts by name.
#[derive(Debug, Clone, Default)]
pub struct Artifacts {
    contracts: BTreeMap<String, Artifact>,
}

/// A compiled contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// Init code without arguments.
    pub bytecode: Bytes,
    /// The code that it deploys, with zeros for immutables.
    pub deployed_bytecode: Bytes,
}

impl Artifacts {
    /// Reads what was compiled. `root` is the root of the repository.
    ///
    /// # Errors
    /// If nothing was compiled, or a file cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let folder = root.join(FOLDER);
        let listed = fs::read_dir(&folder).with_context(|| {
            format!(
                "`{}` cannot be read: run `cargo xtask contracts --scenarios`, which compiles them",
                folder.display()
            )
        })?;
        let mut files: Vec<PathBuf> = listed.map(|file| Ok(file?.path())).collect::<std::io::Result<_>>()?;
        files.sort();
        let mut contracts = BTreeMap::new();
        for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "json")) {
            let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
            let found: BTreeMap<String, Artifact> =
                serde_json::from_str(&text).with_context(|| file.display().to_string())?;
            for (name, artifact) in found {
                if contracts.insert(name.clone(), artifact).is_some() {
                    bail!("two contracts are called `{name}`: rename one");
                }
            }
        }
        Ok(Self { contracts })
    }

    /// The contract of this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, name: &str) -> Result<&Artifact> {
        self.contracts.get(name).with_context(|| {
            format!(
                "no compiled contract of `contracts/scenarios` is called `{name}`: if its source is there, compile it with \
                 `cargo xtask contracts --scenarios`"
            )
        })
    }
}

/// The root of the repository, for a program that cargo runs.
///
/// # Errors
/// If cargo does not say where it is.
pub fn root() -> Result<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("call this through cargo, which says where it is")?;
    let root = Path::new(&manifest).ancestors().nth(2).context("the crate lies in `crates/lab`")?;
    Ok(root.to_path_buf())
}
