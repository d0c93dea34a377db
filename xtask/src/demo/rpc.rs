//! Requests to the demo's chain, whose node signs for its own accounts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use ureq::Agent;

use super::stop::Stop;

/// How long a transaction may take to be mined: a block a second, and a machine that does other things.
const MINED_WITHIN: Duration = Duration::from_secs(30);

/// A client of the chain.
#[derive(Clone)]
pub struct Rpc {
    url: String,
    agent: Agent,
    stop: Stop,
    requests: Arc<AtomicU64>,
}

/// What became of a transaction.
#[derive(Debug, Clone)]
pub struct Mined {
    /// The block it is in.
    pub block: u64,
    /// Its place in that block.
    pub index: u64,
    /// Whether it took effect.
    pub succeeded: bool,
    /// The contract it made, if it made one.
    pub contract: Option<String>,
}

impl Rpc {
    pub fn new(port: u16, stop: Stop) -> Self {
        let agent = Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(10))).build().into();
        Self { url: format!("http://127.0.0.1:{port}"), agent, stop, requests: Arc::default() }
    }

    pub fn ask(&self, method: &str, params: Value) -> Result<Value> {
        let id = self.requests.fetch_add(1, Ordering::Relaxed);
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let sent = self.agent.post(&self.url).send_json(&body);
        let mut answer = sent.with_context(|| format!("the chain does not answer `{method}`"))?;
        let mut answer: Value = answer.body_mut().read_json().with_context(|| format!("the answer to `{method}`"))?;
        ensure!(answer.get("error").is_none(), "the chain refuses `{method}`: {}", answer["error"]);
        Ok(answer["result"].take())
    }

    /// Sends a transaction from one of the node's accounts; its hash. The gas is explicit: a node that estimates runs
    /// it first, and would refuse what is meant to fail.
    pub fn send(&self, from: &str, to: Option<&str>, wei: u128, data: &str) -> Result<String> {
        let mut tx = json!({ "from": from, "value": format!("{wei:#x}"), "data": data, "gas": "0x5b8d80" });
        if let Some(to) = to {
            tx["to"] = json!(to);
        }
        text(&self.ask("eth_sendTransaction", json!([tx]))?)
    }

    /// What became of a transaction; none while it waits.
    pub fn mined(&self, hash: &str) -> Result<Option<Mined>> {
        let receipt = self.ask("eth_getTransactionReceipt", json!([hash]))?;
        if receipt.is_null() {
            return Ok(None);
        }
        let contract = receipt["contractAddress"].as_str().map(str::to_owned);
        Ok(Some(Mined {
            block: number(&receipt["blockNumber"])?,
            index: number(&receipt["transactionIndex"])?,
            succeeded: receipt["status"] == "0x1",
            contract,
        }))
    }

    /// Waits until all of these are mined, and took effect.
    pub fn all_done(&self, hashes: &[String]) -> Result<Vec<Mined>> {
        let mut done = Vec::new();
        for hash in hashes {
            let mined = self.stop.wait_for("a transaction of the setting", MINED_WITHIN, || self.mined(hash))?;
            ensure!(mined.succeeded, "a transaction of the setting failed: {hash}");
            done.push(mined);
        }
        Ok(done)
    }

    /// How many of these are mined and took effect.
    pub fn count_done(&self, hashes: &[String]) -> Result<usize> {
        let mut done = 0;
        for hash in hashes {
            done += usize::from(self.mined(hash)?.is_some_and(|mined| mined.succeeded));
        }
        Ok(done)
    }

    /// Waits until a transaction is mined, however it went.
    pub fn wait_mined(&self, hash: &str) -> Result<Mined> {
        self.stop.wait_for("a transaction of the attack", MINED_WITHIN, || self.mined(hash))
    }

    pub fn height(&self) -> Result<u64> {
        number(&self.ask("eth_blockNumber", json!([]))?)
    }

    pub fn balance(&self, of: &str) -> Result<u128> {
        wide(&self.ask("eth_getBalance", json!([of, "latest"]))?)
    }

    pub fn balance_at(&self, of: &str, block: u64) -> Result<u128> {
        wide(&self.ask("eth_getBalance", json!([of, format!("{block:#x}")]))?)
    }

    /// What a transaction that failed was answered, in hex.
    pub fn output(&self, hash: &str) -> Result<String> {
        let trace = self.ask("debug_traceTransaction", json!([hash, { "tracer": "callTracer" }]))?;
        Ok(trace["output"].as_str().unwrap_or("0x").to_owned())
    }

    /// A view that returns one number.
    pub fn view(&self, of: &str, data: &str) -> Result<u128> {
        wide(&self.ask("eth_call", json!([{ "to": of, "data": data }, "latest"]))?)
    }

    /// Fails once somebody asked to stop.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }
}

fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().with_context(|| format!("`{value}` is no text"))?.to_owned())
}

fn number(value: &Value) -> Result<u64> {
    u64::try_from(wide(value)?).context("a number of a block is small")
}

/// A number of up to 128 bits: all amounts of the demo fit.
fn wide(value: &Value) -> Result<u128> {
    let text = text(value)?;
    let Some(digits) = text.strip_prefix("0x") else { bail!("`{text}` is no number in hex") };
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() { Ok(0) } else { u128::from_str_radix(digits, 16).with_context(|| format!("`{text}`")) }
}
