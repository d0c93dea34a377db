use facts::{B256, BlockRef, ChainId, U256};

use super::*;

fn at(number: u8) -> BlockRef {
    let hash = B256::repeat_byte(number);
    BlockRef { chain: ChainId::eip155(1), number: number.into(), hash, parent: B256::repeat_byte(number - 1) }
}

/// Plays one block in which `see` happens.
fn play(memory: &mut Memory, number: u8, see: impl FnOnce(&mut MemoryView<'_>)) -> BlockChanges {
    let mut open = memory.begin_block(&at(number), 12 * u64::from(number)).unwrap();
    see(&mut open.view("rule"));
    open.end_block();
    memory.changes().unwrap()
}

#[test]
fn each_kind_of_value_has_its_own_place_under_one_key() {
    let mut memory = Memory::default();
    play(&mut memory, 1, |view| {
        let key: &[&[u8]] = &[b"key"];
        assert_eq!(view.add_count(key, 2), 2);
        assert_eq!(view.add_sum(key, U256::MAX), U256::MAX);
        assert_eq!(view.add_sum(key, U256::from(1)), U256::MAX, "sums saturate");
        assert!(view.insert(key, b"a"));
        assert!(!view.insert(key, b"a"));
        view.set_last(key, b"value");
        assert_eq!((view.count(key), view.distinct(key), view.last(key)), (2, 1, Some(&b"value"[..])));
        assert_eq!(view.count(&[b"ke", b"y"]), 0, "parts are kept apart");
        view.forget(key);
        assert_eq!((view.count(key), view.distinct(key), view.last(key)), (0, 0, None));
    });
    assert_eq!(memory.entries(), 0);
}

#[test]
fn a_window_slides_over_blocks_and_over_time() {
    let mut memory = Memory::default();
    for number in 1..=6 {
        play(&mut memory, number, |view| {
            let by_blocks = view.push(&[b"blocks"], Span::Blocks(3), U256::from(number));
            let by_time = view.push(&[b"time"], Span::Seconds(24), U256::from(number));
            assert_eq!(by_blocks.count, u64::from(number.min(3)));
            assert_eq!(by_time.count, u64::from(number.min(2)));
            view.push(&[b"blocks"], Span::Blocks(3), U256::ZERO);
            assert_eq!(view.window(&[b"blocks"], Span::Blocks(1)).count, 2);
            view.forget(&[b"none"]);
        });
        // The second entry of each block would blur the counts above.
        memory.undo(&at(number)).unwrap();
        play(&mut memory, number, |view| {
            view.push(&[b"blocks"], Span::Blocks(3), U256::from(number));
            view.push(&[b"time"], Span::Seconds(24), U256::from(number));
        });
    }
}

#[test]
fn what_is_oldest_goes_first_and_is_counted() {
    let limits = MemoryLimits { entries_per_rule: 2, ..MemoryLimits::default() };
    let mut memory = Memory::with_limits(limits);
    play(&mut memory, 1, |view| {
        view.add_count(&[b"b"], 1);
        view.add_count(&[b"a"], 1);
    });
    play(&mut memory, 2, |view| {
        view.add_count(&[b"a"], 1);
        view.add_count(&[b"c"], 1);
        assert_eq!([b"a", b"b", b"c"].map(|key| view.count(&[key])), [2, 0, 1]);
    });
    assert_eq!(memory.evicted(), 1);
    memory.undo(&at(2)).unwrap();
    assert_eq!((memory.evicted(), memory.entries()), (0, 2), "an eviction is undone too");
}

#[test]
fn bytes_are_bounded_over_all_rules_and_the_fullest_gives_way() {
    let limits = MemoryLimits { bytes: 2_000, ..MemoryLimits::default() };
    let mut memory = Memory::with_limits(limits);
    let mut open = memory.begin_block(&at(1), 12).unwrap();
    open.view("small").set_last(&[b"mine"], b"value");
    for number in 0..100u8 {
        open.view("greedy").set_last(&[&[number]], &[number; 100]);
    }
    assert_eq!(open.view("small").last(&[b"mine"]), Some(&b"value"[..]));
    assert_eq!(open.view("greedy").last(&[&[99]]), Some(&[99; 100][..]));
    open.end_block();
    assert!(memory.evicted() > 80, "{}", memory.evicted());
}

#[test]
fn keys_and_values_are_bounded_by_their_digests() {
    let mut memory = Memory::default();
    play(&mut memory, 1, |view| {
        let long = vec![7u8; 10_000];
        view.add_count(&[&long], 1);
        assert_eq!((view.count(&[&long]), view.count(&[&long[1..]])), (1, 0));
        view.set_last(&[b"x"], &long);
        assert_eq!(view.last(&[b"x"]).map(<[u8]>::len), Some(32));
        view.insert(&[b"x"], &long);
        assert!(view.contains(&[b"x"], &long));
    });
}

#[test]
fn undo_goes_down_to_finality_and_at_least_64_blocks() {
    let mut memory = Memory::default();
    for number in 1..=100 {
        play(&mut memory, number, |view| view.set_last(&[b"x"], &[number]));
    }
    memory.finalize(100);
    assert_eq!(memory.undo_depth(), 64);
    memory.revert_to(&at(36)).unwrap();
    assert_eq!(memory.head(), Some(&at(36)));
    let error = memory.undo(&at(36)).unwrap_err();
    assert!(matches!(error, DetectError::TooDeep { block: 36 }), "{error}");
    let error = memory.undo(&at(35)).unwrap_err();
    assert!(matches!(error, DetectError::NotHead { .. }), "{error}");
    assert_eq!(memory.head(), Some(&at(36)), "a refused undo changes nothing");
}

#[test]
fn an_ancestor_on_another_branch_is_refused() {
    let mut memory = Memory::default();
    for number in 1..=3 {
        play(&mut memory, number, |_| {});
    }
    let stranger = BlockRef { hash: B256::repeat_byte(0xee), ..at(2) };
    assert!(matches!(memory.revert_to(&stranger).unwrap_err(), DetectError::NotHead { .. }));
}

#[test]
fn a_block_that_does_not_stand_on_the_head_is_refused() {
    let mut memory = Memory::default();
    play(&mut memory, 3, |_| {});
    assert!(matches!(memory.begin_block(&at(3), 0).unwrap_err(), DetectError::NotAhead { block: 3, head: 3 }));
    let stranger = BlockRef { parent: B256::repeat_byte(0xee), ..at(4) };
    assert!(matches!(memory.begin_block(&stranger, 0).unwrap_err(), DetectError::NotChild { block: 4, .. }));
    assert!(memory.begin_block(&at(7), 0).is_ok(), "a recording may leave blocks out");
}

#[test]
fn a_block_that_is_not_closed_leaves_no_trace() {
    let mut memory = Memory::default();
    play(&mut memory, 1, |view| view.set_last(&[b"x"], b"one"));
    let before = memory.digest().unwrap();
    let mut open = memory.begin_block(&at(2), 24).unwrap();
    open.view("rule").set_last(&[b"x"], b"two");
    open.view("other").add_count(&[b"y"], 1);
    drop(open);
    assert_eq!(memory.digest().unwrap(), before);
    assert_eq!(memory.head(), Some(&at(1)));
}

#[test]
fn a_quiet_block_changes_nothing_but_the_head_and_broken_bytes_are_named() {
    let mut memory = Memory::default();
    let changes = play(&mut memory, 1, |_| {});
    assert!(changes.is_empty());
    let mut bytes = changes.to_bytes().unwrap();
    assert!(bytes.len() < 100, "{} bytes", bytes.len());
    bytes[0] = 9;
    for (bytes, why) in [(&bytes[..], "version `9` is not `2`"), (&[], "there are no bytes"), (&[1, 200], "")] {
        let error = BlockChanges::from_bytes(bytes).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn other_rules_take_over_what_unchanged_ones_remember_and_nothing_else() {
    let see = |memory: &mut Memory, number: u8, drawers: &[&str]| {
        let mut open = memory.begin_block(&at(number), 12 * u64::from(number)).unwrap();
        for drawer in drawers {
            open.view(drawer).add_count(&[b"x"], u64::from(number));
        }
        open.end_block();
    };
    let (mut all, mut one) = (Memory::default(), Memory::default());
    for number in 1..=3 {
        see(&mut all, number, &["same@1", "changed@1", "gone@1"]);
        see(&mut one, number, &["same@1"]);
    }
    all.retain(|drawer| ["same@1", "changed@2"].contains(&drawer));
    for memory in [&mut all, &mut one] {
        see(memory, 4, &["same@1", "changed@2"]);
    }
    while let Some(head) = one.head().cloned() {
        assert_eq!(all.digest().unwrap(), one.digest().unwrap());
        assert_eq!(all.entries(), one.entries());
        all.undo(&head).unwrap();
        one.undo(&head).unwrap();
    }
    assert_eq!(all.entries(), 0);
}

mod slots;
