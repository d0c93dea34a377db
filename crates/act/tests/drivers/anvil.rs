//! A real node, ended when dropped, and the gate to it.

use std::{net::SocketAddr, path::PathBuf, process::Stdio};

use act::{Fees, Gate, GateError, Height, Mined};
use async_trait::async_trait;
use facts::{Address, B256, BlockRef, Bytes, ChainId, U256};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

pub struct Anvil {
    pub address: SocketAddr,
    pub node: Node,
    _child: Child,
}

fn binary() -> Option<PathBuf> {
    let installed =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
    std::env::var_os("BREAKGLASS_ANVIL")
        .map(PathBuf::from)
        .or_else(|| Some(installed.into()))
        .filter(|path| path.exists())
}

impl Anvil {
    /// Starts anvil on a free port; `None`, with a word, where there is no anvil.
    pub async fn start(arguments: &[&str]) -> Option<Self> {
        let Some(binary) = binary() else {
            eprintln!("skipped: no anvil; set BREAKGLASS_ANVIL or run `npm ci` in contracts");
            return None;
        };
        let mut child = Command::new(binary)
            .args(["--port", "0", "--accounts", "2"])
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("anvil ended before it listened");
            if let Some(address) = line.strip_prefix("Listening on ") {
                break address.parse().unwrap();
            }
        };
        // Its log is read to the end so that it never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { address, node: Node::at(address), _child: child })
    }

    pub async fn mine(&self) {
        self.node.ask("evm_mine", json!([])).await.unwrap();
    }
}

/// A gate over plain JSON-RPC.
#[derive(Clone)]
pub struct Node {
    url: String,
    client: reqwest::Client,
}

impl Node {
    pub fn at(address: SocketAddr) -> Self {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            drop(rustls::crypto::ring::default_provider().install_default());
        }
        // One request a connection: the proxy of these tests speaks no more.
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { url: format!("http://{address}"), client }
    }

    pub async fn ask(&self, method: &str, params: Value) -> Result<Value, GateError> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let lost = |error: reqwest::Error| GateError::Lost(error.without_url().to_string());
        let mut answer: Value =
            self.client.post(&self.url).json(&body).send().await.map_err(lost)?.json().await.map_err(lost)?;
        match answer["error"].take() {
            Value::Null => Ok(answer["result"].take()),
            error => Err(GateError::Rebuffed {
                code: error["code"].as_i64().unwrap_or_default(),
                message: error["message"].as_str().unwrap_or_default().to_owned(),
            }),
        }
    }

    async fn number(&self, method: &str, params: Value) -> Result<U256, GateError> {
        serde_json::from_value(self.ask(method, params).await?).map_err(|error| GateError::Lost(error.to_string()))
    }

    pub async fn slot0(&self, contract: Address) -> u64 {
        self.number("eth_getStorageAt", json!([contract, "0x0", "latest"])).await.unwrap().to()
    }
}

#[async_trait]
impl Gate for Node {
    async fn chain_id(&self) -> Result<u64, GateError> {
        Ok(self.number("eth_chainId", json!([])).await?.to())
    }

    async fn nonce(&self, account: Address, height: Height) -> Result<u64, GateError> {
        let height = match height {
            Height::Latest => "latest",
            Height::Pending => "pending",
        };
        Ok(self.number("eth_getTransactionCount", json!([account, height])).await?.to())
    }

    async fn fees(&self) -> Result<Fees, GateError> {
        let block = self.ask("eth_getBlockByNumber", json!(["pending", false])).await?;
        let base_fee = match &block["baseFeePerGas"] {
            Value::Null => None,
            base => Some(serde_json::from_value::<U256>(base.clone()).unwrap().to()),
        };
        let method = if base_fee.is_some() { "eth_maxPriorityFeePerGas" } else { "eth_gasPrice" };
        Ok(Fees { base_fee, suggestion: self.number(method, json!([])).await?.to() })
    }

    async fn balance(&self, account: Address) -> Result<U256, GateError> {
        self.number("eth_getBalance", json!([account, "latest"])).await
    }

    async fn has_code(&self, account: Address) -> Result<bool, GateError> {
        Ok(self.ask("eth_getCode", json!([account, "latest"])).await? != json!("0x"))
    }

    async fn send_raw(&self, raw: Bytes) -> Result<B256, GateError> {
        let hash = self.ask("eth_sendRawTransaction", json!([raw])).await?;
        serde_json::from_value(hash).map_err(|error| GateError::Lost(error.to_string()))
    }

    async fn receipt(&self, tx: B256) -> Result<Option<Mined>, GateError> {
        let receipt = self.ask("eth_getTransactionReceipt", json!([tx])).await?;
        if receipt.is_null() {
            return Ok(None);
        }
        let block = self.ask("eth_getBlockByHash", json!([receipt["blockHash"], false])).await?;
        let number = |value: &Value| serde_json::from_value::<U256>(value.clone()).unwrap().to::<u64>();
        let hash = |value: &Value| serde_json::from_value::<B256>(value.clone()).unwrap();
        Ok(Some(Mined {
            block: BlockRef {
                chain: ChainId::eip155(self.chain_id().await?),
                number: number(&block["number"]),
                hash: hash(&block["hash"]),
                parent: hash(&block["parentHash"]),
            },
            success: number(&receipt["status"]) == 1,
            gas_used: number(&receipt["gasUsed"]),
        }))
    }

    async fn transaction_known(&self, tx: B256) -> Result<bool, GateError> {
        Ok(!self.ask("eth_getTransactionByHash", json!([tx])).await?.is_null())
    }
}
