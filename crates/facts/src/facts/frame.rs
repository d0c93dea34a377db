//! Calls and creations.

use alloy_primitives::{Address, Bytes, Selector, U256};
use serde::{Deserialize, Serialize};

/// How code came to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameKind {
    /// A plain call.
    Call,
    /// The obsolete call that runs foreign code on the caller's storage.
    CallCode,
    /// Foreign code on the caller's storage, with the caller's sender and value.
    DelegateCall,
    /// A call that may change nothing.
    StaticCall,
    /// A creation whose address comes from sender and nonce.
    Create,
    /// A creation whose address comes from sender, salt and code (EIP-1014).
    Create2,
}

/// How a frame ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameStatus {
    /// It returned.
    Success,
    /// It reverted, with the reason in its output.
    Revert,
    /// It ran out of gas.
    OutOfGas,
    /// It was refused before its code ran: too deep, or more value than the sender had.
    Refused,
    /// It ended in an invalid instruction or another fault of its code.
    Fault,
}

/// One call or creation. Frames are listed in the order in which they began; the first is the transaction itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Index of the frame that made this one; none for the first.
    pub parent: Option<u32>,
    /// One past the index of its last descendant.
    pub end: u32,
    /// Depth; zero for the first.
    pub depth: u16,
    /// How its code came to run.
    pub kind: FrameKind,
    /// `msg.sender` as its code sees it.
    pub caller: Address,
    /// `address(this)` as its code sees it: the account whose storage and balance it acts on. For a creation this
    /// is the new account, or zero when none came to be.
    pub target: Address,
    /// The account whose code runs.
    pub code: Address,
    /// Native value that moved with the call.
    pub value: U256,
    /// Call data or init code.
    pub input: Bytes,
    /// Return data, revert data or deployed code.
    pub output: Bytes,
    /// Whether input or output is longer than what was kept of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clipped: bool,
    /// Gas given.
    pub gas_limit: u64,
    /// Gas used, without the transaction's intrinsic gas.
    pub gas_used: u64,
    /// How it ended.
    pub status: FrameStatus,
    /// Whether what it did lasts: neither it nor any frame around it failed.
    pub effective: bool,
    /// Whether its code looked at who called it. Code that never does cannot tell its owner from a stranger.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_caller: bool,
    /// Whether its code looked at who sent the transaction.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_origin: bool,
    /// Position of its beginning in the transaction's order of events.
    pub open: u32,
    /// Position of its end.
    pub close: u32,
}

impl Frame {
    /// The function selector, for a call with at least four bytes of input.
    pub fn selector(&self) -> Option<Selector> {
        if matches!(self.kind, FrameKind::Create | FrameKind::Create2) {
            return None;
        }
        self.input.first_chunk::<4>().map(|bytes| Selector::from(*bytes))
    }

    /// Whether it succeeded. It may still have been undone by a frame around it: see [`Frame::effective`].
    pub fn succeeded(&self) -> bool {
        self.status == FrameStatus::Success
    }
}
