//! The flat call tracer, which says things as Parity did: a list with addresses in the tree.

use std::fmt::Write as _;

use atlas::Fork;
use facts::{Address, Bytes, Frame, FrameKind, FrameStatus, U256};
use serde_json::Value;

use crate::{
    Explained,
    case::{Case, Child, address, bytes, word},
    compare, ending, their_ending,
};

const EXPLAINED: Explained = &[
    (
        "call_tracer_flat/selfdestruct",
        "a self-destruct that moves nothing is no flow, and our facts have no other word for it",
    ),
    (
        "call_tracer_flat/skip_no_balance_error",
        "of 50,000 bytes of init code the first 32 KiB are kept, and the frame says so",
    ),
    (
        "call_tracer_flat/suicide",
        "a self-destruct that moves nothing is no flow, and our facts have no other word for it",
    ),
];

#[test]
fn flat_calls_agree_with_go_ethereum() {
    compare(&["call_tracer_flat"], 32, EXPLAINED, |case| {
        let mut ours = String::new();
        write_ours(case, 0, &[], &mut ours);
        let mut theirs = String::new();
        for entry in case.result.as_array().into_iter().flatten() {
            write_theirs(entry, &mut theirs);
        }
        (ours, theirs)
    });
}

/// One call a line: its place in the tree, how many calls it made, what it was, and what came of it.
fn write_ours(case: &Case, index: u32, place: &[usize], out: &mut String) {
    let seen = &case.seen;
    let frame = &seen.frames[index as usize];
    let mut children = case.children(index);
    if !case.asks("includePrecompiles") {
        children.retain(|child| !matches!(child, Child::Frame(child) if is_hidden(case, *child)));
    }
    let (gas, used) = if index == 0 { (seen.gas_limit, seen.gas_used) } else { (frame.gas_limit, frame.gas_used) };
    let borrowed = matches!(frame.kind, FrameKind::DelegateCall | FrameKind::CallCode);
    let is_create = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
    let kind = match frame.kind {
        FrameKind::Call => "call",
        FrameKind::CallCode => "callcode",
        FrameKind::DelegateCall => "delegatecall",
        FrameKind::StaticCall => "staticcall",
        FrameKind::Create => "create",
        FrameKind::Create2 => "create2",
    };
    let from = if borrowed { frame.target } else { frame.caller };
    let to = if is_create { Address::ZERO } else { frame.code };
    let value = apparent_value(&seen.frames, index);
    write!(out, "{place:?} {} {kind} {from} {to} {value} {gas} {} ", children.len(), frame.input).unwrap();
    match frame.status {
        FrameStatus::Success if is_create => writeln!(out, "{used} {} {}", frame.target, frame.output).unwrap(),
        FrameStatus::Success => writeln!(out, "{used} {}", frame.output).unwrap(),
        FrameStatus::Revert => writeln!(out, "{used} {} reverted", frame.output).unwrap(),
        status => writeln!(out, "{}", ending(status)).unwrap(),
    }
    for (nth, child) in children.iter().enumerate() {
        let place = [place, &[nth]].concat();
        match child {
            Child::Frame(child) => write_ours(case, *child, &place, out),
            Child::End(flow) => {
                writeln!(out, "{place:?} 0 suicide {} {} {}", flow.from, flow.to, flow.amount).unwrap();
            }
        }
    }
}

/// What `msg.value` is inside of a frame: borrowed code sees that of the frame around it.
fn apparent_value(frames: &[Frame], index: u32) -> U256 {
    let frame = &frames[index as usize];
    match (frame.kind, frame.parent) {
        (FrameKind::DelegateCall, Some(parent)) => apparent_value(frames, parent),
        _ => frame.value,
    }
}

/// Parity lists no plain calls of precompiled contracts.
fn is_hidden(case: &Case, index: u32) -> bool {
    let last: u8 = match case.fork {
        fork if fork < Fork::Byzantium => 4,
        fork if fork < Fork::Istanbul => 8,
        fork if fork < Fork::Cancun => 9,
        fork if fork < Fork::Prague => 10,
        _ => 17,
    };
    let frame = &case.seen.frames[index as usize];
    let plain = matches!(frame.kind, FrameKind::Call | FrameKind::StaticCall);
    plain && (1..=last).any(|nth| frame.code == Address::with_last_byte(nth))
}

fn write_theirs(entry: &Value, out: &mut String) {
    let place: Vec<usize> =
        entry["traceAddress"].as_array().unwrap().iter().map(|nth| word(nth).to::<usize>()).collect();
    let (action, result) = (&entry["action"], &entry["result"]);
    let made = word(&entry["subtraces"]);
    let kind = entry["type"].as_str().unwrap();
    if kind == "suicide" {
        let (own, heir) = (address(&action["address"]), address(&action["refundAddress"]));
        return writeln!(out, "{place:?} {made} suicide {own} {heir} {}", word(&action["balance"])).unwrap();
    }
    let is_create = kind == "create";
    let kind = action[if is_create { "creationMethod" } else { "callType" }].as_str().unwrap();
    let input: Bytes = bytes(&action[if is_create { "init" } else { "input" }]);
    let (from, to) = (address(&action["from"]), address(&action["to"]));
    let (value, gas) = (word(&action["value"]), word(&action["gas"]));
    write!(out, "{place:?} {made} {kind} {from} {to} {value} {gas} {input} ").unwrap();
    let used = word(&result["gasUsed"]);
    match their_ending(entry["error"].as_str()) {
        "ok" if is_create => {
            writeln!(out, "{used} {} {}", address(&result["address"]), bytes(&result["code"])).unwrap();
        }
        "ok" => writeln!(out, "{used} {}", bytes(&result["output"])).unwrap(),
        "reverted" => writeln!(out, "{used} {} reverted", bytes(&result["output"])).unwrap(),
        ending => writeln!(out, "{ending}").unwrap(),
    }
}
