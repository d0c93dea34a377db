//! The node of a chain: several endpoints that answer as one.

mod blocks;
mod mempool;
mod send;
mod state;
mod survey;

pub use blocks::{Head, Tag};
pub use mempool::{Glimpse, Mempool};
pub use send::{Called, FeeHistory, Landed, Nonce};
pub use state::{Account, StateProof};
pub use survey::{Heads, Sighting};

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use facts::ChainId;

use crate::{
    Capabilities, Endpoint, EndpointConfig, RpcError,
    endpoint::{self, Trust},
    error::Retry,
    limits::Backoff,
    location::Location,
    record::Recorder,
    wire::Form,
};

/// How a node is used.
#[derive(Clone, Default)]
pub struct NodeOptions {
    /// How far the chain's blocks follow Ethereum's form.
    pub form: Form,
    /// Waits between rounds over the endpoints.
    pub backoff: Backoff,
    /// Where questions and answers are recorded.
    pub recorder: Option<Arc<Recorder>>,
}

/// Several endpoints of one chain.
///
/// A question goes to the healthiest endpoint first (fewest failures in a row, then trusted before public, then
/// the order of configuration) and on to the next when it fails; after a round without an answer it waits and asks
/// again, up to the limit of [`Backoff`]. Answers are decoded and checked before they count, so an endpoint that
/// lies in shape is treated like one that is silent.
pub struct Node {
    chain: ChainId,
    form: Form,
    backoff: Backoff,
    endpoints: Vec<Arc<Endpoint>>,
    requests: AtomicU64,
}

impl Node {
    /// Prepares the endpoints of `chain`; nothing is sent yet. An endpoint of another chain is found at its first
    /// use and refused.
    pub fn new(chain: ChainId, configs: Vec<EndpointConfig>, options: NodeOptions) -> Result<Self, RpcError> {
        if chain.evm_number().is_none() {
            let why = "only EVM chains (`eip155:…`) can be followed over JSON-RPC".into();
            return Err(RpcError::Config { endpoint: chain.to_string(), why });
        }
        Self::with(chain, Vec::new(), configs, options)
    }

    /// The same for the chain that the first endpoint says it serves. `form` says how far that follows Ethereum's form.
    ///
    /// # Errors
    /// As [`Node::new`], and if the first endpoint does not answer.
    pub async fn found(
        configs: Vec<EndpointConfig>,
        recorder: Option<Arc<Recorder>>,
        form: impl FnOnce(&ChainId) -> Form,
    ) -> Result<Self, RpcError> {
        let (mut configs, nowhere) = (configs.into_iter(), ChainId::eip155(0));
        let Some(first) = configs.next() else { return Err(without_endpoint(&nowhere)) };
        let first = endpoint(first, &nowhere, &[], recorder.clone())?.of_its_chain().await?;
        let chain = first.chain().clone();
        let options = NodeOptions { form: form(&chain), recorder, ..NodeOptions::default() };
        Self::with(chain, vec![Arc::new(first)], configs, options)
    }

    fn with(
        chain: ChainId,
        mut endpoints: Vec<Arc<Endpoint>>,
        configs: impl IntoIterator<Item = EndpointConfig>,
        options: NodeOptions,
    ) -> Result<Self, RpcError> {
        for config in configs {
            endpoints.push(Arc::new(endpoint(config, &chain, &endpoints, options.recorder.clone())?));
        }
        if endpoints.is_empty() {
            return Err(without_endpoint(&chain));
        }
        // The number that development nodes give their chains.
        let is_devnet = chain == ChainId::eip155(31_337) && options.form == Form::Ethereum;
        let form = if is_devnet { Form::Devnet } else { options.form };
        Ok(Self { chain, form, backoff: options.backoff, endpoints, requests: AtomicU64::new(0) })
    }

    /// The chain.
    pub fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// The endpoints in the order of configuration.
    pub fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }

    /// What the first endpoint that answers serves.
    pub async fn capabilities(&self) -> Result<Capabilities, RpcError> {
        self.ask(|endpoint| async move { endpoint.capabilities().await.cloned() }).await
    }

    /// The fork that a development node says it runs; none of any other node. Costs two small questions, where
    /// [`Node::capabilities`] tries out everything that a node may serve.
    pub async fn declared_fork(&self) -> Result<Option<String>, RpcError> {
        self.ask(|endpoint| async move { endpoint::declared_fork(endpoint).await }).await
    }

    /// Name and version of the first endpoint that answers.
    pub async fn client_version(&self) -> Result<String, RpcError> {
        Ok(self.capabilities().await?.client_version)
    }

    /// Endpoints, the one to ask first in front.
    pub(crate) fn order(&self) -> Vec<&Arc<Endpoint>> {
        let mut order: Vec<_> = self.endpoints.iter().collect();
        order.sort_by_key(|endpoint| (endpoint.failures(), endpoint.trust() == Trust::Public));
        order
    }

    /// Asks one endpoint after the other, in rounds.
    pub(crate) async fn ask<'a, T, F>(&'a self, question: impl Fn(&'a Endpoint) -> F) -> Result<T, RpcError>
    where
        F: Future<Output = Result<T, RpcError>>,
    {
        let salt = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut round = 0;
        loop {
            let mut worth_waiting = false;
            let mut telling: Option<RpcError> = None;
            for endpoint in self.order() {
                let error = match question(endpoint).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                };
                match error.retry() {
                    Retry::Never => return Err(error),
                    Retry::OtherEndpoint => {}
                    // A block or state that is missing everywhere rarely comes back; two rounds bridge a proxy whose
                    // nodes are a moment apart.
                    Retry::Later => {
                        worth_waiting |= match error {
                            RpcError::Missing { .. } => round < 2,
                            // It has been waited for long enough: whoever asks has a person to tell.
                            RpcError::Timeout { .. } => round < 1,
                            _ => true,
                        }
                    }
                }
                if telling.as_ref().is_none_or(|known| weight(&error) > weight(known)) {
                    telling = Some(error);
                }
            }
            let wait = self.backoff.wait(round, salt).filter(|_| worth_waiting);
            match (wait, telling) {
                (Some(wait), _) => tokio::time::sleep(wait).await,
                (None, Some(error)) => return Err(error),
                (None, None) => return Err(without_endpoint(&self.chain)),
            }
            round += 1;
        }
    }
}

/// An endpoint beside those that are `known`. Two keys at one provider look the same; a number tells them apart.
fn endpoint(
    config: EndpointConfig,
    chain: &ChainId,
    known: &[Arc<Endpoint>],
    recorder: Option<Arc<Recorder>>,
) -> Result<Endpoint, RpcError> {
    let location = Location::parse(&config.url)?;
    let shown = location.to_string();
    let twins = known.iter().filter(|known| known.name().split(" #").next() == Some(&shown)).count();
    let name = if twins == 0 { shown } else { format!("{shown} #{}", twins + 1) };
    Endpoint::new(name, location, config, chain.clone(), recorder)
}

fn without_endpoint(chain: &ChainId) -> RpcError {
    let why = "has no endpoint: give at least one address under `rpc`".into();
    RpcError::Config { endpoint: chain.to_string(), why }
}

/// Which of several failures to tell: what a node said rather than another's silence, and that the chain is the
/// wrong one only when every endpoint says so, because that ends a watch.
fn weight(error: &RpcError) -> u8 {
    match error {
        RpcError::WrongChain { .. } => 0,
        error if error.is_silence() => 1,
        _ => 2,
    }
}
