//! Tokens by the symbol and decimals they claim. They are asked once, in the background, when somebody first looks at
//! them: until the answer is there, and wherever there is none, amounts are shown in base units.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use console::AssetName;
use engine::{TOKEN_CALLS, decimals_of, symbol_of};
use facts::{Address, AssetId, Bytes, ChainId, TxRequest, U256};
use rpc::{Called, Node, Tag};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Tokens remembered, with names and without: those that alerts name, and an attacker can make any number of them.
const TOKENS_MAX: usize = 4_096;
/// Tokens that wait to be asked. Whatever does not fit is asked for again when it is next looked at.
const WAITING_MAX: usize = 64;
/// Gas of one question; a plain getter behind a proxy needs a tenth of it.
const GAS: u64 = 200_000;

type Known = Arc<Mutex<BTreeMap<AssetId, Option<AssetName>>>>;

/// What tokens are called, as far as they were asked.
pub struct Tokens {
    known: Known,
    ask: mpsc::Sender<AssetId>,
}

/// What has been asked for and is to be looked up.
pub struct Asked {
    known: Known,
    asked: mpsc::Receiver<AssetId>,
}

impl Tokens {
    /// Nothing is known yet.
    pub fn new() -> (Self, Asked) {
        let (ask, asked) = mpsc::channel(WAITING_MAX);
        let known = Known::default();
        (Self { known: Arc::clone(&known), ask }, Asked { known, asked })
    }

    /// What a token is called. One that nobody knows yet is asked.
    pub fn name(&self, id: &AssetId) -> Option<AssetName> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.get(id) {
            return name.clone();
        }
        // A full queue is no loss: whoever looks again asks again.
        if token(id).is_some() && known.len() < TOKENS_MAX && self.ask.try_send(id.clone()).is_ok() {
            known.insert(id.clone(), None);
        }
        None
    }
}

impl Asked {
    /// Asks tokens for their names until `stop`.
    pub async fn look_up(mut self, nodes: BTreeMap<ChainId, Arc<Node>>, stop: CancellationToken) {
        loop {
            let id = tokio::select! {
                () = stop.cancelled() => return,
                id = self.asked.recv() => match id {
                    Some(id) => id,
                    None => return,
                },
            };
            let Some((node, address)) = token(&id).and_then(|(chain, address)| Some((nodes.get(&chain)?, address)))
            else {
                continue;
            };
            let named = tokio::select! {
                () = stop.cancelled() => return,
                named = named(node, address) => named,
            };
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            match named {
                Ok(name) => drop(known.insert(id, name)),
                Err(error) => {
                    tracing::debug!(asset = %id, %error, "a token could not be asked for its name");
                    known.remove(&id);
                }
            }
        }
    }
}

/// Chain and contract of a fungible token.
fn token(id: &AssetId) -> Option<(ChainId, Address)> {
    let (chain, asset) = id.as_str().split_once("/erc20:")?;
    Some((chain.parse().ok()?, asset.parse().ok()?))
}

/// What a token says of itself; none unless it gives both, for a symbol without decimals makes a wrong amount.
async fn named(node: &Node, token: Address) -> Result<Option<AssetName>, rpc::RpcError> {
    let Some(head) = node.head(Tag::Latest).await? else { return Ok(None) };
    let mut answers = Vec::new();
    for selector in TOKEN_CALLS {
        let request = TxRequest {
            from: Address::ZERO,
            to: Some(token),
            value: U256::ZERO,
            input: Bytes::from(selector),
            gas_limit: Some(GAS),
        };
        match node.call(head.at.hash, &request).await? {
            Called::Returned(data) => answers.push(data),
            Called::Reverted { .. } => return Ok(None),
        }
    }
    let symbol = answers.first().and_then(|data| symbol_of(data));
    let decimals = answers.last().and_then(|data| decimals_of(data));
    Ok(symbol.zip(decimals).map(|(symbol, decimals)| AssetName { symbol, decimals }))
}

#[cfg(test)]
mod tests;
