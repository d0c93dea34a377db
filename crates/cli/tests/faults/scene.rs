//! The demo protocol on a node of its own, whose blocks come only when a test asks for them: what happens is the same
//! in every run, to the hash.

use alloy_primitives::{Address, U256, hex, keccak256};
use serde_json::{Value, json};

use crate::anvil::Anvil;

pub const ETHER: u128 = 1_000_000_000_000_000_000;

/// Data of a call.
pub fn call(signature: &str, words: &[String]) -> String {
    format!("0x{}{}", hex::encode(&keccak256(signature)[..4]), words.concat())
}

/// A number as an argument.
pub fn word(number: impl TryInto<U256, Error: std::fmt::Debug>) -> String {
    hex::encode(number.try_into().unwrap().to_be_bytes::<32>())
}

/// An address as an argument.
pub fn padded(address: Address) -> String {
    hex::encode(address.into_word())
}

fn artifact(name: &str) -> String {
    let path = format!("{}/../../contracts/artifacts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let artifact: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    artifact["bytecode"].as_str().unwrap().trim_start_matches("0x").to_owned()
}

/// The demo protocol and its people. The first account is the guardian, whose key is in the keystore.
pub struct Scene {
    pub node: Anvil,
    pub accounts: Vec<Address>,
    pub vault: Address,
    pub thief: Address,
}

impl Scene {
    /// The protocol, where anvil is installed.
    pub async fn set() -> Option<Self> {
        Some(Self::on(Anvil::start(&["--no-mining"])?, None).await)
    }

    /// The protocol on this node; the first account guards it unless another one does.
    pub async fn on(node: Anvil, guardian: Option<usize>) -> Self {
        node.ask("anvil_setBlockTimestampInterval", json!([1])).await;
        let accounts: Vec<Address> = serde_json::from_value(node.ask("eth_accounts", json!([])).await).unwrap();
        let zero = Address::ZERO;
        let mut scene = Self { node, accounts, vault: zero, thief: zero };
        let [first, admin, robber] = [0, 1, 2].map(|index| scene.accounts[index]);
        let guardian = guardian.map_or(first, |index| scene.accounts[index]);
        let token = scene.deploy(admin, "DemoToken", &padded(admin)).await;
        let logic = scene.deploy(admin, "Vault", "").await;
        let init = call(
            "initialize(address,address,address,uint256)",
            &[padded(admin), padded(guardian), padded(token), word(U256::from(2_000 * ETHER))],
        );
        let init = init.trim_start_matches("0x");
        let (length, tail) = (init.len() / 2, "0".repeat((64 - init.len() % 64) % 64));
        let arguments = [padded(logic), word(U256::from(64)), word(U256::from(length)), init.to_owned(), tail];
        scene.vault = scene.deploy(admin, "VaultProxy", &arguments.concat()).await;
        for user in [3, 4] {
            scene.done(user, Some(scene.vault), 200 * ETHER, &call("depositEther()", &[])).await;
        }
        let slice = [padded(scene.vault), word(U256::from(5 * ETHER))].concat();
        scene.thief = scene.deploy(robber, "Attacker", &slice).await;
        scene.done(2, Some(scene.thief), 40 * ETHER, &call("stake()", &[])).await;
        scene
    }

    /// Hands a transaction to the node; its hash.
    pub async fn send(&self, from: usize, to: Option<Address>, value: u128, data: &str) -> String {
        let from = self.accounts[from];
        // Fees are said, because what the node would choose depends on what it has seen before.
        let mut tx = json!({
            "from": from, "value": format!("{value:#x}"), "data": data, "gas": "0x989680",
            "maxFeePerGas": "0xb2d05e00", "maxPriorityFeePerGas": "0x3b9aca00",
        });
        if let Some(to) = to {
            tx["to"] = json!(to);
        }
        self.node.ask("eth_sendTransaction", json!([tx])).await.as_str().unwrap().to_owned()
    }

    /// Sends a transaction and mines it; its receipt.
    pub async fn done(&self, from: usize, to: Option<Address>, value: u128, data: &str) -> Value {
        let hash = self.send(from, to, value, data).await;
        self.node.mine(1).await;
        let receipt = self.receipt(&hash).await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        receipt
    }

    async fn deploy(&self, from: Address, name: &str, arguments: &str) -> Address {
        self.create(from, &format!("0x{}{arguments}", artifact(name))).await
    }

    /// Puts code onto the chain; where it is.
    pub async fn create(&self, from: Address, code: &str) -> Address {
        let from = self.accounts.iter().position(|account| *account == from).unwrap();
        self.done(from, None, 0, code).await["contractAddress"].as_str().unwrap().parse().unwrap()
    }

    pub async fn receipt(&self, hash: &str) -> Value {
        let receipt = self.node.ask("eth_getTransactionReceipt", json!([hash])).await;
        assert!(!receipt.is_null(), "transaction {hash} was not mined");
        receipt
    }

    /// The thief takes fifty ether of others, as soon as a block is mined.
    pub async fn attack(&self) -> String {
        self.send(2, Some(self.thief), 0, &call("attack(uint256)", &[word(U256::from(10))])).await
    }

    /// Somebody puts ether in, as soon as a block is mined.
    pub async fn honest(&self) -> String {
        self.send(3, Some(self.vault), ETHER, &call("depositEther()", &[])).await
    }

    /// The chain as it is, to come back to.
    pub async fn snapshot(&self) -> Snapshot {
        let next = self.node.ask("eth_getBlockByNumber", json!(["pending", false])).await;
        Snapshot { id: self.node.ask("evm_snapshot", json!([])).await, base_fee: next["baseFeePerGas"].clone() }
    }

    /// The chain as it was, and as it would have gone on.
    pub async fn back(&self, to: &mut Snapshot) {
        assert_eq!(self.node.ask("evm_revert", json!([to.id])).await, json!(true));
        self.node.ask("anvil_dropAllTransactions", json!([])).await;
        self.node.ask("anvil_setNextBlockBaseFeePerGas", json!([to.base_fee])).await;
        to.id = self.node.ask("evm_snapshot", json!([])).await;
    }

    /// How many transactions of an account were mined.
    pub async fn mined_of(&self, account: usize) -> u64 {
        number(&self.node.ask("eth_getTransactionCount", json!([self.accounts[account], "latest"])).await)
    }

    /// How many transactions of an account wait for a block.
    pub async fn waiting_of(&self, account: usize) -> u64 {
        let all = self.node.ask("eth_getTransactionCount", json!([self.accounts[account], "pending"])).await;
        number(&all) - self.mined_of(account).await
    }

    pub async fn is_paused(&self) -> bool {
        let tx = json!({ "to": self.vault, "data": call("paused()", &[]) });
        number(&self.node.ask("eth_call", json!([tx, "latest"])).await) == 1
    }
}

/// A state of the chain. The node forgets one when it goes back to it, and does not take its fees back.
pub struct Snapshot {
    id: Value,
    base_fee: Value,
}

/// A hexadecimal number of the node.
pub fn number(value: &Value) -> u64 {
    U256::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap().to()
}
