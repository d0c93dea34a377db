//! `protocol.toml`: what is protected, with the ABIs it names.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use atlas::{Protocol, Selectors};
use detect::Scope;

use crate::rules;

/// Reads an inventory and the ABIs it names, which lie beside it.
///
/// # Errors
/// Names file, line, column and remedy.
pub fn read(path: &Path) -> Result<Protocol> {
    let text = rules::text(path)?;
    let mut protocol = Protocol::parse(&path.display().to_string(), &text)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let named: Vec<(String, String)> = protocol
        .contracts()
        .iter()
        .filter_map(|contract| Some((contract.name.clone(), contract.abi.clone()?)))
        .collect();
    for (contract, file) in named {
        let file = folder.join(file);
        let abi = std::fs::read_to_string(&file)
            .with_context(|| format!("the ABI of `{contract}` cannot be read from `{}`", file.display()))?;
        protocol = protocol.with_abi(&contract, &file.display().to_string(), &abi)?;
    }
    Ok(protocol)
}

/// The files of the ABIs that an inventory names: artifacts may tell more than the ABI.
pub fn abis(path: &Path, protocol: &Protocol) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new("."));
    protocol.contracts().iter().filter_map(|contract| Some(folder.join(contract.abi.as_ref()?))).collect()
}

/// What the rules look after.
pub fn scope(protocol: &Protocol) -> Scope {
    let contracts = protocol.contracts().iter().map(|contract| (contract.account.clone(), contract.name.clone()));
    Scope::protecting(contracts).naming(protocol.name_more(Selectors::embedded()))
}
