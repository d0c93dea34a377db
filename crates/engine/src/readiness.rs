//! Keeps asking whether what is protected can be stopped: at the start, and now and then. What changed is written down.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result};
use atlas::{Protocol, Selectors};
use case::{Actor, Ctx, Draft, Event, Readiness, ReadinessChecked, ReadinessState, Stream, Timestamp};
use facts::{Address, Answer, BlockRef, ChainId};
use prepare::Asked;
use store::{AppendRequest, Store};
use tokio::sync::watch as board;
use tokio_util::sync::CancellationToken;

use crate::{ChainStatus, Loupe};

/// How often it is looked again: a role that was revoked is noticed within the hour, and the node is not bothered.
const EVERY: Duration = Duration::from_secs(600);
/// A question is about one block. How often it is asked again when a new block came in between.
const TRIES: usize = 5;

/// Asks, judges and writes down.
pub(crate) struct Watchfulness {
    pub(crate) store: Store,
    pub(crate) protocol: Protocol,
    pub(crate) signers: BTreeMap<String, Address>,
    pub(crate) selectors: Selectors,
    pub(crate) chains: Vec<(ChainId, Loupe, board::Receiver<ChainStatus>)>,
    pub(crate) clock: fn() -> Timestamp,
}

impl Watchfulness {
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<()> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                // It is looked again soon, and the watch does not end because of it.
                checked = self.check() => if let Err(error) = checked {
                    tracing::error!(error = format!("{error:#}"), "readiness is not known");
                },
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn check(&mut self) -> Result<()> {
        for (_, _, status) in &mut self.chains {
            // A loop that has ended says itself why.
            if status.wait_for(|status| status.head.is_some()).await.is_err() {
                return Ok(());
            }
        }
        let answers = self.ask().await;
        let contracts = prepare::judge(&self.protocol, &self.signers, &answers, &self.selectors);
        for readiness in &contracts {
            warn(readiness);
        }
        let last = self.store.of_kind_before("readiness.checked/1", u64::MAX, 1).await?;
        let last = last.first().map(|(_, entry)| entry.event()).transpose().context("a line cannot be read")?.flatten();
        if let Some(Event::ReadinessChecked(last)) = last
            && same(&last.contracts, &contracts)
        {
            return Ok(());
        }
        let event = Event::ReadinessChecked(Box::new(ReadinessChecked { contracts }));
        let ctx = Ctx::new(Actor::machine("prepare"), "tried on the head of each chain", (self.clock)());
        let drafts = vec![Draft::new(Stream::Org, ctx, &event)?];
        let written = self.store.append(AppendRequest { drafts, ..AppendRequest::default() }).await;
        written.map(drop).context("readiness cannot be written down")
    }

    /// The answers to everything that has to be asked; what came too late for its block is asked again.
    async fn ask(&self) -> Vec<(Asked, Answer)> {
        let mut answers: Vec<(Asked, Answer)> = Vec::new();
        for _ in 0..TRIES {
            for asked in prepare::questions(&self.protocol, &self.signers, &self.heads()) {
                let same = |held: &Asked| held.contract == asked.contract && held.check == asked.check;
                let held = answers.iter().position(|(held, _)| same(held));
                if held.is_some_and(|at| !matches!(answers[at].1, Answer::Blind(_))) {
                    continue;
                }
                let loupe = self.chains.iter().find(|(chain, ..)| *chain == asked.contract.chain);
                let Some((_, loupe, _)) = loupe else { continue };
                let answer = loupe.ask(asked.question.clone()).await;
                match held {
                    Some(at) => answers[at] = (asked, answer),
                    None => answers.push((asked, answer)),
                }
            }
            if !answers.iter().any(|(_, answer)| matches!(answer, Answer::Blind(_))) {
                break;
            }
        }
        answers
    }

    fn heads(&self) -> BTreeMap<ChainId, BlockRef> {
        let head = |(chain, _, status): &(ChainId, Loupe, board::Receiver<ChainStatus>)| {
            Some((chain.clone(), status.borrow().head.clone()?))
        };
        self.chains.iter().filter_map(head).collect()
    }
}

/// Whether two checks found the same, on whatever blocks.
fn same(one: &[Readiness], other: &[Readiness]) -> bool {
    let found = |all: &[Readiness]| -> Vec<_> {
        all.iter().map(|held| (held.contract.clone(), held.name.clone(), held.findings.clone())).collect()
    };
    found(one) == found(other)
}

fn warn(readiness: &Readiness) {
    for finding in &readiness.findings {
        match &finding.state {
            ReadinessState::Ready { .. } => {}
            ReadinessState::Gap { what, remedy } => {
                tracing::warn!(contract = readiness.name, what, remedy, "not ready");
            }
            ReadinessState::Unknown { why } => {
                tracing::warn!(contract = readiness.name, why, "not known to be ready");
            }
        }
    }
}
