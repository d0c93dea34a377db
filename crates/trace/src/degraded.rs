//! What can be told of a block that cannot be executed here: from the node's call traces, or from receipts alone.
//!
//! The poorer tiers say so ([`Sight::Calls`], [`Sight::Logs`]); what they cannot show is absent from the facts, and
//! detectors that need it are named blind by the rule that watches over sight.

use facts::{
    Asset, Block, BlockFacts, BlockRef, Bytes, Flow, FlowKind, Frame, FrameKind, FrameStatus, Log, Receipt, Sight, Tx,
    TxFacts,
};
use rpc::CallTrace;

use crate::{
    Environment,
    asked::with_asked,
    changes::{Sources, changes},
    flows,
};

/// Facts from the node's call traces and receipts, one of each for every transaction.
///
/// # Errors
/// If their number does not fit the block: a tier that shows only some transactions is no tier.
pub fn from_calls(
    env: &Environment,
    at: &BlockRef,
    block: &Block,
    calls: &[CallTrace],
    receipts: &[Receipt],
) -> Result<BlockFacts, String> {
    if calls.len() != block.txs.len() {
        return Err(format!("the node traced {} of {} transactions", calls.len(), block.txs.len()));
    }
    let mut facts = from_receipts(env, at, block, receipts)?;
    facts.sight = Sight::Calls;
    for (seen, call) in facts.txs.iter_mut().zip(calls) {
        with_calls(env, seen, call);
    }
    Ok(facts)
}

/// Facts from call traces without receipts: token flows are what calls asked for, and there are no logs.
///
/// # Errors
/// As [`from_calls`].
pub fn from_calls_alone(
    env: &Environment,
    at: &BlockRef,
    block: &Block,
    calls: &[CallTrace],
) -> Result<BlockFacts, String> {
    let outcome =
        |call: &CallTrace| Receipt { success: Some(call.error.is_none()), cumulative_gas_used: 0, logs: Vec::new() };
    let receipts: Vec<Receipt> = calls.iter().map(outcome).collect();
    let mut facts = from_calls(env, at, block, calls, &receipts)?;
    for (seen, call) in facts.txs.iter_mut().zip(calls) {
        seen.gas_used = call.gas_used;
        let native = std::mem::take(&mut seen.flows);
        seen.flows = with_asked(native, &seen.frames, &env.wrapped);
    }
    Ok(facts)
}

/// Facts of one transaction of a block from the node's call trace of it, and of the others from receipts.
///
/// # Errors
/// If there is not one receipt for every transaction.
pub fn from_call(
    env: &Environment,
    at: &BlockRef,
    block: &Block,
    index: u32,
    call: &CallTrace,
    receipts: &[Receipt],
) -> Result<BlockFacts, String> {
    let mut facts = from_receipts(env, at, block, receipts)?;
    facts.sight = Sight::Calls;
    if let Some(seen) = facts.txs.get_mut(index as usize) {
        with_calls(env, seen, call);
    }
    Ok(facts)
}

fn with_calls(env: &Environment, seen: &mut TxFacts, call: &CallTrace) {
    let mut tree = Tree { frames: Vec::new(), flows: Vec::new(), clock: 0 };
    tree.add(call, None, 0);
    tree.settle();
    // Receipts do not say which call wrote a log: all of them count as written at the end of the transaction.
    let end = tree.clock;
    seen.logs.iter_mut().for_each(|log| log.at = end);
    tree.flows.retain(|flow| tree.frames[flow.frame as usize].effective);
    seen.frames = tree.frames;
    seen.flows = flows::with_tokens(tree.flows, &seen.logs, &env.wrapped);
    seen.changes = of_logs(seen);
}

/// Facts from receipts alone: logs, token flows, and whether each transaction succeeded.
///
/// # Errors
/// If there is not one receipt for every transaction.
pub fn from_receipts(
    env: &Environment,
    at: &BlockRef,
    block: &Block,
    receipts: &[Receipt],
) -> Result<BlockFacts, String> {
    if receipts.len() != block.txs.len() {
        return Err(format!("the node gave {} receipts for {} transactions", receipts.len(), block.txs.len()));
    }
    let mut gas_before = 0;
    let txs = (0u32..)
        .zip(block.txs.iter().zip(receipts))
        .map(|(index, (tx, receipt))| {
            let gas_used = receipt.cumulative_gas_used.saturating_sub(gas_before);
            gas_before = receipt.cumulative_gas_used;
            of_receipt(env, index, tx, receipt, gas_used)
        })
        .collect();
    Ok(BlockFacts {
        block: at.clone(),
        timestamp: block.header.timestamp,
        sight: Sight::Logs,
        txs,
        of: u32::try_from(block.txs.len()).unwrap_or(u32::MAX),
        observed: Vec::new(),
        blind: Vec::new(),
    })
}

fn of_receipt(env: &Environment, index: u32, tx: &Tx, receipt: &Receipt, gas_used: u64) -> TxFacts {
    let status = if receipt.success == Some(false) { FrameStatus::Revert } else { FrameStatus::Success };
    let effective = status == FrameStatus::Success;
    let root = Frame {
        parent: None,
        end: 1,
        depth: 0,
        kind: if tx.to.is_some() { FrameKind::Call } else { FrameKind::Create },
        caller: tx.from,
        target: tx.to.unwrap_or_default(),
        code: tx.to.unwrap_or_default(),
        value: tx.value,
        input: tx.input.clone(),
        output: Bytes::new(),
        clipped: false,
        asks_caller: false,
        asks_origin: false,
        gas_limit: tx.gas_limit,
        gas_used,
        status,
        effective,
        open: 0,
        close: 1,
    };
    let native = Flow {
        asset: Asset::Native,
        from: tx.from,
        to: root.target,
        amount: tx.value,
        kind: FlowKind::Call,
        frame: 0,
        at: 0,
    };
    let native = if effective && !tx.value.is_zero() && tx.to.is_some() { vec![native] } else { Vec::new() };
    let logs: Vec<Log> = receipt.logs.iter().map(|log| Log { frame: 0, at: 1, ..log.clone() }).collect();
    let flows = flows::with_tokens(native, &logs, &env.wrapped);
    let mut seen = TxFacts {
        index,
        hash: tx.hash,
        from: tx.from,
        to: tx.to,
        nonce: tx.nonce,
        gas_limit: tx.gas_limit,
        gas_used,
        gas_price: tx.gas_price,
        flows,
        frames: vec![root],
        logs,
        ..TxFacts::default()
    };
    seen.changes = of_logs(&seen);
    seen
}

fn of_logs(seen: &TxFacts) -> Vec<facts::Change> {
    changes(&Sources { frames: &seen.frames, writes: &[], keys: &[], logs: &seen.logs, codes: &[] })
}

/// Frames as they are gathered from a node's tree of calls.
struct Tree {
    frames: Vec<Frame>,
    flows: Vec<Flow>,
    clock: u32,
}

impl Tree {
    fn tick(&mut self) -> u32 {
        self.clock += 1;
        self.clock - 1
    }

    fn add(&mut self, call: &CallTrace, parent: Option<u32>, depth: u16) {
        let open = self.tick();
        let target = call.to.unwrap_or_default();
        let moves = |kind, frame| Flow {
            asset: Asset::Native,
            from: call.from,
            to: target,
            amount: call.value,
            kind,
            frame,
            at: open,
        };
        let Some(kind) = kind_of(&call.kind) else {
            // A self-destruct is not a call: what it leaves behind is a movement of value in the frame around it.
            if !call.value.is_zero() && call.from != target {
                self.flows.push(moves(FlowKind::SelfDestruct, parent.unwrap_or_default()));
            }
            return;
        };
        let index = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        let borrowed = matches!(kind, FrameKind::DelegateCall | FrameKind::CallCode);
        // The node names the calling contract as sender of borrowed code; the code acts as that contract.
        let caller = match (borrowed, parent) {
            (true, Some(parent)) if kind == FrameKind::DelegateCall => self.frames[parent as usize].caller,
            _ => call.from,
        };
        if !call.value.is_zero() && !borrowed && call.from != target {
            self.flows.push(moves(FlowKind::Call, index));
        }
        self.frames.push(Frame {
            parent,
            end: 0,
            depth,
            kind,
            caller,
            target: if borrowed { call.from } else { target },
            code: target,
            value: if borrowed { facts::U256::ZERO } else { call.value },
            input: call.input.clone(),
            output: call.output.clone(),
            clipped: false,
            asks_caller: false,
            asks_origin: false,
            gas_limit: call.gas,
            gas_used: call.gas_used,
            status: status_of(call.error.as_deref()),
            effective: true,
            open,
            close: 0,
        });
        for inner in &call.calls {
            self.add(inner, Some(index), depth.saturating_add(1));
        }
        let close = self.tick();
        let end = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        let frame = &mut self.frames[index as usize];
        (frame.end, frame.close) = (end, close);
    }

    fn settle(&mut self) {
        for index in 0..self.frames.len() {
            let around = self.frames[index].parent.is_none_or(|parent| self.frames[parent as usize].effective);
            let frame = &mut self.frames[index];
            frame.effective = around && frame.status == FrameStatus::Success;
        }
    }
}

fn kind_of(kind: &str) -> Option<FrameKind> {
    Some(match kind {
        "CALL" => FrameKind::Call,
        "CALLCODE" => FrameKind::CallCode,
        "DELEGATECALL" => FrameKind::DelegateCall,
        "STATICCALL" => FrameKind::StaticCall,
        "CREATE" => FrameKind::Create,
        "CREATE2" => FrameKind::Create2,
        _ => return None,
    })
}

/// Nodes say in their own words why a call failed.
fn status_of(error: Option<&str>) -> FrameStatus {
    let Some(why) = error.map(str::to_lowercase) else { return FrameStatus::Success };
    let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
    if says(&["revert"]) {
        FrameStatus::Revert
    } else if says(&["out of gas", "outofgas"]) {
        FrameStatus::OutOfGas
    } else if says(&["insufficient balance", "depth"]) {
        FrameStatus::Refused
    } else {
        FrameStatus::Fault
    }
}
