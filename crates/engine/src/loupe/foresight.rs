//! What rules want to know of the head, found out while nothing else is to be done: a block never waits for it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use case::{Alert, AlertId};
use facts::{Answer, BlockRef, Question, Tx};
use metrics::histogram;
use tokio::sync::mpsc;

use super::{Bench, Request};

/// Questions of rules that wait for their answer. Each takes up to half a second, and none makes a block wait longer.
const ASKED_MAX: usize = 64;
/// What was foreseen and not yet told: batches of alerts.
pub(super) const FORESEEN_MAX: usize = 256;

/// What rules make of things that have not happened.
#[derive(Debug)]
pub struct Foreseen {
    /// The block on whose state it was seen.
    pub at: BlockRef,
    /// The alerts with their ids.
    pub alerts: Vec<(AlertId, Alert)>,
    /// How long it took to find out.
    pub took: Duration,
    /// The transaction that waits to be mined, if they are about one.
    pub waiting: Option<Arc<Tx>>,
}

impl Bench {
    /// The next request. While there is none, what rules asked about the head is found out, and what waits to be mined is
    /// tried, one after the other in turn.
    pub(super) fn next(&mut self, requests: &mut mpsc::Receiver<Request>) -> Option<Request> {
        loop {
            self.tell();
            let is_waiting = self.head.is_some() && self.pool.is_due();
            if self.asked.is_empty() && !is_waiting {
                return requests.blocking_recv();
            }
            match requests.try_recv() {
                Ok(request) => return Some(request),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) => {
                    self.turns = self.turns.wrapping_add(1);
                    if is_waiting && (self.asked.is_empty() || self.turns.is_multiple_of(2)) {
                        self.try_waiting();
                    } else {
                        self.pursue();
                    }
                }
            }
        }
    }

    /// Finds out the oldest thing that a rule asked about the head.
    fn pursue(&mut self) {
        let Some((rule, question)) = self.asked.pop_front() else { return };
        let Some(head) = &self.head else { return };
        let start = Instant::now();
        let found = self.lens.pursue(&mut self.tracer, head, &rule, question);
        self.foresee(found, start, None);
    }

    /// Keeps what was foreseen for whoever writes it down.
    pub(super) fn foresee(&mut self, found: Result<Vec<(AlertId, Alert)>>, start: Instant, waiting: Option<Arc<Tx>>) {
        let chain = &self.lens.chain().id;
        let what = if waiting.is_some() { "waiting" } else { "trial" };
        histogram!("breakglass_trial_seconds", "chain" => chain.to_string(), "of" => what).record(start.elapsed());
        match found {
            Ok(alerts) if alerts.is_empty() => {}
            Ok(alerts) => {
                let Some(at) = self.lens.memory.head().cloned() else { return };
                if self.untold.len() >= FORESEEN_MAX {
                    self.untold.pop_front();
                    tracing::error!(%chain, "more is foreseen than can be told: the oldest of it is lost");
                }
                self.untold.push_back(Foreseen { at, alerts, took: start.elapsed(), waiting });
            }
            Err(error) => tracing::error!(%chain, %error, "what was tried out cannot be judged"),
        }
    }

    fn tell(&mut self) {
        while let Some(foreseen) = self.untold.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(foreseen)) = self.tell.try_send(foreseen) {
                self.untold.push_front(foreseen);
                return;
            }
        }
    }

    /// Takes what rules asked about a block. What there is no room for is answered at once: it could not be looked at.
    pub(super) fn take_questions(&mut self, at: &BlockRef, timestamp: u64, questions: Vec<(String, Question)>) {
        for (rule, question) in questions {
            if self.asked.len() < ASKED_MAX {
                self.asked.push_back((rule, question));
                continue;
            }
            let start = Instant::now();
            let why = Answer::Blind(format!("more than {ASKED_MAX} questions wait for their answer"));
            let (glass, memory) = self.lens.parts();
            let told = glass.weigh((at, timestamp), (&rule, &question, &why), memory);
            self.foresee(told, start, None);
        }
    }
}
