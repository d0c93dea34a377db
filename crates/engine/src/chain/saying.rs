//! What keeps us from seeing, said.

use anyhow::{Context as _, Result};
use store::AppendRequest;
use tokio_util::sync::CancellationToken;
use watch::Notice;

use super::{ChainLoop, held, lines};

impl ChainLoop {
    /// What keeps us from seeing becomes an alert; what is over is only shown.
    pub(super) async fn notice(&mut self, notice: &Notice, stop: &CancellationToken) -> Result<()> {
        self.status.send_modify(|status| status.told(notice));
        let said = notice.to_string();
        match notice.trouble() {
            None => {
                tracing::info!(chain = %self.chain, "{said}");
                Ok(())
            }
            Some(trouble) => {
                tracing::warn!(chain = %self.chain, "{said}");
                self.unsaid.push((trouble.to_string(), said));
                self.say(stop).await
            }
        }
    }

    /// Raises what has to be said, once there is a block that it can be said about.
    pub(super) async fn say(&mut self, stop: &CancellationToken) -> Result<()> {
        while let Some((part, why)) = self.unsaid.first()
            && self.raise(part, why, stop).await?
        {
            self.unsaid.remove(0);
        }
        Ok(())
    }

    /// Raises an alert that something about the chain cannot be seen; whether there was a block to raise it about.
    async fn raise(&self, part: &str, why: &str, stop: &CancellationToken) -> Result<bool> {
        let Some(head) = self.store.head(&self.chain).await? else { return Ok(false) };
        let alert = self.detectors.notice(&self.view, &head.block, head.timestamp, part, why)?;
        let drafts = vec![lines::of_notice(alert, part, (self.clock)())?];
        let append = || self.store.append(AppendRequest { drafts: drafts.clone(), ..AppendRequest::default() });
        held(&self.status, self.clock, stop, append).await.context("a blind spot cannot be written down")?;
        Ok(true)
    }
}
