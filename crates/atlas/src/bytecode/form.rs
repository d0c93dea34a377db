//! Code that stands for the code of another: delegations and proxies whose target is written into them.

use alloy_primitives::{Address, Bytes, U256, hex};

use super::{opcode::op, reach::Reach};

/// The longest code that is taken for a mere forwarder, in bytes: those in use have 44 to about 100, and may carry
/// arguments behind them.
pub(super) const FORWARDER_BYTES_MAX: usize = 256;

/// What kind of code it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// There is none: an account without code.
    Empty,
    /// Instructions of its own.
    Plain,
    /// Nothing but a call into other code.
    Minimal(MinimalProxy),
    /// An account that borrows this contract's code (EIP-7702).
    Delegation(Address),
    /// Begins as the EVM Object Format does (EIP-3540), of this version. It was never activated on Ethereum.
    Eof(u8),
    /// Begins with 0xef, which is no instruction (EIP-3541), in no known way.
    Foreign,
}

/// A proxy whose target stands in its code and cannot change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinimalProxy {
    /// Whose code runs.
    pub target: Address,
    /// In which of the common ways it is written.
    pub standard: Standard,
    /// What stands behind the code: arguments that the target reads from there.
    pub arguments: Bytes,
}

/// How a minimal proxy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standard {
    /// EIP-1167, with the target pushed whole or without its leading zeros.
    Eip1167,
    /// The shorter form by 0age, which Solady writes too.
    Short,
    /// The form with `PUSH0` of EIP-7511.
    Eip7511,
    /// Solady's form with `PUSH0`.
    SoladyPush0,
    /// Vyper's forwarder before it wrote EIP-1167.
    Vyper,
    /// Another: code that does nothing but borrow this contract's.
    Other,
}

/// What stands before the target and behind it.
const FORMS: &[(&[u8], &[u8], Standard)] = &[
    (&hex!("3d3d3d3d363d3d37363d73"), &hex!("5af43d3d93803e602a57fd5bf3"), Standard::Short),
    (&hex!("365f5f375f5f365f73"), &hex!("5af43d5f5f3e5f3d91602a57fd5bf3"), Standard::Eip7511),
    (&hex!("5f5f365f5f37365f73"), &hex!("5af43d5f5f3e6029573d5ffd5b3d5ff3"), Standard::SoladyPush0),
    (&hex!("366000600037611000600036600073"), &hex!("5af4602c57600080fd5b6110006000f3"), Standard::Vyper),
];

/// The forms that are told by their first bytes and hold no instructions.
pub(super) fn declared(code: &[u8]) -> Option<Form> {
    Some(match code {
        [] => Form::Empty,
        [0xef, 0x01, 0x00, account @ ..] if account.len() == 20 => Form::Delegation(Address::from_slice(account)),
        [0xef, 0x00, version, ..] => Form::Eof(*version),
        [0xef, ..] => Form::Foreign,
        _ => return None,
    })
}

pub(super) fn of(code: &[u8], reach: &Reach, dispatches: bool) -> Form {
    if let Some(proxy) = standard(code) {
        return Form::Minimal(proxy);
    }
    let has = |opcode: u8| reach.opcodes[usize::from(opcode >> 7)] >> (opcode & 0x7f) & 1 == 1;
    let other = [op::SLOAD, op::SSTORE, op::CALL, op::CALLCODE, op::CREATE, op::CREATE2, op::SELFDESTRUCT, op::TLOAD];
    let mut targets = reach.delegates.iter();
    match (targets.next(), targets.next()) {
        (Some(target), None)
            if code.len() <= FORWARDER_BYTES_MAX
                && !dispatches
                && has(op::DELEGATECALL)
                && !other.into_iter().any(has)
                && target.bit_len() <= 160
                && !target.is_zero() =>
        {
            let (standard, arguments) = (Standard::Other, Bytes::new());
            Form::Minimal(MinimalProxy { target: account(*target), standard, arguments })
        }
        _ => Form::Plain,
    }
}

fn standard(code: &[u8]) -> Option<MinimalProxy> {
    if let Some(found) = eip1167(code) {
        return Some(found);
    }
    FORMS.iter().find_map(|(before, after, standard)| {
        let (target, rest) = code.strip_prefix(*before)?.split_first_chunk::<20>()?;
        let arguments = Bytes::copy_from_slice(rest.strip_prefix(*after)?);
        Some(MinimalProxy { target: Address::from(*target), standard: *standard, arguments })
    })
}

/// EIP-1167 lets a target with leading zeros be pushed without them; the place that is jumped to moves by as much.
fn eip1167(code: &[u8]) -> Option<MinimalProxy> {
    let (&push, rest) = code.strip_prefix(&hex!("363d3d373d3d3d363d"))?.split_first()?;
    let width = usize::from(push.checked_sub(op::PUSH0)?);
    if !(1..=20).contains(&width) {
        return None;
    }
    let (target, rest) = rest.split_at_checked(width)?;
    let rest = rest.strip_prefix(&hex!("5af43d82803e903d91"))?;
    let (&[op::PUSH1, jump], rest) = rest.split_first_chunk::<2>()? else { return None };
    let rest = rest.strip_prefix(&hex!("57fd5bf3"))?;
    (usize::from(jump) == 0x2b - (20 - width)).then(|| MinimalProxy {
        target: Address::left_padding_from(target),
        standard: Standard::Eip1167,
        arguments: Bytes::copy_from_slice(rest),
    })
}

fn account(word: U256) -> Address {
    Address::from_word(word.into())
}
