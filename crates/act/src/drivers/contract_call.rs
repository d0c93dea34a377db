//! The driver `contract-call`: one transaction to a contract, signed here, mined once.
//!
//! Nonce and fees are chosen when the step is bound and stand in the book before anything is sent. All attempts share
//! the nonce, so at most one of them is ever mined; and all attempts can be computed from the binding, so whatever was
//! sent can be looked for after a crash, whether or not its hash was written down.

mod bound;
mod ladder;
mod rebuff;
mod search;
mod send;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use case::{IdempotencyKey, Step};
use facts::{B256, ChainId, TxRequest};
use jiff::Timestamp;
use tracing::{info, warn};

use self::{
    bound::{Bound, ContractStep, Signed, evm_number, sign},
    ladder::Ladder,
};
use crate::{
    ActError, Attempt, Binding, Driver, Gate, GateError, Height, Outcome, Sent, Signers,
    driver::in_time,
    nonces::{Busy, Nonces},
};

/// Sends contract calls. One object per process: it keeps the nonces of its signers apart.
pub struct ContractCall {
    signers: Signers,
    gates: BTreeMap<ChainId, Arc<dyn Gate>>,
    nonces: Nonces,
}

impl ContractCall {
    /// The name steps call it by.
    pub const NAME: &str = "contract-call";

    /// A driver for these signers and chains.
    pub fn new(signers: Signers, gates: BTreeMap<ChainId, Arc<dyn Gate>>) -> Self {
        Self { signers, gates, nonces: Nonces::default() }
    }

    fn gate(&self, step: &Step, chain: &ChainId) -> Result<&Arc<dyn Gate>, ActError> {
        self.gates.get(chain).ok_or_else(|| {
            ActError::refused(step, format!("chain `{chain}` is not configured; add a `[[chain]]` to breakglass.toml"))
        })
    }

    /// Everything a bound step stands on, checked against each other.
    fn stand<'a>(&'a self, step: &'a Step, binding: &Binding) -> Result<Stand<'a>, ActError> {
        let call = ContractStep::of(step)?;
        let bound = Bound::read(step, binding)?;
        if bound.chain != *call.chain {
            let why = format!("it is for chain `{}` and was bound on `{}`", call.chain, bound.chain);
            return Err(ActError::refused(step, why));
        }
        let key = self.signers.of(step, call.signer)?;
        if key.address() != bound.from {
            let why = format!(
                "it was bound by `{}`, and signer `{}` is now `{}`; restore that key or plan again",
                bound.from,
                call.signer,
                key.address()
            );
            return Err(ActError::refused(step, why));
        }
        Ok(Stand { step, gate: self.gate(step, call.chain)?, ladder: bound.ladder(step), call, bound, key })
    }
}

/// A bound step with all it stands on.
struct Stand<'a> {
    step: &'a Step,
    call: ContractStep<'a>,
    bound: Bound,
    ladder: Ladder,
    key: &'a alloy_signer_local::PrivateKeySigner,
    gate: &'a Arc<dyn Gate>,
}

impl Stand<'_> {
    fn signed(&self, rung: ladder::Rung) -> Result<Signed, ActError> {
        sign(self.step, &self.call, &self.bound, rung, self.key)
    }

    fn silent(&self, error: &GateError) -> ActError {
        silent(self.step, self.call.chain, error)
    }
}

/// What a silent gate means for a step.
fn silent(step: &Step, chain: &ChainId, error: &GateError) -> ActError {
    match error {
        GateError::OtherChain(number) => other_chain(step, chain, *number),
        _ => ActError::Unreachable { what: format!("the node of `{chain}`"), why: error.to_string() },
    }
}

fn same_chain(step: &Step, chain: &ChainId, answered: u64) -> Result<(), ActError> {
    if evm_number(step, chain)? == answered { Ok(()) } else { Err(other_chain(step, chain, answered)) }
}

fn other_chain(step: &Step, chain: &ChainId, answered: u64) -> ActError {
    let why = format!("the node of `{chain}` says it is on `eip155:{answered}`; correct `rpc` in breakglass.toml");
    ActError::refused(step, why)
}

#[async_trait]
impl Driver for ContractCall {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn calls(&self, step: &Step) -> Result<Vec<(ChainId, TxRequest)>, ActError> {
        let call = ContractStep::of(step)?;
        let request = TxRequest {
            from: self.signers.of(step, call.signer)?.address(),
            to: Some(call.to),
            value: call.value,
            input: call.data.clone(),
            gas_limit: Some(step.limits.gas),
        };
        Ok(vec![(call.chain.clone(), request)])
    }

    async fn bind(&self, step: &Step, key: &IdempotencyKey, now: Timestamp) -> Result<Binding, ActError> {
        in_time(step, now)?;
        let call = ContractStep::of(step)?;
        let from = self.signers.of(step, call.signer)?.address();
        let gate = self.gate(step, call.chain)?;
        let mut lane = self.nonces.enter(call.chain, from).await;
        let (chain_id, latest, pending, fees) = tokio::try_join!(
            gate.chain_id(),
            gate.nonce(from, Height::Latest),
            gate.nonce(from, Height::Pending),
            gate.fees()
        )
        .map_err(|error| silent(step, call.chain, &error))?;
        same_chain(step, call.chain, chain_id)?;
        let ladder = Ladder::choose(&fees, step.limits.fee_per_gas, step.limits.bumps).map_err(|needed| {
            let limit = step.limits.fee_per_gas;
            let why = format!("a transaction costs at least {needed} wei per gas and the step's limit is {limit}; wait, or plan again with a higher limit");
            ActError::not_now(step, why)
        })?;
        let nonce = lane.choose(key, (now, step.limits.until), (latest, pending)).map_err(|busy| {
            let why = match busy {
                Busy::Unsent { nonce, until } => {
                    format!(
                        "signer `{}` is about to send its nonce {nonce} for another step, which it may until {until}",
                        call.signer
                    )
                }
                Busy::Full => {
                    format!("signer `{}` has too many transactions under way; wait until some are mined", call.signer)
                }
            };
            ActError::not_now(step, why)
        })?;
        let behind = nonce.saturating_sub(latest);
        if behind > 0 {
            warn!(step = step.id, chain = %call.chain, %from, nonce, behind, "other transactions of the signer have to be mined first");
        }
        let bound = Bound { chain: call.chain.clone(), from, nonce, fees: ladder.first(), behind };
        serde_json::to_value(bound).map_err(|error| ActError::Canonical(error.into()))
    }

    async fn submit(
        &self,
        step: &Step,
        key: &IdempotencyKey,
        binding: &Binding,
        attempt: &Attempt<'_>,
        now: Timestamp,
    ) -> Result<Sent, ActError> {
        let stand = self.stand(step, binding)?;
        let (chain, from, nonce) = (stand.call.chain, stand.bound.from, stand.bound.nonce);
        let mut lane = self.nonces.enter(chain, from).await;
        let (chain_id, latest) = tokio::try_join!(stand.gate.chain_id(), stand.gate.nonce(from, Height::Latest))
            .map_err(|error| stand.silent(&error))?;
        same_chain(step, chain, chain_id)?;
        if latest > nonce {
            lane.release(key);
            return stand.spent(attempt.earlier).await;
        }
        lane.take_up(nonce, key, step.limits.until);
        let sent = stand.send(attempt, now).await;
        match &sent {
            Ok(_) => lane.sent(key),
            // Nothing of this step is out there and nothing will be: the next step need not leave a gap.
            Err(ActError::Refused { .. }) if attempt.earlier.is_empty() => lane.release(key),
            Err(_) => {}
        }
        info!(step = step.id, chain = %chain, %from, nonce, bump = attempt.bump, ?sent, "attempt made");
        sent
    }

    async fn outcome(
        &self,
        step: &Step,
        key: &IdempotencyKey,
        binding: &Binding,
        earlier: &[B256],
        _now: Timestamp,
    ) -> Result<Outcome, ActError> {
        let stand = self.stand(step, binding)?;
        let outcome = stand.search(earlier).await?;
        if matches!(outcome, Outcome::Done { .. } | Outcome::Reverted { .. } | Outcome::Superseded { .. }) {
            self.nonces.enter(stand.call.chain, stand.bound.from).await.release(key);
        }
        Ok(outcome)
    }

    async fn abandon(&self, step: &Step, key: &IdempotencyKey, binding: &Binding) {
        // A binding that cannot be read holds no nonce.
        if let Ok(bound) = Bound::read(step, binding) {
            self.nonces.enter(&bound.chain, bound.from).await.release(key);
        }
    }
}

impl std::fmt::Debug for ContractCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContractCall")
            .field("signers", &self.signers)
            .field("chains", &self.gates.keys().collect::<Vec<_>>())
            .finish()
    }
}
