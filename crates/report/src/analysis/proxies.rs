//! Proxies, as they were seen at work: whoever hands a call on unchanged to foreign code is one, whatever it is made of,
//! and what it read on the way says by which standard.

use std::collections::BTreeMap;

use alloy_primitives::{U256, uint};
use facts::{Address, FrameKind, Read, TxFacts};

/// Slots that proxies look their code up in.
const SLOTS: [(U256, &str); 4] = [
    (uint!(0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc_U256), "EIP-1967"),
    (uint!(0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50_U256), "EIP-1967 beacon"),
    (uint!(0xc5f16f0fcc639fa48a6947836d9850f504798523bf8c9a3a87d5876cf622bcf7_U256), "EIP-1822"),
    (uint!(0x7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3_U256), "OpenZeppelin before EIP-1967"),
];

/// What each proxy hands its calls on to, and how it knows. One with several codes is told as such.
pub(super) fn seen(facts: &TxFacts) -> BTreeMap<Address, (Address, &'static str)> {
    let mut found: BTreeMap<Address, (Address, &'static str)> = BTreeMap::new();
    let mut reads: BTreeMap<u32, Vec<&Read>> = BTreeMap::new();
    facts.reads.iter().for_each(|read| reads.entry(read.frame).or_default().push(read));
    for frame in facts.frames.iter().filter(|frame| frame.kind == FrameKind::DelegateCall) {
        let Some(at) = frame.parent else { continue };
        let Some(parent) = facts.frames.get(at as usize) else { continue };
        if parent.target != frame.target || parent.code != parent.target || parent.input != frame.input {
            continue;
        }
        let mut before = reads.get(&at).into_iter().flatten().filter(|read| read.at < frame.open).peekable();
        // A minimal proxy looks nothing up.
        let looks_up = before.peek().is_some();
        let standard = before.find_map(|read| SLOTS.iter().find(|(slot, _)| *slot == read.slot));
        let standard = match standard {
            Some((_, standard)) => standard,
            // What a call read that failed is not kept.
            None if !parent.effective => "by a standard that was not seen",
            None if looks_up => "place of its own",
            None => "EIP-1167 or fixed code",
        };
        found
            .entry(frame.target)
            .and_modify(|(code, said)| {
                if *code != frame.code {
                    *said = "several codes, as a diamond has";
                }
            })
            .or_insert((frame.code, standard));
    }
    found
}
