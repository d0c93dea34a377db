//! Trying out what a contract can do, before anybody does it.
//!
//! Nobody says which arguments a stranger's function wants. They are found as a key is felt for: one word after the
//! other is set to each value that there is to try, and the one with which the run gets furthest stays. A run gets further
//! by taking from somebody, by calls that succeed, by succeeding itself, and by the gas that it needs.

mod score;

use std::time::{Duration, Instant};

use atlas::Fork;
use facts::{Address, Bytes, Header, Probe, Probed, Question, Selector, TxFacts, TxRequest, U256};
use revm::{
    Database as _,
    context::{ContextSetters, JournalTr, result::EVMError},
    handler::{Handler, MainnetHandler},
};
use score::Score;

use crate::{
    env::{self, Environment},
    loupe::Loupe,
    question::{pretend, stage},
    state::{Missing, StateReader, WarmState},
    tracer::Tracer,
    tx::collect,
};

/// Words of arguments that are looked for. More are zero.
const WORDS: usize = 5;
/// Gas of one run: what an attack with a loan and a few swaps needs, and what takes no more than some ten milliseconds.
const RUN_GAS: u64 = 8_000_000;
/// Words in a row that change nothing, after which a function is taken to have no more of them.
const IDLE_WORDS: usize = 2;
/// Runs that are told.
const RUNS_TOLD: usize = 32;
/// Holdings of native coin that are tried as amounts.
const HOLDINGS: usize = 4;

/// One call to be tried.
#[derive(Clone, Default)]
struct Attempt {
    function: Option<Selector>,
    words: Vec<U256>,
    value: U256,
}

/// Why no more is tried.
enum Stop {
    /// The function had its share.
    Share,
    /// There is nothing left for any.
    Budget(String),
}

struct Search<'a, R: StateReader> {
    evm: Loupe<&'a mut WarmState<R>>,
    env: Environment,
    question: &'a Question,
    probe: &'a Probe,
    words: Vec<U256>,
    begun: Instant,
    /// Until when this function may be tried.
    share: Option<Duration>,
    gas_left: u64,
    tried: u32,
    why: Option<String>,
}

/// Tries out a contract on the tracer's head. The state is as before afterwards.
pub(crate) fn probe<R: StateReader>(
    tracer: &mut Tracer<R>,
    question: &Question,
    probe: &Probe,
    head: &Header,
    fork: Fork,
) -> Result<Probed, String> {
    let begun = Instant::now();
    let words = words(tracer, probe)?;
    let env = tracer.environment().clone();
    let mut search = Search {
        evm: stage(tracer, question, head, fork),
        env,
        question,
        probe,
        words,
        begun,
        share: None,
        gas_left: question.budget.gas,
        tried: 0,
        why: None,
    };
    let (mut runs, mut left): (Vec<(Score, TxFacts)>, Vec<Selector>) = (Vec::new(), Vec::new());
    let functions = [None].into_iter().chain(probe.functions.iter().copied().map(Some));
    let mut open = u32::try_from(probe.functions.len()).unwrap_or(u32::MAX).saturating_add(1);
    let mut spent = false;
    for function in functions {
        if !spent {
            search.share_out(open);
            match search.function(function, &mut runs) {
                Ok(()) => {}
                Err(Stop::Share) => left.extend(function),
                Err(Stop::Budget(why)) => {
                    search.why.get_or_insert(why);
                    spent = true;
                }
            }
        }
        if spent {
            left.extend(function);
        }
        open = open.saturating_sub(1);
    }
    // What was found by other words of the same function stays in order of functions.
    runs.sort_by_key(|(score, _)| std::cmp::Reverse(score.taken));
    runs.truncate(RUNS_TOLD);
    if !left.is_empty() && search.why.is_none() {
        search.why = Some("some functions had used up their share of the time".to_owned());
    }
    let runs = runs.into_iter().map(|(_, facts)| facts).collect();
    Ok(Probed { on: question.at.clone(), runs, tried: search.tried, left, why: search.why })
}

/// What is tried as an argument: the words of the question, and what some of the accounts among them hold.
fn words<R: StateReader>(tracer: &mut Tracer<R>, probe: &Probe) -> Result<Vec<U256>, String> {
    let mut words = probe.words.clone();
    let accounts = probe.words.iter().filter(|word| word.bit_len() > 64 && word.bit_len() <= 160);
    for account in accounts.take(HOLDINGS) {
        let held = tracer.state.basic(Address::from_word((*account).into())).map_err(|missing| missing.to_string())?;
        words.extend(held.map(|account| account.balance).filter(|balance| !balance.is_zero()));
    }
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(*word));
    Ok(words)
}

impl<R: StateReader> Search<'_, R> {
    /// Gives the next of `open` functions twice its even share of the time that is left: most need less.
    fn share_out(&mut self, open: u32) {
        let time = self.question.budget.time_ms.map(|ms| Duration::from_millis(u64::from(ms)));
        let left = time.map(|time| time.saturating_sub(self.begun.elapsed()));
        self.share = left.map(|left| self.begun.elapsed() + left * 2 / open.max(2));
    }

    /// Looks for the arguments with which a function gets furthest, without coins and then with.
    fn function(&mut self, function: Option<Selector>, runs: &mut Vec<(Score, TxFacts)>) -> Result<(), Stop> {
        let mut best = Attempt { function, ..Attempt::default() };
        let mut reached = self.better(&best, Score::default(), runs)?;
        if function.is_some() {
            let zeros = Attempt { words: vec![U256::ZERO; WORDS], ..best.clone() };
            reached = self.better(&zeros, reached, runs)?;
            // Arguments that a function does not take are passed over.
            best = zeros;
            reached = self.arguments(&mut best, reached, runs)?;
        }
        for value in self.probe.values.clone() {
            let paid = Attempt { value, ..best.clone() };
            let score = self.better(&paid, reached, runs)?;
            if score > reached {
                (best, reached) = (paid, score);
                if function.is_some() {
                    reached = self.arguments(&mut best, reached, runs)?;
                }
            }
        }
        Ok(())
    }

    /// Sets one word after the other to what gets furthest.
    fn arguments(
        &mut self,
        best: &mut Attempt,
        mut reached: Score,
        runs: &mut Vec<(Score, TxFacts)>,
    ) -> Result<Score, Stop> {
        let mut idle = 0;
        for at in 0..WORDS {
            let before = reached;
            for candidate in 0..self.words.len() {
                let mut attempt = best.clone();
                let (Some(word), Some(value)) = (attempt.words.get_mut(at), self.words.get(candidate)) else { break };
                if std::mem::replace(word, *value) == *value {
                    continue;
                }
                let score = self.better(&attempt, reached, runs)?;
                if score > reached {
                    (*best, reached) = (attempt, score);
                }
            }
            idle = if reached > before { 0 } else { idle + 1 };
            if idle >= IDLE_WORDS {
                break;
            }
        }
        Ok(reached)
    }

    /// Runs it; the better of its score and `reached`. A run that succeeded, moved something and got further than any of
    /// this function before is told.
    fn better(&mut self, attempt: &Attempt, reached: Score, runs: &mut Vec<(Score, TxFacts)>) -> Result<Score, Stop> {
        let Some((score, facts)) = self.run(attempt)? else { return Ok(reached) };
        if score > reached && facts.succeeded() && facts.flows.iter().any(|flow| !flow.amount.is_zero()) {
            let same = |(_, told): &(Score, TxFacts)| {
                told.frames.first().map(|frame| (frame.selector(), frame.value.is_zero()))
                    == Some((attempt.function, attempt.value.is_zero()))
            };
            match runs.iter_mut().find(|run| same(run)) {
                Some(known) => *known = (score, facts),
                None => runs.push((score, facts)),
            }
        }
        Ok(score.max(reached))
    }

    /// One run on the state as it was. None if it cannot even begin, such as with more coins than the caller has.
    fn run(&mut self, attempt: &Attempt) -> Result<Option<(Score, TxFacts)>, Stop> {
        self.may_go_on()?;
        let mut input = attempt.function.map(|selector| selector.to_vec()).unwrap_or_default();
        attempt.words.iter().for_each(|word| input.extend(word.to_be_bytes::<32>()));
        let Probe { contract, from, .. } = *self.probe;
        let request =
            TxRequest { from, to: Some(contract), value: attempt.value, input: Bytes::from(input), gas_limit: None };
        self.tried = self.tried.saturating_add(1);
        let limit = RUN_GAS.min(self.evm.ctx().block.gas_limit).min(self.gas_left);
        self.evm.ctx().chain.reset();
        if let Err(missing) = pretend(&mut self.evm, self.question) {
            self.why = Some(missing.to_string());
            return Ok(None);
        }
        self.evm.ctx().set_tx(env::request(&request, 0, self.env.chain_number, limit));
        let ran: Result<_, EVMError<Missing>> = MainnetHandler::default().run(&mut self.evm);
        let seen = match ran {
            Ok(result) => {
                let gas_used = result.tx_gas_used();
                let mut seen = collect(&mut self.evm, &self.env, result.into_logs());
                seen.from = from;
                seen.to = Some(contract);
                seen.gas_limit = limit;
                seen.gas_used = gas_used;
                self.gas_left -= gas_used.min(self.gas_left);
                Some((Score::of(&seen, self.probe), seen))
            }
            Err(EVMError::Database(missing)) => {
                self.why = Some(missing.to_string());
                None
            }
            Err(_) => None,
        };
        drop(self.evm.ctx().journaled_state.finalize());
        Ok(seen)
    }

    fn may_go_on(&self) -> Result<(), Stop> {
        let (spent, budget) = (self.begun.elapsed(), self.question.budget);
        if let Some(ms) = budget.time_ms.filter(|ms| spent >= Duration::from_millis(u64::from(*ms))) {
            return Err(Stop::Budget(format!("the {ms} ms that it may take were over")));
        }
        if self.gas_left < 100_000 {
            return Err(Stop::Budget(format!("the {} gas that it may take were used up", budget.gas)));
        }
        match self.share {
            Some(share) if spent >= share => Err(Stop::Share),
            _ => Ok(()),
        }
    }
}
