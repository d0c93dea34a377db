//! What was foreseen, written down.

use anyhow::{Context as _, Result};
use store::AppendRequest;
use tokio_util::sync::CancellationToken;

use super::{ChainLoop, RING, held, lines};
use crate::Foreseen;

impl ChainLoop {
    /// Writes down what rules make of things that have not happened, if the block still counts on whose state it was seen.
    pub(super) async fn foresee(&mut self, foreseen: Foreseen, stop: &CancellationToken) -> Result<()> {
        if let Some(tx) = foreseen.waiting.clone() {
            return self.foretold(foreseen, tx, stop).await;
        }
        let Foreseen { at, alerts, took, .. } = foreseen;
        if !self.store.ring(&self.chain, RING).await?.contains(&at) {
            return Ok(());
        }
        tracing::info!(chain = %self.chain, block = at.number, alerts = alerts.len(), took_ms = took.as_millis(), "foreseen");
        let drafts = lines::of_foreseen(alerts, (self.clock)())?;
        let append = || self.store.append(AppendRequest { drafts: drafts.clone(), ..AppendRequest::default() });
        held(&self.status, self.clock, stop, append).await.context("what was foreseen cannot be written down")?;
        Ok(())
    }
}
