//! The law of memory: the same blocks give the same, with or without reorganisations in between.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use case::{Confidence, EvidenceKind, Severity};
use facts::{Address, Asset, B256, BlockFacts, Code, Flow, FlowKind, Sight, TxFacts, U256};
use proptest::prelude::*;

use crate::scene::{block_ref, chain};
use crate::*;

/// A detector that uses every kind of memory, and speaks of what it remembers.
struct Elephant(Arc<RuleCard>);

impl Detector for Elephant {
    fn card(&self) -> &RuleCard {
        &self.0
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Tx, Wake::Block]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let nonce = ctx.facts.nonce;
        let key: &[&[u8]] = &[&[(nonce % 7) as u8]];
        let mut says = Vec::new();
        match nonce % 6 {
            0 => says.push(memory.add_count(key, nonce).to_string()),
            1 => says.push(memory.add_sum(key, U256::from(nonce)).to_string()),
            2 => {
                let is_new = memory.insert(key, &nonce.to_be_bytes());
                says.push(format!("{is_new} {} {}", memory.distinct(key), memory.contains(key, &[1])));
            }
            3 => says.push(format!("{:?}", memory.push(key, Span::Blocks(4), U256::from(nonce)))),
            4 => {
                says.push(format!("{:?}", memory.last(key)));
                memory.set_last(key, &nonce.to_be_bytes());
            }
            _ => memory.forget(key),
        }
        let window = memory.window(key, Span::Blocks(4));
        says.push(format!("{window:?} {} {}", memory.count(key), memory.sum(key)));
        out.raise(Finding::about(ctx.facts.from, says.join(" ")).severity(Severity::Low).evidence(
            EvidenceKind::Call,
            None,
            "it was there",
        ));
    }

    fn block(&self, _: &BlockCtx<'_>, memory: &mut MemoryView<'_>, _: &mut Findings<'_>) {
        memory.add_count(&[b"blocks"], 1);
    }
}

/// Made once: checking the rules takes longer than most of what is tried on them.
fn detectors() -> &'static Detectors {
    static DETECTORS: LazyLock<Detectors> = LazyLock::new(make);
    &DETECTORS
}

fn make() -> Detectors {
    let cards = read_rules(built_in()).unwrap();
    let mut card = (*cards[0]).clone();
    card.id = "elephant".into();
    card.confidence = Confidence::CERTAIN;
    let blind_spot = cards.into_iter().filter(|card| card.id == "blind-spot");
    let keepers = read_rules(super::keepers::rules()).unwrap();
    Detectors::new(blind_spot.chain(keepers), Scope::everything()).unwrap().with(Box::new(Elephant(Arc::new(card))))
}

/// Value that somebody gets, of a few.
fn flow(nonce: u64) -> Flow {
    let account = |number: u64| Address::repeat_byte((number % 5) as u8);
    let (from, to) = (account(nonce), account(nonce / 5));
    Flow { asset: Asset::Native, from, to, amount: U256::from(nonce), kind: FlowKind::Call, frame: 0, at: 0 }
}

/// Now and then somebody deploys.
fn codes(nonce: u64) -> Vec<Code> {
    let address = Address::repeat_byte((nonce % 7) as u8);
    let code =
        Code { address, creator: Address::repeat_byte(9), hash: B256::from(U256::from(nonce)), size: 1, frame: 0 };
    if nonce.is_multiple_of(10) { vec![code] } else { Vec::new() }
}

/// A block on a branch, with one transaction for each number.
fn block(number: u64, branch: u8, nonces: &[u64], sight: Sight) -> BlockFacts {
    let tx = |(index, nonce): (usize, &u64)| TxFacts {
        index: index as u32,
        hash: B256::from(U256::from(number * 1000 + *nonce)),
        nonce: *nonce,
        flows: vec![flow(*nonce)],
        codes: codes(*nonce),
        ..TxFacts::default()
    };
    BlockFacts {
        block: block_ref(number, branch),
        timestamp: 12 * number,
        sight,
        txs: nonces.iter().enumerate().map(tx).collect(),
        of: nonces.len() as u32,
        observed: Vec::new(),
        blind: Vec::new(),
    }
}

/// What happens to a chain: a block, or a detour of some blocks that are undone again.
#[derive(Debug, Clone)]
enum Happening {
    Block(Vec<u64>, bool),
    Detour { back: usize, blocks: Vec<Vec<u64>> },
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let nonces = || prop::collection::vec(0u64..100, 0..6);
    let happening = prop_oneof![
        3 => (nonces(), any::<bool>()).prop_map(|(nonces, poor)| Happening::Block(nonces, poor)),
        1 => (0usize..8, prop::collection::vec(nonces(), 0..6))
            .prop_map(|(back, blocks)| Happening::Detour { back, blocks }),
    ];
    prop::collection::vec(happening, 1..25)
}

fn tight() -> MemoryLimits {
    MemoryLimits { entries_per_rule: 5, bytes: 6000, members: 3, buckets: 3, undo_min: 64, undo_max: 100 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// One chain goes straight; the other takes every detour on the way. They agree on every alert and on every
    /// byte of memory, also under limits so tight that nearly every write evicts.
    #[test]
    fn the_same_blocks_give_the_same_whatever_was_undone(happenings in happenings(), is_tight: bool) {
        let limits = if is_tight { tight() } else { MemoryLimits::default() };
        let detectors = detectors();
        let (mut straight, mut winding) = (Memory::with_limits(limits), Memory::with_limits(limits));
        let mut chain_so_far: Vec<BlockFacts> = Vec::new();
        for (at, happening) in happenings.into_iter().enumerate() {
            let number = chain_so_far.len() as u64 + 1;
            match happening {
                Happening::Block(nonces, poor) => {
                    let sight = if poor { Sight::Logs } else { Sight::Executed };
                    let block = block(number, 0, &nonces, sight);
                    let one = detectors.block(&chain(), &block, &mut straight).unwrap();
                    let two = detectors.block(&chain(), &block, &mut winding).unwrap();
                    prop_assert_eq!(one, two);
                    chain_so_far.push(block);
                }
                Happening::Detour { back, blocks } => {
                    let keep = chain_so_far.len().saturating_sub(back);
                    let ancestor = block_ref(keep as u64, 0);
                    winding.revert_to(&ancestor).unwrap();
                    for (more, nonces) in (1..).zip(&blocks) {
                        let mut lost = block(keep as u64 + more, at as u8 + 1, nonces, Sight::Executed);
                        lost.block.parent = winding.head().map_or(lost.block.parent, |head| head.hash);
                        detectors.block(&chain(), &lost, &mut winding).unwrap();
                    }
                    winding.revert_to(&ancestor).unwrap();
                    for block in &chain_so_far[keep..] {
                        detectors.block(&chain(), block, &mut winding).unwrap();
                    }
                }
            }
            prop_assert_eq!(straight.digest().unwrap(), winding.digest().unwrap());
            prop_assert_eq!(straight.evicted(), winding.evicted());
        }
    }

    /// A snapshot and the changes after it, through bytes, are the live memory: what it holds, and how it is undone.
    #[test]
    fn a_restored_memory_is_the_live_one(
        before in prop::collection::vec(prop::collection::vec(0u64..100, 0..6), 0..10),
        after in prop::collection::vec(prop::collection::vec(0u64..100, 0..6), 0..10),
        is_tight: bool,
    ) {
        let limits = if is_tight { tight() } else { MemoryLimits::default() };
        let detectors = detectors();
        let mut live = Memory::with_limits(limits);
        let mut numbers = 1..;
        for nonces in &before {
            let block = block(numbers.next().unwrap(), 0, nonces, Sight::Executed);
            detectors.block(&chain(), &block, &mut live).unwrap();
        }
        let snapshot = live.snapshot().to_bytes().unwrap();
        let mut changes = Vec::new();
        for nonces in &after {
            let block = block(numbers.next().unwrap(), 0, nonces, Sight::Executed);
            detectors.block(&chain(), &block, &mut live).unwrap();
            changes.push(live.changes().unwrap().to_bytes().unwrap());
        }
        let snapshot = Snapshot::from_bytes(&snapshot).unwrap();
        let changes = changes.iter().map(|bytes| BlockChanges::from_bytes(bytes).unwrap());
        let mut restored = Memory::restore(Some(snapshot), changes, limits).unwrap();
        while let Some(head) = live.head().cloned() {
            prop_assert_eq!(live.digest().unwrap(), restored.digest().unwrap());
            prop_assert_eq!(live.evicted(), restored.evicted());
            live.undo(&head).unwrap();
            restored.undo(&head).unwrap();
        }
        prop_assert_eq!(restored.entries(), 0);
        prop_assert_eq!(restored.digest().unwrap(), Memory::default().digest().unwrap());
    }
}

/// What is held against its winding twin says something in the first place.
#[test]
fn every_keeper_speaks() {
    let mut memory = Memory::default();
    let mut spoke = BTreeSet::new();
    for number in 1..60u64 {
        let nonces: Vec<_> = (0..5).map(|at| (number * 37 + at * 17) % 100).collect();
        let seen = detectors().block(&chain(), &block(number, 0, &nonces, Sight::Executed), &mut memory).unwrap();
        spoke.extend(
            seen.alerts.into_iter().filter(|alert| !alert.message.contains("could not")).map(|alert| alert.rule.id),
        );
    }
    let silent: Vec<_> =
        detectors().cards().iter().filter(|card| !spoke.contains(&card.id)).map(|card| &card.id).collect();
    assert_eq!(silent, ["blind-spot"]);
}
