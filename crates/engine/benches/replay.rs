//! What seeing costs: plain revm, facts, and facts with detectors, on the same blocks in the same process.
//!
//! Printed are ratios against plain revm, medians over rounds that take turns. State is built outside the clock on
//! every side.

#![expect(clippy::print_stdout, clippy::float_arithmetic, reason = "a benchmark prints ratios for a person")]

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use atlas::{Atlas, Chain};
use detect::{Detectors, Memory, Scope, built_in, read_rules};
use engine::Lens;
use facts::Block;
use rpc::Form;
use trace::{NoReader, Prover, Tracer, WarmState};
use watch::Recorded;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds after one that only warms up.
const ROUNDS: usize = 9;

/// One round's times, summed over blocks.
#[derive(Default)]
struct Round {
    plain: Duration,
    facts: Duration,
    proof: Duration,
    detect: Duration,
}

fn main() {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from);
    let folder = corpus.join("mainnet");
    if !folder.is_dir() {
        println!("skipped: no corpus at `{}`; set BREAKGLASS_CORPUS", folder.display());
        return;
    }
    let blocks = read(folder);
    let atlas = Atlas::embedded();
    let chain = atlas.chain(&facts::ChainId::eip155(1)).expect("the embedded atlas knows mainnet");
    let cards = read_rules(built_in()).expect("the built-in rules are right");
    let detectors = Arc::new(Detectors::new(cards, Scope::everything()).expect("the built-in rules are right"));
    let mut lens = Lens::new(chain.clone(), detectors).expect("mainnet is an EVM chain");

    run(&blocks, chain, &mut lens);
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| run(&blocks, chain, &mut lens)).collect();
    print(&blocks, &rounds);
}

fn read(folder: PathBuf) -> Vec<Arc<Block>> {
    let mut source = Recorded::open(&[folder], Form::Ethereum).expect("the corpus can be listed");
    let mut blocks = Vec::new();
    while let Some(recording) = source.read_next() {
        blocks.push(recording.expect("the corpus can be read").block);
    }
    blocks
}

fn run(blocks: &[Arc<Block>], chain: &Chain, lens: &mut Lens) -> Round {
    let mut round = Round::default();
    let env = lens.environment().clone();
    let mut prover = Prover::default();
    lens.memory = Memory::default();
    for block in blocks {
        let at = block.at(&chain.id);
        let fork = lens.fork(block.header.number, block.header.timestamp).expect("the fork is known");
        let witness = block.witness.as_ref().expect("a recording has a witness");
        let state = || WarmState::new(NoReader, at.parent).with_witness(witness);

        let mut plain = state();
        let start = Instant::now();
        let gas = trace::plain::execute(&env, block, fork, &mut plain).expect("the block executes");
        round.plain += start.elapsed();

        let mut watched = state();
        let start = Instant::now();
        let traced = Tracer::witnessed(&env, &at, block, fork, &mut watched, &mut prover);
        round.facts += start.elapsed().saturating_sub(traced.proving);
        round.proof += traced.proving;
        assert_eq!(gas, traced.gas, "block {} differs from plain revm", at.number);

        let looked = lens.nose((traced, Duration::ZERO)).expect("the detectors look");
        round.detect += looked.execute;
        // Letting go of the facts is part of their price.
        let start = Instant::now();
        drop(looked);
        round.facts += start.elapsed();
    }
    round
}

fn print(blocks: &[Arc<Block>], rounds: &[Round]) {
    let median = |of: &dyn Fn(&Round) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        (values[0], values[values.len() / 2], values[values.len() - 1])
    };
    let plain = |round: &Round| round.plain.as_secs_f64();
    let say = |what: &str, of: &dyn Fn(&Round) -> f64| {
        let (least, middle, most) = median(of);
        println!("{what:<34} {middle:>7.3}   ({least:.3} to {most:.3})");
    };
    let executed = |block: &Arc<Block>| {
        let covered = block.witness.as_ref().map_or(usize::MAX, |witness| witness.executable as usize);
        covered.min(block.txs.len())
    };
    let txs: usize = blocks.iter().map(executed).sum();
    let gas: f64 = blocks.iter().map(|block| block.header.gas_used as f64).sum();
    let full = |round: &Round| (round.facts + round.detect).as_secs_f64();
    let (_, plain_seconds, _) = median(&plain);
    let (_, full_seconds, _) = median(&full);
    println!("{} blocks, {txs} transactions, {ROUNDS} rounds, medians (least to most)", blocks.len());
    println!("plain revm                         {:>7.1} ms", plain_seconds * 1e3);
    say("facts / plain", &|round| round.facts.as_secs_f64() / plain(round));
    say("facts and detectors / plain", &|round| full(round) / plain(round));
    say("proof against headers / plain", &|round| round.proof.as_secs_f64() / plain(round));
    println!("transactions a second              {:>7.0}", txs as f64 / full_seconds);
    println!("Mgas a second                      {:>7.0}", gas / 1e6 / full_seconds);
    println!("peak memory                        {:>7} MiB", peak_kib() / 1024);
}

/// The most memory this process held, as Linux tells it; zero elsewhere.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
