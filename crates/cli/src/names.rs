//! What accounts and assets are called here: contracts by `protocol.toml`, a chain's own coin by the atlas, tokens by
//! what they say of themselves.

mod tokens;

pub use tokens::Tokens;

use std::collections::BTreeMap;

use atlas::{Chain, Protocol};
use console::{AssetName, Names};
use facts::{AccountId, Asset, AssetId};

/// The names of an installation.
pub struct KnownNames {
    accounts: BTreeMap<AccountId, String>,
    coins: BTreeMap<AssetId, AssetName>,
    /// Absent where there is no node to ask.
    tokens: Option<Tokens>,
}

impl KnownNames {
    /// The names of protected contracts and of these chains' coins.
    pub fn new<'a>(protocol: Option<&Protocol>, chains: impl IntoIterator<Item = &'a Chain>) -> Self {
        let contracts = protocol.into_iter().flat_map(Protocol::contracts);
        let coin = |chain: &Chain| {
            let name = AssetName { symbol: chain.symbol.clone(), decimals: chain.decimals };
            (AssetId::of(&chain.id, &Asset::Native, chain.slip44), name)
        };
        Self {
            accounts: contracts.map(|contract| (contract.account.clone(), contract.name.clone())).collect(),
            coins: chains.into_iter().map(coin).collect(),
            tokens: None,
        }
    }

    /// With tokens that are asked for their names.
    pub fn asking(self, tokens: Tokens) -> Self {
        Self { tokens: Some(tokens), ..self }
    }
}

impl Names for KnownNames {
    fn asset(&self, id: &AssetId) -> Option<AssetName> {
        self.coins.get(id).cloned().or_else(|| self.tokens.as_ref()?.name(id))
    }

    fn account(&self, id: &AccountId) -> Option<String> {
        self.accounts.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use atlas::Atlas;

    use super::*;

    #[test]
    fn contracts_are_called_as_in_the_inventory_and_coins_as_in_the_atlas() {
        let text = "schema = 1\nname = \"P\"\n[[contract]]\nname = \"Vault\"\nchain = \"eip155:1\"\n\
                    address = \"0x00000000000000000000000000000000000000aa\"\n";
        let protocol = Protocol::parse("protocol.toml", text).unwrap();
        let names = KnownNames::new(Some(&protocol), Atlas::embedded().chains());
        let account = |text: &str| names.account(&text.parse().unwrap());
        assert_eq!(account("eip155:1:0x00000000000000000000000000000000000000aa").as_deref(), Some("Vault"));
        assert_eq!(account("eip155:10:0x00000000000000000000000000000000000000aa"), None);
        let asset = |text: &str| names.asset(&text.parse().unwrap()).map(|name| (name.symbol, name.decimals));
        assert_eq!(asset("eip155:1/slip44:60"), Some(("ETH".to_owned(), 18)));
        assert_eq!(asset("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7"), None, "a token is not guessed");
    }
}
