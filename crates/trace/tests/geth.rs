//! go-ethereum's own trace cases as an oracle: what its call tracer says of a transaction, our frames have to say too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "in a test a panic is the report")]

use std::{fmt::Write as _, path::PathBuf, sync::Arc};

use alloy_consensus::{Transaction as _, TxEnvelope, transaction::SignerRecoverable as _};
use alloy_eips::eip2718::Decodable2718 as _;
use atlas::Fork;
use facts::{
    AccountState, Address, Block, Bytes, ChainId, FlowKind, FrameKind, FrameStatus, Header, Tx, TxFacts, U256, Witness,
};
use serde_json::Value;
use trace::{Environment, NoReader, Prover, Tracer, WarmState};

/// Where we and go-ethereum differ on purpose, and why. A case whose difference goes away fails, so that this list
/// says what is true.
const EXPLAINED: &[(&str, &str)] = &[
    ("call_tracer_legacy/inner_instafail", "the legacy tracer says 0 for the gas of a call that never ran code"),
    ("call_tracer_legacy/simple", "the legacy tracer says 0 for the gas of a call that never ran code"),
    (
        "call_tracer_withLog/frontier_create_outofstorage",
        "before Homestead a creation that could not pay for its code succeeded with none; the tracer calls it failed",
    ),
];

fn corpus() -> PathBuf {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from)
}

#[test]
fn calls_agree_with_go_ethereum() {
    let folder = corpus().join("geth-tracetest/testdata");
    if !folder.is_dir() {
        println!("skipped: no corpus at `{}`; set BREAKGLASS_CORPUS", folder.display());
        return;
    }
    let mut report = String::new();
    let mut cases = 0;
    for kind in ["call_tracer", "call_tracer_legacy", "call_tracer_withLog"] {
        let mut files: Vec<_> =
            std::fs::read_dir(folder.join(kind)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "json")) {
            let case: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            let name = format!("{kind}/{}", file.file_stem().unwrap().to_str().unwrap());
            cases += 1;
            let seen = run(&case);
            let top_only = case["tracerConfig"]["onlyTopCall"] == Value::Bool(true);
            let mut ours = String::new();
            write_ours(&seen, 0, 0, top_only, &mut ours);
            let mut theirs = String::new();
            write_theirs(&case["result"], 0, &mut theirs);
            let explained = EXPLAINED.iter().find(|(explained, _)| *explained == name);
            match (ours == theirs, explained) {
                (true, None) | (false, Some(_)) => {}
                (true, Some(_)) => writeln!(report, "{name}: agrees now; take it off the list").unwrap(),
                (false, None) => writeln!(report, "{name}\n--- ours\n{ours}--- theirs\n{theirs}").unwrap(),
            }
        }
    }
    assert!(cases >= 30, "only {cases} cases found");
    assert!(report.is_empty(), "{report}");
}

/// One frame a line, indented by depth: kind, from, to, value, gas, gas used, input, output, and whether it failed.
fn write_ours(seen: &TxFacts, index: u32, depth: usize, top_only: bool, out: &mut String) {
    let frame = &seen.frames[index as usize];
    let is_create = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
    let borrowed = matches!(frame.kind, FrameKind::DelegateCall | FrameKind::CallCode);
    let from = if borrowed { frame.target } else { frame.caller };
    let to = if is_create {
        frame.target
    } else if borrowed {
        frame.code
    } else {
        frame.target
    };
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
    let output = if is_create && !frame.succeeded() && frame.status != FrameStatus::Revert {
        Bytes::new()
    } else {
        frame.output.clone()
    };
    line(out, depth, kind, from, to, value, gas, used, &frame.input, &output, frame.status != FrameStatus::Success);
    if top_only {
        return;
    }
    let mut children: Vec<(u32, Child)> = Vec::new();
    for (child, inner) in (0u32..).zip(&seen.frames) {
        if inner.parent == Some(index) {
            children.push((inner.open, Child::Frame(child)));
        }
    }
    for flow in seen.flows.iter().filter(|flow| flow.kind == FlowKind::SelfDestruct && flow.frame == index) {
        children.push((flow.at, Child::End(flow.from, flow.to, flow.amount)));
    }
    children.sort_by_key(|(at, _)| *at);
    for (_, child) in children {
        match child {
            Child::Frame(child) => write_ours(seen, child, depth + 1, false, out),
            Child::End(from, to, amount) => {
                line(out, depth + 1, "SELFDESTRUCT", from, to, amount, 0, 0, &Bytes::new(), &Bytes::new(), false);
            }
        }
    }
}

enum Child {
    Frame(u32),
    End(Address, Address, U256),
}

fn write_theirs(call: &Value, depth: usize, out: &mut String) {
    let kind = call["type"].as_str().unwrap();
    let address = |key: &str| call[key].as_str().map_or(Address::ZERO, |text| text.parse().unwrap());
    let number = |key: &str| call[key].as_str().map_or(U256::ZERO, |text| text.parse().unwrap());
    let bytes = |key: &str| call[key].as_str().map_or_else(Bytes::new, |text| text.parse().unwrap());
    let failed = !call["error"].is_null();
    let is_create = kind.starts_with("CREATE");
    let to = if is_create && failed { Address::ZERO } else { address("to") };
    let borrowed = kind == "DELEGATECALL" || kind == "CALLCODE";
    let value = if borrowed { U256::ZERO } else { number("value") };
    let reverted = call["error"].as_str() == Some("execution reverted");
    let output = if is_create && failed && !reverted { Bytes::new() } else { bytes("output") };
    line(
        out,
        depth,
        kind,
        address("from"),
        to,
        value,
        number("gas").to(),
        number("gasUsed").to(),
        &bytes("input"),
        &output,
        failed,
    );
    for inner in call["calls"].as_array().into_iter().flatten() {
        write_theirs(inner, depth + 1, out);
    }
}

#[expect(clippy::too_many_arguments, reason = "one line of a table")]
fn line(
    out: &mut String,
    depth: usize,
    kind: &str,
    from: Address,
    to: Address,
    value: U256,
    gas: u64,
    used: u64,
    input: &Bytes,
    output: &Bytes,
    failed: bool,
) {
    let end = if failed { "failed" } else { "ok" };
    writeln!(out, "{:depth$}{kind} {from} {to} value {value} gas {gas} used {used} {input} -> {output} {end}", "")
        .unwrap();
}

fn run(case: &Value) -> TxFacts {
    let context = &case["context"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let number = |value: &Value| text(value).map_or(0u64, |text| text.parse::<U256>().unwrap().to());
    let raw: Bytes = case["input"].as_str().unwrap().parse().unwrap();
    let envelope = TxEnvelope::decode_2718(&mut raw.as_ref()).unwrap();
    let from = envelope.recover_signer().unwrap();
    let is_dynamic = envelope.is_dynamic_fee();
    let tx = Tx {
        hash: *envelope.tx_hash(),
        kind: envelope.tx_type() as u8,
        from,
        to: envelope.to(),
        nonce: envelope.nonce(),
        value: envelope.value(),
        input: envelope.input().clone(),
        gas_limit: envelope.gas_limit(),
        gas_price: if is_dynamic { envelope.max_fee_per_gas() } else { envelope.gas_price().unwrap() },
        priority_fee: envelope.max_priority_fee_per_gas(),
        chain_id: envelope.chain_id(),
        blob_hashes: envelope.blob_versioned_hashes().map(<[_]>::to_vec).unwrap_or_default(),
        blob_fee: envelope.max_fee_per_blob_gas(),
        ..Tx::default()
    };
    let height = number(&context["number"]);
    let timestamp = number(&context["timestamp"]);
    let config = &case["genesis"]["config"];
    let fork = fork(config, height, timestamp);
    let mut witness = Witness { executable: 1, ..Witness::default() };
    for (address, account) in case["genesis"]["alloc"].as_object().unwrap() {
        let storage = account["storage"].as_object().into_iter().flatten();
        let held = AccountState {
            balance: account["balance"].as_str().map_or(U256::ZERO, |text| text.parse().unwrap()),
            nonce: account["nonce"].as_u64().unwrap_or_else(|| number(&account["nonce"])),
            code: account["code"].as_str().map_or_else(Bytes::new, |text| text.parse().unwrap()),
            storage: storage
                .map(|(slot, value)| (slot.parse().unwrap(), value.as_str().unwrap().parse().unwrap()))
                .collect(),
        };
        witness.pre_state.insert(address.parse().unwrap(), held);
    }
    let header = Header {
        number: height,
        timestamp,
        gas_limit: number(&context["gasLimit"]),
        difficulty: text(&context["difficulty"]).map_or(U256::ZERO, |text| text.parse().unwrap()),
        beneficiary: text(&context["miner"]).map_or(Address::ZERO, |text| text.parse().unwrap()),
        base_fee: text(&context["baseFeePerGas"]).map(|text| text.parse().unwrap()),
        excess_blob_gas: (fork >= Fork::Cancun).then_some(0),
        ..Header::default()
    };
    // Two transactions in the block, one of them covered: the header of a case proves nothing, so nothing is compared.
    let block = Block { header, txs: vec![tx, Tx::default()], receipts: Some(Arc::default()), ..Block::default() };
    let chain = config["chainId"].as_u64().unwrap();
    let at = block.at(&ChainId::eip155(chain));
    let environment = Environment { chain_number: chain, wrapped: Vec::new() };
    let mut state = WarmState::new(Zeros, at.parent).with_witness(&witness);
    let block = Block { witness: Some(Arc::new(witness)), ..block };
    let mut traced = Tracer::witnessed(&environment, &at, &block, fork, &mut state, &mut Prover::default());
    assert_eq!(traced.facts.txs.len(), 1, "{:?}", traced.facts.blind);
    traced.facts.txs.remove(0)
}

/// go-ethereum's cases leave out slots that are zero.
struct Zeros;

impl trace::StateReader for Zeros {
    fn fetch(
        &mut self,
        _: facts::B256,
        _: &[Address],
        slots: &[(Address, U256)],
    ) -> Result<trace::Fetched, trace::ReadError> {
        Ok(trace::Fetched { accounts: Vec::new(), slots: vec![U256::ZERO; slots.len()] })
    }

    fn block_hash(&mut self, at: facts::B256, number: u64) -> Result<facts::B256, trace::ReadError> {
        NoReader.block_hash(at, number)
    }
}

fn fork(config: &Value, number: u64, timestamp: u64) -> Fork {
    let by_block = [
        ("homesteadBlock", Fork::Homestead),
        ("eip150Block", Fork::Tangerine),
        ("eip158Block", Fork::SpuriousDragon),
        ("byzantiumBlock", Fork::Byzantium),
        ("petersburgBlock", Fork::Petersburg),
        ("istanbulBlock", Fork::Istanbul),
        ("berlinBlock", Fork::Berlin),
        ("londonBlock", Fork::London),
    ];
    let by_time = [("shanghaiTime", Fork::Shanghai), ("cancunTime", Fork::Cancun), ("pragueTime", Fork::Prague)];
    // go-ethereum reads the names of keys without regard to case, and one case relies on it.
    let named = |key: &str| config.as_object().unwrap().iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    let reached = |key: &str, now: u64| named(key).and_then(|(_, at)| at.as_u64()).is_some_and(|at| at <= now);
    let mut fork = Fork::Frontier;
    for (key, next) in by_block {
        if reached(key, number) {
            fork = next;
        }
    }
    for (key, next) in by_time {
        if reached(key, timestamp) {
            fork = next;
        }
    }
    fork
}
