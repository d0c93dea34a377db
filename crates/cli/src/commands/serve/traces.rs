//! Between the desk, which asks, and the hallway, which sees.

use console::{Traces, Untold};
use engine::{Inquiry, NotThere};
use facts::{B256, ChainId};
use futures_util::future::BoxFuture;
use report::analysis::Analysis;

/// Tells the desk what transactions did.
pub struct Told(pub Inquiry);

impl Traces for Told {
    fn trace(&self, chain: ChainId, tx: B256) -> BoxFuture<'_, Result<Analysis, Untold>> {
        Box::pin(async move {
            match self.0.analysis(&chain, tx).await {
                Ok(Some(analysis)) => Ok(analysis),
                Ok(None) => Err(Untold::NotFollowed),
                Err(error) => Err(match error.downcast_ref::<NotThere>() {
                    Some(why) => Untold::NotThere(why.to_string()),
                    None => Untold::Unseen(format!("{error:#}")),
                }),
            }
        })
    }
}
