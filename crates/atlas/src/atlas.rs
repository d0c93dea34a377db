//! All chains by their ids.

use std::collections::BTreeMap;

use facts::ChainId;

use crate::{AtlasError, Chain};

macro_rules! embedded {
    ($folder:literal: $($file:literal)*) => {
        &[$(($file, include_str!(concat!("../../../data/", $folder, "/", $file)))),*]
    };
}

/// The chain files in the binary, by name. A test compares them with the folder.
const CHAINS: &[(&str, &str)] = embedded!("chains":
    "anvil.toml" "arbitrum.toml" "avalanche.toml" "base.toml" "bsc.toml" "ethereum.toml" "gnosis.toml" "hoodi.toml"
    "optimism.toml" "polygon.toml" "sepolia.toml"
);

/// The chains that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Atlas {
    chains: BTreeMap<ChainId, Chain>,
}

impl Atlas {
    /// The chains in the binary.
    pub fn embedded() -> Self {
        CHAINS.iter().fold(Self::default(), |atlas, (file, text)| {
            atlas.with_chain_toml(file, text).expect("a test reads every chain file in the binary")
        })
    }

    /// Adds a chain from a file's text, or puts it in the place of the chain of the same id.
    pub fn with_chain_toml(mut self, file: &str, text: &str) -> Result<Self, AtlasError> {
        let chain = Chain::parse(file, text)?;
        self.chains.insert(chain.id.clone(), chain);
        Ok(self)
    }

    /// What is known of a chain.
    pub fn chain(&self, id: &ChainId) -> Option<&Chain> {
        self.chains.get(id)
    }

    /// All chains, by id.
    pub fn chains(&self) -> impl Iterator<Item = &Chain> {
        self.chains.values()
    }
}
