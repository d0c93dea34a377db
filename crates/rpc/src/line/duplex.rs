//! One connection for requests and news of heads, made again when it breaks.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy_primitives::B256;
use serde::Deserialize;
use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    time::{Instant, timeout},
};
use url::Url;

use super::{
    Answer, Incoming, LineError, Request, call_text,
    frames::{Frames, Ipc, SILENCE, Ws},
};
use crate::{limits::Limits, wire::Whole};

/// Where a duplex line leads.
pub(crate) enum Target {
    Ws(Url),
    Ipc(PathBuf),
}

/// A line that carries requests and news at once.
pub(crate) struct Duplex {
    target: Target,
    connect_timeout: Duration,
    cap: usize,
    connection: Mutex<Option<Arc<Connection>>>,
    next_id: AtomicU64,
}

/// The newest head that a node announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Height.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Hash of the block before it.
    pub parent: B256,
}

struct Connection {
    out: mpsc::Sender<Outgoing>,
    heads: watch::Receiver<Option<Heard>>,
}

struct Outgoing {
    id: u64,
    text: String,
    reply: oneshot::Sender<Result<Answer, LineError>>,
}

impl Duplex {
    pub(crate) fn new(target: Target, limits: &Limits) -> Self {
        Self {
            target,
            connect_timeout: limits.connect_timeout,
            cap: limits.large_bytes,
            connection: Mutex::new(None),
            next_id: AtomicU64::new(1),
        }
    }

    /// Sends all requests at once; a batch needs no list here, because answers carry ids.
    pub(crate) async fn exchange(&self, requests: &[Request]) -> Result<Vec<Answer>, LineError> {
        let connection = self.connected().await?;
        let mut replies = Vec::with_capacity(requests.len());
        for request in requests {
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            let (reply, answer) = oneshot::channel();
            let outgoing = Outgoing { id, text: call_text(id, request)?, reply };
            connection.out.send(outgoing).await.map_err(|_| broken())?;
            replies.push(answer);
        }
        let mut answers = Vec::with_capacity(replies.len());
        for reply in replies {
            answers.push(reply.await.map_err(|_| broken())??);
        }
        Ok(answers)
    }

    /// Asks for news of heads. The receiver ends when the connection does.
    pub(crate) async fn heads(&self) -> Result<(Answer, watch::Receiver<Option<Heard>>), LineError> {
        let params = serde_json::value::to_raw_value(&["newHeads"])
            .map_err(|error| LineError::Garbled(format!("cannot write the request: {error}")))?;
        let request = Request { method: "eth_subscribe", params };
        let heads = self.connected().await?.heads.clone();
        let mut answers = self.exchange(&[request]).await?;
        Ok((answers.remove(0), heads))
    }

    async fn connected(&self) -> Result<Arc<Connection>, LineError> {
        let mut place = self.connection.lock().await;
        if let Some(connection) = place.as_ref().filter(|connection| !connection.out.is_closed()) {
            return Ok(connection.clone());
        }
        let frames = timeout(self.connect_timeout, self.connect()).await.map_err(|_| {
            LineError::Unreachable(format!("no connection within {} ms", self.connect_timeout.as_millis()))
        })??;
        let (out, requests) = mpsc::channel(256);
        let (news, heads) = watch::channel(None);
        tokio::spawn(carry(frames, requests, news));
        let connection = Arc::new(Connection { out, heads });
        *place = Some(connection.clone());
        Ok(connection)
    }

    async fn connect(&self) -> Result<Box<dyn Frames>, LineError> {
        Ok(match &self.target {
            Target::Ws(url) => Box::new(Ws::connect(url, self.cap).await?),
            Target::Ipc(path) => Box::new(Ipc::connect(path, self.cap).await?),
        })
    }
}

fn broken() -> LineError {
    LineError::Unreachable("the connection broke".into())
}

/// Carries texts until the connection breaks or nobody needs it. Whoever still waits then gets the reason.
async fn carry(
    mut frames: Box<dyn Frames>,
    mut requests: mpsc::Receiver<Outgoing>,
    news: watch::Sender<Option<Heard>>,
) {
    let mut waiting: HashMap<u64, oneshot::Sender<Result<Answer, LineError>>> = HashMap::new();
    let mut quiet_until = Instant::now() + SILENCE;
    let mut pinged = false;
    let why = loop {
        tokio::select! {
            outgoing = requests.recv() => {
                let Some(Outgoing { id, text, reply }) = outgoing else { break None };
                // Requests whose callers gave up must not pile up on a node that never answers.
                if waiting.len() >= 1_024 {
                    waiting.retain(|_, reply| !reply.is_closed());
                }
                waiting.insert(id, reply);
                match timeout(SILENCE, frames.send(text)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(why)) => break Some(why),
                    Err(_) => break Some("the node takes no more data".into()),
                }
            }
            text = frames.next() => {
                (quiet_until, pinged) = (Instant::now() + SILENCE, false);
                match text {
                    Ok(text) if text.is_empty() => {}
                    Ok(text) => deliver(&text, &mut waiting, &news),
                    Err(why) => break Some(why),
                }
            }
            () = tokio::time::sleep_until(quiet_until) => {
                if pinged {
                    break Some("the node is silent".into());
                }
                match timeout(SILENCE, frames.ping()).await {
                    Ok(Ok(answers)) => pinged = answers || !waiting.is_empty(),
                    Ok(Err(why)) => break Some(why),
                    Err(_) => break Some("the node takes no more data".into()),
                }
                quiet_until = Instant::now() + SILENCE;
            }
        }
    };
    // No request can slip in between: the channel is closed before those who wait are told.
    requests.close();
    while let Ok(outgoing) = requests.try_recv() {
        waiting.insert(outgoing.id, outgoing.reply);
    }
    let why = why.unwrap_or_else(|| "the connection was closed".into());
    for (_, reply) in waiting {
        // Whoever gave up waiting needs no reason.
        drop(reply.send(Err(LineError::Unreachable(why.clone()))));
    }
}

fn deliver(
    text: &[u8],
    waiting: &mut HashMap<u64, oneshot::Sender<Result<Answer, LineError>>>,
    news: &watch::Sender<Option<Heard>>,
) {
    let incoming: Incoming = match serde_json::from_slice(text) {
        Ok(incoming) => incoming,
        Err(error) => {
            // Without its id nobody can be told; the request it answered runs into its timeout.
            tracing::warn!(error = %crate::error::short(&error.to_string()), "a node sent broken JSON");
            return;
        }
    };
    if incoming.method.as_deref() == Some("eth_subscription") {
        let params = incoming.params.as_deref().map(|params| serde_json::from_str::<News>(params.get()));
        match params {
            Some(Ok(News { result })) => {
                let heard = Heard { number: result.number.0, hash: result.hash, parent: result.parent_hash };
                news.send_replace(Some(heard));
            }
            // News only wake the follower, which reads the head itself.
            _ => news.send_modify(|_| tracing::warn!("a node announced a head in another form")),
        }
        return;
    }
    if let Some(reply) = incoming.id().and_then(|id| waiting.remove(&id)) {
        drop(reply.send(incoming.into_answer()));
    }
}

#[derive(Deserialize)]
struct News {
    result: NewHead,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewHead {
    number: Whole<u64>,
    hash: B256,
    parent_hash: B256,
}
