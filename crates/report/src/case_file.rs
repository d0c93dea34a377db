//! What a document may see.

use case::{Entry, Incident, Timestamp};
use facts::{AccountId, AssetId, ChainId};

/// A case as it stands, with what is needed to tell it to people.
#[derive(Clone, Copy)]
pub struct CaseFile<'a> {
    /// The case.
    pub incident: &'a Incident,
    /// All its lines.
    pub entries: &'a [Entry],
    /// What people here call accounts and assets.
    pub names: &'a dyn Names,
    /// What cannot be seen right now of the chains the case is about.
    pub blind: &'a [Blindness],
    /// The time of telling, in UTC.
    pub now: Timestamp,
}

/// Something that cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blindness {
    /// On which chain.
    pub chain: ChainId,
    /// What, and why.
    pub why: String,
}

/// What an asset is called and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetName {
    /// Its symbol. If it was read from a chain it is hostile.
    pub symbol: String,
    /// How many decimals its amounts are written with.
    pub decimals: u8,
}

/// Names of assets and accounts. A missing name is no error.
pub trait Names {
    /// The asset's name, if it is known.
    fn asset(&self, id: &AssetId) -> Option<AssetName>;
    /// What people here call the account, if they do.
    fn account(&self, id: &AccountId) -> Option<String>;
}

/// Knows no names: amounts are told in base units.
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
