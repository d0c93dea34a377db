//! Series and notes in slots: what they hold, what they own up to, and that undoing leaves no trace.

use proptest::prelude::*;

use super::*;

fn slot(span: Span, entries_max: usize, keys_max: usize) -> Slot {
    Slot { id: *b"the slot", span, entries_max, keys_max, is_ring: false }
}

/// What a series holds, in words.
fn tell(view: &MemoryView<'_>, slot: &Slot, key: &[u8]) -> String {
    let (block, time) = view.now();
    match view.series(slot, key) {
        Found::Whole(series) => {
            let entries = series.within(slot, block, time).map(|entry| format!("{}x{}", entry.count, entry.value));
            entries.collect::<Vec<_>>().join(" ")
        }
        Found::Nothing => "nothing".into(),
        Found::Lost => "lost".into(),
    }
}

#[test]
fn a_series_holds_its_span_and_owns_up_to_what_it_lost() {
    let mut memory = Memory::default();
    let slot = slot(Span::Blocks(3), 2, 2);
    let mut told = Vec::new();
    for (number, keys) in [(1, "a"), (2, "aab"), (3, "a"), (4, "c"), (5, ""), (6, "cc"), (9, "d")] {
        play(&mut memory, number, |view| {
            for key in keys.bytes() {
                view.append(&slot, &[key], U256::from(number), Joining::Merged);
            }
            let tells: Vec<_> = "abcd".bytes().map(|key| tell(view, &slot, &[key])).collect();
            told.push(tells.join(", "));
        });
    }
    assert_eq!(
        told,
        [
            "1x1, nothing, nothing, nothing",
            "1x1 2x4, 1x2, nothing, nothing",
            // The entry of block 1 had to go and would still count in block 3.
            "lost, 1x2, nothing, nothing",
            // There is no room for a third key, and whoever asks for one that is not there is told.
            "2x4 1x3, 1x2, lost, lost",
            "1x3, , lost, lost",
            // Now there is room, but what is missing of it would still count.
            "lost, lost, lost, lost",
            "nothing, nothing, , 1x9",
        ]
    );
    assert_eq!(memory.evicted(), 1);
}

#[test]
fn a_distinct_value_counts_once_a_block_and_each_value_stands_apart() {
    let mut memory = Memory::default();
    let slot = slot(Span::Seconds(100), 9, 9);
    play(&mut memory, 1, |view| {
        for value in [1, 2, 1] {
            view.append(&slot, b"distinct", U256::from(value), Joining::Distinct);
            view.append(&slot, b"apart", U256::from(value), Joining::Apart);
        }
        assert_eq!(tell(view, &slot, b"distinct"), "2x1 1x2");
        assert_eq!(tell(view, &slot, b"apart"), "1x1 1x2 1x1");
        view.set_note(&slot, b"note", Some((*b"it was here").into()));
        assert_eq!(view.note(&slot, b"note"), Found::Whole(&b"it was here"[..]));
        assert_eq!(view.note(&slot, &[7; 500]), Found::Nothing);
    });
    play(&mut memory, 2, |view| view.set_note(&slot, b"note", None));
    assert_eq!(memory.begin_block(&at(3), 36).unwrap().view("rule").note(&slot, b"note"), Found::Nothing);
    memory.undo(&at(2)).unwrap();
    let mut open = memory.begin_block(&at(2), 24).unwrap();
    assert_eq!(open.view("rule").note(&slot, b"note"), Found::Whole(&b"it was here"[..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Undone and repeated, through bytes and not, under limits that nearly every write meets.
    #[test]
    fn undoing_and_repeating_a_block_is_exact(
        blocks in prop::collection::vec(prop::collection::vec((0u8..6, 0u8..3, 0u64..4, 0u8..8), 0..12), 1..12),
        entries_max in 1usize..4,
        keys_max in 1usize..4,
        entries_per_rule in 2usize..6,
        in_time: bool,
    ) {
        let limits = MemoryLimits { entries_per_rule, ..MemoryLimits::default() };
        let span = if in_time { Span::Seconds(30) } else { Span::Blocks(3) };
        let slot = slot(span, entries_max, keys_max);
        let (mut memory, mut again) = (Memory::with_limits(limits), Memory::with_limits(limits));
        let mut digests = vec![memory.digest().unwrap()];
        for (number, writes) in (1u8..).zip(&blocks) {
            let changes = play(&mut memory, number, |view| {
                for (key, how, value, note) in writes {
                    let joining = [Joining::Merged, Joining::Apart, Joining::Distinct][usize::from(*how)];
                    view.append(&slot, &[*key, *how], U256::from(*value), joining);
                    match note {
                        0 => view.set_note(&slot, &[*key], None),
                        1 | 2 => view.set_note(&slot, &[*key], Some(vec![*note; 3].into())),
                        _ => {}
                    }
                }
            });
            let changes = BlockChanges::from_bytes(&changes.to_bytes().unwrap()).unwrap();
            again.apply(changes).unwrap();
            prop_assert_eq!(memory.digest().unwrap(), again.digest().unwrap());
            digests.push(memory.digest().unwrap());
        }
        let snapshot = Snapshot::from_bytes(&again.snapshot().to_bytes().unwrap()).unwrap();
        let mut restored = Memory::restore(Some(snapshot), [], limits).unwrap();
        for number in (1..=u8::try_from(blocks.len()).unwrap()).rev() {
            for memory in [&mut memory, &mut again, &mut restored] {
                prop_assert_eq!(memory.digest().unwrap(), digests[usize::from(number)]);
                memory.undo(&at(number)).unwrap();
            }
        }
        prop_assert_eq!(restored.digest().unwrap(), digests[0]);
    }
}
