//! Trying out a stranger's contract: arguments are found, nothing is kept, and no code makes it take longer than it may.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "in a test a panic is the report")]

use std::{collections::BTreeMap, time::Instant};

use alloy_primitives::{Selector, hex, keccak256};
use atlas::{Atlas, Fork};
use facts::{
    AccountState, Address, Answer, Ask, B256, BlockRef, Budget, ChainId, Header, Overrides, Probe, Probed, Question,
    U256,
};
use trace::{Environment, Fetched, ReadError, StateReader, Tracer, answer};

const VICTIM: Address = Address::repeat_byte(0xa1);
const THIEF: Address = Address::repeat_byte(0xee);
const CONTRACT: Address = Address::repeat_byte(0xc0);
const COIN: u64 = 1_000_000_000_000_000_000;

struct Genesis(BTreeMap<Address, AccountState>);

impl StateReader for Genesis {
    fn fetch(&mut self, _: B256, accounts: &[Address], slots: &[(Address, U256)]) -> Result<Fetched, ReadError> {
        let accounts = accounts.iter().map(|address| self.0.get(address).cloned().unwrap_or_default()).collect();
        Ok(Fetched { accounts, slots: slots.iter().map(|_| U256::ZERO).collect() })
    }

    fn block_hash(&mut self, _: B256, number: u64) -> Result<B256, ReadError> {
        Ok(keccak256(number.to_be_bytes()))
    }
}

/// A world with the thief, a victim that pays whoever calls it all it has, and a contract of this code.
fn world(code: Vec<u8>) -> Tracer<Genesis> {
    let atlas = Atlas::embedded();
    let env = Environment::of(atlas.chain(&ChainId::eip155(1)).unwrap()).unwrap();
    // CALLER.call{value: SELFBALANCE}("")
    let pays = hex!("5f5f5f5f47335af100");
    let account = |code: &[u8], coins: u64| AccountState {
        nonce: 1,
        balance: U256::from(coins) * U256::from(COIN),
        code: code.to_vec().into(),
        ..AccountState::default()
    };
    let accounts = [(VICTIM, account(&pays, 50)), (THIEF, account(&[], 10)), (CONTRACT, account(&code, 0))];
    Tracer::new(env, Genesis(accounts.into()), 1, B256::ZERO)
}

fn probe(tracer: &mut Tracer<Genesis>, functions: Vec<Selector>, budget: Budget) -> Probed {
    let word = |account: Address| U256::from_be_bytes(account.into_word().0);
    let words = vec![word(THIEF), word(VICTIM), word(CONTRACT), U256::ONE, U256::from(COIN)];
    let values = vec![U256::from(COIN)];
    let ask = Ask::Probe(Probe { contract: CONTRACT, from: THIEF, functions, words, values });
    let at = BlockRef { chain: ChainId::eip155(1), number: 1, hash: B256::ZERO, parent: B256::ZERO };
    let question = Question { at, overrides: Overrides::default(), ask, budget };
    let head = Header { number: 1, gas_limit: 30_000_000, base_fee: Some(7), ..Header::default() };
    match answer(tracer, &question, &head, Fork::Shanghai) {
        Answer::Probed(probed) => *probed,
        other => panic!("{other:?}"),
    }
}

const PLENTY: Budget = Budget { gas: 400_000_000, reads: 64, time_ms: Some(5_000) };

/// For `0xdeadbeef(address)`: calls the second argument, which pays, if the first is the caller.
fn robber() -> Vec<u8> {
    let dispatch = hex!("5f3560e01c63deadbeef146011570000005b");
    let asks_caller = hex!("6004353314601d575f5ffd5b");
    let calls = hex!("5f5f5f5f5f6024355af100");
    [&dispatch[..], &asks_caller, &calls].concat()
}

#[test]
fn the_arguments_are_found_with_which_somebody_loses() {
    let mut tracer = world(robber());
    let probed = probe(&mut tracer, vec![Selector::from([0xde, 0xad, 0xbe, 0xef])], PLENTY);
    let run = probed.runs.first().unwrap_or_else(|| panic!("{probed:?}"));
    let lost = run.net().iter().find(|net| net.account == VICTIM).unwrap().loss();
    assert_eq!(lost, U256::from(50) * U256::from(COIN));
    let words: Vec<_> = run.frames[0].input[4..].chunks(32).map(|word| Address::from_slice(&word[12..])).collect();
    assert_eq!(words[..2], [THIEF, VICTIM]);
    assert_eq!((probed.left, probed.why), (vec![], None));
}

#[test]
fn nothing_of_it_is_kept() {
    let mut tracer = world(robber());
    let first = probe(&mut tracer, vec![Selector::from([0xde, 0xad, 0xbe, 0xef])], PLENTY);
    let again = probe(&mut tracer, vec![Selector::from([0xde, 0xad, 0xbe, 0xef])], PLENTY);
    assert_eq!((first.runs, first.tried), (again.runs, again.tried));
}

#[test]
fn a_function_that_wants_no_such_thing_gives_nothing_to_tell() {
    let mut tracer = world(hex!("00").to_vec());
    let probed = probe(&mut tracer, vec![Selector::from([1, 2, 3, 4])], PLENTY);
    // Coins that its caller gives it are a movement, and nobody else's.
    assert!(probed.runs.iter().all(|run| run.net().iter().all(|net| net.account == THIEF || net.loss().is_zero())));
}

#[test]
fn no_code_makes_it_take_longer_than_it_may_and_what_is_left_is_told() {
    let forever = hex!("5b5f56").to_vec();
    let functions: Vec<Selector> = (0..200u32).map(|number| Selector::from(number.to_be_bytes())).collect();
    for (code, what) in [(forever, "a loop"), ([&[0x5b; 24_000][..], &hex!("5f56")].concat(), "24 KB of JUMPDEST")] {
        let mut tracer = world(code);
        let start = Instant::now();
        let budget = Budget { gas: u64::MAX, time_ms: Some(200), ..PLENTY };
        let probed = probe(&mut tracer, functions.clone(), budget);
        println!("{what}: {:?} for {} runs", start.elapsed(), probed.tried);
        assert!(!probed.left.is_empty() && probed.why.is_some(), "{what}: {} left", probed.left.len());
        // Gas ends it as well, whatever the clock says.
        let budget = Budget { gas: 20_000_000, time_ms: None, ..PLENTY };
        let probed = probe(&mut tracer, functions.clone(), budget);
        assert!(probed.tried < 10 && probed.why.unwrap().contains("gas"), "{what}");
    }
}
