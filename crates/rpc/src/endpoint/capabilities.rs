//! What an endpoint serves, found out once.

use serde_json::{Value, json, value::RawValue};

use super::{Endpoint, Size};
use crate::{
    RpcError,
    trace::{CALLS, PRESTATE, calls_from, prestates_from},
    wire::{self, Form, Whole},
};

/// Whether a method is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// Yes: the answer had the right shape.
    Yes,
    /// No: it was refused, or answered in an empty shape.
    No,
    /// The newest blocks hold no transaction to try it on. Whoever uses it checks the shape anyway.
    Untried,
}

/// What an endpoint serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The node's own name and version.
    pub client_version: String,
    /// Whether it announces heads (WebSocket, IPC).
    pub new_heads: bool,
    /// `eth_getBlockReceipts`.
    pub block_receipts: Served,
    /// `debug_traceBlockByHash` with the prestate tracer.
    pub prestate: Served,
    /// `debug_traceBlockByHash` with the call tracer.
    pub call_tracer: Served,
    /// The `finalized` tag.
    pub finalized: Served,
    /// The fork that anvil says it runs, in anvil's words.
    pub anvil_fork: Option<String>,
    /// The current fork as `eth_config` (EIP-7910) describes it.
    pub fork_config: Option<Value>,
}

/// How many of the newest blocks are searched for one to try tracers on.
const SEARCH_MAX: u64 = 16;

pub(super) async fn probe(endpoint: &Endpoint) -> Result<Capabilities, RpcError> {
    let client_version: String = endpoint.ask("web3_clientVersion", [(); 0], Size::Small).await?;
    let tried_on = busy_block(endpoint).await?;
    let finalized = match endpoint.ask_raw("eth_getBlockByNumber", ("finalized", false), Size::Small).await {
        Ok(raw) if raw.get() == "null" => Served::No,
        Ok(raw) => {
            if wire::header(&raw, Form::Foreign).is_ok() {
                Served::Yes
            } else {
                Served::No
            }
        }
        Err(error) => refused(error)?,
    };
    let block_receipts = match &tried_on {
        None => Served::Untried,
        Some((hash, count)) => {
            let fits = |raw: &RawValue| wire::receipts(raw).is_ok_and(|list| list.len() == *count);
            served(endpoint.ask_raw("eth_getBlockReceipts", [hash], Size::Large).await, fits)?
        }
    };
    let prestate = match &tried_on {
        None => Served::Untried,
        Some((hash, count)) => {
            let fits = |raw: &RawValue| prestates_from(raw).is_ok_and(|list| list.len() == *count);
            served(endpoint.ask_raw("debug_traceBlockByHash", (hash, PRESTATE), Size::Trace).await, fits)?
        }
    };
    let call_tracer = match &tried_on {
        None => Served::Untried,
        Some((hash, count)) => {
            let fits = |raw: &RawValue| calls_from(raw).is_ok_and(|list| list.len() == *count);
            served(endpoint.ask_raw("debug_traceBlockByHash", (hash, CALLS), Size::Trace).await, fits)?
        }
    };
    let anvil_fork = fork_of(endpoint, &client_version).await?;
    let fork_config = match endpoint.ask::<Value>("eth_config", [(); 0], Size::Small).await {
        Ok(config) => config.get("current").filter(|current| current.is_object()).cloned(),
        Err(error) => {
            refused(error)?;
            None
        }
    };
    Ok(Capabilities {
        client_version: crate::error::short(&client_version),
        new_heads: endpoint.announces(),
        block_receipts,
        prestate,
        call_tracer,
        finalized,
        anvil_fork,
        fork_config,
    })
}

/// The fork that a development node says it runs; none of any other node.
pub(crate) async fn declared_fork(endpoint: &Endpoint) -> Result<Option<String>, RpcError> {
    let client_version: String = endpoint.ask("web3_clientVersion", [(); 0], Size::Small).await?;
    fork_of(endpoint, &client_version).await
}

async fn fork_of(endpoint: &Endpoint, client_version: &str) -> Result<Option<String>, RpcError> {
    if !client_version.to_lowercase().starts_with("anvil") {
        return Ok(None);
    }
    let info: Value = endpoint.ask("anvil_nodeInfo", [(); 0], Size::Small).await?;
    Ok(info.get("hardFork").and_then(Value::as_str).map(str::to_owned))
}

/// Hash and number of transactions of the newest block that has any.
async fn busy_block(endpoint: &Endpoint) -> Result<Option<(Value, usize)>, RpcError> {
    let newest: Whole<u64> = endpoint.ask("eth_blockNumber", [(); 0], Size::Small).await?;
    for number in (newest.0.saturating_sub(SEARCH_MAX - 1)..=newest.0).rev() {
        let params = json!([format!("{number:#x}"), false]);
        let block: Value = endpoint.ask("eth_getBlockByNumber", params, Size::Large).await?;
        let txs = block.get("transactions").and_then(Value::as_array).map_or(0, Vec::len);
        if let Some(hash) = block.get("hash").filter(|hash| hash.is_string() && txs > 0) {
            return Ok(Some((hash.clone(), txs)));
        }
    }
    Ok(None)
}

fn served(answer: Result<Box<RawValue>, RpcError>, fits: impl Fn(&RawValue) -> bool) -> Result<Served, RpcError> {
    match answer {
        Ok(raw) => Ok(if fits(&raw) { Served::Yes } else { Served::No }),
        Err(error) => refused(error),
    }
}

/// A refusal is an answer to the question whether something is served; silence is not.
fn refused(error: RpcError) -> Result<Served, RpcError> {
    match error {
        RpcError::Unsupported { .. }
        | RpcError::Refused { .. }
        | RpcError::Shape { .. }
        | RpcError::Missing { .. }
        | RpcError::TooLarge { .. }
        | RpcError::Status { .. } => Ok(Served::No),
        silence => Err(silence),
    }
}
