use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use act::{
    ActError, Attempt, Binding, ContractCall, Driver, Fees, Gate, GateError, Height, Mined, Outcome, Retry, Sent,
    Signers,
};
use alloy_signer_local::PrivateKeySigner;
use async_trait::async_trait;
use case::{Call, Step};
use expect_test::{Expect, expect};
use facts::{Address, B256, Bytes, ChainId, U256};
use jiff::SignedDuration;
use rpc::NodeOptions;
use serde_json::json;

use super::{
    anvil::{Anvil, Node},
    exam::{Candidate, exam},
    http::Proxy,
    key, now, step,
};

/// anvil's first account.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const GUARDIAN: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
/// Adds one to slot 0 at each call: `sstore(0, add(sload(0), 1))`.
const COUNTER: Address = Address::repeat_byte(0xc0);
/// Always reverts.
const GRUMP: Address = Address::repeat_byte(0xb0);

fn signers() -> Signers {
    let poor = PrivateKeySigner::from_slice(&[7; 32]).unwrap();
    Signers::default().with("guardian", KEY.parse().unwrap()).with("poor", poor)
}

fn gate(address: SocketAddr, chain: u64) -> Arc<dyn Gate> {
    let config = rpc::EndpointConfig::new(format!("http://{address}"));
    Arc::new(rpc::Node::new(ChainId::eip155(chain), vec![config], NodeOptions::default()).unwrap())
}

fn driver(address: SocketAddr) -> ContractCall {
    let gate = gate(address, 31337);
    ContractCall::new(signers(), BTreeMap::from([(ChainId::eip155(31337), gate)]))
}

async fn start(arguments: &[&str]) -> Option<Anvil> {
    let anvil = Anvil::start(arguments).await?;
    for (address, code) in [(COUNTER, "0x5f546001015f5500"), (GRUMP, "0x5f5ffd")] {
        anvil.node.ask("anvil_setCode", json!([address, code])).await.unwrap();
    }
    Some(anvil)
}

fn call(to: Address, signer: &str) -> Call {
    Call::Contract {
        chain: ChainId::eip155(31337),
        to,
        function: "pause()".to_owned(),
        data: alloy_primitives::bytes!("8456cb59"),
        value: U256::ZERO,
        signer: signer.to_owned(),
    }
}

fn pause(id: &str) -> Step {
    step(id, "contract-call", call(COUNTER, "guardian"))
}

/// A driver with one step, as the engine walks it.
struct Walk<'a> {
    driver: &'a ContractCall,
    step: Step,
    binding: Binding,
    earlier: Vec<B256>,
}

impl<'a> Walk<'a> {
    async fn bind(driver: &'a ContractCall, step: Step) -> Result<Self, ActError> {
        let binding = driver.bind(&step, &key(&step), now()).await?;
        Ok(Self { driver, step, binding, earlier: vec![] })
    }

    async fn submit(&mut self, bump: u8) -> Result<Sent, ActError> {
        let attempt = Attempt { bump, earlier: &self.earlier };
        let sent = self.driver.submit(&self.step, &key(&self.step), &self.binding, &attempt, now()).await?;
        self.earlier.extend(sent.tx);
        Ok(sent)
    }

    async fn outcome(&self) -> Outcome {
        self.driver.outcome(&self.step, &key(&self.step), &self.binding, &self.earlier, now()).await.unwrap()
    }

    /// What a process that knows only the intent finds.
    async fn outcome_after_a_crash(&self) -> Outcome {
        self.driver.outcome(&self.step, &key(&self.step), &self.binding, &[], now()).await.unwrap()
    }
}

struct Calls {
    anvil: Anvil,
    proxy: Proxy,
}

#[async_trait]
impl Candidate for Calls {
    fn fresh(&self) -> (Arc<dyn Driver>, String) {
        let driver = driver(self.proxy.server.address);
        let shown = format!("{driver:?}");
        (Arc::new(driver), shown)
    }

    fn step(&self, id: &str) -> Step {
        pause(id)
    }

    async fn effects(&self) -> u64 {
        self.anvil.node.slot0(COUNTER).await
    }

    async fn settle(&self) {
        self.anvil.mine().await;
    }

    fn lose_answers(&self, on: bool) {
        self.proxy.swallow(on);
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY[..16].to_owned(), KEY[48..].to_owned()]
    }
}

#[tokio::test]
async fn the_contract_call_passes_the_common_exam() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let proxy = Proxy::to(anvil.address, "eth_sendRawTransaction").await;
    exam(&Calls { anvil, proxy }).await;
}

#[tokio::test]
async fn a_higher_fee_replaces_and_counts_once() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    let first = walk.submit(0).await.unwrap().tx.unwrap();
    let waits = Outcome::Pending { txs: vec![first], behind: 0, says: "waits for a block".to_owned() };
    assert_eq!(walk.outcome().await, waits);
    assert_eq!(walk.outcome_after_a_crash().await, waits);

    let second = walk.submit(1).await.unwrap().tx.unwrap();
    assert_ne!(first, second);
    // The first attempt once more is too cheap now, and the driver says which one is pending.
    assert_eq!(walk.submit(0).await.unwrap().tx, Some(second));
    // The base fee is above what the first attempt offered.
    anvil.node.ask("anvil_setNextBlockBaseFeePerGas", json!(["0x174876e800"])).await.unwrap();
    anvil.mine().await;
    for outcome in [walk.outcome().await, walk.outcome_after_a_crash().await] {
        match outcome {
            Outcome::Done { tx, block: Some(_) } => assert_eq!(tx, Some(second)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(walk.submit(2).await.unwrap().tx, Some(second), "nothing more is sent");
    anvil.mine().await;
    assert_eq!(anvil.node.slot0(COUNTER).await, 1);
}

#[tokio::test]
async fn a_node_that_forgot_it_is_sent_the_next_rung() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    let first = walk.submit(0).await.unwrap().tx.unwrap();
    // The base fee rises above what the first attempt offers, and anvil drops what it cannot mine.
    anvil.node.ask("anvil_setNextBlockBaseFeePerGas", json!(["0x174876e800"])).await.unwrap();
    anvil.mine().await;
    assert_eq!(walk.outcome().await, Outcome::NotSent);
    assert_eq!(anvil.node.slot0(COUNTER).await, 0);
    let second = walk.submit(1).await.unwrap().tx.unwrap();
    assert_ne!(first, second);
    anvil.mine().await;
    assert!(matches!(walk.outcome().await, Outcome::Done { tx, .. } if tx == Some(second)));
    assert_eq!(anvil.node.slot0(COUNTER).await, 1);
}

#[tokio::test]
async fn bumps_end_at_the_limit() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    let mut fees = Vec::new();
    for bump in 0..=3 {
        let tx = walk.submit(bump).await.unwrap().tx.unwrap();
        let tx = anvil.node.ask("eth_getTransactionByHash", json!([tx])).await.unwrap();
        let gwei = |field: &str| serde_json::from_value::<U256>(tx[field].clone()).unwrap().to::<u64>() / 1_000_000_000;
        fees.push(format!("{} tip {}", gwei("maxFeePerGas"), gwei("maxPriorityFeePerGas")));
    }
    expect!["27 tip 25, 158 tip 146, 177 tip 164, 200 tip 185"].assert_eq(&fees.join(", "));
    let error = walk.submit(4).await.unwrap_err();
    expect!["step `pause` is not taken: attempt 4 would pass its limits of 3 bumps and 200000000000 wei per gas; plan again with higher limits"].assert_eq(&error.to_string());
    anvil.mine().await;
    assert!(matches!(walk.outcome().await, Outcome::Done { .. }));
    assert_eq!(anvil.node.slot0(COUNTER).await, 1);
}

#[tokio::test]
async fn the_guardian_goes_first_in_the_block() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let accounts = anvil.node.ask("eth_accounts", json!([])).await.unwrap();
    let attack = json!([{"from": accounts[1], "to": GRUMP, "gas": "0x186a0", "maxPriorityFeePerGas": "0x77359400", "maxFeePerGas": "0x2540be400"}]);
    anvil.node.ask("eth_sendTransaction", attack).await.unwrap();
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    let tx = walk.submit(0).await.unwrap().tx.unwrap();
    anvil.mine().await;
    let block = anvil.node.ask("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    assert_eq!(block["transactions"].as_array().unwrap().len(), 2);
    assert_eq!(block["transactions"][0], json!(tx));
}

#[tokio::test]
async fn a_revert_is_an_outcome() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, step("pause", "contract-call", call(GRUMP, "guardian"))).await.unwrap();
    let tx = walk.submit(0).await.unwrap().tx.unwrap();
    anvil.mine().await;
    match walk.outcome().await {
        Outcome::Reverted { tx: reverted, why, .. } => {
            assert_eq!(reverted, tx);
            expect!["it was mined and reverted, 21160 of 100000 gas used"].assert_eq(&why);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_nonce_that_something_else_used_is_superseded() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    anvil.node.ask("eth_sendTransaction", json!([{"from": GUARDIAN, "to": GRUMP, "gas": "0x186a0"}])).await.unwrap();
    anvil.mine().await;
    let sent = walk.submit(0).await.unwrap();
    expect!["None nothing was sent: nonce 0 of `0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266` was used by a transaction that is none of this step's"].assert_eq(&format!("{:?} {}", sent.tx, sent.says));
    assert!(matches!(walk.outcome().await, Outcome::Superseded { .. }));
    assert_eq!(anvil.node.slot0(COUNTER).await, 0);
}

#[tokio::test]
async fn a_reorg_brings_it_back_to_be_sent_again() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let snapshot = anvil.node.ask("evm_snapshot", json!([])).await.unwrap();
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    let first = walk.submit(0).await.unwrap();
    anvil.mine().await;
    assert!(matches!(walk.outcome().await, Outcome::Done { .. }));
    anvil.node.ask("evm_revert", json!([snapshot])).await.unwrap();
    assert_eq!(anvil.node.slot0(COUNTER).await, 0);
    assert_eq!(walk.outcome().await, Outcome::NotSent);
    let again = walk.submit(0).await.unwrap();
    assert_eq!(first.tx, again.tx);
    anvil.mine().await;
    assert!(matches!(walk.outcome().await, Outcome::Done { .. }));
    assert_eq!(anvil.node.slot0(COUNTER).await, 1);
}

#[tokio::test]
async fn steps_of_one_signer_go_one_after_the_other() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let mut first = Walk::bind(&driver, pause("first")).await.unwrap();
    let busy = Walk::bind(&driver, pause("second")).await.err().unwrap();
    expect!["step `second` cannot be taken now: signer `guardian` is about to send its nonce 0 for another step, which it may until 2026-11-21T03:10:00Z"].assert_eq(&busy.to_string());
    assert_eq!(busy.retry(), Retry::Later);
    first.submit(0).await.unwrap();
    let mut second = Walk::bind(&driver, pause("second")).await.unwrap();
    second.submit(0).await.unwrap();
    match second.outcome().await {
        Outcome::Pending { behind: 1, says, .. } => {
            expect!["waits behind 1 of `0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266`, from nonce 0; raise their fees or cancel them"].assert_eq(&says);
        }
        other => panic!("{other:?}"),
    }
    // The first one falls out of the pool: the second can never be mined until its place is taken.
    anvil.node.ask("anvil_dropAllTransactions", json!([])).await.unwrap();
    assert_eq!(second.outcome().await, Outcome::NotSent);
    second.submit(0).await.unwrap();
    match second.outcome().await {
        Outcome::Pending { behind: 1, says, .. } => {
            expect!["cannot be mined: the node knows no transaction with nonce 0 of `0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266`; send one with that nonce"].assert_eq(&says);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(first.outcome().await, Outcome::NotSent);
    first.submit(0).await.unwrap();
    anvil.mine().await;
    assert!(matches!(first.outcome().await, Outcome::Done { .. }));
    assert!(matches!(second.outcome().await, Outcome::Done { .. }));
    assert_eq!(anvil.node.slot0(COUNTER).await, 2);
}

#[tokio::test]
async fn a_step_that_was_refused_or_given_up_leaves_no_gap() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let nonce = |walk: &Walk<'_>| walk.binding["nonce"].as_u64();
    // Refused before it is sent, refused by the node, and given up by the engine.
    let mut nowhere = Walk::bind(&driver, step("a", "contract-call", call(Address::ZERO, "guardian"))).await.unwrap();
    assert_eq!(nonce(&nowhere), Some(0));
    assert_eq!(nowhere.submit(0).await.unwrap_err().retry(), Retry::Never);
    let mut huge = pause("b");
    huge.limits.gas = 40_000_000;
    let mut huge = Walk::bind(&driver, huge).await.unwrap();
    assert_eq!(nonce(&huge), Some(0));
    assert_eq!(huge.submit(0).await.unwrap_err().retry(), Retry::Never);
    let given_up = Walk::bind(&driver, pause("c")).await.unwrap();
    assert_eq!(nonce(&given_up), Some(0));
    driver.abandon(&given_up.step, &key(&given_up.step), &given_up.binding).await;
    let mut taken = Walk::bind(&driver, pause("d")).await.unwrap();
    assert_eq!(nonce(&taken), Some(0));
    taken.submit(0).await.unwrap();
    anvil.mine().await;
    assert!(matches!(taken.outcome().await, Outcome::Done { .. }));
}

#[tokio::test]
async fn another_chain_behind_the_same_address_says_nothing_about_a_step() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let Some(other) = Anvil::start(&["--chain-id", "1"]).await else { return };
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    walk.submit(0).await.unwrap();
    let gate = gate(other.address, 31337);
    let misled = ContractCall::new(signers(), BTreeMap::from([(ChainId::eip155(31337), gate)]));
    let error = misled.outcome(&walk.step, &key(&walk.step), &walk.binding, &walk.earlier, now()).await.unwrap_err();
    assert!(error.to_string().contains("says it is on `eip155:1`"), "{error}");
}

#[tokio::test]
async fn a_chain_without_a_base_fee_takes_a_legacy_transaction() {
    let Some(anvil) = start(&["--no-mining", "--hardfork", "berlin"]).await else { return };
    // Berlin has no PUSH0.
    anvil.node.ask("anvil_setCode", json!([COUNTER, "0x600054600101600055"])).await.unwrap();
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    let tx = walk.submit(0).await.unwrap().tx.unwrap();
    anvil.mine().await;
    assert!(matches!(walk.outcome().await, Outcome::Done { .. }));
    assert_eq!(anvil.node.ask("eth_getTransactionByHash", json!([tx])).await.unwrap()["type"], json!("0x0"));
    assert_eq!(anvil.node.slot0(COUNTER).await, 1);
}

/// Binds and submits a step that must not be sent; tells why.
async fn check(driver: &ContractCall, step: Step, expected: Expect) {
    let error = match Walk::bind(driver, step).await {
        Ok(mut walk) => walk.submit(0).await.unwrap_err(),
        Err(error) => error,
    };
    expected.assert_eq(&format!("{:?}: {error}", error.retry()));
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_its_remedy() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let driver = driver(anvil.address);
    let to = |to, signer| step("pause", "contract-call", call(to, signer));
    check(&driver, to(COUNTER, "poor"), expect!["Never: step `pause` is not taken: signer `poor` at `0x4a62316623ad457F02cDC5D997deD67a383EC569` holds 0 wei on `eip155:31337` and needs up to 2700000000000000; send it 2700000000000000 wei"]).await;
    check(
        &driver,
        to(COUNTER, "nobody"),
        expect![
            "Never: step `pause` is not taken: there is no signer `nobody`; add `[signer.nobody]` to breakglass.toml"
        ],
    )
    .await;
    check(&driver, to(Address::repeat_byte(0xee), "guardian"), expect!["Never: step `pause` is not taken: there is no contract at `0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE` on `eip155:31337`; correct the address in protocol.toml"]).await;
    let mut elsewhere = pause("pause");
    if let Call::Contract { chain, .. } = &mut elsewhere.call {
        *chain = ChainId::eip155(1);
    }
    check(
        &driver,
        elsewhere.clone(),
        expect![
            "Never: step `pause` is not taken: chain `eip155:1` is not configured; add a `[[chain]]` to breakglass.toml"
        ],
    )
    .await;
    let gate = gate(anvil.address, 1);
    let misled = ContractCall::new(signers(), BTreeMap::from([(ChainId::eip155(1), gate)]));
    check(&misled, elsewhere, expect!["Never: step `pause` is not taken: the node of `eip155:1` says it is on `eip155:31337`; correct `rpc` in breakglass.toml"]).await;
    let mut cheap = pause("pause");
    cheap.limits.fee_per_gas = U256::from(7);
    check(&driver, cheap, expect!["Later: step `pause` cannot be taken now: a transaction costs at least 1000000000 wei per gas and the step's limit is 7; wait, or plan again with a higher limit"]).await;
    let mut late = pause("pause");
    late.limits.until = now() - SignedDuration::from_secs(1);
    check(&driver, late, expect!["Never: step `pause` is not taken: it was to be taken until 2026-11-21T02:59:59Z, and it is 2026-11-21T03:00:00Z; plan again"]).await;
    let mut huge = pause("pause");
    huge.limits.gas = 40_000_000;
    check(&driver, huge, expect!["Never: step `pause` is not taken: the node says `intrinsic gas too high -- tx.gas_limit > env.block.gas_limit`"]).await;
    let message = Call::Webhook { endpoint: "oncall".to_owned(), body: json!({}) };
    check(
        &driver,
        step("page", "contract-call", message),
        expect!["Never: step `page` is not taken: it is no contract call; use driver `webhook`"],
    )
    .await;
    assert_eq!(anvil.node.slot0(COUNTER).await, 0);
    assert_eq!(anvil.node.ask("eth_blockNumber", json!([])).await.unwrap(), json!("0x0"), "nothing was sent");
}

#[tokio::test]
async fn a_node_that_is_gone_is_an_error_and_not_an_outcome() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let node = anvil.node.clone();
    let driver = driver(anvil.address);
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    walk.submit(0).await.unwrap();
    drop(anvil);
    // The process has been killed; it is gone when nobody answers.
    for _ in 0..10_000 {
        if node.chain_id().await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let asked = driver.outcome(&walk.step, &key(&walk.step), &walk.binding, &walk.earlier, now()).await.unwrap_err();
    let sent = walk.submit(1).await.unwrap_err();
    let bound = Walk::bind(&driver, pause("another")).await.err().unwrap();
    for error in [asked, sent, bound] {
        assert!(matches!(error, ActError::Unreachable { .. }), "{error:?}");
        assert_eq!(error.retry(), Retry::Later);
    }
}

/// Two endpoints behind one gate: the first takes a transaction and goes silent, the second refuses it.
struct TwoFaced(Node);

#[async_trait]
impl Gate for TwoFaced {
    async fn chain_id(&self) -> Result<u64, GateError> {
        self.0.chain_id().await
    }
    async fn nonce(&self, account: Address, height: Height) -> Result<u64, GateError> {
        self.0.nonce(account, height).await
    }
    async fn fees(&self) -> Result<Fees, GateError> {
        self.0.fees().await
    }
    async fn balance(&self, account: Address) -> Result<U256, GateError> {
        self.0.balance(account).await
    }
    async fn has_code(&self, account: Address) -> Result<bool, GateError> {
        self.0.has_code(account).await
    }
    async fn send_raw(&self, raw: Bytes) -> Result<B256, GateError> {
        self.0.send_raw(raw).await?;
        Err(GateError::Rebuffed { code: -32000, message: "insufficient funds".to_owned() })
    }
    async fn receipt(&self, tx: B256) -> Result<Option<Mined>, GateError> {
        self.0.receipt(tx).await
    }
    async fn transaction_known(&self, tx: B256) -> Result<bool, GateError> {
        self.0.transaction_known(tx).await
    }
}

#[tokio::test]
async fn a_refusal_after_one_endpoint_took_it_is_no_refusal() {
    let Some(anvil) = start(&["--no-mining"]).await else { return };
    let gate: Arc<dyn Gate> = Arc::new(TwoFaced(anvil.node.clone()));
    let driver = ContractCall::new(signers(), BTreeMap::from([(ChainId::eip155(31337), gate)]));
    let mut walk = Walk::bind(&driver, pause("pause")).await.unwrap();
    let sent = walk.submit(0).await.unwrap();
    expect!["the node has it: `insufficient funds`"].assert_eq(&sent.says);
    anvil.mine().await;
    assert!(matches!(walk.outcome().await, Outcome::Done { tx, .. } if tx == sent.tx));
    assert_eq!(anvil.node.slot0(COUNTER).await, 1);
}
