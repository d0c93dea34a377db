//! The same block as a poorer node would tell it: its calls and nothing else.

use anyhow::Result;
use facts::{Block, BlockFacts, Frame, FrameKind, Header, Tx, TxFacts};
use rpc::CallTrace;
use trace::Environment;

/// The facts of a block as they are read from its calls alone.
///
/// # Errors
/// If a transaction has no frames.
pub fn calls_only(facts: &BlockFacts, env: &Environment) -> Result<BlockFacts> {
    let txs: Vec<Tx> = facts.txs.iter().map(told).collect();
    let calls: Vec<CallTrace> = facts.txs.iter().map(tree).collect();
    let at = &facts.block;
    let header = Header { number: at.number, hash: at.hash, parent: at.parent, ..Header::default() };
    let header = Header { timestamp: facts.timestamp, ..header };
    let block = Block { header, txs, ..Block::default() };
    trace::from_calls_alone(env, at, &block, &calls).map_err(anyhow::Error::msg)
}

fn told(tx: &TxFacts) -> Tx {
    Tx {
        hash: tx.hash,
        from: tx.from,
        to: tx.to,
        nonce: tx.nonce,
        value: tx.frames.first().map(|frame| frame.value).unwrap_or_default(),
        input: tx.frames.first().map(|frame| frame.input.clone()).unwrap_or_default(),
        gas_limit: tx.gas_limit,
        gas_price: tx.gas_price,
        ..Tx::default()
    }
}

fn tree(tx: &TxFacts) -> CallTrace {
    branch(&tx.frames, 0)
}

fn branch(frames: &[Frame], index: usize) -> CallTrace {
    let frame = &frames[index];
    let mut calls = Vec::new();
    let mut next = index + 1;
    while next < frame.end as usize && next < frames.len() {
        calls.push(branch(frames, next));
        next = frames[next].end.max(u32::try_from(next + 1).unwrap_or(u32::MAX)) as usize;
    }
    let borrowed = matches!(frame.kind, FrameKind::DelegateCall | FrameKind::CallCode);
    CallTrace {
        kind: kind(frame.kind).to_owned(),
        // A node names the contract that borrows code as the caller, and the code as the recipient.
        from: if borrowed { frame.target } else { frame.caller },
        to: Some(if borrowed { frame.code } else { frame.target }),
        value: frame.value,
        gas: frame.gas_limit,
        gas_used: frame.gas_used,
        input: frame.input.clone(),
        output: frame.output.clone(),
        error: (!frame.succeeded()).then(|| "execution reverted".to_owned()),
        calls,
    }
}

fn kind(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Call => "CALL",
        FrameKind::CallCode => "CALLCODE",
        FrameKind::DelegateCall => "DELEGATECALL",
        FrameKind::StaticCall => "STATICCALL",
        FrameKind::Create => "CREATE",
        FrameKind::Create2 => "CREATE2",
    }
}
