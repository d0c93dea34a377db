//! Names beside ids: a map from id to name, so that ids stay ids everywhere else.

use std::collections::BTreeMap;

use facts::{AccountId, AssetId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;

/// Names of the assets and accounts that the answer mentions, where they are known.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct NamesView {
    /// By CAIP-19 id.
    pub assets: BTreeMap<String, AssetNameView>,
    /// By CAIP-10 id.
    pub accounts: BTreeMap<String, String>,
}

/// What an asset is called and how its amounts are written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AssetNameView {
    /// Its symbol, as the chain says it.
    pub symbol: String,
    /// How many decimals its amounts are written with.
    pub decimals: u8,
}

impl NamesView {
    pub(crate) fn asset(&mut self, id: &AssetId, desk: &AppState) {
        if let Some(name) = desk.asset(id) {
            let name = AssetNameView { symbol: name.symbol, decimals: name.decimals };
            self.assets.insert(id.to_string(), name);
        }
    }

    pub(crate) fn account(&mut self, id: &AccountId, desk: &AppState) {
        if let Some(name) = desk.account(id) {
            self.accounts.insert(id.to_string(), name);
        }
    }

    pub(crate) fn alert(&mut self, alert: &case::Alert, desk: &AppState) {
        self.account(&alert.subject, desk);
        alert.attackers.iter().chain(&alert.victims).for_each(|account| self.account(account, desk));
        for loss in &alert.losses {
            self.account(&loss.account, desk);
            self.asset(&loss.asset, desk);
        }
    }
}
