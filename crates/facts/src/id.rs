//! Chain-agnostic identifiers: CAIP-2 chains, CAIP-10 accounts, CAIP-19 assets.

use std::{fmt, str::FromStr, sync::Arc};

use alloy_primitives::Address;
use serde::{Deserialize, Serialize, de};

/// A text that is not the identifier it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {form}: expected {expected}")]
pub struct IdError {
    /// The text as it was given, cut to 80 characters.
    pub text: String,
    /// The name of the form, such as "CAIP-2 chain id".
    pub form: &'static str,
    /// An example of the form.
    pub expected: &'static str,
}

impl IdError {
    fn new(text: &str, form: &'static str, expected: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), form, expected }
    }
}

/// A chain by its CAIP-2 id, `namespace:reference`, such as `eip155:1`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainId(Arc<str>);

impl ChainId {
    /// The id of an EVM chain by its EIP-155 number.
    pub fn eip155(number: u64) -> Self {
        Self(format!("eip155:{number}").into())
    }

    /// The EIP-155 number, if this is an EVM chain.
    pub fn evm_number(&self) -> Option<u64> {
        self.0.strip_prefix("eip155:")?.parse().ok()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChainId {
    type Err = IdError;

    /// CAIP-2: a namespace of 3 to 8 of `[-a-z0-9]`, a colon, a reference of 1 to 32 of `[-_a-zA-Z0-9]`.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError::new(text, "CAIP-2 chain id", "`eip155:1`");
        let (namespace, reference) = text.split_once(':').ok_or_else(bad)?;
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let fits = (3..=8).contains(&namespace.len())
            && namespace.chars().all(lower)
            && (1..=32).contains(&reference.len())
            && reference.chars().all(word);
        let number_is_canonical =
            namespace != "eip155" || reference.parse::<u64>().is_ok_and(|number| number.to_string() == reference);
        (fits && number_is_canonical).then(|| Self(text.into())).ok_or_else(bad)
    }
}

/// An account by its CAIP-10 id, such as `eip155:1:0x…`, with an EIP-55 checksum when written.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId {
    /// The chain the account lives on.
    pub chain: ChainId,
    /// The account's address.
    pub address: Address,
}

impl FromStr for AccountId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError::new(text, "CAIP-10 account id", "`eip155:1:0x` and 40 hex digits");
        let (chain, address) = text.rsplit_once(':').ok_or_else(bad)?;
        Ok(Self { chain: chain.parse().map_err(|_| bad())?, address: address.parse().map_err(|_| bad())? })
    }
}

/// An asset by its CAIP-19 id, such as `eip155:1/slip44:60` or `eip155:1/erc20:0x…`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssetId(Arc<str>);

impl AssetId {
    /// The asset as a CAIP-19 id. `slip44` is the chain's coin type (60 for ether), which `atlas` knows.
    pub fn of(chain: &ChainId, asset: &crate::Asset, slip44: u32) -> Self {
        use crate::Asset;
        let text = match asset {
            Asset::Native => format!("{chain}/slip44:{slip44}"),
            Asset::Erc20(token) => format!("{chain}/erc20:{token}"),
            Asset::Erc721(token, id) => format!("{chain}/erc721:{token}/{id}"),
            Asset::Erc1155(token, id) => format!("{chain}/erc1155:{token}/{id}"),
        };
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AssetId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError::new(text, "CAIP-19 asset id", "`eip155:1/slip44:60`");
        let (chain, asset) = text.split_once('/').ok_or_else(bad)?;
        chain.parse::<ChainId>().map_err(|_| bad())?;
        let (namespace, reference) = asset.split_once(':').ok_or_else(bad)?;
        let fits = (3..=8).contains(&namespace.len()) && (1..=210).contains(&reference.len());
        fits.then(|| Self(text.into())).ok_or_else(bad)
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.chain, self.address)
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! as_text {
    ($($id:ty),*) => {$(
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl Serialize for $id {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}
as_text!(ChainId, AccountId, AssetId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_read_back_as_written() {
        for text in ["eip155:1", "eip155:31337", "cosmos:cosmoshub-3", "bip122:000000000019d6689c085ae165831e93"] {
            assert_eq!(text.parse::<ChainId>().unwrap().to_string(), text);
        }
        let account = "eip155:1:0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
        assert_eq!(account.parse::<AccountId>().unwrap().to_string(), account);
        let asset = AssetId::of(&ChainId::eip155(1), &crate::Asset::Native, 60);
        assert_eq!(asset.as_str().parse::<AssetId>().unwrap().as_str(), "eip155:1/slip44:60");
    }

    #[test]
    fn a_text_of_another_form_is_refused_and_named() {
        for text in ["", "1", "eip155", "eip155:", "eip155:01", "eip155:x", "EIP155:1", "eip155:1:2", "a:1"] {
            let error = text.parse::<ChainId>().unwrap_err();
            assert!(error.to_string().contains("CAIP-2"), "{text}: {error}");
        }
        assert!("eip155:1:0x00".parse::<AccountId>().is_err());
        assert!("eip155:1/slip44".parse::<AssetId>().is_err());
    }
}
