//! One attempt: may it be made, can it be paid, and what does the node say?

use facts::{B256, U256};
use jiff::Timestamp;

use super::{
    Stand,
    bound::Signed,
    rebuff::{self, Rebuff},
};
use crate::{ActError, Attempt, GateError, Outcome, Sent, driver::in_time};

impl Stand<'_> {
    /// Makes an attempt.
    pub(super) async fn send(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<Sent, ActError> {
        let signed = self.prepare(attempt, now).await?;
        self.hand_over(signed, attempt).await
    }

    /// Checks that this attempt may and can be made, and signs it.
    async fn prepare(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<Signed, ActError> {
        let Self { step, call, bound, .. } = self;
        in_time(step, now)?;
        let rung = self.ladder.rung(attempt.bump).ok_or_else(|| {
            let limits = &step.limits;
            let why = format!(
                "attempt {} would pass its limits of {} bumps and {} wei per gas; plan again with higher limits",
                attempt.bump, limits.bumps, limits.fee_per_gas
            );
            ActError::refused(step, why)
        })?;
        let (balance, has_code) = tokio::try_join!(self.gate.balance(bound.from), self.gate.has_code(call.to))
            .map_err(|error| self.silent(&error))?;
        if !has_code {
            let why = format!(
                "there is no contract at `{}` on `{}`; correct the address in protocol.toml",
                call.to, call.chain
            );
            return Err(ActError::refused(step, why));
        }
        let cost = U256::from(step.limits.gas).saturating_mul(U256::from(rung.fee_max)).saturating_add(call.value);
        if balance < cost {
            let why = format!(
                "signer `{}` at `{}` holds {balance} wei on `{}` and needs up to {cost}; send it {} wei",
                call.signer,
                bound.from,
                call.chain,
                cost - balance
            );
            return Err(ActError::refused(step, why));
        }
        self.signed(rung)
    }

    /// Hands a signed transaction to the node and reads what it says.
    async fn hand_over(&self, signed: Signed, attempt: &Attempt<'_>) -> Result<Sent, ActError> {
        let Self { step, bound, .. } = self;
        let tx = Some(signed.hash);
        let message = match self.gate.send_raw(signed.raw).await {
            Ok(hash) if hash == signed.hash => {
                return Ok(Sent { tx, says: format!("taken with nonce {}", bound.nonce) });
            }
            Ok(hash) => {
                return Ok(Sent { tx, says: format!("the node took it and calls it `{hash}`, which it is not") });
            }
            // It may have arrived. The hash is known, so the outcome decides; sending again to find out does not.
            Err(error @ (GateError::Lost(_) | GateError::OtherChain(_))) => {
                return Ok(Sent { tx, says: format!("answer lost: {error}") });
            }
            Err(GateError::Rebuffed { message, .. }) => message,
        };
        // Behind a gate with several endpoints one may have taken it and gone silent before another refused it.
        if self.gate.transaction_known(signed.hash).await.map_err(|error| self.silent(&error))? {
            return Ok(Sent { tx, says: format!("the node has it: `{message}`") });
        }
        match rebuff::read(&message) {
            Rebuff::AlreadyKnown => Ok(Sent { tx, says: format!("the node already had it: `{message}`") }),
            Rebuff::NonceTooLow => self.spent(attempt.earlier).await,
            Rebuff::ReplacementUnderpriced => match self.search(attempt.earlier).await? {
                Outcome::Pending { txs, .. } if !txs.is_empty() => Ok(Sent {
                    tx: txs.first().copied(),
                    says: "an attempt that pays more is already pending".to_owned(),
                }),
                _ => Err(ActError::Underpriced {
                    step: step.id.clone(),
                    why: format!(
                        "another transaction with nonce {} of `{}` waits and pays as much: `{message}`",
                        bound.nonce, bound.from
                    ),
                }),
            },
            Rebuff::FeeTooLow => {
                Err(ActError::Underpriced { step: step.id.clone(), why: format!("the node says `{message}`") })
            }
            Rebuff::InsufficientFunds | Rebuff::Impossible => {
                Err(ActError::refused(step, format!("the node says `{message}`")))
            }
            Rebuff::Other => Err(ActError::not_now(step, format!("the node did not take it: `{message}`"))),
        }
    }

    /// The nonce is spent: whatever came of it, nothing more is sent.
    pub(super) async fn spent(&self, earlier: &[B256]) -> Result<Sent, ActError> {
        let (tx, says) = match self.search(earlier).await? {
            Outcome::Done { tx, .. } => (tx, "nothing more was sent: it is mined".to_owned()),
            Outcome::Reverted { tx, why, .. } => (Some(tx), format!("nothing more was sent: {why}")),
            Outcome::Superseded { why } | Outcome::Unknown { why } => (None, format!("nothing was sent: {why}")),
            Outcome::Pending { txs, says, .. } => (txs.first().copied(), says),
            Outcome::NotSent => {
                let why = format!("the node says nonce {} is spent and does not count it; ask again", self.bound.nonce);
                return Err(ActError::not_now(self.step, why));
            }
        };
        Ok(Sent { tx, says })
    }
}
