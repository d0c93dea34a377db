//! Movements of tokens that calls asked for, where no logs tell of them.
//!
//! A call to `transfer` that did not fail is no proof that something moved: a token may take a fee, or lie. Where nothing
//! but calls is known it is what there is.

use facts::{Address, Asset, Flow, FlowKind, Frame, FrameKind, U256};

/// What the standards call their functions: ERC-20, the common mints and burns, and the wrapped coin's two.
mod selectors {
    pub(super) const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
    pub(super) const TRANSFER_FROM: [u8; 4] = [0x23, 0xb8, 0x72, 0xdd];
    pub(super) const MINT: [u8; 4] = [0x40, 0xc1, 0x0f, 0x19];
    pub(super) const BURN: [u8; 4] = [0x42, 0x96, 0x6c, 0x68];
    pub(super) const BURN_OF: [u8; 4] = [0x9d, 0xc2, 0x9f, 0xac];
    pub(super) const BURN_FROM: [u8; 4] = [0x79, 0xcc, 0x67, 0x90];
    pub(super) const DEPOSIT: [u8; 4] = [0xd0, 0xe3, 0x0d, 0xb0];
    pub(super) const WITHDRAW: [u8; 4] = [0x2e, 0x1a, 0x7d, 0x4d];
}

/// The movements that took effect, in order, merged with the native ones.
pub(crate) fn with_asked(native: Vec<Flow>, frames: &[Frame], wrapped: &[Address]) -> Vec<Flow> {
    let mut flows = native;
    for (index, frame) in (0u32..).zip(frames) {
        if frame.kind == FrameKind::Call && frame.effective && !denied(frame) {
            flows.extend(asked(frame, index, wrapped));
        }
    }
    flows.sort_by_key(|flow| flow.at);
    flows
}

/// Whether a token said no instead of failing.
fn denied(frame: &Frame) -> bool {
    frame.output.len() == 32 && frame.output.iter().all(|byte| *byte == 0)
}

fn asked(frame: &Frame, index: u32, wrapped: &[Address]) -> Option<Flow> {
    let token = frame.target;
    let (selector, arguments) = frame.input.split_first_chunk::<4>()?;
    let word = |at: usize| arguments.get(at * 32..at * 32 + 32);
    let number = |at: usize| word(at).map(U256::from_be_slice);
    let account = |at: usize| {
        let word = word(at)?;
        (word[..12] == [0; 12]).then(|| Address::from_slice(&word[12..]))
    };
    let is_wrapped = wrapped.contains(&token);
    let (from, to, amount, kind) = match *selector {
        selectors::TRANSFER => (frame.caller, account(0)?, number(1)?, FlowKind::Event),
        selectors::TRANSFER_FROM => (account(0)?, account(1)?, number(2)?, FlowKind::Event),
        selectors::MINT => (Address::ZERO, account(0)?, number(1)?, FlowKind::Event),
        selectors::BURN => (frame.caller, Address::ZERO, number(0)?, FlowKind::Event),
        selectors::BURN_OF | selectors::BURN_FROM => (account(0)?, Address::ZERO, number(1)?, FlowKind::Event),
        selectors::DEPOSIT if is_wrapped => (Address::ZERO, frame.caller, frame.value, FlowKind::Wrap),
        selectors::WITHDRAW if is_wrapped => (frame.caller, Address::ZERO, number(0)?, FlowKind::Unwrap),
        _ => return None,
    };
    let moved = !amount.is_zero() && from != to;
    moved.then_some(Flow { asset: Asset::Erc20(token), from, to, amount, kind, frame: index, at: frame.open })
}
