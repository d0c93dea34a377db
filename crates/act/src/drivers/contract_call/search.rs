//! What came of a bound contract call: every transaction it can have sent is looked for.

use facts::B256;

use super::{Stand, same_chain};
use crate::{ActError, Height, Outcome};

impl Stand<'_> {
    /// Looks for the call in blocks and pool.
    pub(super) async fn search(&self, earlier: &[B256]) -> Result<Outcome, ActError> {
        let Self { step, bound, gate, .. } = self;
        let nonce = bound.nonce;
        // The count is read before the receipts: what it counts is in a block, so its receipt is there to be found.
        let (chain_id, latest) = tokio::try_join!(gate.chain_id(), gate.nonce(bound.from, Height::Latest))
            .map_err(|error| self.silent(&error))?;
        // Another chain knows nothing of the step, which says nothing about it.
        same_chain(step, self.call.chain, chain_id)?;
        let candidates = self.candidates(earlier)?;
        if latest > nonce {
            for tx in &candidates {
                let Some(mined) = gate.receipt(*tx).await.map_err(|error| self.silent(&error))? else { continue };
                if mined.success {
                    return Ok(Outcome::Done { tx: Some(*tx), block: Some(mined.block) });
                }
                let limit = step.limits.gas;
                let hint = if mined.gas_used >= limit { "; it ran out of gas or burnt it all" } else { "" };
                let why = format!("it was mined and reverted, {} of {limit} gas used{hint}", mined.gas_used);
                return Ok(Outcome::Reverted { tx: *tx, block: mined.block, why });
            }
        }
        let mut known = Vec::new();
        for tx in &candidates {
            if gate.transaction_known(*tx).await.map_err(|error| self.silent(&error))? {
                known.push(*tx);
            }
        }
        match (latest > nonce, known.is_empty()) {
            (true, true) => Ok(Outcome::Superseded {
                why: format!("nonce {nonce} of `{}` was used by a transaction that is none of this step's", bound.from),
            }),
            (true, false) => Ok(Outcome::Unknown {
                why: format!(
                    "nonce {nonce} of `{}` is spent and the node has no receipt of `{}` yet; ask again",
                    bound.from, known[0]
                ),
            }),
            (false, true) => Ok(Outcome::NotSent),
            (false, false) => self.waiting(known, latest).await,
        }
    }

    /// It is in the pool: what does it wait for?
    async fn waiting(&self, txs: Vec<B256>, latest: u64) -> Result<Outcome, ActError> {
        let Self { bound, gate, .. } = self;
        let behind = bound.nonce - latest;
        if behind == 0 {
            return Ok(Outcome::Pending { txs, behind, says: "waits for a block".to_owned() });
        }
        let pending = gate.nonce(bound.from, Height::Pending).await.map_err(|error| self.silent(&error))?;
        let says = if pending < bound.nonce {
            format!(
                "cannot be mined: the node knows no transaction with nonce {pending} of `{}`; send one with that nonce",
                bound.from
            )
        } else {
            format!("waits behind {behind} of `{}`, from nonce {latest}; raise their fees or cancel them", bound.from)
        };
        Ok(Outcome::Pending { txs, behind, says })
    }

    /// Every transaction of this step that can exist: those written down, latest first, and every rung of the ladder.
    fn candidates(&self, earlier: &[B256]) -> Result<Vec<B256>, ActError> {
        let mut candidates: Vec<B256> = earlier.iter().rev().copied().collect();
        for rung in self.ladder.rungs() {
            let hash = self.signed(rung)?.hash;
            if !candidates.contains(&hash) {
                candidates.push(hash);
            }
        }
        Ok(candidates)
    }
}
