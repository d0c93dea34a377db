//! Carrying out what comes next in a case: each decision is written down, each effect has its intent before it.

use act::{Attempt, Outcome};
use anyhow::{Context as _, Result};
use atlas::Selectors;
use case::{
    Actor, Approved, Call, CaseId, Confirmed, Ctx, Digest, Draft, Event, Failed, IdempotencyKey, Incident, Intent,
    PlanProposed, Receipt, Refused, Rehearsal, Rehearsed, Step, StepState, Stream, Verdict,
};
use facts::{Answer, Ask, Budget, FrameStatus, Overrides, Question, Ran};
use respond::Action;
use store::failpoint;

use super::Desk;

impl Desk {
    pub(super) async fn carry_out(&mut self, incident: &Incident, action: Action) -> Result<()> {
        let case = Stream::Case(incident.id.clone());
        let now = (self.clock)();
        let machine = |room: &str, why: String| Ctx::new(Actor::machine(room), why, now);
        match action {
            Action::MakePlan { plan, why } => {
                let event = Event::PlanProposed(Box::new(PlanProposed { digest: plan.digest()?, plan: *plan }));
                self.write(vec![Draft::new(case, machine("respond", why), &event)?]).await
            }
            Action::Rehearse { plan, step } => {
                let Some((held, _)) = find(incident, &plan, &step) else { return Ok(()) };
                let Some(rehearsal) = self.rehearse(held).await else { return Ok(()) };
                let event = Event::Rehearsed(Rehearsed { plan, step, rehearsal });
                self.write(vec![Draft::new(case, machine("trace", "tried on the head".to_owned()), &event)?]).await
            }
            Action::Approve { plan, step, policy, why } => {
                let event = Event::Approved(Approved { plan, step });
                self.write(vec![Draft::new(case, Ctx::new(Actor::Policy(policy), why, now), &event)?]).await
            }
            Action::Refuse { plan, step, reason } => {
                tracing::error!(case = %incident.id, step, reason, "a step is not taken: somebody has to look");
                let event = Event::Refused(Refused { plan, step, reason: reason.clone() });
                self.write(vec![Draft::new(case, machine("respond", reason), &event)?]).await
            }
            Action::Intend { plan, step, why } => self.intend(incident, &plan, &step, why).await,
            Action::AwaitOutcome { plan, step } => self.await_outcome(incident, &plan, &step).await,
            Action::NoPlan { why } => {
                self.say_once(&incident.id, "plan", why);
                Ok(())
            }
            Action::AskPeople { step, why, .. } => {
                self.say_once(&incident.id, &step, why);
                Ok(())
            }
            Action::Wait { .. } => Ok(()),
        }
    }

    /// Says that somebody has to decide, once for as long as it is so.
    pub(super) fn say_once(&mut self, case: &CaseId, about: &str, why: String) {
        let last = self.said.insert((case.clone(), about.to_owned()), why.clone());
        if last.as_ref() != Some(&why) {
            tracing::warn!(%case, about, why, "somebody has to decide");
        }
    }

    /// Tries a step out on the head of its chain; none as long as no head is known: after a start or a reorganisation it
    /// waits for the next block.
    async fn rehearse(&self, step: &Step) -> Option<Rehearsal> {
        let blind =
            |why: String| Rehearsal { on: None, verdict: Verdict::Blind(why), gas_used: 0, effects: Vec::new() };
        let calls = match self.judgement.drivers.of(step).and_then(|driver| driver.calls(step)) {
            Ok(calls) => calls,
            Err(error) => return Some(blind(error.to_string())),
        };
        let Some((chain, _)) = calls.first() else {
            let says = "it touches no chain".to_owned();
            return Some(Rehearsal { on: None, verdict: Verdict::Succeeds, gas_used: 0, effects: vec![says] });
        };
        let (Some(loupe), Some(status)) = (self.loupes.get(chain), self.heads.get(chain)) else {
            return Some(blind(format!("chain `{chain}` is not followed here, so nothing can be tried on it")));
        };
        let head = status.borrow().head.clone()?;
        let requests = calls.into_iter().map(|(_, request)| request).collect();
        let budget = Budget { gas: step.limits.gas.max(21_000), ..Budget::default() };
        let question = Question { at: head.clone(), overrides: Overrides::default(), ask: Ask::Run(requests), budget };
        Some(match loupe.ask(question).await {
            Answer::Ran(ran) => judge(&ran, &self.judgement.selectors),
            Answer::Blind(why) => Rehearsal { on: Some(head), ..blind(why) },
            Answer::Slot(_) | Answer::View(_) | Answer::Probed(_) => {
                blind("the question was answered as another one".to_owned())
            }
        })
    }

    /// Intent before effect: what the driver binds itself to stands in the book before anything is sent.
    async fn intend(&mut self, incident: &Incident, plan: &Digest, step: &str, why: String) -> Result<()> {
        let Some((held, _)) = find(incident, plan, step) else { return Ok(()) };
        let driver = self.judgement.drivers.of(held)?.clone();
        let key = IdempotencyKey::of(plan, step);
        let now = (self.clock)();
        let binding = match driver.bind(held, &key, now).await {
            Ok(binding) => binding,
            Err(error) if error.retry() == act::Retry::Never => {
                let refused = Action::Refuse { plan: *plan, step: step.to_owned(), reason: error.to_string() };
                return Box::pin(self.carry_out(incident, refused)).await;
            }
            Err(error) => {
                tracing::warn!(case = %incident.id, step, %error, "the step cannot be bound yet");
                return Ok(());
            }
        };
        let event = Event::Intent(Intent { plan: *plan, step: step.to_owned(), key, binding: binding.clone() });
        let ctx = Ctx::new(Actor::machine("act"), why, now);
        let draft = Draft::new(Stream::Case(incident.id.clone()), ctx, &event)?;
        if let Err(error) = self.write(vec![draft]).await {
            driver.abandon(held, &key, &binding).await;
            return Err(error);
        }
        failpoint::pass("engine.before_submit");
        self.submit(incident, held, &key, &binding, &Attempt::default()).await
    }

    async fn submit(
        &mut self,
        incident: &Incident,
        step: &Step,
        key: &IdempotencyKey,
        binding: &serde_json::Value,
        attempt: &Attempt<'_>,
    ) -> Result<()> {
        let driver = self.judgement.drivers.of(step)?.clone();
        let now = (self.clock)();
        let case = Stream::Case(incident.id.clone());
        match driver.submit(step, key, binding, attempt, now).await {
            Ok(sent) => {
                failpoint::pass("engine.after_submit");
                let ctx = Ctx::new(Actor::machine("act"), "handed to the world", (self.clock)());
                let event = Event::Receipt(Receipt { key: *key, step: step.id.clone(), tx: sent.tx, says: sent.says });
                self.write(vec![Draft::new(case, ctx, &event)?]).await
            }
            Err(error) if error.retry() == act::Retry::Never => self.fail(incident, step, key, error.to_string()).await,
            Err(error) => {
                tracing::warn!(case = %incident.id, step = step.id, %error, "the step is not taken yet");
                Ok(())
            }
        }
    }

    /// Asks the world what came of a step, by its key, before anything is sent again.
    async fn await_outcome(&mut self, incident: &Incident, plan: &Digest, step: &str) -> Result<()> {
        let Some((held, state)) = find(incident, plan, step) else { return Ok(()) };
        let Some((key, binding)) = &state.intent else { return Ok(()) };
        let driver = self.judgement.drivers.of(held)?.clone();
        let now = (self.clock)();
        match driver.outcome(held, key, binding, &state.txs, now).await {
            Ok(Outcome::NotSent) => {
                let attempt = Attempt { bump: 0, earlier: &state.txs };
                self.submit(incident, held, key, binding, &attempt).await
            }
            // It was handed over, and the process ended before that was written down.
            Ok(Outcome::Pending { txs, says, .. }) if state.txs.is_empty() && !txs.is_empty() => {
                let ctx = Ctx::new(Actor::machine("act"), "handed to the world", now);
                let event = Event::Receipt(Receipt { key: *key, step: held.id.clone(), tx: txs.last().copied(), says });
                self.write(vec![Draft::new(Stream::Case(incident.id.clone()), ctx, &event)?]).await
            }
            Ok(Outcome::Pending { .. }) => self.bump(incident, held, state).await,
            Ok(Outcome::Done { tx, block }) => {
                // Seen by a node is not seen by us: it counts when our own eyes have looked at that block.
                if let Some(block) = &block
                    && !self.store.ring(&block.chain, super::RING).await?.contains(block)
                {
                    return Ok(());
                }
                let ctx = Ctx::new(Actor::machine("watch"), "its effect was seen", now);
                let event = Event::Confirmed(Confirmed { key: *key, step: held.id.clone(), block, tx });
                self.write(vec![Draft::new(Stream::Case(incident.id.clone()), ctx, &event)?]).await
            }
            Ok(Outcome::Reverted { why, .. } | Outcome::Superseded { why }) => {
                self.fail(incident, held, key, why).await
            }
            Ok(Outcome::Unknown { why }) => {
                tracing::warn!(case = %incident.id, step, why, "what came of the step is not known yet");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(case = %incident.id, step, %error, "the world cannot be asked what came of the step");
                Ok(())
            }
        }
    }

    /// A transaction that two more blocks have passed by is sent again with a higher fee, up to the step's limit.
    async fn bump(&mut self, incident: &Incident, step: &Step, state: &StepState) -> Result<()> {
        let (Call::Contract { chain, .. }, Some((key, binding))) = (&step.call, &state.intent) else { return Ok(()) };
        let Some(head) = self.heads.get(chain).and_then(|head| head.borrow().head.clone()) else { return Ok(()) };
        let sent = u8::try_from(state.txs.len()).unwrap_or(u8::MAX);
        let since = *self.waiting.entry((*key, sent)).or_insert(head.number);
        if sent == 0 || sent > step.limits.bumps || head.number < since + BLOCKS_BEFORE_BUMP {
            return Ok(());
        }
        let attempt = Attempt { bump: sent, earlier: &state.txs };
        self.submit(incident, step, key, binding, &attempt).await
    }

    async fn fail(&mut self, incident: &Incident, step: &Step, key: &IdempotencyKey, reason: String) -> Result<()> {
        tracing::error!(case = %incident.id, step = step.id, reason, "a step failed: somebody has to look");
        let ctx = Ctx::new(Actor::machine("act"), reason.clone(), (self.clock)());
        let event = Event::Failed(Failed { key: *key, step: step.id.clone(), reason });
        let draft =
            Draft::new(Stream::Case(incident.id.clone()), ctx, &event).context("a failure cannot be written")?;
        self.write(vec![draft]).await
    }
}

/// Blocks after which a transaction that is still pending is sent again with a higher fee.
const BLOCKS_BEFORE_BUMP: u64 = 2;

/// A step of a plan and how far it has come.
fn find<'a>(incident: &'a Incident, plan: &Digest, step: &str) -> Option<(&'a Step, &'a StepState)> {
    let held = incident.plans.iter().find(|held| held.digest == *plan)?;
    Some((held.plan.step(step)?, held.state(step)?))
}

/// What a trial run showed: the first transaction that fails decides.
fn judge(ran: &Ran, selectors: &Selectors) -> Rehearsal {
    let failed = ran.txs.iter().find(|tx| !tx.succeeded());
    let verdict = match failed {
        None => Verdict::Succeeds,
        Some(tx) => {
            let output = tx.frames.first().map(|frame| frame.output.clone()).unwrap_or_default();
            let how = match tx.status() {
                FrameStatus::OutOfGas => "it runs out of gas".to_owned(),
                _ => selectors.decode_revert(&output).to_string(),
            };
            Verdict::Fails(how)
        }
    };
    let mut effects = Vec::new();
    for tx in &ran.txs {
        effects.extend(tx.logs.iter().map(|log| {
            let topic = log.topics.first().copied().unwrap_or_default();
            let event = selectors.topic(topic).map_or_else(|| topic.to_string(), ToString::to_string);
            format!("{} says {event}", log.address)
        }));
        effects.extend(tx.writes.iter().map(|write| {
            format!("slot {:#x} of {} goes from {:#x} to {:#x}", write.slot, write.address, write.before, write.after)
        }));
    }
    effects.truncate(EFFECTS_MAX);
    let gas_used = ran.txs.iter().map(|tx| tx.gas_used).sum();
    Rehearsal { on: Some(ran.on.clone()), verdict, gas_used, effects }
}

/// Effects of a rehearsal that are written down; a person reads the first few.
const EFFECTS_MAX: usize = 32;
