//! Names for what the chain only numbers. Whoever starts the desk knows them; a missing name is no error.

use facts::{AccountId, AssetId};

/// What an asset is called and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetName {
    /// Its symbol. If it was read from a chain it is hostile until it is escaped.
    pub symbol: String,
    /// How many decimals its amounts are written with.
    pub decimals: u8,
}

/// Names of assets and accounts, from the atlas and from what the installation protects.
pub trait Names: Send + Sync {
    /// The asset's name, if it is known.
    fn asset(&self, id: &AssetId) -> Option<AssetName>;
    /// What people here call the account, if they do.
    fn account(&self, id: &AccountId) -> Option<String>;
}

/// Knows no names: amounts are shown in base units.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNames;

impl Names for NoNames {
    fn asset(&self, _: &AssetId) -> Option<AssetName> {
        None
    }

    fn account(&self, _: &AccountId) -> Option<String> {
        None
    }
}
