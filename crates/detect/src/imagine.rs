//! What the rules would say of transactions that are no part of the chain: tried out, or waiting to be mined.
//!
//! They look as they would at the next block, on the memory as it is, and all of it is forgotten again.

use case::{Alert, Basis, Evidence, EvidenceKind, Severity};
use facts::{Answer, B256, BlockRef, Question, TxFacts};

use crate::{
    AnswerCtx, ChainView, DetectError, Detectors, Findings, Memory,
    announced::Announcements,
    findings::{Tallies, cut},
};

/// The mildest alert that is worth telling before it has happened. Whatever is milder can wait for its block.
const FORETOLD_FROM: Severity = Severity::High;
/// Losses that would be, told of one alert.
const LOSSES_TOLD: usize = 8;
/// The first part of the kinds that say that something could not be seen.
const SIGHT: &str = "sight/";

impl Detectors {
    /// What the rules would say of each of these transactions, were it the only one of the block after the memory's
    /// head. The memory is as it was afterwards. Rules that look at whole blocks are not asked.
    ///
    /// # Errors
    /// [`DetectError::OtherChain`] for a memory of another chain.
    pub fn imagine<'a>(
        &self,
        chain: &ChainView,
        timestamp: u64,
        memory: &mut Memory,
        txs: impl IntoIterator<Item = &'a TxFacts>,
    ) -> Result<Vec<(&'a TxFacts, Vec<Alert>)>, DetectError> {
        let Some(head) = memory.head().cloned() else { return Ok(Vec::new()) };
        let next = after(&head);
        let mut imagined = Vec::new();
        for tx in txs {
            let mut look = self.look(chain, &next, timestamp, memory)?;
            look.tx(tx);
            imagined.push((tx, look.alerts().to_vec()));
        }
        Ok(imagined)
    }

    /// What the rules would say of a transaction that waits to be mined, were it the only one of the block after the
    /// memory's head: alerts that are grave enough to be told before it has happened, as ones about what has not. What was
    /// announced is excused as it would be there. The memory is as it was afterwards. The times are the head's, and the one
    /// that the next block is expected to have.
    ///
    /// # Errors
    /// As [`Detectors::imagine`].
    pub fn foretell(
        &self,
        chain: &ChainView,
        (timestamp, next_at): (u64, u64),
        memory: &mut Memory,
        announced: &Announcements,
        tx: &TxFacts,
    ) -> Result<Vec<Alert>, DetectError> {
        let Some(head) = memory.head().cloned() else { return Ok(Vec::new()) };
        let next = after(&head);
        let mut look = self.look(chain, &next, next_at, memory)?.knowing(announced);
        look.tx(tx);
        let grave = |alert: &&Alert| alert.severity >= FORETOLD_FROM && !alert.kind.starts_with(SIGHT);
        let foretold = look.alerts().iter().filter(grave).cloned();
        Ok(foretold.map(|alert| waiting(alert, &head, timestamp)).collect())
    }

    /// What the rule that asked a question makes of its answer. `at` is the block it asked about, `timestamp` that
    /// block's time. The memory is as it was afterwards. Nothing if the rule is no longer there.
    ///
    /// # Errors
    /// As [`Detectors::imagine`].
    pub fn answered(
        &self,
        chain: &ChainView,
        (at, timestamp): (&BlockRef, u64),
        (rule, question, answer): (&str, &Question, &Answer),
        memory: &mut Memory,
    ) -> Result<Vec<Alert>, DetectError> {
        let Some(asked) = (0u32..).zip(self.rules()).find(|(_, of)| of.id == rule).map(|(number, _)| number) else {
            return Ok(Vec::new());
        };
        let txs = match answer {
            Answer::Probed(probed) => &probed.runs[..],
            Answer::Ran(ran) => &ran.txs[..],
            _ => &[],
        };
        let runs = self.imagine(chain, timestamp.saturating_add(1), memory, txs)?;
        let Some(head) = memory.head().cloned() else { return Ok(Vec::new()) };
        let next = after(&head);
        let mut open = memory.begin_block(&next, timestamp.saturating_add(1))?;
        let unit = self.unit(asked);
        // What only would happen excuses nothing that was announced, and is not excused by it.
        let mut abouts = Vec::new();
        let (mut alerts, mut questions, mut tallies) = (Vec::new(), Vec::new(), Tallies::new());
        let mut out = Findings {
            speaker: &*unit.detector,
            named: unit.named.as_deref(),
            rule: asked,
            chain,
            block: at,
            timestamp,
            tx: None,
            scope: self.scope(),
            alerts: &mut alerts,
            abouts: &mut abouts,
            questions: &mut questions,
            tallies: &mut tallies,
            in_tx: 0,
        };
        let ctx = AnswerCtx { chain, scope: self.scope(), question, answer, runs: &runs };
        unit.detector.answered(&ctx, &mut open.view(&unit.drawer), &mut out);
        Ok(alerts)
    }
}

/// The block after the head, which has no hash yet.
fn after(head: &BlockRef) -> BlockRef {
    BlockRef { chain: head.chain.clone(), number: head.number.saturating_add(1), hash: B256::ZERO, parent: head.hash }
}

/// An alert about what a transaction did, as one about what it would do. Nothing was lost yet: what would be stands in its
/// evidence.
fn waiting(mut alert: Alert, head: &BlockRef, timestamp: u64) -> Alert {
    let would = |loss: &case::Loss| Evidence {
        kind: EvidenceKind::Flow,
        tx: alert.tx,
        frame: None,
        says: cut(format!("{} would lose {} of {}", loss.account, loss.amount, loss.asset)),
    };
    let losses: Vec<Evidence> = alert.losses.iter().map(would).collect();
    alert.evidence.extend(losses.into_iter().take(LOSSES_TOLD));
    alert.losses.clear();
    alert.basis = Basis::Pending;
    (alert.seen_at, alert.block_time) = (head.clone(), timestamp);
    alert.message = cut(format!("waits to be mined: {}", alert.message));
    alert
}
