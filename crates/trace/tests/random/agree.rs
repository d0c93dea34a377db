//! Our facts of a transaction beside revm's own account of it.

use std::collections::BTreeMap;

use facts::{Address, Asset, FlowKind, FrameKind, TxFacts, U256};

use revm::state::Account;

use crate::world::{Call, Told};

pub fn agree(seen: &TxFacts, told: &Told) {
    assert_eq!(seen.gas_used, told.result.tx_gas_used());
    assert_eq!(seen.succeeded(), told.result.is_success());
    frames(seen, &told.calls);
    logs(seen, told);
    money(seen, told);
    slots(seen, told);
    codes(seen, told);
}

/// The frames are revm's calls, and they stand inside each other as they should.
fn frames(seen: &TxFacts, calls: &[Call]) {
    let ours: Vec<Call> = seen
        .frames
        .iter()
        .map(|frame| Call {
            depth: frame.depth.into(),
            caller: frame.caller,
            target: frame.target,
            code: frame.code,
            value: frame.value,
            input: frame.input.clone(),
            output: frame.output.clone(),
            succeeded: frame.succeeded(),
            is_create: matches!(frame.kind, FrameKind::Create | FrameKind::Create2),
        })
        .collect();
    assert_eq!(ours.len(), calls.len());
    for (ours, call) in ours.iter().zip(calls) {
        assert_eq!((ours.depth, ours.caller, ours.value), (call.depth, call.caller, call.value));
        assert_eq!((ours.succeeded, ours.is_create), (call.succeeded, call.is_create));
        assert_eq!((&ours.input, &ours.output, ours.target), (&call.input, &call.output, call.target));
        assert!(call.is_create || ours.code == call.code);
    }
    for (index, frame) in seen.frames.iter().enumerate() {
        assert!(frame.open < frame.close && index < frame.end as usize);
        let Some(parent) = frame.parent.map(|parent| &seen.frames[parent as usize]) else {
            assert_eq!((index, frame.depth), (0, 0));
            assert_eq!(frame.effective, frame.succeeded());
            continue;
        };
        assert!(parent.open < frame.open && frame.close < parent.close && frame.end <= parent.end);
        assert_eq!(frame.depth, parent.depth + 1);
        assert_eq!(frame.effective, parent.effective && frame.succeeded());
    }
}

/// The logs are revm's, each in a frame that lasted, at a moment at which that frame ran.
fn logs(seen: &TxFacts, told: &Told) {
    let ours: Vec<_> = seen.logs.iter().map(|log| (log.address, log.topics.clone(), log.data.clone())).collect();
    let theirs = told.result.logs().iter().map(|log| (log.address, log.data.topics().to_vec(), log.data.data.clone()));
    assert_eq!(ours, theirs.collect::<Vec<_>>());
    assert!(seen.logs.is_sorted_by(|a, b| a.at < b.at));
    for log in &seen.logs {
        let frame = &seen.frames[log.frame as usize];
        assert!(frame.effective && frame.target == log.address);
        assert!(frame.open < log.at && log.at < frame.close);
    }
}

/// What moved is what balances changed by. What is destroyed burns what it holds, and that is no flow.
fn money(seen: &TxFacts, told: &Told) {
    let mut moved: BTreeMap<Address, (U256, U256)> = BTreeMap::new();
    assert!(seen.flows.is_sorted_by(|a, b| a.at < b.at));
    for flow in &seen.flows {
        assert_eq!(flow.asset, Asset::Native);
        let frame = &seen.frames[flow.frame as usize];
        assert!(frame.effective);
        assert!(flow.kind == FlowKind::SelfDestruct || (flow.at, flow.from) == (frame.open, frame.caller));
        moved.entry(flow.from).or_default().1 += flow.amount;
        moved.entry(flow.to).or_default().0 += flow.amount;
    }
    for (address, account) in told.state.iter().filter(|(_, account)| !account.is_selfdestructed()) {
        let (before, after) = (account.original_info().balance, account.info.balance);
        let (received, sent) = moved.remove(address).unwrap_or_default();
        assert_eq!(before + received, after + sent, "{address}");
        let net = seen.net_of(*address, &Asset::Native);
        assert_eq!(net.as_ref().map_or_else(Default::default, |net| (net.received, net.sent)), (received, sent));
        let known = seen.holding(*address, &Asset::Native);
        assert_eq!(known, net.map(|_| (before, after)), "{address}");
    }
    let gone = |address: &Address| told.state.get(address).is_some_and(|account| account.is_selfdestructed());
    assert!(moved.keys().all(gone), "somebody was paid whom revm does not know");
}

/// Writes lead from what was held before to what is held after, one after the other.
fn slots(seen: &TxFacts, told: &Told) {
    let mut last: BTreeMap<(Address, U256), (U256, U256)> = BTreeMap::new();
    for write in &seen.writes {
        assert!(seen.frames[write.frame as usize].effective && write.before != write.after);
        assert_eq!(seen.frames[write.frame as usize].target, write.address);
        let (_, now) = last.entry((write.address, write.slot)).or_insert((write.before, write.before));
        assert_eq!(*now, write.before);
        *now = write.after;
    }
    for read in seen.reads.iter().chain(&seen.idle_writes) {
        let frame = &seen.frames[read.frame as usize];
        assert!(frame.effective && frame.open < read.at && read.at < frame.close);
    }
    for (address, account) in told.state.iter().filter(|(_, account)| !account.is_selfdestructed()) {
        for (slot, value) in &account.storage {
            let ours = last.remove(&(*address, *slot)).unwrap_or((value.original_value, value.original_value));
            assert_eq!(ours, (value.original_value, value.present_value), "slot {slot} of {address}");
        }
    }
    let gone = |address: &Address| told.state.get(address).is_some_and(|account| account.is_selfdestructed());
    assert!(last.keys().all(|(address, _)| gone(address)));
}

/// Code is put down where revm has put it.
fn codes(seen: &TxFacts, told: &Told) {
    for code in &seen.codes {
        let account = &told.state[&code.address];
        let held = account.info.code.as_ref().map_or(0, |code| code.len());
        assert!(account.is_selfdestructed() || (account.info.code_hash, held) == (code.hash, code.size as usize));
    }
    let lasts = |account: &Account| account.is_created() && !account.is_selfdestructed() && !account.is_empty();
    for (address, _) in told.state.iter().filter(|(_, account)| lasts(account)) {
        assert!(seen.codes.iter().any(|code| code.address == *address), "{address}");
    }
}
