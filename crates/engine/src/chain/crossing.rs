//! Where chains meet: each loop brings what was observed on its own, and takes home what that means beside the others.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use case::{Actor, AlertWithdrawn, Ctx, Draft, Event, Gone, Stream};
use detect::{Crossings, Detectors};
use facts::{BlockRef, ChainId};

use super::ChainLoop;
use crate::Looked;

/// What is compared over chains, for all loops of a service. Nothing is waited for while it is held.
#[derive(Debug, Clone, Default)]
pub struct Crossroads(Arc<Mutex<Crossings>>);

impl Crossroads {
    /// The comparisons of these rules, over the chains that are followed.
    pub fn new(detectors: &Detectors, followed: impl IntoIterator<Item = ChainId>) -> Self {
        Self(Arc::new(Mutex::new(Crossings::new(detectors, followed))))
    }

    /// Other rules are in force. Each loop says so when it takes them, and the first counts.
    pub(super) fn go_by(&self, detectors: &Detectors, chain: &ChainId) -> Vec<(String, String)> {
        let mut crossings = self.held();
        crossings.go_by(detectors);
        crossings.one_legged(chain)
    }

    /// Comparisons that see nothing, because nobody looks at their other side.
    pub(super) fn one_legged(&self, chain: &ChainId) -> Vec<(String, String)> {
        self.held().one_legged(chain)
    }

    /// A loop that panicked ends the service. What it left here are whole figures.
    fn held(&self) -> MutexGuard<'_, Crossings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChainLoop {
    /// Holds what was observed after a block against other chains. What comes of it is an alert of this block like any
    /// other: kept with it, and lost with it.
    pub(super) fn compare(&mut self, looked: &mut Looked) -> Result<()> {
        let compared = self.crossroads.held().seen(&self.detectors, &self.view, &looked.facts);
        self.unsaid.extend(compared.blind);
        for alert in compared.alerts {
            looked.alerts.push((alert.id().context("an alert has no canonical form")?, alert));
        }
        Ok(())
    }

    /// Withdrawals of alerts that were raised on other chains and rested on blocks after `to`, which are lost.
    pub(super) fn fallen_elsewhere(&self, to: &BlockRef) -> Result<Vec<Draft>> {
        let fallen = self.crossroads.held().reverted(to);
        let draft = |(id, chain, lost): (_, ChainId, BlockRef)| {
            let why = format!("a block of `{}` that it rested on is no longer part of the chain", lost.chain);
            let event = Event::AlertWithdrawn(AlertWithdrawn { id, why: Gone::Lost(lost) });
            Ok(Draft::new(Stream::Chain(chain), Ctx::new(Actor::machine("watch"), why, (self.clock)()), &event)?)
        };
        fallen.into_iter().map(draft).collect()
    }
}
