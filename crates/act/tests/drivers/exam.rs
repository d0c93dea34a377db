//! The common exam: what every driver must pass, whatever it does in the world.

use std::sync::Arc;

use act::{ActError, Attempt, Driver, Outcome, Retry, Sent};
use async_trait::async_trait;
use case::Step;
use jiff::SignedDuration;

use super::{key, now};

/// A driver with its world.
#[async_trait]
pub trait Candidate {
    /// A new object, as after a restart, and what its `Debug` shows.
    fn fresh(&self) -> (Arc<dyn Driver>, String);
    /// A step with an effect that counts.
    fn step(&self, id: &str) -> Step;
    /// How many effects the world has seen.
    async fn effects(&self) -> u64;
    /// Lets the world finish what it was handed.
    async fn settle(&self);
    /// From now on effects happen and their answers get lost; or no longer.
    fn lose_answers(&self, on: bool);
    /// What must never be shown.
    fn secrets(&self) -> Vec<String>;
}

pub async fn exam(candidate: &dyn Candidate) {
    let mut shown = Vec::new();
    calls_are_pure(candidate);
    bind_sends_nothing(candidate, &mut shown).await;
    twice_is_once(candidate, &mut shown).await;
    a_crash_is_survived(candidate, &mut shown).await;
    a_lost_answer_is_found(candidate, &mut shown).await;
    what_is_late_is_refused(candidate, &mut shown).await;
    what_was_bound_otherwise_is_refused(candidate, &mut shown).await;
    shown.push(candidate.fresh().1);
    for secret in candidate.secrets() {
        assert!(secret.len() >= 8, "a secret too short to be looked for");
        for text in &shown {
            assert!(!text.contains(&secret), "a secret is shown: {text}");
        }
    }
}

fn calls_are_pure(candidate: &dyn Candidate) {
    let step = candidate.step("pure");
    let (one, _) = candidate.fresh();
    let (two, _) = candidate.fresh();
    let calls = one.calls(&step).unwrap();
    assert_eq!(one.calls(&step).unwrap(), calls);
    assert_eq!(two.calls(&step).unwrap(), calls);
    assert_eq!(one.name(), step.driver);
}

async fn bind_sends_nothing(candidate: &dyn Candidate, shown: &mut Vec<String>) {
    let step = candidate.step("bound");
    let (driver, _) = candidate.fresh();
    let before = candidate.effects().await;
    let binding = driver.bind(&step, &key(&step), now()).await.unwrap();
    assert_eq!(driver.bind(&step, &key(&step), now()).await.unwrap(), binding, "binding again chooses the same");
    assert_eq!(driver.outcome(&step, &key(&step), &binding, &[], now()).await.unwrap(), Outcome::NotSent);
    candidate.settle().await;
    assert_eq!(driver.outcome(&step, &key(&step), &binding, &[], now()).await.unwrap(), Outcome::NotSent);
    assert_eq!(candidate.effects().await, before);
    driver.abandon(&step, &key(&step), &binding).await;
    shown.push(binding.to_string());
}

async fn twice_is_once(candidate: &dyn Candidate, shown: &mut Vec<String>) {
    let step = candidate.step("twice");
    let (driver, _) = candidate.fresh();
    let before = candidate.effects().await;
    let binding = driver.bind(&step, &key(&step), now()).await.unwrap();
    let first = driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await.unwrap();
    let again = driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await.unwrap();
    assert_eq!(first.tx, again.tx, "the same attempt is the same transaction");
    candidate.settle().await;
    done(&driver, &step, &binding, &first).await;
    let late = driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await.unwrap();
    candidate.settle().await;
    done(&driver, &step, &binding, &late).await;
    assert_eq!(candidate.effects().await, before + 1);
    shown.extend([format!("{first:?}"), format!("{again:?}"), format!("{late:?}")]);
}

async fn a_crash_is_survived(candidate: &dyn Candidate, shown: &mut Vec<String>) {
    let step = candidate.step("crash");
    let before = candidate.effects().await;
    let binding = candidate.fresh().0.bind(&step, &key(&step), now()).await.unwrap();
    // As it comes back from the book: canonical JSON.
    let binding = serde_json::from_slice(&case::canonical(&binding).unwrap()).unwrap();
    for _ in 0..2 {
        // Each time another process, which knows nothing but the intent.
        let (driver, _) = candidate.fresh();
        let sent = driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await.unwrap();
        shown.push(format!("{sent:?}"));
    }
    candidate.settle().await;
    let (driver, _) = candidate.fresh();
    let outcome = driver.outcome(&step, &key(&step), &binding, &[], now()).await.unwrap();
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(candidate.effects().await, before + 1);
}

async fn a_lost_answer_is_found(candidate: &dyn Candidate, shown: &mut Vec<String>) {
    let step = candidate.step("lost");
    let (driver, _) = candidate.fresh();
    let before = candidate.effects().await;
    let binding = driver.bind(&step, &key(&step), now()).await.unwrap();
    candidate.lose_answers(true);
    let sent = driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await.unwrap();
    candidate.lose_answers(false);
    assert!(sent.says.contains("lost"), "{sent:?}");
    candidate.settle().await;
    done(&candidate.fresh().0, &step, &binding, &sent).await;
    assert_eq!(candidate.effects().await, before + 1);
    shown.push(format!("{sent:?}"));
}

async fn what_is_late_is_refused(candidate: &dyn Candidate, shown: &mut Vec<String>) {
    let step = candidate.step("late");
    let (driver, _) = candidate.fresh();
    let before = candidate.effects().await;
    let late = step.limits.until + SignedDuration::from_secs(1);
    let binding = driver.bind(&step, &key(&step), now()).await.unwrap();
    for error in [
        driver.bind(&step, &key(&step), late).await.unwrap_err(),
        driver.submit(&step, &key(&step), &binding, &Attempt::default(), late).await.unwrap_err(),
    ] {
        assert!(matches!(error, ActError::Refused { .. }), "{error:?}");
        assert_eq!(error.retry(), Retry::Never);
        shown.extend([error.to_string(), format!("{error:?}")]);
    }
    candidate.settle().await;
    assert_eq!(candidate.effects().await, before);
}

async fn what_was_bound_otherwise_is_refused(candidate: &dyn Candidate, shown: &mut Vec<String>) {
    let step = candidate.step("foreign");
    let (driver, _) = candidate.fresh();
    let before = candidate.effects().await;
    for binding in [serde_json::json!({}), serde_json::json!(null), serde_json::json!({"nonce": "<script>"})] {
        let submitted = driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await.unwrap_err();
        let asked = driver.outcome(&step, &key(&step), &binding, &[], now()).await.unwrap_err();
        for error in [submitted, asked] {
            assert_eq!(error.retry(), Retry::Never, "{error}");
            shown.push(format!("{error} {error:?}"));
        }
    }
    candidate.settle().await;
    assert_eq!(candidate.effects().await, before);
}

async fn done(driver: &Arc<dyn Driver>, step: &Step, binding: &act::Binding, sent: &Sent) {
    let earlier: Vec<_> = sent.tx.into_iter().collect();
    match driver.outcome(step, &key(step), binding, &earlier, now()).await.unwrap() {
        Outcome::Done { tx, block } => {
            assert_eq!(tx, sent.tx);
            assert_eq!(tx.is_some(), block.is_some());
        }
        other => panic!("step `{}`: {other:?}", step.id),
    }
}
