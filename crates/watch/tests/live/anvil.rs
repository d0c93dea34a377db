//! A real node for tests, on a free port, that ends with its test.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

/// A running anvil.
pub struct Anvil {
    child: Child,
    pub port: u16,
    http: reqwest::Client,
}

/// Where anvil is: `BREAKGLASS_ANVIL`, else where `npm ci` in `contracts` puts it.
fn binary() -> Option<PathBuf> {
    let inside = "../../contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";
    let path = std::env::var_os("BREAKGLASS_ANVIL")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(inside), PathBuf::from);
    if !path.is_file() {
        println!("skipped: no anvil at {} (npm ci in contracts, or set BREAKGLASS_ANVIL)", path.display());
        return None;
    }
    Some(path)
}

impl Anvil {
    /// Starts anvil with these arguments; none (and a printed reason) where it is not installed.
    pub fn start(args: &[&str]) -> Option<Self> {
        Self::start_on(0, args)
    }

    /// Starts anvil on a port of its choice (0) or of yours.
    pub fn start_on(port: u16, args: &[&str]) -> Option<Self> {
        let mut child = Command::new(binary()?)
            .args(["--port", &port.to_string(), "--accounts", "8"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .stdin(Stdio::null())
            .spawn()
            .expect("anvil starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Listening on 127.0.0.1:")?.trim().parse().ok())
            .expect("anvil says where it listens");
        // Its output is read on, because a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        rpc::install_tls();
        Some(Self { child, port, http: reqwest::Client::new() })
    }

    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn ws(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// One request to the node, for setting the scene.
    pub async fn ask(&self, method: &str, params: Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer: Value = self.http.post(self.http()).json(&body).send().await.unwrap().json().await.unwrap();
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    pub async fn mine(&self, blocks: u64) {
        self.ask("anvil_mine", json!([format!("{blocks:#x}")])).await;
    }

    /// Sends a bit of ether, so that blocks differ and hold transactions.
    pub async fn send(&self, wei: u64) {
        let accounts = self.ask("eth_accounts", json!([])).await;
        let to = format!("0x{:040x}", 0xbeef);
        self.ask("eth_sendTransaction", json!([{ "from": accounts[0], "to": to, "value": format!("{wei:#x}") }])).await;
    }

    pub async fn height(&self) -> u64 {
        let text = self.ask("eth_blockNumber", json!([])).await;
        u64::from_str_radix(text.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    }

    pub async fn hash(&self, number: u64) -> String {
        let block = self.ask("eth_getBlockByNumber", json!([format!("{number:#x}"), false])).await;
        block["hash"].as_str().unwrap().to_owned()
    }

    /// Ends the node as an operator would, so that it can save its state.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
