//! Chains and the nodes they are read from.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use atlas::{Atlas, Chain, Fork, HeaderForm};
use engine::ChainSetup;
use facts::ChainId;
use rpc::{EndpointConfig, Form, Node, NodeOptions, Recorder, RpcError};

/// The nodes of a chain by their addresses; nothing is asked yet.
///
/// # Errors
/// If an address is none.
pub fn node(atlas: &Atlas, id: &ChainId, urls: &[String], recorder: Option<Arc<Recorder>>) -> Result<Node> {
    let options = NodeOptions { form: form(atlas, id), recorder, ..NodeOptions::default() };
    Node::new(id.clone(), endpoints(urls), options).with_context(|| format!("`rpc` of chain `{id}` cannot be used"))
}

fn endpoints(urls: &[String]) -> Vec<EndpointConfig> {
    urls.iter().map(|url| EndpointConfig::new(url.clone())).collect()
}

fn form(atlas: &Atlas, id: &ChainId) -> Form {
    match atlas.chain(id).map(|chain| chain.header_form) {
        Some(HeaderForm::Other) => Form::Foreign,
        Some(HeaderForm::Ethereum) | None => Form::Ethereum,
    }
}

/// A chain with its nodes, and the fork that a node declares where no schedule is known.
///
/// # Errors
/// If no node answers, or nobody knows the chain's fork.
pub async fn connect(atlas: &Atlas, id: &ChainId, urls: &[String]) -> Result<ChainSetup> {
    setup(atlas, Arc::new(node(atlas, id, urls, None)?)).await
}

async fn setup(atlas: &Atlas, node: Arc<Node>) -> Result<ChainSetup> {
    Ok(ChainSetup { chain: chain_of(atlas, &node).await?, node, pending: false })
}

/// The chain of a node, with the fork that the node declares where no schedule is known.
///
/// # Errors
/// If the node does not answer, or nobody knows the chain's fork.
pub async fn chain_of(atlas: &Atlas, node: &Node) -> Result<Chain> {
    let id = node.chain();
    let declared = node.declared_fork().await.with_context(|| format!("no node of `{id}` answers"))?;
    let fork: Option<Fork> = declared.and_then(|name| name.parse().ok());
    Ok(match (atlas.chain(id).cloned(), fork) {
        (Some(known), Some(fork)) if known.forks.is_empty() => known.declared(fork),
        (Some(known), _) => known,
        (None, Some(fork)) => Chain::devnet(id.clone(), fork),
        (None, None) => bail!("chain `{id}` is not known here, and its node does not name its fork"),
    })
}

/// The chain behind some addresses: the one that was named, or the one that the first node names.
///
/// # Errors
/// As [`connect`], and if the nodes serve another chain than the one that was named.
pub async fn behind(
    atlas: &Atlas,
    named: Option<&ChainId>,
    urls: &[String],
    recorder: Option<Arc<Recorder>>,
) -> Result<ChainSetup> {
    setup(atlas, Arc::new(reached(atlas, named, urls, recorder).await?)).await
}

/// The nodes at some addresses, of the chain that was named, or of the one that the first of them names.
///
/// # Errors
/// If an address is none, or the first node does not say what it serves where that has to be known.
pub async fn reached(
    atlas: &Atlas,
    named: Option<&ChainId>,
    urls: &[String],
    recorder: Option<Arc<Recorder>>,
) -> Result<Node> {
    match named {
        Some(id) => node(atlas, id, urls, recorder),
        None if urls.is_empty() => bail!("give a node with --rpc"),
        None => {
            let found = Node::found(endpoints(urls), recorder, |id| form(atlas, id)).await;
            found.map_err(|error| {
                let said = match error {
                    RpcError::Config { .. } => "an address given with --rpc cannot be used",
                    _ => "the node does not say which chain it serves: is it running?",
                };
                anyhow::Error::new(error).context(said)
            })
        }
    }
}
