//! Tells what a source said, in lines that a test can compare.

use std::{sync::Arc, time::Duration};

use facts::{B256, ChainId, ChainUpdate};
use rpc::{EndpointConfig, Limits, Node, NodeOptions};
use tokio::time::timeout;
use watch::{Follower, FollowerOptions, News, Source, Start};

/// anvil's chain.
pub fn anvil_chain() -> ChainId {
    ChainId::eip155(31337)
}

/// A node with short timeouts, so that a test of a fault ends soon.
pub fn node(urls: &[String]) -> Arc<Node> {
    let limits = Limits { timeout: Duration::from_secs(5), ..Limits::default() };
    let configs = urls.iter().map(|url| EndpointConfig { limits: limits.clone(), ..EndpointConfig::new(url) });
    Arc::new(Node::new(anvil_chain(), configs.collect(), NodeOptions::default()).unwrap())
}

/// A follower that looks often.
pub fn options(start: Start) -> FollowerOptions {
    FollowerOptions {
        start,
        poll: Some(Duration::from_millis(20)),
        survey_every: Duration::from_millis(100),
        ..FollowerOptions::default()
    }
}

/// A source with everything it has told.
pub struct Watched {
    pub source: Follower,
    /// The chain as told, with every revert applied.
    pub chain: Vec<(u64, B256, B256)>,
    /// The story, one line each: commits as runs, reverts, notices.
    pub story: Vec<String>,
}

impl Watched {
    pub fn new(node: Arc<Node>, options: FollowerOptions) -> Self {
        Self { source: Follower::new(node, options).unwrap(), chain: Vec::new(), story: Vec::new() }
    }

    /// The next news, within half a minute.
    pub async fn next(&mut self) -> News {
        let news = timeout(Duration::from_secs(30), self.source.next()).await;
        let news = news.unwrap_or_else(|_| panic!("no news in time after {:?}", self.story)).unwrap().unwrap();
        self.take(&news);
        news
    }

    /// Checks and writes down one piece of news.
    fn take(&mut self, news: &News) {
        match news {
            News::Update(ChainUpdate::Commit(block)) => {
                let header = &block.header;
                if let Some((number, hash, _)) = self.chain.last() {
                    assert_eq!((header.number, header.parent), (number + 1, *hash), "a gap after {:?}", self.story);
                }
                self.chain.push((header.number, header.hash, header.parent));
                match self.story.last_mut().and_then(|line| line.strip_prefix("commit ").map(str::to_owned)) {
                    Some(run) => {
                        let first = run.split("..").next().unwrap();
                        *self.story.last_mut().unwrap() = format!("commit {first}..{}", header.number);
                    }
                    None => self.story.push(format!("commit {}", header.number)),
                }
            }
            News::Update(ChainUpdate::Revert { from, to }) => {
                let (number, hash, _) = self.chain.last().unwrap();
                assert_eq!((from.number, from.hash), (*number, *hash), "a revert from another head");
                self.chain.retain(|(number, ..)| *number <= to.number);
                if let Some((number, hash, _)) = self.chain.last() {
                    assert_eq!((to.number, to.hash), (*number, *hash), "a revert to a block that was never told");
                }
                self.story.push(format!("revert {} to {}", from.number, to.number));
            }
            News::Notice(notice) => self.story.push(format!("notice: {notice}")),
        }
    }

    /// Reads on until the told chain ends with this block.
    pub async fn until(&mut self, number: u64, hash: &str) {
        while !self.chain.last().is_some_and(|(at, is, _)| *at == number && is.to_string() == hash) {
            self.next().await;
        }
    }
}
