//! What many rules cost: a hundred thousand against a hundred on the same transactions, what an event costs that none of
//! them wants, how long after a transaction its findings are there, what each default rule costs, and how much memory
//! it takes.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use detect::{ChainView, Detectors, DetectorsBuilder, Memory, Meter, RuleText, Scope, built_in};
use engine::Replay;
use facts::{Address, BlockFacts, TxFacts};
use respond::TriageRules;
use serde::{Deserialize, Serialize};
use trace::{Prover, Tracer};

use crate::{
    Bench, Ratio,
    rules::{self, Form},
    status_kib,
};

/// Asks a process of its own for the memory that rules and labels take.
pub const RULES_MEMORY: &str = "--memory-of-rules";
/// The same for rules that are rows of cards.
pub const ROWS: &str = "--rows";
/// The rule that judges fresh code.
const VERDICT: &str = "staged-contract";
/// The rule without which there is no set of rules.
const BLIND_SPOT: &str = "sight/blind-spot";
/// Rounds of each comparison after one that warms up.
const ROUNDS: usize = 7;
/// Labels beside the rules.
const LABELS: usize = 1_000_000;

/// What is printed.
#[derive(Serialize)]
pub struct Outcome {
    rules: usize,
    conditions: usize,
    contracts: usize,
    load_seconds: f64,
    /// Execution, facts and rules: a hundred thousand against a hundred.
    pipeline_ratio: Ratio,
    /// The rules alone.
    rules_ratio: Ratio,
    /// The rules alone, on invented blocks whose events are half of them about watched contracts.
    synthetic_ratio: Ratio,
    /// What an event costs that none of the rules wants. Most default rules want every movement of value, so they are not
    /// among these rules.
    unwanted_event_ns: f64,
    /// The same with the default rules, which judge it.
    judged_event_ns: f64,
    finding_after_us: After,
    finding_after_us_with_all: After,
    rule_ns_per_tx: Vec<(String, f64, f64)>,
    /// What an event costs of which half are wanted, and how long it takes with rules that want none.
    invented_event_ns: f64,
    load_of_rows_seconds: f64,
    memory_of_cards: Option<Held>,
    memory_of_rows: Option<Held>,
}

/// From the end of a transaction until all that was found in it is there, but for the verdict on fresh code, in
/// microseconds.
#[derive(Serialize)]
struct After {
    median: f64,
    p99: f64,
    p999: f64,
    most: f64,
}

/// Memory of a process with rules and labels, in MiB.
#[derive(Serialize, Deserialize)]
pub struct Held {
    labels_mib: f64,
    rules_mib: f64,
    all_mib: f64,
    peak_mib: f64,
}

/// Default rules and the first so many others.
fn detectors(form: Form, contracts: &[Address], count: usize) -> Arc<Detectors> {
    built(built_in().into_iter().chain(rules::rules(form, contracts, count)))
}

fn built(mut texts: impl Iterator<Item = RuleText>) -> Arc<Detectors> {
    let mut builder = DetectorsBuilder::new(Scope::everything());
    texts.try_for_each(|text| builder.read(&text)).expect("the rules are right");
    Arc::new(builder.build().expect("the rules are right"))
}

/// The memory of a million labels and a hundred thousand rules, in a process that holds nothing else. Labels come first, as
/// in the service: what reading them leaves free the rules take.
pub fn print_memory(form: Form, contracts: &[Address]) {
    let start = status_kib("VmRSS:");
    let labels = rules::labels(LABELS);
    let with_labels = status_kib("VmRSS:");
    let rules = detectors(form, contracts, rules::rules_total());
    let (all, peak) = (status_kib("VmRSS:"), status_kib("VmHWM:"));
    let mib = |kib: u64| kib as f64 / 1024.0;
    let held = Held {
        labels_mib: mib(with_labels.saturating_sub(start)),
        rules_mib: mib(all.saturating_sub(with_labels)),
        all_mib: mib(all),
        peak_mib: mib(peak),
    };
    println!("{}", serde_json::to_string(&held).expect("numbers can be written"));
    drop((rules, labels));
}

fn memory_of_rules(form: Form) -> Option<Held> {
    let this = std::env::current_exe().expect("a benchmark knows where it is");
    let rows = (form == Form::Rows).then_some(ROWS);
    let run = Command::new(this).arg(RULES_MEMORY).args(rows).output().expect("the benchmark starts again");
    assert!(run.status.success(), "rules cannot be loaded: {}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).ok().filter(|held: &Held| held.all_mib > 0.0)
}

impl Bench {
    /// The facts of every recorded block.
    fn seen(&self) -> Vec<BlockFacts> {
        let mut prover = Prover::default();
        let trace = |recording: &watch::Recording| {
            let block = &recording.block;
            let (at, mut state) = (block.at(&self.chain.id), self.state(recording));
            Tracer::witnessed(&self.env, &at, block, self.fork(recording), &mut state, &mut prover).facts
        };
        self.recordings.iter().map(trace).collect()
    }

    fn view(&self) -> ChainView {
        let chain = &self.chain;
        ChainView { id: chain.id.clone(), slip44: chain.slip44, wrapped: chain.wrapped_native.clone() }
    }

    /// Every recorded block with few and with many rules in turn.
    fn pipelines(&self, few: &Arc<Detectors>, many: &Arc<Detectors>, number: usize) -> (Duration, Duration) {
        let replay = |detectors: &Arc<Detectors>| {
            Replay::new(self.atlas.clone(), Arc::clone(detectors), TriageRules::default(), Instant::now())
        };
        let mut replays = [replay(few), replay(many)];
        for (index, recording) in self.recordings.iter().enumerate() {
            for turn in 0..2 {
                replays[(number + index + turn) % 2].block(recording).expect("the block is replayed");
            }
        }
        let [few, many] = replays.map(|replay| replay.finish().execute_seconds);
        (few, many)
    }

    /// Measures everything.
    pub fn scale(&self) -> Outcome {
        let blocks = self.seen();
        let contracts = rules::contracts(&blocks);
        let few = detectors(Form::Cards, &contracts, 100);
        let start = Instant::now();
        let many = detectors(Form::Cards, &contracts, rules::rules_total());
        let load_seconds = start.elapsed().as_secs_f64();
        let start = Instant::now();
        drop(detectors(Form::Rows, &contracts, rules::rules_total()));
        let load_of_rows_seconds = start.elapsed().as_secs_f64();
        let none = detectors(Form::Cards, &contracts, 0);
        let view = self.view();

        let pipeline_ratio = Ratio::of_pairs(ROUNDS, |number| self.pipelines(&few, &many, number));
        let rules_ratio = Ratio::of_pairs(ROUNDS, |number| in_turn(&view, &blocks, &few, &many, number));
        let invented = rules::synthetic(&blocks, &contracts);
        let synthetic_ratio = Ratio::of_pairs(ROUNDS, |number| in_turn(&view, &invented, &few, &many, number));
        let invented_event_ns = event_ns(&view, &invented, &many);
        let unwanted = rules::synthetic(&blocks, &[]);
        let needed = built_in().into_iter().filter(|rule| rule.folder.ends_with(BLIND_SPOT));
        let alone = built(needed.chain(rules::rules(Form::Cards, &contracts, rules::rules_total())));
        Outcome {
            rules: rules::rules_total(),
            conditions: rules::CONDITIONS,
            contracts: rules::CONTRACTS,
            load_seconds,
            pipeline_ratio,
            rules_ratio,
            synthetic_ratio,
            unwanted_event_ns: event_ns(&view, &unwanted, &alone),
            judged_event_ns: event_ns(&view, &unwanted, &many),
            invented_event_ns,
            load_of_rows_seconds,
            finding_after_us: After::of(&view, &blocks, &none),
            finding_after_us_with_all: After::of(&view, &blocks, &many),
            rule_ns_per_tx: costs(&view, &blocks, &none),
            memory_of_cards: memory_of_rules(Form::Cards),
            memory_of_rows: memory_of_rules(Form::Rows),
        }
    }
}

/// Every block with few and with many rules in turn, their transactions only.
fn in_turn(
    view: &ChainView,
    blocks: &[BlockFacts],
    few: &Detectors,
    many: &Detectors,
    number: usize,
) -> (Duration, Duration) {
    let mut spent = [Duration::ZERO; 2];
    for (index, block) in blocks.iter().enumerate() {
        for turn in 0..2 {
            let which = (number + index + turn) % 2;
            let mut memory = Memory::default();
            let start = Instant::now();
            let seen = [few, many][which].block(view, block, &mut memory).expect("the memory is empty");
            spent[which] += start.elapsed();
            drop(seen);
        }
    }
    (spent[0], spent[1])
}

/// What an event costs with these rules.
fn event_ns(view: &ChainView, blocks: &[BlockFacts], rules: &Detectors) -> f64 {
    let events = blocks.iter().flat_map(|block| &block.txs).map(events).sum::<usize>();
    let rounds = (0..ROUNDS).map(|number| in_turn(view, blocks, rules, rules, number));
    let least = rounds.map(|(one, other)| one.min(other)).min().unwrap_or_default();
    least.as_nanos() as f64 / events as f64
}

/// Calls, logs and movements of value: what a dispatch looks up.
fn events(tx: &TxFacts) -> usize {
    tx.frames.len() + tx.logs.len() + tx.flows.len()
}

impl After {
    /// Each transaction's least time over some rounds: what is over it is the machine doing something else. The verdict on
    /// fresh code comes after all other findings, and has a bar of its own.
    fn of(view: &ChainView, blocks: &[BlockFacts], detectors: &Detectors) -> Self {
        let count = blocks.iter().map(|block| block.txs.len()).sum();
        let mut times = vec![u64::MAX; count];
        let verdict = detectors.rules().iter().position(|rule| rule.id == VERDICT);
        let (since, last) = (Instant::now(), AtomicU64::new(0));
        let mut stopwatch = Stopwatch { verdict, since, last: &last };
        for _ in 0..ROUNDS {
            let mut least = times.iter_mut();
            for block in blocks {
                let mut memory = Memory::default();
                let look =
                    detectors.look(view, &block.block, block.timestamp, &mut memory).expect("the memory is empty");
                let mut look = look.metered(&mut stopwatch);
                for (tx, least) in block.txs.iter().zip(&mut least) {
                    let start = nanos(since);
                    last.store(start, Ordering::Relaxed);
                    look.tx(tx);
                    *least = (last.load(Ordering::Relaxed) - start).min(*least);
                }
            }
        }
        times.sort_unstable();
        let at = |part: usize| {
            let at = (times.len() * part / 1_000).min(times.len().saturating_sub(1));
            times.get(at).map_or(0.0, |nanos| *nanos as f64 / 1e3)
        };
        Self { median: at(500), p99: at(990), p999: at(999), most: at(1_000) }
    }
}

/// When the last of the rules ended that were awake, but for the verdict on fresh code.
struct Stopwatch<'a> {
    verdict: Option<usize>,
    since: Instant,
    last: &'a AtomicU64,
}

impl Meter for Stopwatch<'_> {
    fn begin(&mut self) {}

    fn end(&mut self, rule: usize) {
        if self.verdict != Some(rule) {
            self.last.store(nanos(self.since), Ordering::Relaxed);
        }
    }
}

fn nanos(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// A clock at each rule's side.
struct Clock {
    began: Instant,
    spent: Vec<(Duration, u64)>,
}

impl Meter for Clock {
    fn begin(&mut self) {
        self.began = Instant::now();
    }

    fn end(&mut self, rule: usize) {
        let (spent, times) = &mut self.spent[rule];
        *spent += self.began.elapsed();
        *times += 1;
    }
}

/// What each rule costs: nanoseconds for a transaction of the recorded blocks, and for one that wakes it, dearest first.
/// Of some rounds that counts in which it cost least.
fn costs(view: &ChainView, blocks: &[BlockFacts], detectors: &Detectors) -> Vec<(String, f64, f64)> {
    let rules = detectors.rules();
    let txs = blocks.iter().map(|block| block.txs.len() as u64).sum::<u64>();
    let mut least = vec![(Duration::MAX, 0); rules.len()];
    for _ in 0..ROUNDS {
        let mut clock = Clock { began: Instant::now(), spent: vec![(Duration::ZERO, 0); rules.len()] };
        for block in blocks {
            let mut memory = Memory::default();
            let look = detectors.look(view, &block.block, block.timestamp, &mut memory).expect("the memory is empty");
            let mut look = look.metered(&mut clock);
            block.txs.iter().for_each(|tx| look.tx(tx));
            look.finish(block);
        }
        least.iter_mut().zip(clock.spent).for_each(|(least, spent)| *least = spent.min(*least));
    }
    let nanos = |spent: Duration, over: u64| spent.as_nanos() as f64 / over.max(1) as f64;
    let row =
        |(rule, (spent, times)): (case::RuleRef, (Duration, u64))| (rule.id, nanos(spent, txs), nanos(spent, times));
    let mut costs: Vec<_> = rules.into_iter().zip(least).map(row).collect();
    costs.sort_by(|one, two| two.1.total_cmp(&one.1));
    costs
}

impl Outcome {
    /// For a person.
    pub fn print(&self) {
        let Self { rules, conditions, contracts, .. } = self;
        println!("{rules} rules, {conditions} conditions, {contracts} contracts, against 100 rules\n");
        println!("                         median    least to most   fastest   bar");
        self.pipeline_ratio.print("execution, facts, rules", "1.50");
        self.rules_ratio.print("rules alone", "1.50");
        self.synthetic_ratio.print("rules, invented blocks", "none: half of all events are wanted");
        println!();
        println!("an event no rule wants   {:>6.1} ns                            bar 200", self.unwanted_event_ns);
        println!("the same, with defaults  {:>6.1} ns", self.judged_event_ns);
        println!("an event, half wanted    {:>6.1} ns", self.invented_event_ns);
        println!(
            "rules are read in        {:>6.1} s as cards, {:.1} s as rows",
            self.load_seconds, self.load_of_rows_seconds
        );
        println!("\nfindings after a transaction ended, in microseconds (bar 100)");
        println!("                         median      99 %     99.9 %      most");
        for (what, after) in [("default rules", &self.finding_after_us), ("all rules", &self.finding_after_us_with_all)]
        {
            let After { median, p99, p999, most } = after;
            println!("{what:<22} {median:>8.2} {p99:>9.2} {p999:>10.2} {most:>9.2}");
        }
        println!("\ndefault rule                     ns a transaction   ns when woken");
        for (rule, all, woken) in &self.rule_ns_per_tx {
            println!("{rule:<32} {all:>16.1} {woken:>15.1}");
        }
        for (what, held) in [("as cards", &self.memory_of_cards), ("as rows", &self.memory_of_rows)] {
            let Some(Held { labels_mib, rules_mib, all_mib, peak_mib }) = held else { continue };
            println!("\n{LABELS} labels            {labels_mib:>6.0} MiB");
            println!("{rules} rules {what:<11} {rules_mib:>6.0} MiB");
            println!("the process              {all_mib:>6.0} MiB, at most {peak_mib:.0} MiB      bar 300");
        }
    }
}
