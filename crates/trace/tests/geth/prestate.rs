//! The prestate tracer: what a transaction found of the accounts and slots that it touched.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use facts::{Address, U256};

use crate::{
    Explained,
    case::{Case, entries, word},
    compare,
    fees::before,
};

const EXPLAINED: Explained = &[
    ("prestate_tracer/7702_delegate", "our frames name the account that borrows code, not the one it is borrowed from"),
    ("prestate_tracer/setcode_tx", "our frames name the account that borrows code, not the one it is borrowed from"),
];

#[test]
fn the_state_before_agrees_with_go_ethereum() {
    compare(&["prestate_tracer", "prestate_tracer_legacy"], 12, EXPLAINED, |case| (ours(case), theirs(case)));
}

type Slot = (Address, U256);

/// The tracer lists what was there before, and the rest only when it is asked to.
fn is_listed(case: &Case, account: Address) -> bool {
    case.asks("includeEmpty") || case.state.pre_state.contains_key(&account)
}

/// Every slot that was touched, with its value before where a write tells it.
fn slots(case: &Case) -> BTreeMap<Slot, Option<U256>> {
    let seen = &case.seen;
    let mut slots = BTreeMap::new();
    for write in &seen.writes {
        slots.entry((write.address, write.slot)).or_insert(Some(write.before));
    }
    for read in seen.reads.iter().chain(&seen.idle_writes) {
        slots.entry((seen.frames[read.frame as usize].target, read.slot)).or_insert(None);
    }
    slots.retain(|(account, _), _| is_listed(case, *account));
    slots
}

/// Accounts, the sender's nonce, native balances that we know, and slots.
fn ours(case: &Case) -> String {
    let mut out = String::new();
    for account in case.named().into_iter().filter(|account| is_listed(case, *account)) {
        writeln!(out, "account {account}").unwrap();
    }
    writeln!(out, "nonce {} {}", case.seen.from, case.seen.nonce).unwrap();
    for (account, ..) in &case.seen.balances {
        writeln!(out, "balance {account} {}", before(case, *account).unwrap()).unwrap();
    }
    if !case.asks("disableStorage") {
        for ((account, slot), value) in slots(case) {
            writeln!(out, "slot {account} {slot:#x} {value:?}").unwrap();
        }
    }
    out
}

fn theirs(case: &Case) -> String {
    let mut out = String::new();
    let held: BTreeMap<Address, _> = entries(&case.result).map(|(at, held)| (at.parse().unwrap(), held)).collect();
    let accounts: BTreeSet<&Address> = held.keys().collect();
    for account in accounts {
        writeln!(out, "account {account}").unwrap();
    }
    writeln!(out, "nonce {} {}", case.seen.from, word(&held[&case.seen.from]["nonce"])).unwrap();
    for (account, ..) in &case.seen.balances {
        let balance = held.get(account).map_or(U256::ZERO, |held| word(&held["balance"]));
        writeln!(out, "balance {account} {balance}").unwrap();
    }
    // Only values that we know can be compared.
    let known = slots(case);
    for (account, held) in &held {
        let slots: BTreeMap<U256, U256> =
            entries(&held["storage"]).map(|(slot, value)| (slot.parse().unwrap(), word(value))).collect();
        for (slot, value) in slots {
            let value = known.get(&(*account, slot)).copied().flatten().map(|_| value);
            writeln!(out, "slot {account} {slot:#x} {value:?}").unwrap();
        }
    }
    out
}
