//! The service: every chain's loop, the desk, the look at readiness and the seals, started together and stopped together.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use case::{Actor, Ctx, DataFile, Draft, Event, ServiceStarted, ServiceStopped, Stream, Timestamp};
use detect::Detectors;
use facts::ChainId;
use store::{AppendRequest, Store};
use tokio::{sync::watch as board, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    ChainLoop, ChainSetup, ChainStatus, Crossroads, Desk, Judgement, Recent, Rulebook, readiness::Watchfulness,
};

/// How often the heads of all streams are sealed.
const SEAL_EVERY: Duration = Duration::from_secs(60);

/// What a service is made of.
pub struct Setup {
    /// The book.
    pub store: Store,
    /// The chains to follow.
    pub chains: Vec<ChainSetup>,
    /// The rules.
    pub detectors: Arc<Detectors>,
    /// What the desk judges by.
    pub judgement: Judgement,
    /// The program's version.
    pub version: String,
    /// Rules, playbooks and other data in force, for the book.
    pub data: Vec<DataFile>,
    /// The time, in UTC.
    pub clock: fn() -> Timestamp,
}

/// A service that runs.
pub struct Service {
    tasks: JoinSet<Result<()>>,
    stop: CancellationToken,
    store: Store,
    clock: fn() -> Timestamp,
    rulebook: Rulebook,
    status: Vec<board::Receiver<ChainStatus>>,
    recent: Vec<(ChainId, Recent)>,
}

impl Service {
    /// Takes up all chains where the book left them.
    ///
    /// # Errors
    /// If a chain cannot be taken up or the book not be read.
    pub async fn start(setup: Setup) -> Result<Self> {
        let Setup { store, chains, detectors, judgement, version, data, clock } = setup;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let started = ServiceStarted {
            version,
            chains: chains.iter().map(|setup| setup.chain.id.clone()).collect(),
            data: data.clone(),
        };
        note(&store, &Event::ServiceStarted(started), "started", clock()).await?;

        let crossroads = Crossroads::new(&detectors, chains.iter().map(|setup| setup.chain.id.clone()));
        let rulebook = Rulebook::new(detectors, data, store.clone(), clock);
        let mut status = Vec::new();
        let mut followed = Vec::new();
        let mut loops = Vec::new();
        let mut recent = Vec::new();
        for setup in chains {
            let id = setup.chain.id.clone();
            let ours = judgement.signers.values().copied().collect();
            let meeting = crossroads.clone();
            let (chain, loupe, receiver) = ChainLoop::open(setup, rulebook.read(), store.clone(), ours, meeting, clock)
                .await
                .with_context(|| format!("chain `{id}` cannot be taken up"))?;
            status.push(receiver.clone());
            recent.push((id.clone(), chain.recent().clone()));
            followed.push((id, loupe, receiver));
            loops.push(chain);
        }
        let watchfulness = Watchfulness {
            store: store.clone(),
            protocol: judgement.installation.protocol.clone(),
            signers: judgement.signers.clone(),
            selectors: judgement.selectors.clone(),
            chains: followed.clone(),
            clock,
        };
        let desk = Desk::open(store.clone(), rulebook.read(), judgement, followed, clock).await?;
        for chain in loops {
            tasks.spawn(chain.run(stop.clone()));
        }
        tasks.spawn(desk.run(stop.clone()));
        tasks.spawn(watchfulness.run(stop.clone()));
        tasks.spawn(seal(store.clone(), stop.clone(), clock));
        Ok(Self { tasks, stop, store, clock, rulebook, status, recent })
    }

    /// Where rules are replaced while the service runs.
    pub fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    /// How each chain stands.
    pub fn status(&self) -> &[board::Receiver<ChainStatus>] {
        &self.status
    }

    /// The facts of the newest blocks of each chain.
    pub fn recent(&self) -> &[(ChainId, Recent)] {
        &self.recent
    }

    /// Waits until every chain has looked at a block.
    pub async fn ready(&mut self) {
        for status in &mut self.status {
            // The sender lives as long as its loop; if that has ended, `run` says why.
            if status.wait_for(|status| status.head.is_some()).await.is_err() {
                return;
            }
        }
    }

    /// Runs until `asked` resolves or a part cannot go on, then stops everything: the block under way is finished, the
    /// book sealed.
    ///
    /// # Errors
    /// Why a part could not go on.
    pub async fn run(mut self, asked: impl Future<Output = ()>) -> Result<()> {
        let ended = tokio::select! {
            () = asked => Ok(()),
            ended = self.tasks.join_next() => flat(ended),
        };
        let asked_at = (self.clock)();
        self.stop.cancel();
        let mut result = ended;
        while let Some(joined) = self.tasks.join_next().await {
            result = result.and(flat(Some(joined)));
        }
        note(&self.store, &Event::ServiceStopped(ServiceStopped { asked_at }), "stopped", (self.clock)()).await?;
        self.store.seal((self.clock)()).await.context("the book cannot be sealed")?;
        self.store.close().await;
        result
    }
}

fn flat(joined: Option<Result<Result<()>, tokio::task::JoinError>>) -> Result<()> {
    joined.transpose().context("a part of the service failed")?.unwrap_or(Ok(()))
}

async fn note(store: &Store, event: &Event, why: &str, now: Timestamp) -> Result<()> {
    let draft = Draft::new(Stream::Org, Ctx::new(Actor::machine("engine"), why, now), event)?;
    store.append(AppendRequest { drafts: vec![draft], ..AppendRequest::default() }).await?;
    Ok(())
}

async fn seal(store: Store, stop: CancellationToken, clock: fn() -> Timestamp) -> Result<()> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(SEAL_EVERY) => {}
        }
        if let Err(error) = store.seal(clock()).await {
            tracing::error!(%error, "the book is not sealed");
        }
    }
}
