//! What seeing costs: plain revm, facts, and a replay with detectors and triage, on the same blocks in the same process.
//!
//! Printed are ratios against plain revm, medians over rounds that take turns. State is built outside the clock on
//! every side. Memory is that of a process of its own, which replays the same blocks once, one after the other.

#![expect(clippy::print_stdout, clippy::float_arithmetic, reason = "a benchmark prints ratios for a person")]

use std::{
    path::PathBuf,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use atlas::{Atlas, Chain};
use detect::{Detectors, Scope, built_in, read_rules};
use engine::Replay;
use respond::TriageRules;
use rpc::Form;
use serde::Serialize;
use trace::{Environment, NoReader, Prover, Tracer, WarmState};
use watch::{Recorded, Recording};

mod rules;
mod scale;
mod verdict;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds after one that only warms up. `BREAKGLASS_ROUNDS` asks for others: fewer under a tool that counts
/// instructions, more on a machine that does other things meanwhile.
const ROUNDS: usize = 9;
/// Asks for one replay, and how much memory it took.
const MEMORY: &str = "--memory";
/// Asks what many rules cost instead.
const SCALE: &str = "--scale";

/// One round's times, summed over blocks.
#[derive(Default)]
struct Round {
    plain: Duration,
    facts: Duration,
    proof: Duration,
    /// `execute_seconds` of a replay: facts, detectors and triage.
    execute: Duration,
    /// The same with `prove_seconds`: the whole of what a block takes. Its last transactions are looked at while it is
    /// proved, and that time is told as execution.
    whole: Duration,
    gas: u64,
}

/// What the rounds are about.
struct Bench {
    recordings: Vec<Recording>,
    atlas: Atlas,
    chain: Chain,
    env: Environment,
    detectors: Arc<Detectors>,
}

fn main() {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from);
    let folder = corpus.join("mainnet");
    if !folder.is_dir() {
        println!("skipped: no corpus at `{}`; set BREAKGLASS_CORPUS", folder.display());
        return;
    }
    let atlas = Atlas::embedded();
    let chain = atlas.chain(&facts::ChainId::eip155(1)).expect("the embedded atlas knows mainnet").clone();
    let cards = read_rules(built_in()).expect("the built-in rules are right");
    let detectors = Arc::new(Detectors::new(cards, Scope::everything()).expect("the built-in rules are right"));
    let env = Environment::of(&chain).expect("mainnet is an EVM chain");
    if asked(MEMORY) {
        replay(folder, atlas, detectors);
        println!("{}", status_kib("VmHWM:"));
        return;
    }
    if asked(scale::RULES_MEMORY) {
        let form = if asked(scale::ROWS) { rules::Form::Rows } else { rules::Form::Cards };
        scale::print_memory(form, &rules::contracts(&[]));
        return;
    }
    if asked(SCALE) {
        let outcome = Bench { recordings: read(folder), atlas, chain, env, detectors }.scale();
        match asked("--json") {
            true => println!("{}", serde_json::to_string(&outcome).expect("numbers can be written")),
            false => outcome.print(),
        }
        return;
    }
    let peak_memory_kib = memory_of_a_replay();
    let bench = Bench { recordings: read(folder), atlas, chain, env, detectors };

    bench.round(0);
    let wanted = std::env::var("BREAKGLASS_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let rounds: Vec<Round> = (0..wanted.unwrap_or(ROUNDS).max(1)).map(|number| bench.round(number)).collect();
    let result = Outcome::of(&bench, &rounds, peak_memory_kib);
    if asked("--json") {
        println!("{}", serde_json::to_string(&result).expect("numbers can be written"));
    } else {
        result.print();
    }
}

fn asked(what: &str) -> bool {
    std::env::args().any(|argument| argument == what)
}

fn read(folder: PathBuf) -> Vec<Recording> {
    let mut source = Recorded::open(&[folder], Form::Ethereum).expect("the corpus can be listed");
    let mut recordings = Vec::new();
    while let Some(recording) = source.read_next() {
        recordings.push(recording.expect("the corpus can be read"));
    }
    recordings
}

/// Replays as `breakglass replay` does: a block is read, seen, judged and let go.
fn replay(folder: PathBuf, atlas: Atlas, detectors: Arc<Detectors>) {
    let mut source = Recorded::open(&[folder], Form::Ethereum).expect("the corpus can be listed");
    let mut replay = Replay::new(atlas, detectors, TriageRules::default(), Instant::now());
    while let Some(recording) = source.read_next() {
        replay.block(&recording.expect("the corpus can be read")).expect("the block is replayed");
    }
    replay.finish();
}

/// The most memory that a process which only replays held; none where the system does not tell.
fn memory_of_a_replay() -> Option<u64> {
    let this = std::env::current_exe().expect("a benchmark knows where it is");
    let run = Command::new(this).arg(MEMORY).output().expect("the benchmark starts again");
    assert!(run.status.success(), "a replay failed: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).trim().parse().ok().filter(|&kib| kib > 0)
}

impl Bench {
    /// Every block by each way in turn, so that a busy moment of the machine falls on all of them. Who begins changes
    /// from block to block and from round to round: whoever comes later finds the block in the caches.
    fn round(&self, number: usize) -> Round {
        let mut round = Round::default();
        let mut prover = Prover::default();
        let rules = TriageRules::default();
        let mut replay = Replay::new(self.atlas.clone(), Arc::clone(&self.detectors), rules, Instant::now());
        for (index, recording) in self.recordings.iter().enumerate() {
            let mut gas = [0; 2];
            for turn in 0..3 {
                match (number + index + turn) % 3 {
                    0 => gas[0] = self.plain(recording, &mut round),
                    1 => gas[1] = self.facts(recording, &mut prover, &mut round),
                    _ => replay.block(recording).expect("the block is replayed"),
                }
            }
            assert_eq!(gas[0], gas[1], "block {} differs from plain revm", recording.block.header.number);
            round.gas += gas[0];
        }
        let report = replay.finish();
        round.execute = report.execute_seconds;
        round.whole = report.execute_seconds + report.prove_seconds;
        round
    }

    fn plain(&self, recording: &Recording, round: &mut Round) -> u64 {
        let block = &recording.block;
        let mut state = self.state(recording);
        let start = Instant::now();
        let gas =
            trace::plain::execute(&self.env, block, self.fork(recording), &mut state).expect("the block executes");
        round.plain += start.elapsed();
        gas
    }

    fn facts(&self, recording: &Recording, prover: &mut Prover, round: &mut Round) -> u64 {
        let block = &recording.block;
        let at = block.at(&self.chain.id);
        let mut state = self.state(recording);
        let start = Instant::now();
        let traced = Tracer::witnessed(&self.env, &at, block, self.fork(recording), &mut state, prover);
        let (gas, proving) = (traced.gas, traced.proving);
        // Letting go of the facts is part of their price.
        drop(traced);
        round.facts += start.elapsed().saturating_sub(proving);
        round.proof += proving;
        gas
    }

    fn fork(&self, recording: &Recording) -> atlas::Fork {
        let header = &recording.block.header;
        self.chain.fork_at(header.number, header.timestamp).expect("the fork is known")
    }

    fn state(&self, recording: &Recording) -> WarmState<NoReader> {
        let witness = recording.block.witness.as_ref().expect("a recording has a witness");
        WarmState::new(NoReader, recording.block.at(&self.chain.id).parent).with_witness(witness)
    }
}

/// What something cost against plain revm: the median of the rounds with the least and the most of them, and its
/// fastest round against the fastest of plain revm, which other work on the machine disturbs least.
#[derive(Serialize)]
struct Ratio {
    median: f64,
    least: f64,
    most: f64,
    fastest: f64,
}

impl Ratio {
    fn of(rounds: &[Round], cost: impl Fn(&Round) -> Duration) -> Self {
        Self::of_each(&rounds.iter().map(|round| (round.plain, cost(round))).collect::<Vec<_>>())
    }

    /// Rounds after one that only warms up, each of the baseline and of what is measured against it.
    fn of_pairs(rounds: usize, mut round: impl FnMut(usize) -> (Duration, Duration)) -> Self {
        round(0);
        Self::of_each(&(0..rounds).map(round).collect::<Vec<_>>())
    }

    fn of_each(rounds: &[(Duration, Duration)]) -> Self {
        let ratios = sorted(rounds.iter().map(|(plain, cost)| cost.as_secs_f64() / plain.as_secs_f64()));
        let plain = sorted(rounds.iter().map(|(plain, _)| plain.as_secs_f64()));
        let cost = sorted(rounds.iter().map(|(_, cost)| cost.as_secs_f64()));
        Self {
            median: ratios[ratios.len() / 2],
            least: ratios[0],
            most: ratios[ratios.len() - 1],
            fastest: cost[0] / plain[0],
        }
    }

    fn print(&self, what: &str, bar: &str) {
        let Self { median, least, most, fastest } = self;
        println!("{what:<24} {median:>6.3}   {least:>5.3} to {most:>5.3}   {fastest:>7.3}   {bar}");
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// What is printed.
#[derive(Serialize)]
struct Outcome {
    blocks: usize,
    transactions: usize,
    rounds: usize,
    plain_seconds: f64,
    execute_seconds: f64,
    facts_ratio: Ratio,
    execute_ratio: Ratio,
    proof_ratio: Ratio,
    /// Execution and proof against plain revm and the same proof.
    whole_ratio: Ratio,
    transactions_per_second: f64,
    mgas_per_second: f64,
    peak_memory_kib: Option<u64>,
    verdict: verdict::Verdict,
}

impl Outcome {
    fn of(bench: &Bench, rounds: &[Round], peak_memory_kib: Option<u64>) -> Self {
        let executed = |recording: &Recording| {
            let covered = recording.block.witness.as_ref().map_or(usize::MAX, |witness| witness.executable as usize);
            covered.min(recording.block.txs.len())
        };
        let transactions = bench.recordings.iter().map(executed).sum();
        let median = |of: fn(&Round) -> Duration| {
            let seconds = sorted(rounds.iter().map(|round| of(round).as_secs_f64()));
            seconds[seconds.len() / 2]
        };
        let seconds = median(|round| round.execute);
        let gas = rounds.first().map_or(0, |round| round.gas);
        Self {
            blocks: bench.recordings.len(),
            transactions,
            rounds: rounds.len(),
            plain_seconds: median(|round| round.plain),
            execute_seconds: seconds,
            facts_ratio: Ratio::of(rounds, |round| round.facts),
            execute_ratio: Ratio::of(rounds, |round| round.execute),
            proof_ratio: Ratio::of(rounds, |round| round.proof),
            whole_ratio: Ratio::of_each(
                &rounds.iter().map(|round| (round.plain + round.proof, round.whole)).collect::<Vec<_>>(),
            ),
            transactions_per_second: transactions as f64 / seconds,
            mgas_per_second: gas as f64 / 1e6 / seconds,
            peak_memory_kib,
            verdict: bench.verdict(),
        }
    }

    fn print(&self) {
        let Self { blocks, transactions, rounds, .. } = self;
        println!("{blocks} blocks, {transactions} transactions, {rounds} rounds\n");
        println!("against plain revm       median    least to most   fastest   bar");
        self.facts_ratio.print("facts alone", "1.10");
        self.execute_ratio.print("execute_seconds", "1.20");
        self.proof_ratio.print("proof against headers", "none: apart, see docs/decisions/0002");
        self.whole_ratio.print("all, to revm and proof", "none: see docs/decisions/0011");
        let peak = self.peak_memory_kib.map_or(" unknown".to_owned(), |kib| format!("{:>6} MiB", kib / 1024));
        println!();
        println!("plain revm               {:>6.1} ms", self.plain_seconds * 1e3);
        println!("execute_seconds          {:>6.1} ms", self.execute_seconds * 1e3);
        println!("transactions a second    {:>6.0}", self.transactions_per_second);
        println!("Mgas a second            {:>6.0}", self.mgas_per_second);
        println!("peak memory of a replay  {peak}");
        self.verdict.print();
    }
}

/// A line of what Linux tells of this process, in KiB: the memory it holds, the most it held. Zero elsewhere.
fn status_kib(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|found| found.strip_prefix(line));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
