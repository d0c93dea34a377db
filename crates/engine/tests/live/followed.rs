//! A chain that is followed into a book of its own.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use atlas::{Atlas, Chain, Fork};
use case::{AlertWithdrawn, Event, Gone, Stream, Timestamp};
use detect::{Detectors, RuleText, Scope, built_in, read_rules};
use engine::{ChainLoop, ChainSetup, ChainStatus, Crossroads, Rulebook};
use facts::ChainId;
use rpc::{EndpointConfig, Node, NodeOptions};
use store::{Options, SealKey, Store};
use tempfile::TempDir;
use tokio::{sync::watch as board, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub struct Followed {
    folder: TempDir,
    pub store: Store,
    pub status: board::Receiver<ChainStatus>,
    stop: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Followed {
    pub async fn start(url: &str, rule: Option<RuleText>) -> Self {
        Self::open(TempDir::new().unwrap(), url, rule).await
    }

    async fn open(folder: TempDir, url: &str, rule: Option<RuleText>) -> Self {
        let book = format!("sqlite://{}", folder.path().join("book.db").display());
        let store = Store::open(&book, SealKey::from_bytes([1; 32]), Options::at(Timestamp::now())).await.unwrap();
        let rules = read_rules(built_in().into_iter().chain(rule)).unwrap();
        let detectors = Arc::new(Detectors::new(rules, Scope::default()).unwrap());
        let stop = CancellationToken::new();
        let rulebook = Rulebook::new(detectors, Vec::new(), store.clone(), Timestamp::now);
        let (status, running) = follow(url, chain(), &rulebook, &store, Crossroads::default(), &stop).await;
        Self { folder, store, status, stop, running }
    }

    /// Waits until a block is in the book.
    pub async fn reach(&mut self, number: u64, hash: &str) {
        let there = |status: &ChainStatus| {
            status.head.as_ref().is_some_and(|head| head.number == number && head.hash.to_string() == hash)
        };
        let reached = self.status.wait_for(there);
        tokio::time::timeout(Duration::from_secs(30), reached).await.expect("the block comes").unwrap();
    }

    /// Stops, and starts again on the same book.
    pub async fn restart(self, url: &str) -> Self {
        let folder = self.stop().await;
        Self::open(folder, url, None).await
    }

    pub async fn stop(self) -> TempDir {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
        self.store.close().await;
        self.folder
    }

    /// What the chain's stream says, a line an event.
    pub async fn said(&self) -> Vec<String> {
        let lines = self.store.whole_stream(&Stream::Chain(chain())).await.unwrap();
        let said = lines.iter().filter_map(|line| match line.event().unwrap()? {
            Event::AlertRaised(raised) => Some(format!("{} {}", raised.alert.seen_at.number, raised.alert.message)),
            Event::AlertWithdrawn(AlertWithdrawn { why: Gone::Lost(lost), .. }) => {
                Some(format!("{} withdrawn", lost.number))
            }
            _ => None,
        });
        said.collect()
    }
}

/// A loop that runs: what it shows, and its end.
pub type Running = (board::Receiver<ChainStatus>, JoinHandle<anyhow::Result<()>>);

/// Follows an anvil under this name into a book.
pub async fn follow(
    url: &str,
    id: ChainId,
    rulebook: &Rulebook,
    store: &Store,
    crossroads: Crossroads,
    stop: &CancellationToken,
) -> Running {
    let node = Arc::new(Node::new(id.clone(), vec![EndpointConfig::new(url)], NodeOptions::default()).unwrap());
    let fork: Fork = node.capabilities().await.unwrap().anvil_fork.unwrap().parse().unwrap();
    let known = Chain { id, ..Atlas::embedded().chain(&chain()).unwrap().clone().declared(fork) };
    let setup = ChainSetup { chain: known, node, pending: false };
    let rules = rulebook.read();
    let opened = ChainLoop::open(setup, rules, store.clone(), BTreeSet::new(), crossroads, Timestamp::now).await;
    let (looped, _loupe, status) = opened.unwrap();
    (status, tokio::spawn(looped.run(stop.clone())))
}

pub fn chain() -> ChainId {
    ChainId::eip155(31337)
}
