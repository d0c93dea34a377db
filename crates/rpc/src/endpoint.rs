//! One node under one address.

mod at_once;
mod capabilities;
mod config;

pub(crate) use at_once::AtOnce;
pub(crate) use capabilities::declared_fork;
pub use capabilities::{Capabilities, Served};
pub use config::{EndpointConfig, Trust};

pub(crate) use crate::limits::Size;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use facts::ChainId;
use futures_util::future::try_join_all;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tokio::{
    sync::{Mutex, OnceCell, Semaphore, watch},
    time::{Instant, sleep_until, timeout},
};

use crate::{
    RpcError,
    limits::{Limits, PENDING_BYTES},
    line::{Answer, Duplex, Heard, Http, Line, LineError, NodeError, Request, Target},
    location::Location,
    record::{Recorder, Replay},
    wire::{self, Whole},
};

/// One node under one address, asked within its budget.
pub struct Endpoint {
    name: String,
    chain: ChainId,
    trust: Trust,
    limits: Limits,
    line: Line,
    in_flight: Semaphore,
    window: Mutex<(Instant, u32)>,
    chain_checked: AtomicBool,
    /// Questions for much at once that it was asked and did not answer.
    unanswered: [AtomicBool; 2],
    failures: AtomicU32,
    capabilities: OnceCell<Capabilities>,
    recorder: Option<Arc<Recorder>>,
}

impl Endpoint {
    /// Prepares an endpoint; nothing is sent yet. `name` is how it is called in errors and metrics.
    pub(crate) fn new(
        name: String,
        location: Location,
        config: EndpointConfig,
        chain: ChainId,
        recorder: Option<Arc<Recorder>>,
    ) -> Result<Self, RpcError> {
        let limits = config.limits;
        let line = match location {
            Location::Http(url) => {
                Line::Http(Http::new(url, &limits).map_err(|why| RpcError::Config { endpoint: name.clone(), why })?)
            }
            Location::Ws(url) if !url.username().is_empty() || url.password().is_some() => {
                let why = "user and password are not supported for WebSockets: use a key in the path".into();
                return Err(RpcError::Config { endpoint: name, why });
            }
            Location::Ws(url) => Line::Duplex(Duplex::new(Target::Ws(url), &limits)),
            Location::Ipc(path) => Line::Duplex(Duplex::new(Target::Ipc(path), &limits)),
            Location::Recording(path) => Line::Replay(Replay::open(&path)?),
        };
        Ok(Self {
            name,
            chain,
            trust: config.trust,
            line,
            in_flight: Semaphore::new(limits.in_flight.max(1)),
            window: Mutex::new((Instant::now(), 0)),
            limits,
            chain_checked: AtomicBool::new(false),
            unanswered: Default::default(),
            failures: AtomicU32::new(0),
            capabilities: OnceCell::new(),
            recorder,
        })
    }

    /// The chain it is of.
    pub(crate) fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// How the endpoint is called: scheme, host and port, never a key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose it is.
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// What it serves; probed at the first call and then remembered. An error means it could not be found out.
    pub async fn capabilities(&self) -> Result<&Capabilities, RpcError> {
        self.capabilities.get_or_try_init(|| capabilities::probe(self)).await
    }

    /// How many requests in a row have failed.
    pub(crate) fn failures(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(crate) fn batch_max(&self) -> usize {
        self.limits.batch.max(1)
    }

    /// Requests that may be begun within a second.
    pub(crate) fn rate(&self) -> u32 {
        self.limits.requests_per_second
    }

    /// Whether it can announce heads.
    pub(crate) fn announces(&self) -> bool {
        matches!(self.line, Line::Duplex(_))
    }

    /// Asks for news of heads.
    pub(crate) async fn heads(&self) -> Result<watch::Receiver<Option<Heard>>, RpcError> {
        let method = "eth_subscribe";
        self.check_chain().await?;
        let Line::Duplex(duplex) = &self.line else {
            return Err(RpcError::Unsupported { endpoint: self.name.clone(), method: method.into() });
        };
        let answered = timeout(self.limits.timeout, duplex.heads()).await;
        let (answer, heads) = match answered {
            Ok(result) => result.map_err(|error| self.line_error(method, error))?,
            Err(_) => return Err(self.late(method, self.limits.timeout)),
        };
        answer.map_err(|error| self.node_error(method, error))?;
        Ok(heads)
    }

    /// One request; the answer is decoded, and an answer of another shape is an error.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: impl Serialize,
        size: Size,
    ) -> Result<T, RpcError> {
        let raw = self.ask_raw(method, params, size).await?;
        self.read(method, &raw)
    }

    /// One request; the answer as it came.
    pub(crate) async fn ask_raw(
        &self,
        method: &'static str,
        params: impl Serialize,
        size: Size,
    ) -> Result<Box<RawValue>, RpcError> {
        let request = Request { method, params: raw(params)? };
        let mut answers = self.ask_all(vec![request], size).await?;
        match answers.pop() {
            Some(answer) => answer,
            None => Err(self.shape(method, "an answer", "none")),
        }
    }

    /// Several requests at once, in order. The outer error is about all of them.
    pub(crate) async fn ask_all(
        &self,
        requests: Vec<Request>,
        size: Size,
    ) -> Result<Vec<Result<Box<RawValue>, RpcError>>, RpcError> {
        self.check_chain().await?;
        let mut all = Vec::with_capacity(requests.len());
        // Batches are on their way together; how many are is bounded where they are sent.
        let chunks = || requests.chunks(self.batch_max());
        let exchanged = try_join_all(chunks().map(|chunk| self.exchange(chunk, size))).await?;
        for (chunk, answers) in chunks().zip(exchanged) {
            for (request, answer) in chunk.iter().zip(answers) {
                all.push(answer.map_err(|error| self.counted(request.method, self.node_error(request.method, error))));
            }
        }
        Ok(all)
    }

    async fn exchange(&self, requests: &[Request], size: Size) -> Result<Vec<Answer>, RpcError> {
        let Some(first) = requests.first() else { return Ok(Vec::new()) };
        let method = first.method;
        let (cap, patience) = match size {
            Size::Small => (self.limits.small_bytes, self.limits.timeout),
            Size::Large => (self.limits.large_bytes, self.limits.timeout),
            Size::Trace => (self.limits.large_bytes, self.limits.trace_timeout),
            Size::Pending => (self.limits.large_bytes.min(PENDING_BYTES), self.limits.timeout),
        };
        let cap = if requests.len() > 1 && !matches!(size, Size::Pending) { self.limits.large_bytes } else { cap };
        // The semaphore is never closed, so a failed acquire cannot happen; the permit ends with this call.
        let _permit = self.in_flight.acquire().await.ok();
        self.pace(u32::try_from(requests.len()).unwrap_or(u32::MAX)).await;
        for request in requests {
            metrics::counter!("breakglass_rpc_calls_total", "chain" => self.chain.to_string(),
                "endpoint" => self.name.clone(), "method" => request.method)
            .increment(1);
        }
        let result = match timeout(patience, self.line.exchange(requests, cap)).await {
            Ok(result) => result.map_err(|error| self.line_error(method, error)),
            Err(_) => Err(self.late(method, patience)),
        };
        match result {
            Ok(answers) => {
                self.failures.store(0, Ordering::Relaxed);
                if let Some(recorder) = &self.recorder {
                    for (request, answer) in requests.iter().zip(&answers) {
                        recorder.write(request, answer)?;
                    }
                }
                Ok(answers)
            }
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                if matches!(error, RpcError::Unreachable { .. }) {
                    // Another node may answer under this address when it comes back.
                    self.chain_checked.store(false, Ordering::Relaxed);
                }
                Err(self.counted(method, error))
            }
        }
    }

    /// Waits until `count` more requests fit into the rate.
    async fn pace(&self, count: u32) {
        let rate = self.limits.requests_per_second.max(1);
        // Held while waiting: requests go out in the order they came.
        let mut window = self.window.lock().await;
        let (began, used) = *window;
        let now = Instant::now();
        if now.duration_since(began) >= Duration::from_secs(1) {
            *window = (now, count);
        } else if used > 0 && used.saturating_add(count) > rate {
            // A batch that is larger than the rate pays for several windows.
            let windows = used.div_ceil(rate).max(1);
            let next = began + Duration::from_secs(u64::from(windows));
            sleep_until(next).await;
            *window = (next, count);
        } else {
            *window = (began, used.saturating_add(count));
        }
    }

    /// Refuses an endpoint of another chain, at first use and whenever its connection was lost.
    async fn check_chain(&self) -> Result<(), RpcError> {
        if self.chain_checked.load(Ordering::Relaxed) {
            return Ok(());
        }
        let got = self.chain_number().await?;
        if self.chain.evm_number() != Some(got) {
            let (endpoint, expected) = (self.name.clone(), self.chain.to_string());
            return Err(self.counted("eth_chainId", RpcError::WrongChain { endpoint, expected, got }));
        }
        self.chain_checked.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The same endpoint, as one of the chain that it says it serves.
    pub(crate) async fn of_its_chain(mut self) -> Result<Self, RpcError> {
        self.chain = ChainId::eip155(self.chain_number().await?);
        self.chain_checked = AtomicBool::new(true);
        Ok(self)
    }

    async fn chain_number(&self) -> Result<u64, RpcError> {
        let method = "eth_chainId";
        let request = Request { method, params: raw([(); 0])? };
        let answer = self.exchange(&[request], Size::Small).await?.pop();
        let answer = answer.ok_or_else(|| self.shape(method, "a number", "nothing"))?;
        let raw = answer.map_err(|error| self.counted(method, self.node_error(method, error)))?;
        Ok(self.read::<Whole<u64>>(method, &raw)?.0)
    }

    /// Decodes an answer.
    pub(crate) fn read<T: DeserializeOwned>(&self, method: &str, raw: &RawValue) -> Result<T, RpcError> {
        wire::parse("answer", raw).map_err(|error| {
            let expected = match error {
                wire::WireError::Shape { field, why, .. } => format!("{} (at `{field}`: {why})", kind_of::<T>()),
                other => other.to_string(),
            };
            self.shape(method, &expected, raw.get())
        })
    }

    pub(crate) fn shape(&self, method: &str, expected: &str, got: &str) -> RpcError {
        let error = RpcError::Shape {
            endpoint: self.name.clone(),
            method: method.into(),
            expected: expected.into(),
            got: format!("`{}`", crate::error::short(got)),
        };
        self.counted(method, error)
    }

    /// Counts an error and hands it on.
    pub(crate) fn counted(&self, method: &str, error: RpcError) -> RpcError {
        metrics::counter!("breakglass_rpc_errors_total", "chain" => self.chain.to_string(),
            "endpoint" => self.name.clone(), "class" => error.class())
        .increment(1);
        tracing::debug!(chain = %self.chain, method, %error, "a node gave no usable answer");
        error
    }

    fn late(&self, method: &str, after: Duration) -> RpcError {
        RpcError::Timeout { endpoint: self.name.clone(), method: method.into(), after }
    }

    fn line_error(&self, method: &str, error: LineError) -> RpcError {
        let (endpoint, method) = (self.name.clone(), method.to_owned());
        match error {
            LineError::Unreachable(why) => RpcError::Unreachable { endpoint, why },
            LineError::Busy(why) => RpcError::Busy { endpoint, why },
            LineError::Status(status) => RpcError::Status { endpoint, status },
            LineError::TooLarge(cap) => RpcError::TooLarge { endpoint, method, cap },
            LineError::Garbled(why) => RpcError::Garbled { endpoint, method, why },
            LineError::Shape { expected, got } => {
                RpcError::Shape { endpoint, method, expected: expected.into(), got: crate::error::short(&got) }
            }
            LineError::Recording { path, why } => RpcError::Recording { path, why },
        }
    }

    /// Nodes agree on few codes, so their words count too.
    fn node_error(&self, method: &str, error: NodeError) -> RpcError {
        let (endpoint, method) = (self.name.clone(), method.to_owned());
        let words = error.message.to_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        if error.code == -32601
            || says(&["method not found", "method not supported", "does not exist/is not available", "not whitelisted"])
        {
            return RpcError::Unsupported { endpoint, method };
        }
        if matches!(error.code, -32005 | -32097 | 429) || says(&["rate limit", "too many requests"]) {
            return RpcError::Busy { endpoint, why: crate::error::short(&error.message) };
        }
        let reads = !method.starts_with("eth_send");
        if reads
            && (error.code == -32001
                || says(&[
                    "header not found",
                    "block not found",
                    "unknown block",
                    "missing trie node",
                    "resource not found",
                ])
                || says(&["state not available", "state is not available", "pruned", "historical state"]))
        {
            let what = format!("block or state for `{method}`: {}", crate::error::short(&error.message));
            return RpcError::Missing { endpoint, what };
        }
        let data = error.data.map(|data| data.get().trim_matches('"').chars().take(20_000).collect());
        RpcError::Refused { endpoint, method, code: error.code, message: crate::error::short(&error.message), data }
    }
}

/// Parameters as JSON.
pub(crate) fn raw(params: impl Serialize) -> Result<Box<RawValue>, RpcError> {
    serde_json::value::to_raw_value(&params)
        .map_err(|error| RpcError::Config { endpoint: "request".into(), why: error.to_string() })
}

/// The last part of a type's name, for an error.
fn kind_of<T>() -> String {
    let name = std::any::type_name::<T>();
    name.rsplit("::").next().unwrap_or(name).trim_end_matches('>').to_lowercase()
}
