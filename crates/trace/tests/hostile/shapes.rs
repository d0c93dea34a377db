//! Programs that somebody would write to keep whoever watches busy: each spends all its gas on one kind of fact.

use alloy_primitives::keccak256;
use facts::{Address, B256, Bytes};

/// Where the attack stands, and its accomplice.
pub const ATTACK: Address = Address::repeat_byte(0xa1);
pub const OTHER: Address = Address::repeat_byte(0xb2);

/// A program, by what it does.
pub struct Shape {
    pub name: &'static str,
    pub attack: Bytes,
    pub other: Bytes,
}

/// Gas at which a loop ends, so that what it did lasts.
const RESERVE: u64 = 150_000;
/// The same for loops whose body costs more than that.
const LARGE_RESERVE: u64 = 1_500_000;

const MSTORE: u8 = 0x52;
const MSTORE8: u8 = 0x53;
const MLOAD: u8 = 0x51;
const ADD: u8 = 0x01;
const MOD: u8 = 0x06;
const GT: u8 = 0x11;
const KECCAK256: u8 = 0x20;
const ADDRESS: u8 = 0x30;
const CALLER: u8 = 0x33;
const POP: u8 = 0x50;
const SLOAD: u8 = 0x54;
const SSTORE: u8 = 0x55;
const JUMPI: u8 = 0x57;
const GAS: u8 = 0x5a;
const JUMPDEST: u8 = 0x5b;
const DUP1: u8 = 0x80;
const LOG3: u8 = 0xa3;
const LOG4: u8 = 0xa4;
const CREATE: u8 = 0xf0;
const CALL: u8 = 0xf1;
const REVERT: u8 = 0xfd;

/// Bytes of a program, in the order in which they are written.
#[derive(Clone, Default)]
struct Code(Vec<u8>);

impl Code {
    fn op(mut self, ops: &[u8]) -> Self {
        self.0.extend_from_slice(ops);
        self
    }

    fn push(self, value: u64) -> Self {
        self.op(&[0x67]).op(&value.to_be_bytes())
    }

    fn word(self, value: B256) -> Self {
        self.op(&[0x7f]).op(value.as_slice())
    }

    fn address(self, address: Address) -> Self {
        self.op(&[0x73]).op(address.as_slice())
    }

    /// The word at this place of memory, made larger by one and left on the stack.
    fn next(self, place: u64) -> Self {
        self.push(place).op(&[MLOAD]).push(1).op(&[ADD, DUP1]).push(place).op(&[MSTORE])
    }

    /// `body`, again and again until little gas is left.
    fn until_empty(self, body: impl FnOnce(Self) -> Self) -> Self {
        self.until(RESERVE, body)
    }

    fn until(self, reserve: u64, body: impl FnOnce(Self) -> Self) -> Self {
        let start = self.0.len() as u64;
        let this = body(self.op(&[JUMPDEST]));
        this.push(reserve).op(&[GAS, GT]).push(start).op(&[JUMPI])
    }

    /// A call to an account with so much value and `gas` taken from the stack's top by `gas_op`; its outcome is dropped.
    fn call(self, to: Address, value: u64, input: u64, gas: Option<u64>) -> Self {
        let this = self.push(0).push(0).push(input).push(0).push(value).address(to);
        match gas {
            Some(gas) => this.push(gas),
            None => this.op(&[GAS]),
        }
        .op(&[CALL, POP])
    }

    /// `Transfer(from, to, amount)` of the token that this code stands for; the amount is at memory zero.
    fn transfer(self, from: Address, to: Address) -> Self {
        self.word(to.into_word())
            .word(from.into_word())
            .word(topic("Transfer(address,address,uint256)"))
            .push(32)
            .push(0)
            .op(&[LOG3])
    }

    fn done(self) -> Bytes {
        self.0.into()
    }
}

fn topic(event: &str) -> B256 {
    keccak256(event)
}

fn shape(name: &'static str, attack: Code) -> Shape {
    Shape { name, attack: attack.done(), other: Bytes::new() }
}

/// Every program.
pub fn shapes() -> Vec<Shape> {
    let keys = |body: fn(Code) -> Code| Code::default().op(&[CALLER]).push(0).op(&[MSTORE]).until_empty(body);
    vec![
        shape("hashes", keys(|code| code.next(0).op(&[POP]).push(64).push(0).op(&[KECCAK256, POP]))),
        shape("one hash", keys(|code| code.push(64).push(0).op(&[KECCAK256, POP]))),
        // Pairs that meet in one place of the memo drive each other out of it.
        shape(
            "two hashes",
            keys(|code| {
                let hash = |code: Code| code.push(0).op(&[MSTORE8]).push(64).push(0).op(&[KECCAK256, POP]);
                hash(hash(code.push(1)).push(2))
            }),
        ),
        shape("reads", keys(|code| code.push(7).op(&[SLOAD, POP]))),
        shape("writes", keys(|code| code.next(32).push(7).op(&[SSTORE]))),
        // Slots that look like an owner's place, filled with what looks like accounts.
        shape(
            "owners",
            keys(|code| code.push(200).next(32).op(&[MOD]).op(&[CALLER]).next(64).op(&[ADD]).op(&[0x90, SSTORE])),
        ),
        // Entries of mappings that are switched on and off like roles.
        shape(
            "roles",
            keys(|code| {
                let slot = |code: Code| code.push(64).push(0).op(&[KECCAK256]);
                let code = slot(code.next(0).op(&[POP]).push(1)).op(&[SSTORE]);
                slot(code.push(0)).op(&[SSTORE])
            }),
        ),
        // Movements between accounts that nobody has heard of.
        shape(
            "transfers",
            keys(|code| {
                let code = code.next(32).next(32);
                code.word(topic("Transfer(address,address,uint256)")).push(32).push(0).op(&[LOG3])
            }),
        ),
        shape("batches", batches()),
        shape(
            "handovers",
            keys(|code| {
                let code = code.next(32).op(&[CALLER]);
                code.word(topic("OwnershipTransferred(address,address)")).push(0).push(0).op(&[LOG3])
            }),
        ),
        shape("payments", keys(|code| code.call(OTHER, 1, 0, Some(0)))),
        shape("calls", keys(|code| code.call(OTHER, 0, 0, Some(0)))),
        shape("large inputs", keys(|code| code.call(OTHER, 0, 100_000, Some(0)))),
        shape("creations", keys(|code| code.push(0).push(0).push(0).op(&[CREATE, POP]))),
        shape("depth", Code::default().op(&[ADDRESS]).push(0).op(&[MSTORE]).call(ATTACK, 0, 32, None)),
        Shape {
            name: "jumps",
            attack: Code::default().until_empty(|code| code.call(OTHER, 0, 0, None)).done(),
            other: vec![JUMPDEST; 24_576].into(),
        },
        Shape {
            name: "a megabyte of reasons",
            attack: Code::default().until_empty(|code| code.call(OTHER, 0, 0, Some(2_400_000))).done(),
            other: Code::default().push(1 << 20).push(0).op(&[REVERT]).done(),
        },
        ladder(),
        loans(),
    ]
}

/// Batches of a multi-token whose ids and amounts are one and the same list: four thousand movements in one log.
fn batches() -> Code {
    const COUNT: u64 = 4_096;
    let code = Code::default().push(64).push(0).op(&[MSTORE]).push(64).push(32).op(&[MSTORE]);
    let code = code.push(COUNT).push(64).op(&[MSTORE]);
    // The list is filled from its end with where each word stands.
    let start = code.0.len() as u64 + 9;
    let code = code.push(96).op(&[JUMPDEST, DUP1, DUP1, MSTORE]).push(32).op(&[ADD, DUP1]);
    let code = code.push(96 + COUNT * 32).op(&[GT]).push(start).op(&[JUMPI]);
    code.until(LARGE_RESERVE, |code| {
        let batch = topic("TransferBatch(address,address,address,uint256[],uint256[])");
        let code = code.word(OTHER.into_word()).op(&[CALLER, CALLER]).word(batch);
        code.push(96 + COUNT * 32).push(0).op(&[LOG4])
    })
}

/// Two contracts that enter each other; each reads a slot before and writes it after.
fn ladder() -> Shape {
    let rung = |to| {
        let code = Code::default().push(1).op(&[SLOAD, POP]).call(to, 1, 0, None);
        code.op(&[GAS]).push(1).op(&[SSTORE])
    };
    Shape { name: "a ladder of re-entries", attack: rung(OTHER).done(), other: rung(ATTACK).done() }
}

/// A lender that gives again and again, calls back each time, and has everything back in the end.
fn loans() -> Shape {
    let given = |code: Code| code.transfer(OTHER, ATTACK).call(ATTACK, 0, 32, Some(20_000));
    let lender = Code::default().push(1).push(0).op(&[MSTORE]).until_empty(given).push(1 << 60).push(0).op(&[MSTORE]);
    // Whoever is called with words calls nobody but the sender's empty account; without, it asks for the loan.
    let borrower = Code::default().op(&[0x36]);
    let jump = borrower.0.len() as u64 + 9 + 1;
    let asks = Code::default().call(OTHER, 0, 0, None).op(&[0x00]);
    let answers = jump + asks.0.len() as u64;
    let borrower = borrower.push(answers).op(&[JUMPI]).op(&asks.0).op(&[JUMPDEST]).call(
        Address::with_last_byte(4),
        0,
        0,
        Some(1_000),
    );
    Shape { name: "loans", attack: borrower.done(), other: lender.transfer(ATTACK, OTHER).done() }
}
