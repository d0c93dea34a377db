//! A vault is attacked on a real node: noticed, a case opened, the contract paused, and all of it in the book.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "in a test a panic is the report")]

#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../watch/tests/live/anvil.rs"]
mod anvil;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use act::{ContractCall, Drivers, Signers};
use alloy_primitives::{Address, U256, hex, keccak256};
use anvil::Anvil;
use atlas::{Atlas, Fork, Protocol, Selectors};
use case::{
    CaseId, Event, Holding, Incident, LossAmounts, LossRow, LossTotal, Phase, Place, ReadinessCheck, ReadinessChecked,
    ReadinessFinding, ReadinessState, Rest, Severity, Stream, Timestamp,
};
use detect::{Detectors, Scope, built_in, read_rules};
use engine::{ChainLoop, ChainSetup, Crossroads, Judgement, Rulebook, Service, Setup};
use facts::{AccountId, AssetId, ChainId};
use respond::{Automatic, Installation, Playbook, Policy, TriageRules};
use rpc::{EndpointConfig, Node, NodeOptions};
use serde_json::{Value, json};
use store::{Options, SealKey, Store};
use tempfile::TempDir;

/// The second account of every anvil.
const GUARDIAN_KEY: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const ETHER: u128 = 1_000_000_000_000_000_000;

fn artifact(name: &str) -> String {
    let path = format!("{}/../../contracts/artifacts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let artifact: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    artifact["bytecode"].as_str().unwrap().trim_start_matches("0x").to_owned()
}

fn word(number: impl TryInto<U256, Error: std::fmt::Debug>) -> String {
    hex::encode(number.try_into().unwrap().to_be_bytes::<32>())
}

fn padded(address: Address) -> String {
    hex::encode(address.into_word())
}

fn call(signature: &str, words: &[String]) -> String {
    format!("0x{}{}", hex::encode(&keccak256(signature)[..4]), words.concat())
}

/// The demo protocol on a node of its own.
struct Scene {
    node: Anvil,
    accounts: Vec<Address>,
    vault: Address,
    thief: Address,
}

impl Scene {
    async fn send(node: &Anvil, from: Address, to: Option<Address>, value: u128, data: &str) -> String {
        let mut tx = json!({ "from": from, "value": format!("{value:#x}"), "data": data, "gas": "0x5b8d80" });
        if let Some(to) = to {
            tx["to"] = json!(to);
        }
        node.ask("eth_sendTransaction", json!([tx])).await.as_str().unwrap().to_owned()
    }

    async fn receipt(node: &Anvil, hash: &str) -> Value {
        for _ in 0..300 {
            let receipt = node.ask("eth_getTransactionReceipt", json!([hash])).await;
            if !receipt.is_null() {
                return receipt;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("transaction {hash} was not mined");
    }

    async fn done(node: &Anvil, from: Address, to: Option<Address>, value: u128, data: &str) -> Value {
        let hash = Self::send(node, from, to, value, data).await;
        let receipt = Self::receipt(node, &hash).await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        receipt
    }

    async fn deploy(node: &Anvil, from: Address, name: &str, arguments: &str) -> Address {
        let code = format!("0x{}{arguments}", artifact(name));
        let receipt = Self::done(node, from, None, 0, &code).await;
        receipt["contractAddress"].as_str().unwrap().parse().unwrap()
    }

    async fn set() -> Option<Self> {
        let node = Anvil::start(&["--block-time", "1"])?;
        let accounts: Vec<Address> = serde_json::from_value(node.ask("eth_accounts", json!([])).await).unwrap();
        let (admin, guardian, robber) = (accounts[0], accounts[1], accounts[2]);
        let token = Self::deploy(&node, admin, "DemoToken", &padded(admin)).await;
        let logic = Self::deploy(&node, admin, "Vault", "").await;
        let init = call(
            "initialize(address,address,address,uint256)",
            &[padded(admin), padded(guardian), padded(token), word(U256::from(2_000 * ETHER))],
        );
        let init = init.trim_start_matches("0x");
        let length = init.len() / 2;
        let tail = "0".repeat((64 - init.len() % 64) % 64);
        let arguments = [padded(logic), word(U256::from(64)), word(U256::from(length)), init.to_owned(), tail].concat();
        let vault = Self::deploy(&node, admin, "VaultProxy", &arguments).await;
        for user in &accounts[3..5] {
            Self::done(&node, *user, Some(vault), 200 * ETHER, &call("depositEther()", &[])).await;
        }
        let slice = [padded(vault), word(U256::from(5 * ETHER))].concat();
        let thief = Self::deploy(&node, robber, "Attacker", &slice).await;
        Self::done(&node, robber, Some(thief), 40 * ETHER, &call("stake()", &[])).await;
        Some(Self { node, accounts, vault, thief })
    }

    fn protocol(&self) -> Protocol {
        let text = format!(
            "schema = 1\nname = \"Demo\"\n[[contract]]\nname = \"Vault\"\nchain = \"eip155:31337\"\naddress = \"{}\"\n\
             pause = \"pause()\"\nunpause = \"unpause()\"\nsigner = \"guardian\"\n",
            self.vault
        );
        Protocol::parse("protocol.toml", &text).unwrap()
    }

    /// A service over this scene and the book in `folder`.
    async fn service(&self, folder: &TempDir) -> (Service, Store) {
        let id = ChainId::eip155(31337);
        let endpoint = EndpointConfig::new(self.node.ws());
        let node = Arc::new(Node::new(id.clone(), vec![endpoint], NodeOptions::default()).unwrap());
        let fork: Fork = node.capabilities().await.unwrap().anvil_fork.unwrap().parse().unwrap();
        let chain = Atlas::embedded().chain(&id).unwrap().clone().declared(fork);
        let url = format!("sqlite://{}", folder.path().join("book.db").display());
        let store = Store::open(&url, SealKey::from_bytes([1; 32]), Options::at(Timestamp::now())).await.unwrap();
        let protocol = self.protocol();
        let contracts = protocol.contracts().iter().map(|held| (held.account.clone(), held.name.clone()));
        let scope = Scope::protecting(contracts);
        let detectors = Arc::new(Detectors::new(read_rules(built_in()).unwrap(), scope).unwrap());
        let signers = Signers::default().with("guardian", GUARDIAN_KEY.parse().unwrap());
        let addresses = signers.addresses().map(|(name, address)| (name.to_owned(), address)).collect();
        let gates: BTreeMap<ChainId, Arc<dyn act::Gate>> =
            BTreeMap::from([(id, Arc::clone(&node) as Arc<dyn act::Gate>)]);
        let installation =
            Installation { protocol, signers: ["guardian".to_owned()].into(), webhooks: Default::default() };
        let judgement = Judgement {
            playbooks: Playbook::embedded(),
            rules: TriageRules { protected: installation.protected(), ..TriageRules::default() },
            installation,
            policy: Policy { automatic: Automatic::Reversible, ..Policy::default() },
            drivers: Drivers::new().with(Arc::new(ContractCall::new(signers, gates))),
            selectors: Selectors::embedded(),
            signers: addresses,
        };
        let setup = Setup {
            store: store.clone(),
            chains: vec![ChainSetup { chain, node, pending: false }],
            detectors,
            judgement,
            version: "test".to_owned(),
            data: Vec::new(),
            clock: Timestamp::now,
        };
        let mut service = Service::start(setup).await.unwrap();
        service.ready().await;
        (service, store)
    }

    /// What was lost and where it went is what the chain says.
    async fn check_ledger(&self, found: &Incident) {
        // What the vault owes more than it holds is lost, to the wei.
        let mut owed = U256::ZERO;
        for account in [self.accounts[3], self.accounts[4], self.thief] {
            let asked = json!([{ "to": self.vault, "data": call("etherOf(address)", &[padded(account)]) }, "latest"]);
            owed += serde_json::from_value::<U256>(self.node.ask("eth_call", asked).await).unwrap();
        }
        let (held, loot) = (self.balance(self.vault).await, self.balance(self.thief).await);
        let lost = owed - held;
        assert!(!lost.is_zero());
        let account = |address| AccountId { chain: ChainId::eip155(31337), address };
        let ether: AssetId = "eip155:31337/slip44:60".parse().unwrap();

        let losses = found.ledger.losses.as_ref().unwrap();
        let left = U256::from(440 * ETHER) - held;
        let amounts = LossAmounts { left, lost, outstanding: lost, ..LossAmounts::default() };
        let row = LossRow { victim: account(self.vault), asset: ether.clone(), amounts };
        assert_eq!(losses.rows, [row], "{losses:#?}");
        assert_eq!(losses.totals, [LossTotal { asset: ether.clone(), amounts }]);
        assert_eq!(losses.unseen, []);

        let money = found.ledger.money.as_ref().unwrap();
        assert_eq!((money.trails.len(), &money.unseen[..]), (1, &[][..]), "{money:#?}");
        let trail = &money.trails[0];
        assert_eq!((&trail.asset, trail.taken), (&ether, lost));
        let moved: U256 = trail.hops.iter().map(|hop| hop.amount).sum();
        assert!(trail.hops.iter().all(|hop| hop.from == account(self.vault) && hop.to == account(self.thief)));
        assert_eq!(moved, lost, "each wei went one way once");
        let resting = Holding { account: account(self.thief), asset: ether, amount: lost };
        assert_eq!(trail.rests, [Rest { holding: resting, place: Place::Attacker }]);
        // Beside the taken money the contract holds what the vault booked against its stake.
        assert_eq!(loot, left);
    }

    async fn balance(&self, of: Address) -> U256 {
        serde_json::from_value(self.node.ask("eth_getBalance", json!([of, "latest"])).await).unwrap()
    }
}

/// Waits, within a bound, for an incident that fits.
async fn incident(store: &Store, fits: impl Fn(&Incident) -> bool) -> Incident {
    let mut last = None;
    for _ in 0..600 {
        for (_, id) in store.cases(u64::MAX, 10).await.unwrap() {
            let found = folded(store, &id).await;
            if fits(&found) {
                return found;
            }
            last = Some(found);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no incident fits; the last one: {last:#?}");
}

/// What was found about readiness, once it was looked at.
async fn readiness(store: &Store) -> ReadinessChecked {
    for _ in 0..600 {
        let found = store.of_kind_before("readiness.checked/1", u64::MAX, 1).await.unwrap();
        if let Some(Event::ReadinessChecked(ready)) = found.first().and_then(|(_, entry)| entry.event().unwrap()) {
            return *ready;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody looked at readiness");
}

async fn folded(store: &Store, id: &CaseId) -> Incident {
    Incident::fold(id, &store.whole_stream(&Stream::Case(id.clone())).await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_is_noticed_and_the_vault_paused_before_it_is_over() {
    let Some(scene) = Scene::set().await else { return };
    let folder = TempDir::new().unwrap();
    let (service, store) = scene.service(&folder).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(service.run(async {
        stopped.await.ok();
    }));

    // Before anything happens: the guardian can pause and nobody else; only the admin could take it back.
    let ready = readiness(&store).await;
    let gap = "`unpause()` fails when `guardian` sends it after `pause()`";
    assert_eq!(ready.count(), (5, 1, 0), "{ready:#?}");
    let unpause = ready.contracts[0].findings.iter().find(|finding| finding.check == ReadinessCheck::Unpause);
    assert!(matches!(&unpause.unwrap().state, ReadinessState::Gap { what, .. } if what.starts_with(gap)), "{ready:#?}");

    let robber = scene.accounts[2];
    let mut attacks = Vec::new();
    for _ in 0..8 {
        let data = call("attack(uint256)", &[word(U256::from(10))]);
        let hash = Scene::send(&scene.node, robber, Some(scene.thief), 0, &data).await;
        attacks.push(Scene::receipt(&scene.node, &hash).await);
    }
    let succeeded = attacks.iter().filter(|receipt| receipt["status"] == "0x1").count();
    let found = incident(&store, |incident| {
        let assessed = incident.ledger.losses.as_ref().map_or(0, |losses| losses.txs.len());
        incident.phase == Phase::Contained && assessed >= succeeded && incident.ledger.money.is_some()
    })
    .await;
    scene.check_ledger(&found).await;
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();

    let number = |value: &Value| u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    let first = number(&attacks[0]["blockNumber"]);
    let paused = match &found.plans[0].steps[0].status {
        case::StepStatus::Done { block: Some(block) } => block.number,
        other => panic!("the pause is not done: {other:?}"),
    };
    println!("attacked in {first}, paused in {paused}, {succeeded} of 8 attacks succeeded");
    assert_eq!(found.severity, Severity::Critical);
    assert!(succeeded < 8, "every attack succeeded");
    assert!(paused <= first + 2, "attacked in {first}, paused in {paused}");
    let left = scene.balance(scene.vault).await;
    // The stake was paid in before; each attack takes fifty and leaves five booked.
    assert_eq!(left, U256::from((440 - 55 * succeeded as u128) * ETHER));
    let rules: BTreeSet<&str> = found.alerts.iter().map(|held| held.alert.rule.id.as_str()).collect();
    assert!(rules.contains("drain") && rules.contains("reentrancy"), "{rules:?}");
    assert!(found.attackers().iter().any(|account| account.address == robber));

    drop(store);

    // The story in the book: intent stands before the receipt, and everything is sealed and holds.
    let kinds: Vec<String> = store_entries(&folder, &found.id).await.into_iter().map(|entry| entry.kind).collect();
    let place =
        |kind: &str| kinds.iter().position(|held| held == kind).unwrap_or_else(|| panic!("no {kind}: {kinds:?}"));
    let story = [
        "case.opened/1",
        "case.plan-proposed/1",
        "case.rehearsed/1",
        "case.approved/1",
        "case.intent/1",
        "case.receipt/1",
        "case.confirmed/1",
    ];
    assert!(story.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "case.intent/1").count(), 1, "{kinds:?}");
    // Adding up and following come after containing is under way, never before.
    assert!(place("losses.assessed/1") > place("case.intent/1"), "{kinds:?}");
    assert!(place("money.traced/1") > place("case.intent/1"), "{kinds:?}");
    let report = store::verify_database(&folder.path().join("book.db"), None).await.unwrap();
    assert!(report.holds() && report.unsealed == 0, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_ready_the_vault_is_to_be_stopped() {
    let Some(scene) = Scene::set().await else { return };
    let folder = TempDir::new().unwrap();
    let id = ChainId::eip155(31337);
    let endpoint = EndpointConfig::new(scene.node.ws());
    let node = Arc::new(Node::new(id.clone(), vec![endpoint], NodeOptions::default()).unwrap());
    let fork: Fork = node.capabilities().await.unwrap().anvil_fork.unwrap().parse().unwrap();
    let chain = Atlas::embedded().chain(&id).unwrap().clone().declared(fork);
    let url = format!("sqlite://{}", folder.path().join("book.db").display());
    let store = Store::open(&url, SealKey::from_bytes([1; 32]), Options::at(Timestamp::now())).await.unwrap();
    let detectors = Arc::new(Detectors::new(read_rules(built_in()).unwrap(), Scope::protecting([])).unwrap());
    let setup = ChainSetup { chain, node, pending: false };
    let (follows, loupe, mut status) = ChainLoop::open(
        setup,
        Rulebook::new(detectors, Vec::new(), store.clone(), Timestamp::now).read(),
        store,
        BTreeSet::new(),
        Crossroads::default(),
        Timestamp::now,
    )
    .await
    .unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(follows.run(stop.clone()));

    let protocol = scene.protocol();
    let signers = BTreeMap::from([("guardian".to_owned(), scene.accounts[1])]);
    let mut found = Vec::new();
    // A block that comes in between leaves questions unanswered: then they are asked again about the new one.
    for _ in 0..20 {
        let head = status.wait_for(|status| status.head.is_some()).await.unwrap().head.clone().unwrap();
        let mut answers = Vec::new();
        for asked in prepare::questions(&protocol, &signers, &BTreeMap::from([(id.clone(), head)])) {
            let answer = loupe.ask(asked.question.clone()).await;
            answers.push((asked, answer));
        }
        found = prepare::judge(&protocol, &signers, &answers, &Selectors::embedded());
        let is_known = |finding: &ReadinessFinding| !matches!(finding.state, ReadinessState::Unknown { .. });
        if found[0].findings.iter().all(is_known) {
            break;
        }
        status.changed().await.unwrap();
    }
    stop.cancel();
    running.await.unwrap().unwrap();

    let states: Vec<String> = found[0].findings.iter().map(|finding| format!("{:?}", finding.state)).collect();
    let starts = ["Ready", "Ready", "Ready", "Gap", "Ready", "Ready"];
    assert!(
        states.len() == 6 && states.iter().zip(starts).all(|(state, start)| state.starts_with(start)),
        "{states:#?}"
    );
    assert!(states[1].contains("implementation is 0x"), "{states:#?}");
    // The demo's guardian may pause, and only its admin may undo that.
    assert!(states[3].contains("AccessControlUnauthorizedAccount"), "{states:#?}");
    assert!(states[4].contains("AccessControlUnauthorizedAccount"), "{states:#?}");
}

/// The lines of a case after the service has stopped.
async fn store_entries(folder: &TempDir, id: &CaseId) -> Vec<case::Entry> {
    let url = format!("sqlite://{}", folder.path().join("book.db").display());
    let store = Store::open(&url, SealKey::from_bytes([1; 32]), Options::at(Timestamp::now())).await.unwrap();
    let lines = store.whole_stream(&Stream::Case(id.clone())).await.unwrap();
    assert!(lines.iter().all(|line| line.event().is_ok_and(|event| !matches!(event, Some(Event::Failed(_))))));
    store.close().await;
    lines
}
