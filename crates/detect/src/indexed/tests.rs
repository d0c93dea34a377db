//! Every index against the plain search that it stands for, on random facts of few names, so that much collides.

use super::*;
use facts::{FlowKind, FrameKind, FrameStatus};

/// Numbers that look random and are always the same (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    /// One of a few accounts, the first of which is nobody.
    fn account(&mut self) -> Address {
        match self.roll(6) {
            0 => Address::ZERO,
            nth => account(nth),
        }
    }

    fn amount(&mut self) -> U256 {
        U256::from(self.roll(4))
    }
}

fn account(nth: u64) -> Address {
    Address::repeat_byte(u8::try_from(nth * 17).unwrap())
}

fn slot(nth: u64) -> U256 {
    U256::from(nth) << 200
}

/// A transaction whose lists hold up to forty things each.
fn tx(seed: u64) -> TxFacts {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut tx = TxFacts::default();
    let things = u32::try_from(dice.roll(40)).unwrap();
    for at in 1..=things {
        let frame = u32::try_from(dice.roll(4)).unwrap();
        match dice.roll(6) {
            0 => tx.frames.push(Frame {
                parent: None,
                end: 0,
                depth: 0,
                kind: FrameKind::Call,
                caller: dice.account(),
                target: dice.account(),
                code: Address::ZERO,
                value: U256::ZERO,
                input: Default::default(),
                output: Default::default(),
                clipped: false,
                gas_limit: 0,
                gas_used: 0,
                status: FrameStatus::Success,
                effective: true,
                asks_caller: false,
                asks_origin: false,
                open: at,
                close: at,
            }),
            1 => tx.writes.push(Write {
                address: dice.account(),
                slot: slot(dice.roll(4)),
                before: dice.amount(),
                after: dice.amount(),
                frame,
                at,
            }),
            2 => tx.reads.push(Read { slot: slot(dice.roll(4)), value: dice.amount(), frame, at }),
            // A hash has one origin, here as everywhere.
            3 => {
                let nth = dice.roll(4);
                let words = [account(nth).into_word(), if nth == 1 { account(4).into_word() } else { B256::ZERO }];
                tx.keys.push(MappingKey { hash: B256::from(slot(nth)), words });
            }
            _ => tx.flows.push(Flow {
                asset: [Asset::Native, Asset::Erc20(account(1)), Asset::Erc20(account(2))]
                    [usize::try_from(dice.roll(3)).unwrap()],
                from: dice.account(),
                to: dice.account(),
                amount: dice.amount(),
                kind: FlowKind::Event,
                frame,
                at,
            }),
        }
    }
    tx
}

#[test]
fn indexes_say_what_a_search_says() {
    for tx in (1..400).map(tx) {
        let indexed = Indexed::new(&tx);
        let assets = [Asset::Native, Asset::Erc20(account(1)), Asset::Erc20(account(2))];
        for who in (1..6).map(account).chain([Address::ZERO]) {
            for asset in assets {
                assert!(
                    indexed
                        .flows_of(who, asset)
                        .eq(tx.flows.iter().filter(|flow| flow.from == who && flow.asset == asset))
                );
                assert_eq!(indexed.holding(who, &asset), tx.holding(who, &asset));
                for (after, before) in [(0, 99), (3, 17), (10, 11), (20, 20)] {
                    let most = |of: fn(&Flow) -> Address| {
                        let mine = tx.flows.iter().filter(|flow| of(flow) == who && flow.asset == asset);
                        let within = mine.filter(|flow| after < flow.at && flow.at < before);
                        within.map(|flow| flow.amount).max().unwrap_or_default()
                    };
                    assert_eq!(indexed.most_to(who, &asset, after, before), most(|flow| flow.to));
                    assert_eq!(indexed.most_from(who, &asset, after, before), most(|flow| flow.from));
                }
            }
            assert!(indexed.flows_to(who).eq(tx.flows.iter().filter(|flow| flow.to == who)));
            let early = tx.flows.iter().filter(|flow| flow.to == who && (5..15).contains(&flow.at));
            assert!(indexed.flows_to_within(who, 5..15).eq(early));
            assert_eq!(indexed.is_token(who), tx.flows.iter().any(|flow| flow.asset.contract() == Some(who)));
            let frames = || (0u32..).zip(&tx.frames);
            assert!(indexed.frames_of(who).eq(frames().filter(|(_, frame)| frame.target == who)));
            assert!(indexed.frames_by(who).eq(frames().filter(|(_, frame)| frame.caller == who)));
            for call in frames().map(|(_, frame)| frame).filter(|frame| frame.target == who) {
                assert!(
                    indexed.same_calls(call).eq(frames().map(|(_, frame)| frame).filter(|frame| frame.target == who))
                );
            }
            for slot in (0..5).map(slot) {
                let writes = tx.writes.iter().filter(|write| write.address == who && write.slot == slot);
                assert!(indexed.writes_at(who, slot).eq(writes));
                let owner = |read: &&Read| tx.frames.get(read.frame as usize).is_some_and(|frame| frame.target == who);
                assert!(indexed.reads_at(who, slot).eq(tx.reads.iter().filter(owner).filter(|read| read.slot == slot)));
            }
            for (amount, asset) in (0..5).map(U256::from).zip(tx.flows.iter().map(|flow| flow.asset).cycle()) {
                let mut clears = tx.writes.iter().filter(|write| write.address == who && write.after.is_zero());
                assert_eq!(indexed.clears(who, amount), clears.any(|write| write.before == amount));
                let paid = tx.flows.iter().filter(|flow| flow.from == who).filter_map(|flow| flow.asset.contract());
                let paid: Vec<B256> = paid.map(|token| token.into_word()).collect();
                let named = |write: &&Write| {
                    let mut keys = tx.keys.iter().filter(|key| U256::from_be_bytes(key.hash.0) == write.slot);
                    let is_claim =
                        |key: &MappingKey| key.words.iter().any(|word| is_name(word) && !paid.contains(word));
                    write.address == who && keys.next().is_some_and(is_claim)
                };
                let less = tx.writes.iter().filter(named);
                let less = less.filter(|write| write.before.checked_sub(write.after) == Some(amount));
                let payment = Flow { asset, from: who, to: who, amount, kind: FlowKind::Event, frame: 0, at: 0 };
                assert!(indexed.bookings(&payment, Booking::Less).eq(less));
                let either = tx.writes.iter().filter(named);
                let either = either.filter(|write| write.before.abs_diff(write.after) == amount);
                assert!(indexed.bookings(&payment, Booking::Either).eq(either));
            }
        }
        for slot in (0..5).map(slot) {
            let key = tx.keys.iter().find(|key| U256::from_be_bytes(key.hash.0) == slot);
            assert_eq!(indexed.key(slot), key);
            assert_eq!(indexed.keys_near(slot + U256::from(15), 16).next(), key);
            assert_eq!(indexed.keys_near(slot + U256::from(16), 16).next(), None);
        }
        assert!(indexed.distinct_keys().is_sorted_by(|one, two| one.hash != two.hash));
    }
}
