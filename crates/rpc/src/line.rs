//! A line to one node: a JSON-RPC exchange over HTTP, WebSocket, IPC or a recording.
//!
//! Lines know nothing of chains, budgets or retries; every one of them caps what it reads.

mod duplex;
mod frames;
mod http;

pub use duplex::Heard;
pub(crate) use duplex::{Duplex, Target};
pub(crate) use http::Http;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::record::Replay;

/// One request without its id.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) params: Box<RawValue>,
}

/// What the node said to one request.
pub(crate) type Answer = Result<Box<RawValue>, NodeError>;

/// A JSON-RPC error object.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct NodeError {
    #[serde(default)]
    pub(crate) code: i64,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Box<RawValue>>,
}

/// Why an exchange failed as a whole. The endpoint adds its name.
#[derive(Debug, Clone)]
pub(crate) enum LineError {
    Unreachable(String),
    Busy(String),
    Status(u16),
    TooLarge(usize),
    Garbled(String),
    Shape { expected: &'static str, got: String },
    Recording { path: String, why: String },
}

/// The ways to reach a node.
pub(crate) enum Line {
    Http(Http),
    Duplex(Duplex),
    Replay(Replay),
}

impl Line {
    /// Sends requests together and waits for all answers, in the order of the requests. `cap` is in bytes.
    pub(crate) async fn exchange(&self, requests: &[Request], cap: usize) -> Result<Vec<Answer>, LineError> {
        match self {
            Line::Http(http) => http.exchange(requests, cap).await,
            Line::Duplex(duplex) => duplex.exchange(requests).await,
            Line::Replay(replay) => replay.exchange(requests),
        }
    }
}

#[derive(Serialize)]
struct Call<'a> {
    jsonrpc: &'static str,
    id: u64,
    method: &'static str,
    params: &'a RawValue,
}

/// Text of one request with its id.
fn call_text(id: u64, request: &Request) -> Result<String, LineError> {
    let call = Call { jsonrpc: "2.0", id, method: request.method, params: &request.params };
    serde_json::to_string(&call).map_err(|error| LineError::Garbled(format!("cannot write the request: {error}")))
}

/// Whatever a node sends: an answer, or news of a subscription.
#[derive(Deserialize)]
struct Incoming {
    #[serde(default)]
    id: Option<serde_json::Value>,
    // A present `null` is an answer, an absent field is not.
    #[serde(default, deserialize_with = "present")]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<NodeError>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    params: Option<Box<RawValue>>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

impl Incoming {
    fn id(&self) -> Option<u64> {
        self.id.as_ref()?.as_u64()
    }

    fn into_answer(self) -> Result<Answer, LineError> {
        match (self.result, self.error) {
            (_, Some(error)) => Ok(Err(error)),
            (Some(result), None) => Ok(Ok(result)),
            (None, None) => {
                Err(LineError::Shape { expected: "a result or an error", got: "an answer with neither".into() })
            }
        }
    }
}
