//! All endpoints side by side: who is behind, who contradicts whom, who announces heads.

use std::cmp::Ordering;

use alloy_primitives::B256;
use facts::BlockRef;
use futures_util::future::join_all;
use tokio::sync::watch;

use super::{Head, Node, Tag};
use crate::{Endpoint, RpcError, line::Heard};

/// What one endpoint sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The endpoint's name.
    pub endpoint: String,
    /// Its head, or why it could not be had.
    pub head: Result<Head, RpcError>,
    /// The block it has at the height that was asked for, if any.
    pub there: Option<BlockRef>,
}

/// News of heads from one endpoint. They only wake: whoever hears one asks for the block.
pub struct Heads {
    endpoint: String,
    news: watch::Receiver<Option<Heard>>,
}

impl Heads {
    /// The newest head that was announced since the last call. An error means that the connection is gone.
    pub async fn next(&mut self) -> Result<Option<Heard>, RpcError> {
        match self.news.changed().await {
            Ok(()) => Ok(self.news.borrow_and_update().clone()),
            Err(_) => {
                let why = "the connection that announced heads broke".into();
                Err(RpcError::Unreachable { endpoint: self.endpoint.clone(), why })
            }
        }
    }

    /// Who announces them.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Node {
    /// Whether any endpoint could announce heads.
    pub fn announces(&self) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.announces())
    }

    /// News of heads from the healthiest endpoint that announces them.
    pub async fn heads(&self) -> Result<Heads, RpcError> {
        let method = "eth_subscribe".to_owned();
        let mut last = RpcError::Unsupported { endpoint: self.chain.to_string(), method };
        for endpoint in self.order().into_iter().filter(|endpoint| endpoint.announces()) {
            match endpoint.heads().await {
                Ok(news) => return Ok(Heads { endpoint: endpoint.name().into(), news }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// What every endpoint sees: its head, and its block at height `number`. Asked at the same time, once, without
    /// retries: a sighting is a moment.
    pub async fn survey(&self, number: u64) -> Vec<Sighting> {
        let mut looks = Vec::with_capacity(self.endpoints.len());
        for endpoint in &self.endpoints {
            looks.push(self.sight(endpoint, number));
        }
        join_all(looks).await
    }

    async fn sight(&self, endpoint: &Endpoint, number: u64) -> Sighting {
        let look = async {
            let head = self.head_of(endpoint, Tag::Latest).await?;
            let head = head.ok_or_else(|| endpoint.shape("eth_getBlockByNumber", "a block", "null"))?;
            let there = match head.at.number.cmp(&number) {
                Ordering::Less => None,
                Ordering::Equal => Some(head.at.clone()),
                Ordering::Greater => self.refs_of(endpoint, &[number]).await?.pop().flatten(),
            };
            Ok((head, there))
        };
        let endpoint_name = endpoint.name().to_owned();
        match look.await {
            Ok((head, there)) => Sighting { endpoint: endpoint_name, head: Ok(head), there },
            Err(error) => Sighting { endpoint: endpoint_name, head: Err(error), there: None },
        }
    }

    /// The hash at a height on which every endpoint that has the block agrees; none if none has it.
    ///
    /// Contradicting hashes are an error that names both sides; none of them is chosen. Endpoints that do not answer
    /// have no voice, but if none answers that is an error.
    pub async fn agree(&self, number: u64) -> Result<Option<B256>, RpcError> {
        if let [_] = self.endpoints.as_slice() {
            return Ok(self.refs(&[number]).await?.pop().flatten().map(|at| at.hash));
        }
        let height = [number];
        let mut questions = Vec::with_capacity(self.endpoints.len());
        for endpoint in &self.endpoints {
            questions.push(self.refs_of(endpoint, &height));
        }
        let voices = join_all(questions).await;
        let mut agreed: Option<(&str, B256)> = None;
        let mut answered = false;
        for (endpoint, voice) in self.endpoints.iter().zip(voices) {
            let Ok(mut refs) = voice else { continue };
            answered = true;
            let Some(at) = refs.pop().flatten() else { continue };
            match agreed {
                Some((one, hash)) if hash != at.hash => {
                    let (one, other) = (one.to_owned(), endpoint.name().to_owned());
                    let error = RpcError::Disagreement { number, one, one_says: hash, other, other_says: at.hash };
                    return Err(endpoint.counted("eth_getBlockByNumber", error));
                }
                Some(_) => {}
                None => agreed = Some((endpoint.name(), at.hash)),
            }
        }
        if answered {
            return Ok(agreed.map(|(_, hash)| hash));
        }
        // Nobody answered at once: the patient way either finds one or says why not.
        Ok(self.refs(&[number]).await?.pop().flatten().map(|at| at.hash))
    }
}
