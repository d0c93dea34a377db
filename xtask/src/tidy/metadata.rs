//! What cargo says about the packages of the workspace and what they depend on.

use crate::tools::cargo;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::path::Path;

/// A package of the workspace.
#[derive(Deserialize)]
pub struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

/// One dependency as its manifest declares it.
#[derive(Deserialize)]
pub struct Dependency {
    /// The package's own name, whatever the manifest calls it.
    pub name: String,
    /// Nothing for a normal one, else `dev` or `build`.
    pub kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// Asks cargo; reads manifests only, no network and no lock.
pub fn read(root: &Path) -> Result<Vec<Package>> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--offline"];
    let output = cargo(root).args(arguments).output().context("could not start `cargo`")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("`cargo metadata` is not as expected")?;
    Ok(metadata.packages)
}

impl Package {
    /// The folder's name: the package's without the prefix.
    pub fn room(&self) -> &str {
        room(&self.name)
    }

    pub fn manifest(&self) -> String {
        if self.name == "xtask" { "xtask/Cargo.toml".into() } else { format!("crates/{}/Cargo.toml", self.room()) }
    }

    #[cfg(test)]
    pub fn of(name: &str, normal: &[&str], dev: &[&str]) -> Self {
        let as_kind = |names: &[&str], kind: Option<&str>| -> Vec<Dependency> {
            names.iter().map(|name| Dependency { name: (*name).into(), kind: kind.map(Into::into) }).collect()
        };
        let dependencies = as_kind(normal, None).into_iter().chain(as_kind(dev, Some("dev"))).collect();
        Self { name: name.into(), dependencies }
    }
}

impl Dependency {
    pub fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }

    /// The room it is, if it is one of ours.
    pub fn ours(&self) -> Option<&str> {
        self.name.strip_prefix(PREFIX)
    }
}

const PREFIX: &str = "breakglass-";

fn room(package: &str) -> &str {
    package.strip_prefix(PREFIX).unwrap_or(package)
}
