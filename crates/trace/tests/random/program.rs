//! Small contracts that do random things, assembled by hand.

use facts::{Address, Bytes};
use proptest::prelude::*;

/// Something that a contract does. Accounts are named by their place in the world.
#[derive(Debug, Clone)]
pub enum Act {
    Call { kind: CallKind, to: usize, value: u64, gas: u64, input: u64 },
    Create { code: usize, value: u64, salt: Option<u64> },
    Log { topics: u8, size: u64 },
    Store { slot: u64, value: u64 },
    Load { slot: u64 },
    Hash,
}

#[derive(Debug, Clone, Copy)]
pub enum CallKind {
    Call = 0xf1,
    CallCode = 0xf2,
    DelegateCall = 0xf4,
    StaticCall = 0xfa,
}

/// How it ends.
#[derive(Debug, Clone)]
pub enum End {
    Stop,
    Return(u64),
    Revert(u64),
    Invalid,
    Destroy(usize),
}

/// A contract: what it does, and how it ends.
#[derive(Debug, Clone)]
pub struct Program(pub Vec<Act>, pub End);

/// A random contract in a world of so many accounts, of which the first `codes` have code.
pub fn program(accounts: usize, codes: usize) -> impl Strategy<Value = Program> {
    let kind = prop_oneof![
        4 => Just(CallKind::Call),
        1 => Just(CallKind::CallCode),
        2 => Just(CallKind::DelegateCall),
        1 => Just(CallKind::StaticCall),
    ];
    let value = prop_oneof![2 => Just(0u64), 3 => 1..400u64, 1 => Just(1_000_000u64)];
    let gas = prop_oneof![Just(0u64), Just(5_000u64), Just(60_000u64), Just(300_000u64)];
    let called = (kind, 0..accounts, value.clone(), gas, 0..70u64)
        .prop_map(|(kind, to, value, gas, input)| Act::Call { kind, to, value, gas, input });
    let created = (0..codes, value, proptest::option::of(0..2u64)).prop_map(|(code, value, salt)| Act::Create {
        code,
        value,
        salt,
    });
    let act = prop_oneof![
        6 => called,
        3 => created,
        2 => (0..5u8, 0..40u64).prop_map(|(topics, size)| Act::Log { topics, size }),
        3 => (0..3u64, 0..3u64).prop_map(|(slot, value)| Act::Store { slot, value }),
        1 => (0..3u64).prop_map(|slot| Act::Load { slot }),
        1 => Just(Act::Hash),
    ];
    let end = prop_oneof![
        4 => Just(End::Stop),
        3 => (0..120u64).prop_map(End::Return),
        1 => (0..40u64).prop_map(End::Revert),
        1 => Just(End::Invalid),
        2 => (0..accounts).prop_map(End::Destroy),
    ];
    (proptest::collection::vec(act, 0..5), end).prop_map(|(acts, end)| Program(acts, end))
}

impl Program {
    /// The contract's code, in a world where accounts have these addresses.
    pub fn assemble(&self, accounts: &[Address]) -> Bytes {
        let mut code = Vec::new();
        for act in &self.0 {
            assemble(act, accounts, &mut code);
        }
        match &self.1 {
            End::Stop => code.push(0x00),
            End::Return(size) => exit(*size, 0xf3, &mut code),
            End::Revert(size) => exit(*size, 0xfd, &mut code),
            End::Invalid => code.push(0xfe),
            End::Destroy(heir) => {
                push_address(accounts[*heir], &mut code);
                code.push(0xff);
            }
        }
        code.into()
    }
}

fn assemble(act: &Act, accounts: &[Address], code: &mut Vec<u8>) {
    match act {
        Act::Call { kind, to, value, gas, input } => {
            push(&[0, 0, *input, 0], code);
            if matches!(kind, CallKind::Call | CallKind::CallCode) {
                push(&[*value], code);
            }
            push_address(accounts[*to], code);
            push(&[*gas], code);
            // The call, and POP of its result.
            code.extend([*kind as u8, 0x50]);
        }
        Act::Create { code: from, value, salt } => {
            let from = accounts[*from];
            if let Some(salt) = salt {
                push(&[*salt], code);
            }
            // The code of an account is copied and run as init code: EXTCODESIZE, DUP1, EXTCODECOPY.
            push_address(from, code);
            code.extend([0x3b, 0x80]);
            push(&[0, 0], code);
            push_address(from, code);
            code.push(0x3c);
            push(&[0, *value], code);
            code.extend([if salt.is_some() { 0xf5 } else { 0xf0 }, 0x50]);
        }
        Act::Log { topics, size } => {
            push(&vec![7; (*topics).into()], code);
            push(&[*size, 0], code);
            code.push(0xa0 + topics);
        }
        Act::Store { slot, value } => {
            push(&[*value, *slot], code);
            code.push(0x55);
        }
        Act::Load { slot } => {
            push(&[*slot], code);
            code.extend([0x54, 0x50]);
        }
        Act::Hash => {
            push(&[64, 0], code);
            code.extend([0x20, 0x50]);
        }
    }
}

fn exit(size: u64, opcode: u8, code: &mut Vec<u8>) {
    push(&[size, 0], code);
    code.push(opcode);
}

fn push(numbers: &[u64], code: &mut Vec<u8>) {
    for number in numbers {
        code.push(0x67);
        code.extend(number.to_be_bytes());
    }
}

fn push_address(address: Address, code: &mut Vec<u8>) {
    code.push(0x73);
    code.extend(address.as_slice());
}
