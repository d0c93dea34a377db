//! Transactions that were written to keep the rules busy: as many facts of a kind as gas buys, arranged so that whoever
//! looks for the partner of each by reading the list again would not come to an end. Every rule has to, and what it says
//! stays small. (`trace` has a test of the same kind, with programs that really spend their gas.)

use alloy_primitives::keccak256;
use facts::*;

use crate::scene::{block_ref, chain};
use crate::{Scope, *};

/// How much of each: half of what thirty million gas buy of the cheapest.
const MANY: u32 = 100_000;

fn account(group: u8, nth: u32) -> Address {
    let mut bytes = [group; 20];
    bytes[16..].copy_from_slice(&nth.to_be_bytes());
    Address::new(bytes)
}

const SENDER: Address = Address::repeat_byte(0xaa);
const VAULT: Address = Address::repeat_byte(0xbb);
const TOKEN: Address = Address::repeat_byte(0xcc);
const HELPER: Address = Address::repeat_byte(0xdd);

/// A transaction being written, with a clock.
struct Draft {
    tx: TxFacts,
    at: u32,
    open: Vec<u32>,
}

impl Draft {
    fn new() -> Self {
        let tx = TxFacts { from: SENDER, to: Some(HELPER), gas_used: 30_000_000, ..TxFacts::default() };
        let mut draft = Self { tx: TxFacts { hash: B256::repeat_byte(7), ..tx }, at: 0, open: Vec::new() };
        draft.enter(SENDER, HELPER);
        draft
    }

    fn tick(&mut self) -> u32 {
        self.at += 1;
        self.at
    }

    fn enter(&mut self, caller: Address, target: Address) -> u32 {
        let index = u32::try_from(self.tx.frames.len()).unwrap();
        let open = self.tick();
        self.tx.frames.push(Frame {
            parent: self.open.last().copied(),
            end: 0,
            depth: u16::try_from(self.open.len()).unwrap(),
            kind: FrameKind::Call,
            caller,
            target,
            code: target,
            value: U256::ZERO,
            input: vec![1, 2, 3, 4].into(),
            output: Bytes::new(),
            clipped: false,
            gas_limit: 0,
            gas_used: 0,
            status: FrameStatus::Success,
            effective: true,
            asks_caller: true,
            asks_origin: false,
            open,
            close: 0,
        });
        self.open.push(index);
        index
    }

    fn leave(&mut self) {
        let index = self.open.pop().unwrap();
        let (end, close) = (u32::try_from(self.tx.frames.len()).unwrap(), self.tick());
        let frame = &mut self.tx.frames[index as usize];
        (frame.end, frame.close) = (end, close);
    }

    fn frame(&self) -> u32 {
        *self.open.last().unwrap()
    }

    fn flow(&mut self, asset: Asset, from: Address, to: Address, amount: u64) {
        let (frame, at) = (self.frame(), self.tick());
        self.tx.flows.push(Flow { asset, from, to, amount: U256::from(amount), kind: FlowKind::Event, frame, at });
    }

    fn write(&mut self, address: Address, slot: U256, before: u64, after: u64) {
        let (frame, at) = (self.frame(), self.tick());
        self.tx.writes.push(Write { address, slot, before: U256::from(before), after: U256::from(after), frame, at });
    }

    fn read(&mut self, slot: U256) {
        let (frame, at) = (self.frame(), self.tick());
        self.tx.reads.push(Read { slot, value: U256::ONE, frame, at });
    }

    /// The slot of a mapping's entry, whose key is noted.
    fn entry(&mut self, words: [B256; 2]) -> U256 {
        let hash = keccak256(words.concat());
        self.tx.keys.push(MappingKey { hash, words });
        hash.into()
    }

    fn done(mut self) -> TxFacts {
        while !self.open.is_empty() {
            self.leave();
        }
        self.tx
    }
}

/// Every loss has a booking of just its amount, under a name, and none of them is the right one.
fn claims() -> TxFacts {
    let mut draft = Draft::new();
    draft.enter(HELPER, VAULT);
    for nth in 0..MANY {
        let key = draft.entry([account(1, nth).into_word(), B256::ZERO]);
        draft.write(VAULT, key, 2, 1);
        draft.write(TOKEN, key, 9, 8);
    }
    for nth in 0..MANY {
        draft.flow(Asset::Erc20(TOKEN), VAULT, account(1, nth), 1);
    }
    draft.done()
}

/// Everybody loses something of everything, and each is somebody's mapping key.
fn losers() -> TxFacts {
    let mut draft = Draft::new();
    for nth in 0..MANY {
        let key = draft.entry([account(1, nth).into_word(), B256::ZERO]);
        draft.write(TOKEN, key, 9, 0);
        draft.flow(Asset::Erc20(TOKEN), account(1, nth), SENDER, 9);
        draft.flow(Asset::Erc20(account(2, nth)), VAULT, account(3, nth), 5);
    }
    draft.done()
}

/// Swaps beyond number between the sender's contract and a pool.
fn swaps() -> TxFacts {
    let mut draft = Draft::new();
    for nth in 0..MANY {
        draft.enter(HELPER, VAULT);
        draft.flow(Asset::Erc20(TOKEN), HELPER, VAULT, 5);
        draft.flow(Asset::Erc20(account(2, nth % 1_000)), VAULT, HELPER, 6);
        draft.leave();
    }
    draft.done()
}

/// A lender that calls back again and again, with everything given back in the end.
fn loans() -> TxFacts {
    let mut draft = Draft::new();
    draft.enter(HELPER, VAULT);
    for nth in 0..MANY / 2 {
        draft.flow(Asset::Erc20(account(2, nth)), VAULT, HELPER, 5);
        draft.enter(VAULT, HELPER);
        draft.enter(HELPER, TOKEN);
        draft.leave();
        draft.leave();
    }
    for nth in 0..MANY / 2 {
        draft.flow(Asset::Erc20(account(2, nth)), HELPER, VAULT, 5);
    }
    draft.done()
}

/// One entry after the other into a contract that has not finished, each reading what is written in the end.
fn reentries() -> TxFacts {
    let mut draft = Draft::new();
    draft.enter(HELPER, VAULT);
    draft.read(U256::ONE);
    draft.enter(VAULT, HELPER);
    for nth in 0..MANY {
        draft.enter(HELPER, VAULT);
        draft.read(U256::from(nth));
        draft.write(VAULT, U256::from(MANY + nth), 1, 2);
        draft.leave();
    }
    draft.leave();
    for nth in 0..MANY {
        draft.write(VAULT, U256::from(nth), u64::from(nth), 7);
    }
    draft.done()
}

/// A chain of hashes as of a proof of membership, none of which is a slot.
fn proofs() -> TxFacts {
    let mut draft = Draft::new();
    draft.enter(HELPER, VAULT);
    let mut last = B256::repeat_byte(5);
    for _ in 0..MANY {
        draft.read(U256::from_be_bytes(last.0));
        last = draft.entry([last, B256::repeat_byte(9)]).into();
    }
    draft.flow(Asset::Native, VAULT, SENDER, 1_000);
    draft.tx.balances = vec![(VAULT, U256::from(1_000), U256::ZERO)];
    draft.tx.balances.push((SENDER, U256::ZERO, U256::from(1_000)));
    draft.tx.balances.sort_unstable();
    draft.done()
}

/// Owners change all over the place, in one call.
fn handovers() -> TxFacts {
    let mut draft = Draft::new();
    let frame = draft.enter(HELPER, VAULT);
    for nth in 0..MANY {
        draft.read(U256::from(nth));
        let key = draft.entry([B256::repeat_byte(3), B256::from(U256::from(nth))]);
        draft.read(key);
        let at = draft.tick();
        draft.tx.changes.push(Change {
            contract: if nth % 2 == 0 { VAULT } else { account(4, nth) },
            kind: ChangeKind::Owner,
            before: Some(account(5, nth).into_word()),
            after: account(6, nth).into_word(),
            announced: true,
            frame,
            at,
        });
        draft.write(VAULT, U256::from(nth), 1, 0);
    }
    draft.done()
}

/// Contracts beyond number, made on the way, each of which acts.
fn creations() -> TxFacts {
    let mut draft = Draft::new();
    for nth in 0..2_000 {
        let address = account(8, nth);
        let frame = draft.enter(HELPER, address);
        draft.tx.codes.push(Code { address, creator: HELPER, hash: B256::ZERO, size: 9, frame });
        draft.enter(address, VAULT);
        draft.flow(Asset::Erc20(TOKEN), VAULT, address, 5);
        draft.leave();
        draft.leave();
    }
    for nth in 0..MANY {
        draft.flow(Asset::Erc20(TOKEN), account(8, nth % 2_000), account(1, nth), 5);
    }
    draft.done()
}

/// Calls that fail, each with a reason.
fn failures() -> TxFacts {
    let mut draft = Draft::new();
    for nth in 0..MANY {
        let frame = draft.enter(HELPER, account(9, nth % 5_000));
        draft.leave();
        let frame = &mut draft.tx.frames[frame as usize];
        (frame.status, frame.effective) = (FrameStatus::Revert, false);
        frame.output = [0x08, 0xc3, 0x79, 0xa0].repeat(64).into();
    }
    draft.done()
}

#[test]
fn every_rule_comes_to_an_end_and_says_little() {
    type Shape = (&'static str, fn() -> TxFacts);
    let shapes: [Shape; 9] = [
        ("claims", claims),
        ("losers", losers),
        ("swaps", swaps),
        ("loans", loans),
        ("reentries", reentries),
        ("proofs", proofs),
        ("handovers", handovers),
        ("creations", creations),
        ("failures", failures),
    ];
    let rules = Detectors::new(read_rules(built_in()).unwrap(), Scope::everything()).unwrap();
    for (name, shape) in shapes {
        let facts = BlockFacts {
            block: block_ref(1, 0),
            timestamp: 12,
            sight: Sight::Executed,
            txs: vec![shape()],
            of: 1,
            observed: Vec::new(),
            blind: Vec::new(),
        };
        let seen = rules.block(&chain(), &facts, &mut Memory::default()).unwrap();
        // Sixteen of a rule in a transaction, and one for those that were held back.
        assert!(seen.alerts.len() <= 17 * rules.len(), "{name}: {} alerts", seen.alerts.len());
        for alert in &seen.alerts {
            let parts = [alert.evidence.len(), alert.attackers.len(), alert.victims.len(), alert.losses.len()];
            assert!(parts.iter().all(|count| *count <= 129), "{name}: {} has {parts:?}", alert.rule.id);
            assert!(alert.message.len() < 4_096, "{name}: {}", alert.rule.id);
        }
    }
}
