//! What the rules would say of transactions that are no part of the chain: tried out, or waiting to be mined.
//!
//! They look as they would at the next block, on the memory as it is, and all of it is forgotten again.

use case::Alert;
use facts::{Answer, B256, BlockRef, Question, TxFacts};

use crate::{AnswerCtx, ChainView, DetectError, Detectors, Findings, Memory, findings::Tallies};

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
        let next = BlockRef {
            chain: head.chain.clone(),
            number: head.number.saturating_add(1),
            hash: B256::ZERO,
            parent: head.hash,
        };
        let mut imagined = Vec::new();
        for tx in txs {
            let mut look = self.look(chain, &next, timestamp, memory)?;
            look.tx(tx);
            imagined.push((tx, look.alerts().to_vec()));
        }
        Ok(imagined)
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
        let next = BlockRef {
            chain: head.chain.clone(),
            number: head.number.saturating_add(1),
            hash: B256::ZERO,
            parent: head.hash,
        };
        let mut open = memory.begin_block(&next, timestamp.saturating_add(1))?;
        let unit = self.unit(asked);
        // What only would happen excuses nothing that was announced, and is not excused by it.
        let mut deeds = Vec::new();
        let (mut alerts, mut questions, mut tallies) = (Vec::new(), Vec::new(), Tallies::new());
        let mut out = Findings {
            card: unit.detector.card(),
            named: unit.named.as_deref(),
            rule: asked,
            chain,
            block: at,
            timestamp,
            tx: None,
            scope: self.scope(),
            alerts: &mut alerts,
            deeds: &mut deeds,
            questions: &mut questions,
            tallies: &mut tallies,
            in_tx: 0,
        };
        let ctx = AnswerCtx { chain, scope: self.scope(), question, answer, runs: &runs };
        unit.detector.answered(&ctx, &mut open.view(&unit.drawer), &mut out);
        Ok(alerts)
    }
}
