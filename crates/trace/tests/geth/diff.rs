//! The prestate tracer's difference: what a transaction left different.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use atlas::Fork;
use facts::{Address, Bytes, FlowKind, FrameKind, FrameStatus, U256};
use revm::primitives::keccak256;
use serde_json::Value;

use crate::{
    Explained,
    case::{Case, bytes, entries, word},
    compare,
    fees::{before, fees},
};

const EXPLAINED: Explained = &[(
    "prestate_tracer_with_diff_mode/suicide",
    "a self-destruct that moves nothing is no flow, and our facts have no other word for it",
)];

#[test]
fn differences_agree_with_go_ethereum() {
    compare(&["prestate_tracer_with_diff_mode"], 13, EXPLAINED, |case| {
        let (ours, theirs) = (ours(case), theirs(case));
        (ours.to_text(case), theirs.to_text(case))
    });
}

/// What became different, in words that both sides have.
#[derive(Default)]
struct Difference {
    /// Accounts that are no more.
    gone: BTreeSet<Address>,
    /// Balances before and after; before is known to us only of accounts that took part in native flows.
    balances: BTreeMap<Address, (U256, U256)>,
    /// By how much nonces grew.
    nonces: BTreeMap<Address, u64>,
    /// Hash and size of code that was put down, or the account that code is borrowed from.
    codes: BTreeMap<Address, String>,
    slots: BTreeMap<(Address, U256), (U256, U256)>,
}

impl Difference {
    fn to_text(&self, case: &Case) -> String {
        let mut out = String::new();
        for account in &self.gone {
            writeln!(out, "gone {account}").unwrap();
        }
        for (account, (before, after)) in self.balances.iter().filter(|(_, (before, after))| before != after) {
            match crate::fees::before(case, *account) {
                Some(_) => writeln!(out, "balance {account} {before} {after}").unwrap(),
                None => writeln!(out, "balance {account} by {}", after.wrapping_sub(*before)).unwrap(),
            }
        }
        for (account, by) in self.nonces.iter().filter(|(_, by)| **by > 0) {
            writeln!(out, "nonce {account} by {by}").unwrap();
        }
        for (account, code) in &self.codes {
            writeln!(out, "code {account} {code}").unwrap();
        }
        for ((account, slot), (before, after)) in self.slots.iter().filter(|(_, (before, after))| before != after) {
            writeln!(out, "slot {account} {slot:#x} {before:#x} {after:#x}").unwrap();
        }
        out
    }
}

fn ours(case: &Case) -> Difference {
    let seen = &case.seen;
    let mut out = Difference::default();
    // From Cancun on (EIP-6780) only what was created by the same transaction goes.
    let goes = |account: Address| case.fork < Fork::Cancun || seen.codes.iter().any(|code| code.address == account);
    let ends = seen.flows.iter().filter(|flow| flow.kind == FlowKind::SelfDestruct && goes(flow.from));
    out.gone.extend(ends.map(|flow| flow.from));
    for account in case.named() {
        let known = before(case, account).zip(seen.balances.iter().find(|(known, ..)| *known == account));
        let held = known.map_or_else(|| fees(case, account), |(before, (.., after))| (before, *after));
        out.balances.insert(account, held);
    }
    out.nonces.insert(seen.from, 1);
    for frame in seen.frames.iter().filter(|frame| matches!(frame.kind, FrameKind::Create | FrameKind::Create2)) {
        let Some(parent) = frame.parent else { continue };
        if seen.frames[parent as usize].effective && frame.status != FrameStatus::Refused {
            *out.nonces.entry(frame.caller).or_default() += 1;
        }
    }
    for code in &seen.codes {
        if case.fork >= Fork::SpuriousDragon {
            *out.nonces.entry(code.address).or_default() += 1;
        }
        if code.size > 0 && !case.asks("disableCode") {
            out.codes.insert(code.address, format!("{} of {} bytes", code.hash, code.size));
        }
    }
    for given in &seen.delegations {
        *out.nonces.entry(given.account).or_default() += 1;
        let code = if given.code.is_zero() { "none".to_owned() } else { format!("borrowed from {}", given.code) };
        out.codes.insert(given.account, code);
    }
    for write in seen.writes.iter().filter(|_| !case.asks("disableStorage")) {
        let slot = out.slots.entry((write.address, write.slot)).or_insert((write.before, write.after));
        slot.1 = write.after;
    }
    out.leave_out_gone();
    out
}

fn theirs(case: &Case) -> Difference {
    let mut out = Difference::default();
    let (pre, post) = (&case.result["pre"], &case.result["post"]);
    let accounts: BTreeSet<&String> = entries(pre).chain(entries(post)).map(|(account, _)| account).collect();
    for name in accounts {
        let account: Address = name.parse().unwrap();
        let (pre, post) = (&pre[name], &post[name]);
        let before = word(&pre["balance"]);
        if post.is_null() {
            out.gone.insert(account);
            out.balances.insert(account, (before, U256::ZERO));
            continue;
        }
        let or_before = |key: &str| word(if post[key].is_null() { &pre[key] } else { &post[key] });
        out.balances.insert(account, (before, or_before("balance")));
        out.nonces.insert(account, (or_before("nonce") - word(&pre["nonce"])).to());
        if !post["code"].is_null() {
            out.codes.insert(account, code(&bytes(&post["code"])));
        }
        let slots = |held: &Value| -> BTreeMap<U256, U256> {
            entries(&held["storage"]).map(|(slot, value)| (slot.parse().unwrap(), word(value))).collect()
        };
        let (held, left) = (slots(pre), slots(post));
        for slot in held.keys().chain(left.keys()) {
            let value = |of: &BTreeMap<U256, U256>| of.get(slot).copied().unwrap_or_default();
            out.slots.insert((account, *slot), (value(&held), value(&left)));
        }
    }
    out
}

impl Difference {
    /// What an account that is no more was left with is not a difference that the tracer tells.
    fn leave_out_gone(&mut self) {
        let gone = &self.gone;
        self.nonces.retain(|account, _| !gone.contains(account));
        self.codes.retain(|account, _| !gone.contains(account));
        self.slots.retain(|(account, _), _| !gone.contains(account));
    }
}

fn code(code: &Bytes) -> String {
    match code.as_ref() {
        [] => "none".to_owned(),
        [0xef, 0x01, 0x00, borrowed @ ..] => format!("borrowed from {}", Address::from_slice(borrowed)),
        _ => format!("{} of {} bytes", keccak256(code), code.len()),
    }
}
