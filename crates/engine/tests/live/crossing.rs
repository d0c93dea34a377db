//! Two chains side by side: what one has locked against what the other has issued, with reorganisations and a restart.

use std::{sync::Arc, time::Duration};

use case::{AlertWithdrawn, Event, Gone, Stream, Timestamp};
use detect::{Detectors, RuleText, Scope, built_in, read_rules};
use engine::{ChainStatus, Crossroads, Rulebook};
use facts::ChainId;
use serde_json::{Value, json};
use store::{Options, SealKey, Store};
use tempfile::TempDir;
use tokio::sync::watch as board;
use tokio_util::sync::CancellationToken;

use crate::{
    anvil::Anvil,
    followed::{Running, follow},
};

/// Keeps the first word of its input in slot 0.
const KEEPER: &str = "0x666000356000550060005260076019f3";
/// Seconds since 1970 UTC, at which both chains begin.
const BEGIN: u64 = 1_700_000_000;
const CHAINS: [u64; 2] = [31337, 31338];

/// A contract that holds a number, on a chain that is mined by hand.
struct Keeper {
    node: Anvil,
    from: Value,
    address: String,
    time: u64,
}

impl Keeper {
    async fn start(chain: u64) -> Option<Self> {
        let chain = chain.to_string();
        let begin = BEGIN.to_string();
        let node = Anvil::start(&["--no-mining", "--chain-id", &chain, "--timestamp", &begin])?;
        let from = node.ask("eth_accounts", json!([])).await[0].clone();
        let hash = node.ask("eth_sendTransaction", json!([{ "from": from, "data": KEEPER }])).await;
        node.ask("evm_setNextBlockTimestamp", json!([BEGIN + 10])).await;
        node.mine(1).await;
        let receipt = node.ask("eth_getTransactionReceipt", json!([hash])).await;
        let address = receipt["contractAddress"].as_str().unwrap().to_owned();
        Some(Self { node, from, address, time: BEGIN + 10 })
    }

    /// Mines a block in which the number is this one, so many seconds after both chains began.
    async fn block(&mut self, at: u64, figure: u64) {
        let word = format!("0x{figure:064x}");
        let call = json!([{ "from": self.from, "to": self.address, "data": word }]);
        self.node.ask("eth_sendTransaction", call).await;
        self.time = BEGIN + at;
        self.node.ask("evm_setNextBlockTimestamp", json!([self.time])).await;
        self.node.mine(1).await;
    }

    /// Waits until the newest block is in the book.
    async fn reached(&self, status: &mut board::Receiver<ChainStatus>) {
        let number = self.node.height().await;
        let hash = self.node.hash(number).await;
        let there = |status: &ChainStatus| {
            status.head.as_ref().is_some_and(|head| head.number == number && head.hash.to_string() == hash)
        };
        let reached = status.wait_for(there);
        tokio::time::timeout(Duration::from_secs(30), reached).await.expect("the block comes").unwrap();
    }
}

fn rule(lock: &Keeper, issue: &Keeper) -> RuleText {
    let side = |name: &str, chain: u64, keeper: &Keeper, decimals: u8| {
        format!(
            "[crossing.{name}]\nchain = \"eip155:{chain}\"\naddress = \"{}\"\nslot = \"0\"\ndecimals = {decimals}\n",
            keeper.address
        )
    };
    let card = [
        "schema = 1\nid = \"bridge\"\ntitle = \"The bridge is covered\"\nfamily = \"value\"".to_owned(),
        "kind = \"bridge/mint-without-lock\"\nseverity = \"critical\"\nseverity_elsewhere = \"high\"".to_owned(),
        "confidence = 90\nmaturity = \"sandbox\"\n[needs]\nsight = \"executed\"\nevidence = [\"observed\"]".to_owned(),
        "[crossing]\nlag_seconds = 60\nin_transit_max = \"500\"".to_owned(),
        side("backing", CHAINS[0], lock, 1),
        side("issue", CHAINS[1], issue, 2),
    ]
    .join("\n");
    let page = "What is locked covers what was issued.".to_owned();
    RuleText { folder: "value/bridge".to_owned(), card, page, ..RuleText::default() }
}

/// Both chains, followed into one book.
struct Service {
    store: Store,
    chains: [Running; 2],
    stop: CancellationToken,
}

impl Service {
    async fn start(folder: &TempDir, keepers: [&Keeper; 2]) -> Self {
        let book = format!("sqlite://{}", folder.path().join("book.db").display());
        let store = Store::open(&book, SealKey::from_bytes([1; 32]), Options::at(Timestamp::now())).await.unwrap();
        let cards = read_rules(built_in().into_iter().chain([rule(keepers[0], keepers[1])])).unwrap();
        let detectors = Arc::new(Detectors::new(cards, Scope::default()).unwrap());
        let crossroads = Crossroads::new(&detectors, CHAINS.map(ChainId::eip155));
        let rulebook = Rulebook::new(detectors, Vec::new(), store.clone(), Timestamp::now);
        let stop = CancellationToken::new();
        let one = |at: usize| {
            let url = keepers[at].node.ws();
            let (rulebook, store, crossroads, stop) = (&rulebook, &store, crossroads.clone(), &stop);
            async move { follow(&url, ChainId::eip155(CHAINS[at]), rulebook, store, crossroads, stop).await }
        };
        let chains = [one(0).await, one(1).await];
        Self { store, chains, stop }
    }

    /// What the book says of the bridge, a line an event, in the order in which it was written.
    async fn said(&self) -> Vec<String> {
        let mut said = Vec::new();
        for chain in CHAINS {
            for line in self.store.whole_stream(&Stream::Chain(ChainId::eip155(chain))).await.unwrap() {
                match line.event().unwrap() {
                    Some(Event::AlertRaised(raised)) if raised.alert.rule.id == "bridge" => {
                        let (severity, message) = (raised.alert.severity, &raised.alert.message);
                        let short = message.split(" were issued by ").next().unwrap();
                        let how = message.rsplit(", ").next().unwrap();
                        said.push(format!("{chain} {severity}: {short}, {how}"));
                    }
                    Some(Event::AlertWithdrawn(AlertWithdrawn { why: Gone::Lost(lost), .. })) => {
                        said.push(format!("{chain} withdrawn for {}", lost.chain));
                    }
                    _ => {}
                }
            }
        }
        said
    }

    async fn stop(self) {
        self.stop.cancel();
        for (_, running) in self.chains {
            running.await.unwrap().unwrap();
        }
        self.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_without_a_lock_is_told_over_two_chains() {
    let (Some(mut lock), Some(mut issue)) = (Keeper::start(CHAINS[0]).await, Keeper::start(CHAINS[1]).await) else {
        return;
    };
    let folder = TempDir::new().unwrap();
    // 1000 whole tokens on both sides; one chain counts tenths of them, the other hundredths.
    lock.block(20, 10_000).await;
    issue.block(20, 100_000).await;
    let mut service = Service::start(&folder, [&lock, &issue]).await;
    lock.reached(&mut service.chains[0].0).await;
    issue.reached(&mut service.chains[1].0).await;
    // A deposit on its way is covered twice.
    lock.block(32, 13_000).await;
    lock.reached(&mut service.chains[0].0).await;
    issue.block(90, 130_000).await;
    issue.reached(&mut service.chains[1].0).await;
    assert_eq!(service.said().await, [""; 0]);

    // Much is issued for which nothing was locked; then the block is lost in which that happened.
    issue.block(92, 999_900).await;
    lock.block(93, 13_000).await;
    lock.reached(&mut service.chains[0].0).await;
    issue.reached(&mut service.chains[1].0).await;
    let at_once = "high: 9999, which is more than can be on its way";
    let said = service.said().await;
    let [raised] = &said[..] else { panic!("{said:?}") };
    assert!(raised.ends_with(at_once), "{raised}");
    issue.node.ask("anvil_rollback", json!([1])).await;
    issue.block(94, 130_000).await;
    issue.reached(&mut service.chains[1].0).await;
    let said = service.said().await;
    assert_eq!(said.iter().filter(|line| line.contains("withdrawn for eip155:31338")).count(), 1, "{said:?}");

    // A restart holds nothing back: an excess that stands is told again once it has lasted.
    issue.block(120, 140_000).await;
    issue.reached(&mut service.chains[1].0).await;
    service.stop().await;
    lock.block(121, 13_000).await;
    let mut service = Service::start(&folder, [&lock, &issue]).await;
    lock.reached(&mut service.chains[0].0).await;
    for at in [122, 184] {
        lock.block(at, 13_000).await;
        lock.reached(&mut service.chains[0].0).await;
        issue.block(at + 1, 140_000).await;
        issue.reached(&mut service.chains[1].0).await;
    }
    let said = service.said().await;
    let lasted = said.iter().filter(|line| line.ends_with("high: 1400, for 60 s at least")).count();
    assert_eq!((lasted, said.len()), (1, 3), "{said:?}");
    service.stop().await;
}
