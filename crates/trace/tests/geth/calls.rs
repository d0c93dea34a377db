//! The call tracer: every call, creation and self-destruct, with the logs that lasted.

use std::fmt::Write as _;

use facts::{Address, Bytes, FrameKind, FrameStatus, U256};
use serde_json::Value;

use crate::{
    Explained,
    case::{Case, Child, address, bytes, word},
    compare, ending, their_ending,
};

const EXPLAINED: Explained = &[
    (
        "call_tracer_legacy/inner_create_oog_outer_throw",
        "the legacy tracer says `internal failure` of a creation that ran out of gas",
    ),
    ("call_tracer_legacy/inner_instafail", "the legacy tracer says 0 for the gas of a call that never ran code"),
    ("call_tracer_legacy/simple", "the legacy tracer says 0 for the gas of a call that never ran code"),
    (
        "call_tracer_withLog/frontier_create_outofstorage",
        "before Homestead a creation that could not pay for its code succeeded with none; the tracer calls it failed",
    ),
];

#[test]
fn calls_agree_with_go_ethereum() {
    compare(&["call_tracer", "call_tracer_legacy", "call_tracer_withLog", "erc7562_tracer"], 40, EXPLAINED, |case| {
        let (mut ours, mut theirs) = (String::new(), String::new());
        write_ours(case, 0, 0, &mut ours);
        write_theirs(case, &case.result, 0, &mut theirs);
        (ours, theirs)
    });
}

/// One call a line: kind, from, to, value, gas, gas used, input, output, and how it ended.
fn write_ours(case: &Case, index: u32, depth: usize, out: &mut String) {
    let seen = &case.seen;
    let frame = &seen.frames[index as usize];
    let is_create = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
    let borrowed = matches!(frame.kind, FrameKind::DelegateCall | FrameKind::CallCode);
    let from = if borrowed { frame.target } else { frame.caller };
    let to = if borrowed { frame.code } else { frame.target };
    let (gas, used) = if index == 0 { (seen.gas_limit, seen.gas_used) } else { (frame.gas_limit, frame.gas_used) };
    let kind = match frame.kind {
        FrameKind::Call => "CALL",
        FrameKind::CallCode => "CALLCODE",
        FrameKind::DelegateCall => "DELEGATECALL",
        FrameKind::StaticCall => "STATICCALL",
        FrameKind::Create => "CREATE",
        FrameKind::Create2 => "CREATE2",
    };
    // go-ethereum names the address of a failed creation in no consistent way, and no value for borrowed code.
    let to = if is_create && !frame.succeeded() { Address::ZERO } else { to };
    let value = if borrowed { U256::ZERO } else { frame.value };
    let no_code = is_create && !frame.succeeded() && frame.status != FrameStatus::Revert;
    let output = if no_code { Bytes::new() } else { frame.output.clone() };
    line(out, depth, &[&kind, &from, &to, &value, &gas, &used, &frame.input, &output, &ending(frame.status)]);
    let children = case.children(index);
    if case.asks("withLog") {
        for log in seen.logs.iter().filter(|log| log.frame == index) {
            let begun = |child: &&Child<'_>| match child {
                Child::Frame(child) => seen.frames[*child as usize].open < log.at,
                Child::End(flow) => flow.at < log.at,
            };
            let after = children.iter().filter(begun).count();
            line(out, depth, &[&"log", &after, &log.address, &format!("{:?}", log.topics), &log.data]);
        }
    }
    if case.asks("onlyTopCall") {
        return;
    }
    for child in children {
        match child {
            Child::Frame(child) => write_ours(case, child, depth + 1, out),
            Child::End(flow) => line(out, depth + 1, &[&"SELFDESTRUCT", &flow.from, &flow.to, &flow.amount]),
        }
    }
}

fn write_theirs(case: &Case, call: &Value, depth: usize, out: &mut String) {
    let kind = call["type"].as_str().unwrap();
    let error = call["error"].as_str();
    let (from, value) = (address(&call["from"]), word(&call["value"]));
    if kind == "SELFDESTRUCT" {
        return line(out, depth, &[&kind, &from, &address(&call["to"]), &value]);
    }
    let is_create = kind.starts_with("CREATE");
    let to = if is_create && error.is_some() { Address::ZERO } else { address(&call["to"]) };
    let borrowed = kind == "DELEGATECALL" || kind == "CALLCODE";
    let value = if borrowed { U256::ZERO } else { value };
    let no_code = is_create && error.is_some_and(|error| error != "execution reverted");
    let output = if no_code { Bytes::new() } else { bytes(&call["output"]) };
    let (gas, used) = (word(&call["gas"]), word(&call["gasUsed"]));
    line(out, depth, &[&kind, &from, &to, &value, &gas, &used, &bytes(&call["input"]), &output, &their_ending(error)]);
    if case.asks("withLog") {
        for log in call["logs"].as_array().into_iter().flatten() {
            let topics: Vec<facts::B256> =
                log["topics"].as_array().into_iter().flatten().map(|topic| word(topic).into()).collect();
            let data = bytes(&log["data"]);
            line(
                out,
                depth,
                &[&"log", &word(&log["position"]), &address(&log["address"]), &format!("{topics:?}"), &data],
            );
        }
    }
    for inner in call["calls"].as_array().into_iter().flatten() {
        write_theirs(case, inner, depth + 1, out);
    }
}

fn line(out: &mut String, depth: usize, words: &[&dyn std::fmt::Display]) {
    write!(out, "{:depth$}", "").unwrap();
    for word in words {
        write!(out, "{word} ").unwrap();
    }
    out.push('\n');
}
