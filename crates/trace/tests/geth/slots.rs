//! The ERC-7562 tracer: which slots each call read and wrote.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use facts::U256;
use serde_json::Value;

use crate::{
    Explained,
    case::{Case, Child, entries},
    compare,
};

const EXPLAINED: Explained = &[];

#[test]
fn slots_agree_with_go_ethereum() {
    compare(&["erc7562_tracer"], 3, EXPLAINED, |case| {
        let (mut ours, mut theirs) = (String::new(), String::new());
        write_ours(case, 0, 0, &mut ours);
        write_theirs(&case.result, 0, &mut theirs);
        (ours, theirs)
    });
}

/// Slots that are read before anything else happens to them, and how often each is written.
fn write_ours(case: &Case, index: u32, depth: usize, out: &mut String) {
    let seen = &case.seen;
    let mut reads: BTreeMap<U256, u32> = BTreeMap::new();
    let mut writes: BTreeMap<U256, (u32, usize)> = BTreeMap::new();
    let written = seen.writes.iter().map(|write| (write.frame, write.slot, write.at));
    let idle = seen.idle_writes.iter().map(|write| (write.frame, write.slot, write.at));
    for (_, slot, at) in written.chain(idle).filter(|(frame, ..)| *frame == index) {
        let (first, times) = writes.entry(slot).or_insert((at, 0));
        *first = at.min(*first);
        *times += 1;
    }
    for read in seen.reads.iter().filter(|read| read.frame == index) {
        reads.entry(read.slot).or_insert(read.at);
    }
    reads.retain(|slot, at| writes.get(slot).is_none_or(|(first, _)| *at < *first));
    let reads: BTreeSet<&U256> = reads.keys().collect();
    let writes: BTreeMap<&U256, usize> = writes.iter().map(|(slot, (_, times))| (slot, *times)).collect();
    writeln!(out, "{:depth$}reads {reads:#x?} writes {writes:#x?}", "").unwrap();
    for child in case.children(index) {
        if let Child::Frame(child) = child {
            write_ours(case, child, depth + 1, out);
        }
    }
}

fn write_theirs(call: &Value, depth: usize, out: &mut String) {
    let slots = &call["accessedSlots"];
    let reads: BTreeSet<U256> = entries(&slots["reads"]).map(|(slot, _)| slot.parse().unwrap()).collect();
    let writes: BTreeMap<U256, u64> =
        entries(&slots["writes"]).map(|(slot, times)| (slot.parse().unwrap(), times.as_u64().unwrap())).collect();
    writeln!(out, "{:depth$}reads {reads:#x?} writes {writes:#x?}", "").unwrap();
    for inner in call["calls"].as_array().into_iter().flatten() {
        write_theirs(inner, depth + 1, out);
    }
}
