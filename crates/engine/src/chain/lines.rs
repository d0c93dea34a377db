//! What is written about a block: its alerts and their evidence, and the withdrawal of alerts whose block is lost.

use alloy_primitives::B256;
use anyhow::{Context as _, Result};
use case::{Actor, Alert, AlertId, AlertRaised, AlertWithdrawn, Ctx, Digest, Draft, Event, Gone, Stream, Timestamp};
use facts::{Block, BlockRef};
use store::{BlockCommit, BlockSummary, Store, StoreError};

use super::keeper::Kept;
use crate::Looked;

/// Alerts of lost blocks that are looked for, per page.
const PAGE: u32 = 256;

/// Keeps the facts of the transactions that alerts are about, and the block itself where it matters. Where there is no room nothing can be written, and the
/// caller waits; any other failure leaves the alert without its evidence, which can be had from the chain again.
pub(super) async fn keep_evidence(
    store: &Store,
    at: &BlockRef,
    looked: &Looked,
    record: Option<&Kept>,
) -> Result<Vec<Digest>, StoreError> {
    let mut kept = Vec::new();
    let alerted = |hash: B256| looked.alerts.iter().any(|(_, alert)| alert.tx == Some(hash));
    for tx in looked.facts.txs.iter().filter(|tx| alerted(tx.hash)) {
        match store.put_evidence(&case::canonical(tx)?).await {
            Ok(digest) => kept.push(digest),
            Err(StoreError::Full) => return Err(StoreError::Full),
            Err(error) => tracing::warn!(chain = %at.chain, block = at.number, %error, "evidence is not kept"),
        }
    }
    if let Some(record) = record {
        match store.put_pieces(&record.pieces()).await {
            Ok(digests) => kept.extend(digests.last()),
            Err(StoreError::Full) => return Err(StoreError::Full),
            Err(error) => tracing::warn!(chain = %at.chain, block = at.number, %error, "the block is not kept"),
        }
    }
    Ok(kept)
}

/// Everything that is to be written with a block, whose evidence is there already: what is referred to must be.
pub(super) async fn of_block(
    store: &Store,
    (at, block): (&BlockRef, &Block),
    looked: &Looked,
    evidence: Vec<Digest>,
    (received, now): (Timestamp, Timestamp),
) -> Result<BlockCommit> {
    let drafts = looked.alerts.iter().map(|(id, alert)| {
        let raised = AlertRaised { id: *id, alert: alert.clone(), received_at: Some(received) };
        let ctx = Ctx::new(Actor::machine("detect"), format!("rule {}", alert.rule), now);
        Draft::new(Stream::Chain(at.chain.clone()), ctx, &Event::AlertRaised(Box::new(raised)))
    });
    let first = store.head(&at.chain).await?.is_none();
    Ok(BlockCommit {
        head: at.clone(),
        timestamp: block.header.timestamp,
        drafts: drafts.collect::<Result<_, _>>().context("an alert has no canonical form")?,
        memory: looked.changes.clone().context("a block came without what it changed in the memory")?,
        snapshot: looked.snapshot.clone(),
        evidence,
        summary: BlockSummary {
            txs: looked.facts.txs.len() as u64,
            gas: looked.gas,
            blind: looked.facts.blind.len() as u64,
        },
        gap: first,
    })
}

/// An alert about the watch itself, which no block brought.
pub(super) fn of_notice(alert: Alert, why: &str, now: Timestamp) -> Result<Draft> {
    let stream = Stream::Chain(alert.seen_at.chain.clone());
    let raised = AlertRaised { id: alert.id()?, alert, received_at: None };
    Ok(Draft::new(stream, Ctx::new(Actor::machine("watch"), why, now), &Event::AlertRaised(Box::new(raised)))?)
}

/// Alerts about what has not happened, seen on the state after a block: they stand and fall with it.
pub(super) fn of_foreseen(alerts: Vec<(AlertId, Alert)>, now: Timestamp) -> Result<Vec<Draft>> {
    let draft = |(id, alert): (AlertId, Alert)| {
        let ctx = Ctx::new(Actor::machine("detect"), format!("rule {}, on what has not happened", alert.rule), now);
        let stream = Stream::Chain(alert.seen_at.chain.clone());
        Draft::new(stream, ctx, &Event::AlertRaised(Box::new(AlertRaised { id, alert, received_at: Some(now) })))
    };
    alerts.into_iter().map(draft).collect::<Result<_, _>>().context("an alert has no canonical form")
}

/// Alerts that were seen in the blocks `gone` after `to` are withdrawn, not deleted.
pub(super) async fn withdrawals(store: &Store, to: &BlockRef, gone: &[B256], now: Timestamp) -> Result<Vec<Draft>> {
    let mut drafts = Vec::new();
    let mut before = u64::MAX;
    loop {
        let page = store.alerts(Some(&to.chain), before, PAGE).await?;
        for (position, entry) in &page {
            before = *position;
            let Some(Event::AlertRaised(raised)) = entry.event().context("an alert cannot be read")? else {
                continue;
            };
            // Whatever is written about a lost block was written after the block that stays: the search ends there.
            // What was foreseen may have been found out while the next block came.
            if raised.alert.seen_at.number <= to.number && !raised.alert.basis.is_mined() {
                continue;
            }
            if raised.alert.seen_at.number <= to.number {
                drafts.reverse();
                return Ok(drafts);
            }
            // What no block brought is about the watch itself, and a lost block does not take it back.
            if raised.received_at.is_some() && gone.contains(&raised.alert.seen_at.hash) {
                let event =
                    Event::AlertWithdrawn(AlertWithdrawn { id: raised.id, why: Gone::Lost(raised.alert.seen_at) });
                let ctx = Ctx::new(Actor::machine("watch"), "its block is no longer part of the chain", now);
                drafts.push(Draft::new(Stream::Chain(to.chain.clone()), ctx, &event)?);
            }
        }
        if page.is_empty() {
            drafts.reverse();
            return Ok(drafts);
        }
    }
}
