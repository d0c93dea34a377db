//! Who can sign in this installation: V3 keystores, decrypted once at start.

mod keystore;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use alloy_signer_local::PrivateKeySigner;
use case::Step;
use facts::Address;
use serde::Deserialize;

use crate::{ActError, Secret};

/// `[signer.NAME]` of `breakglass.toml`. Paths are taken from the folder of that file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// A V3 keystore (Web3 Secret Storage), as geth, cast and most wallets write it.
    pub keystore: PathBuf,
    /// The file that holds its password, readable by its owner alone.
    pub password_file: Option<PathBuf>,
    /// Or the environment variable that holds it.
    pub password_env: Option<String>,
}

/// The signers by name. Keys live in the signing library's own wiped-on-drop type and in nothing else of ours; the
/// library's keystore reader does not wipe its scratch memory.
#[derive(Clone, Default)]
pub struct Signers(BTreeMap<String, PrivateKeySigner>);

impl Signers {
    /// Decrypts every keystore. Takes about a second each, which is what the key derivation is for: call it at start,
    /// off the async threads.
    ///
    /// # Errors
    /// [`ActError::Setup`] for the first keystore or password that cannot be used, with file and remedy, without secrets.
    pub fn load(folder: &Path, config: &BTreeMap<String, SignerConfig>) -> Result<Self, ActError> {
        let mut signers = Self::default();
        for (name, signer) in config {
            let what = format!("signer.{name}");
            let password_file = signer.password_file.as_ref().map(|path| folder.join(path));
            let password = Secret::read(&what, "password", password_file.as_deref(), signer.password_env.as_deref())?;
            let key =
                keystore::open(&folder.join(&signer.keystore), &password).map_err(|why| ActError::setup(&what, why))?;
            signers.0.insert(name.clone(), key);
        }
        Ok(signers)
    }

    /// With a key from elsewhere, such as a drill's own chain.
    #[must_use]
    pub fn with(mut self, name: &str, key: PrivateKeySigner) -> Self {
        self.0.insert(name.to_owned(), key);
        self
    }

    /// The signer's address.
    pub fn address(&self, name: &str) -> Option<Address> {
        self.0.get(name).map(PrivateKeySigner::address)
    }

    /// Names and addresses in order.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, Address)> {
        self.0.iter().map(|(name, key)| (name.as_str(), key.address()))
    }

    pub(crate) fn of(&self, step: &Step, name: &str) -> Result<&PrivateKeySigner, ActError> {
        self.0.get(name).ok_or_else(|| {
            ActError::refused(step, format!("there is no signer `{name}`; add `[signer.{name}]` to breakglass.toml"))
        })
    }
}

impl fmt::Debug for Signers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.addresses()).finish()
    }
}

#[cfg(test)]
mod tests;
