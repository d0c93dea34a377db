use std::fmt::Write as _;

use alloy_primitives::{U512, address, b256, keccak256};
use expect_test::{Expect, expect};
use facts::{Log, TxFacts, Write};
use proptest::prelude::*;

use super::*;

const PAIR: Address = address!("1111111111111111111111111111111111111111");
const DAI: Address = address!("6B175474E89094C44Da98b954EedeAC495271d0F");
const WETH: Address = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");

fn ether(amount: u64) -> U256 {
    U256::from(amount) * U256::from(10).pow(U256::from(18))
}

fn log(at: u32, signature: &str, topics: &[B256], words: &[U256]) -> Log {
    let topics = std::iter::once(keccak256(signature)).chain(topics.iter().copied()).collect();
    let data: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
    Log { address: PAIR, topics, data: data.into(), frame: 0, at }
}

fn write(at: u32, slot: u64, before: U256, after: U256) -> Write {
    Write { address: PAIR, slot: U256::from(slot), before, after, frame: 0, at }
}

fn check(logs: Vec<Log>, writes: Vec<Write>, says: Expect) {
    let tx = TxFacts { logs, writes, ..TxFacts::default() };
    let mut told = String::new();
    for found in moves(&tx) {
        let show = |price: Price| price.decimal(18, 18, 6);
        writeln!(
            told,
            "{:?} {:?} {:?}: {} -> {} at {} -> {} ({:?} and {:?} bp)",
            found.pool.kind,
            found.pool.sides,
            found.basis,
            found.before.map_or("?".to_owned(), show),
            show(found.worst),
            found.worst_at,
            show(found.after),
            found.worst_factor_bp(),
            found.after_factor_bp(),
        )
        .unwrap();
    }
    says.assert_eq(&told);
}

/// Topics as explorers print them, independent of our hashing of our own list.
#[test]
fn events_are_those_of_the_pools() {
    for (signature, topic) in [
        ("Sync(uint112,uint112)", b256!("1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1")),
        ("Sync(uint256,uint256)", b256!("cf2aa50876cdfbb541206f89af0ee78d44a2abf8d328e37fa4917f982149848a")),
        (
            "Swap(address,address,int256,int256,uint160,uint128,int24)",
            b256!("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"),
        ),
        (
            "Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)",
            b256!("19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83"),
        ),
        (
            "Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)",
            b256!("40e9cecb9f5f1f1c5b9c97dec2917b7ee92e57ba5563708daca94dd84ad7112f"),
        ),
        (
            "TokenExchange(address,int128,uint256,int128,uint256)",
            b256!("8b3e96f2b889fa771c53c981b40daf005f63f637f1869f707052d15a3dd97140"),
        ),
        (
            "Swap(bytes32,address,address,uint256,uint256)",
            b256!("2170c741c41531aec20e7c107c24eecfdd15e69c9bb0a8dd37b1840b9e0b207b"),
        ),
    ] {
        assert_eq!(keccak256(signature), topic, "{signature}");
    }
}

#[test]
fn a_price_that_is_pushed_and_let_go_is_told_from_storage_and_events() {
    let packed = |a: u64, b: u64| ether(a) | ether(b) << 112_usize | U256::from(7) << 224_usize;
    let sync = |at, a, b| log(at, "Sync(uint112,uint112)", &[], &[ether(a), ether(b)]);
    check(
        vec![sync(20, 4_000, 250), sync(40, 990, 1_010)],
        vec![
            write(19, 8, packed(1_000, 1_000), packed(4_000, 250)),
            write(39, 8, packed(4_000, 250), packed(990, 1_010)),
        ],
        expect![[r#"
            UniswapV2 Pair Spot: 1.000000 -> 0.062500 at 20 -> 1.020202 (Some(160000) and Some(10202) bp)
        "#]],
    );
    // Only logs were seen: nobody says where the price began.
    check(
        vec![sync(20, 4_000, 250), sync(40, 990, 1_010)],
        vec![],
        expect![[r#"
        UniswapV2 Pair Spot: ? -> 1.020202 at 40 -> 1.020202 (None and None bp)
    "#]],
    );
    check(vec![sync(20, 0, 250)], vec![], expect![[""]]);
}

#[test]
fn roots_of_prices_are_exact() {
    // The example of Uniswap's own guide: a pool of USDC and WETH, and 1540.82 USDC for one WETH.
    let root: U256 = "2018382873588440326581633304624437".parse().unwrap();
    let price = Price::of_root(root).unwrap();
    assert_eq!(price.inverse().decimal(18, 6, 2), "1540.82");
    assert_eq!(price.fraction(), (U512::from(root) * U512::from(root), U512::ONE << 192));

    let one = U256::ONE << 96_usize;
    let flag = U256::ONE << 240_usize;
    let swap = |at, root: U256| {
        let words = [U256::MAX, U256::from(5), root, U256::from(9), U256::from(1)];
        log(at, "Swap(address,address,int256,int256,uint160,uint128,int24)", &[B256::ZERO, B256::ZERO], &words)
    };
    // The lock is written beside the price, before and after it.
    check(
        vec![swap(20, one * U256::from(2)), swap(30, one)],
        vec![
            write(10, 0, one | flag, one),
            write(11, 0, one, one * U256::from(2)),
            write(21, 0, one << 1_usize, (one << 1_usize) | flag),
            write(25, 0, (one << 1_usize) | flag, one | flag),
        ],
        expect![[r#"
            UniswapV3 Pair Spot: 1.000000 -> 4.000000 at 20 -> 1.000000 (Some(40000) and Some(10000) bp)
        "#]],
    );
    let words = [U256::MAX, U256::from(5), one * U256::from(3), U256::from(9), U256::from(1), U256::from(3_000)];
    let signature = "Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)";
    let managed = log(20, signature, &[B256::repeat_byte(9), B256::ZERO], &words);
    check(
        vec![managed],
        vec![write(19, 77, one, one * U256::from(3))],
        expect![[r#"
        UniswapV4 Pair Spot: 1.000000 -> 9.000000 at 20 -> 9.000000 (Some(90000) and Some(90000) bp)
    "#]],
    );
}

#[test]
fn where_there_is_no_spot_price_the_rate_of_each_trade_counts() {
    let exchange = |at, sold: u64, paid, bought: u64, got| {
        let words = [U256::from(sold), ether(paid), U256::from(bought), ether(got)];
        log(at, "TokenExchange(address,int128,uint256,int128,uint256)", &[B256::ZERO], &words)
    };
    check(
        vec![exchange(1, 0, 100, 1, 99), exchange(2, 0, 100, 1, 40), exchange(3, 1, 50, 0, 100)],
        vec![],
        expect![[r#"
        Curve Coins(0, 1) Trade: 0.990000 -> 0.400000 at 2 -> 0.500000 (Some(24750) and Some(19800) bp)
    "#]],
    );
    let swap = |at, given: Address, taken: Address, paid, got| {
        let topics = [B256::repeat_byte(5), given.into_word(), taken.into_word()];
        log(at, "Swap(bytes32,address,address,uint256,uint256)", &topics, &[ether(paid), ether(got)])
    };
    check(
        vec![swap(1, DAI, WETH, 2_000, 1), swap(2, WETH, DAI, 1, 1_000)],
        vec![],
        expect![[r#"
        BalancerV2 Tokens(0x6b175474e89094c44da98b954eedeac495271d0f, 0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2) Trade: 0.000500 -> 0.001000 at 2 -> 0.001000 (Some(20000) and Some(20000) bp)
    "#]],
    );
}

#[test]
fn what_is_not_as_its_pool_writes_it_says_nothing() {
    let logs = vec![
        log(1, "Sync(uint112,uint112)", &[B256::ZERO], &[ether(1), ether(1)]),
        log(2, "Sync(uint112,uint112)", &[], &[ether(1)]),
        log(
            3,
            "TokenExchange(address,int128,uint256,int128,uint256)",
            &[B256::ZERO],
            &[U256::MAX, ether(1), U256::ZERO, ether(1)],
        ),
        log(
            4,
            "Swap(address,address,int256,int256,uint160,uint128,int24)",
            &[B256::ZERO, B256::ZERO],
            &[U256::ZERO, U256::ZERO, U256::MAX, U256::ZERO, U256::ZERO],
        ),
        log(
            5,
            "Swap(bytes32,address,address,uint256,uint256)",
            &[B256::ZERO, DAI.into_word(), DAI.into_word()],
            &[ether(1), ether(1)],
        ),
        Log { topics: Vec::new(), ..log(6, "", &[], &[]) },
    ];
    assert_eq!(marks(&TxFacts { logs, ..TxFacts::default() }), []);
}

#[test]
fn prices_compare_and_are_written_without_rounding_up() {
    let of = |a: u64, b: u64| Price::of_reserves(U256::from(a), U256::from(b)).unwrap();
    assert_eq!(of(1, 2), of(2, 4));
    assert!(of(2, 1) < of(1, 1));
    assert_eq!((of(1, 3).change_bp(of(1, 2)), of(1, 1).change_bp(of(1, 3))), (5_000, -6_667));
    assert_eq!((of(1, 3).factor_bp(of(1, 1)), of(1, 1).factor_bp(of(1, 3))), (30_000, 30_000));
    assert_eq!(of(3, 2).decimal(0, 0, 5), "0.66666");
    assert_eq!(of(3, 2).decimal(6, 18, 3), "0.000");
    assert_eq!(of(2, 300).decimal(0, 0, 0), "150");
    let weighted = Price::of_weights(ether(80), U256::from(80), ether(20), U256::from(20)).unwrap();
    assert_eq!(weighted, of(1, 1), "four times as much at four times the weight");
    assert_eq!(Price::of_reserves(U256::ZERO, U256::ONE), None);
    let extreme = Price::of_root((U256::ONE << 160_usize) - U256::ONE).unwrap();
    assert!(extreme.decimal(18, 6, 40).len() > 40);
    assert_eq!(extreme.change_bp(of(u64::MAX, 1)), i64::MAX);
    assert_eq!(extreme.inverse().factor_bp(extreme), u64::MAX);
}

#[test]
fn what_a_pool_answers_is_read() {
    let words = |words: &[U256]| {
        Answer::View(Ok(words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect::<Vec<_>>().into()))
    };
    let reserves = words(&[ether(2), ether(6), U256::from(1_700_000_000)]);
    assert_eq!(Price::of_reserves_answer(&reserves).unwrap().decimal(18, 18, 1), "3.0");
    assert_eq!(Price::of_root_answer(&words(&[U256::ONE << 96_usize])).unwrap().decimal(0, 0, 0), "1");
    assert_eq!(token(&words(&[U256::from_be_bytes(WETH.into_word().0)])), Some(WETH));
    for nothing in
        [Answer::View(Err("reverted".to_owned())), Answer::View(Ok(Default::default())), Answer::Blind(String::new())]
    {
        assert_eq!(
            (Price::of_reserves_answer(&nothing), Price::of_root_answer(&nothing), token(&nothing)),
            (None, None, None)
        );
    }
    let inputs: Vec<String> = token_asks(PAIR)
        .into_iter()
        .chain(coin_asks(PAIR, 1))
        .chain([reserves_ask(PAIR), slot0_ask(PAIR)])
        .map(|ask| {
            let Ask::View(request) = ask else { panic!() };
            alloy_primitives::hex::encode(&request.input[..4])
        })
        .collect();
    let selector = |text: &str| alloy_primitives::hex::encode(&keccak256(text)[..4]);
    let wanted = ["token0()", "token1()", "coins(uint256)", "coins(int128)", "getReserves()", "slot0()"].map(selector);
    assert_eq!(inputs, wanted);
}

proptest! {
    /// The worst price is never nearer than any other, whichever way it went.
    #[test]
    fn the_worst_is_the_furthest(reserves in proptest::collection::vec((1_u64..1_000, 1_u64..1_000), 1..12)) {
        let logs = (0..).zip(&reserves).map(|(at, (a, b))| log(at, "Sync(uint112,uint112)", &[], &[ether(*a), ether(*b)])).collect();
        let found = moves(&TxFacts { logs, ..TxFacts::default() });
        let first = Price::of_reserves(ether(reserves[0].0), ether(reserves[0].1)).unwrap();
        let furthest = reserves.iter().map(|(a, b)| Price::of_reserves(ether(*a), ether(*b)).unwrap().factor_bp(first)).max();
        prop_assert_eq!(Some(found[0].worst.factor_bp(first)), furthest);
    }

    #[test]
    fn any_log_is_read(data in proptest::collection::vec(any::<u8>(), 0..320), topics in 0..4_usize, event in 0..8_usize) {
        const EVENTS: [&str; 8] = [
            "Sync(uint112,uint112)", "Sync(uint256,uint256)", "Swap(address,address,int256,int256,uint160,uint128,int24)",
            "Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)",
            "Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)", "TokenExchange(address,int128,uint256,int128,uint256)",
            "TokenExchange(address,uint256,uint256,uint256,uint256)", "Swap(bytes32,address,address,uint256,uint256)",
        ];
        let log = Log { data: data.into(), ..log(1, EVENTS[event], &vec![B256::repeat_byte(3); topics], &[]) };
        let tx = TxFacts { logs: vec![log], ..TxFacts::default() };
        prop_assert!(moves(&tx).len() <= 1);
    }
}
