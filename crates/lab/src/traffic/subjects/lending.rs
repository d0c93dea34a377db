//! A money market behind a proxy with its price feeds: loans, liquidations, and days on which prices fall.

use anyhow::Result;
use case::Planned;
use facts::{Address, U256};

use super::{
    super::{
        Kind,
        city::City,
        places::{BTC, DAI, LINK, USDC, USDT, WRAPPED},
    },
    swaps,
};
use crate::{args, call_data};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    pub(in super::super) market: Address,
    /// Who may change it and its proxy.
    pub(in super::super) owner: usize,
    guardian: usize,
    reporter: usize,
    feeds: Vec<(usize, Address, u64)>,
    suppliers: Vec<(Address, usize)>,
    pub(in super::super) borrowers: Vec<(Address, usize, usize)>,
    versions: u64,
}

impl Places {
    pub(in super::super) fn protected(&self) -> Vec<(Address, String)> {
        vec![(self.market, "money market".to_owned())]
    }
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "lending: supply", weight: 260, act: supply },
    Kind { name: "lending: withdraw", weight: 180, act: withdraw },
    Kind { name: "lending: borrow", weight: 160, act: borrow },
    Kind { name: "lending: repay", weight: 110, act: repay },
    Kind { name: "price feeds report", weight: 160, act: report },
    Kind { name: "market crash", weight: 1, act: crash },
    Kind { name: "parameter changed by its owner", weight: 30, act: parameter },
    Kind { name: "upgrade by the admin of a proxy", weight: 35, act: upgrade },
    Kind { name: "guardian pauses and lifts it again", weight: 12, act: brake },
];

const LISTED: [usize; 6] = [WRAPPED, USDC, USDT, DAI, BTC, LINK];

/// Puts up the market with feeds, and supplies it.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let [owner, guardian, reporter] = [(); 3].map(|()| city.newcomer());
    let [owner_at, guardian_at, reporter_at] = [owner, guardian, reporter].map(|id| city.at(id));
    let code = city.deploy(owner_at, "TownLending", args![])?;
    let start = call_data("initialize(address,address)", args![owner_at, guardian_at]);
    let market = city.deploy(owner_at, "AdminProxy", args![code, owner_at, start])?;
    let mut feeds = Vec::new();
    for coin in LISTED {
        let feed = city.deploy(reporter_at, "TownFeed", args![])?;
        let Some(what) = city.places.coins.get(coin).copied() else { continue };
        tell(city, reporter_at, feed, what.price_cents);
        let (ltv, threshold) = if [WRAPPED, BTC].contains(&coin) { (8000u64, 8250u64) } else { (7500, 7800) };
        let listed = args![what.at, feed, what.unit, ltv, threshold];
        city.call(owner_at, market, "list_(address,address,uint256,uint256,uint256)", listed);
        feeds.push((coin, feed, what.price_cents));
    }
    city.places.lending = Places { market, owner, guardian, reporter, feeds, versions: 1, ..Places::default() };
    let whale = swaps::maker(city);
    for coin in LISTED {
        let amount = city.dollars(coin, 30_000_000);
        city.ready(whale, coin, market, amount)?;
        city.mine()?;
        put_in(city, whale, coin, amount);
    }
    city.mine()
}

fn tell(city: &mut City<'_>, reporter: Address, feed: Address, price_cents: u64) {
    // Eight digits of a dollar.
    city.call(reporter, feed, "transmit(int256)", vec![int(price_cents * 1_000_000)]);
}

fn int(value: u64) -> alloy_dyn_abi::DynSolValue {
    alloy_dyn_abi::DynSolValue::Int(alloy_primitives::I256::try_from(value).unwrap_or_default(), 256)
}

fn put_in(city: &mut City<'_>, who: Address, coin: usize, amount: U256) {
    let (market, token) = (city.places.lending.market, city.places.coin(coin));
    let mut all = args![token, amount, who];
    all.push(alloy_dyn_abi::DynSolValue::Uint(U256::ZERO, 16));
    city.call(who, market, "supply(address,uint256,address,uint16)", all);
}

fn supply(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let coin = city.chance.pick(&LISTED).unwrap_or(USDC);
    let dollars = city.chance.heavy(100, 1_000_000);
    let (amount, market) = (city.dollars(coin, dollars), city.places.lending.market);
    city.ready(who, coin, market, amount)?;
    put_in(city, who, coin, amount);
    city.places.lending.suppliers.push((who, coin));
    Ok(())
}

fn withdraw(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.lending.suppliers.len());
    let Some((who, coin)) = city.places.lending.suppliers.get(index).copied() else { return Ok(()) };
    // What secures a debt stays.
    if city.places.lending.borrowers.iter().any(|(borrower, ..)| *borrower == who) {
        return Ok(());
    }
    let (market, token) = (city.places.lending.market, city.places.coin(coin));
    let held = city.read(market, "balance(address,address)", args![token, who])?;
    if held.is_zero() {
        city.places.lending.suppliers.swap_remove(index);
        return Ok(());
    }
    let all = city.chance.percent(60);
    let amount = if all { U256::MAX } else { city.chance.part(held, 50, 950) };
    if all {
        city.places.lending.suppliers.swap_remove(index);
    }
    city.call(who, market, "withdraw(address,uint256,address)", args![token, amount, who]);
    Ok(())
}

/// Somebody puts in collateral and takes a loan in the same block or the next ones.
fn borrow(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let market = city.places.lending.market;
    let (held, debt) = (
        city.chance.pick(&[WRAPPED, WRAPPED, WRAPPED, BTC, LINK]).unwrap_or(WRAPPED),
        city.chance.pick(&[USDC, USDT, DAI]).unwrap_or(USDC),
    );
    if city.places.lending.borrowers.iter().any(|(borrower, ..)| *borrower == who) {
        return Ok(());
    }
    let dollars = city.chance.heavy(300, 300_000);
    let amount = city.dollars(held, dollars);
    city.ready(who, held, market, amount)?;
    put_in(city, who, held, amount);
    let (share, blocks) = (city.chance.between(200, 770), city.chance.below(4));
    let token = city.places.coin(debt);
    let ask = move |city: &mut City<'_>| {
        let most = city.dollars(debt, dollars) * U256::from(share) / U256::from(1000);
        let mut all = args![token, most, U256::from(2)];
        all.push(alloy_dyn_abi::DynSolValue::Uint(U256::ZERO, 16));
        all.extend(args![who]);
        city.call(who, market, "borrow(address,uint256,uint256,uint16,address)", all);
        city.places.lending.borrowers.push((who, held, debt));
        Ok(())
    };
    if blocks == 0 {
        return ask(city);
    }
    city.later(blocks, ask);
    Ok(())
}

fn repay(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.lending.borrowers.len());
    let Some((who, _, coin)) = city.places.lending.borrowers.get(index).copied() else { return Ok(()) };
    let (market, token) = (city.places.lending.market, city.places.coin(coin));
    let owed = city.read(market, "owes(address,address)", args![token, who])?;
    if owed.is_zero() {
        city.places.lending.borrowers.swap_remove(index);
        return Ok(());
    }
    let all = city.chance.percent(50);
    let amount =
        if all { owed * U256::from(101) / U256::from(100) + U256::from(1) } else { city.chance.part(owed, 100, 800) };
    if all {
        city.places.lending.borrowers.swap_remove(index);
    }
    city.ready(who, coin, market, amount)?;
    city.call(who, market, "repay(address,uint256,uint256,address)", args![token, amount, U256::from(2), who]);
    Ok(())
}

/// Prices of the world move, and the feeds say so.
fn report(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.lending.feeds.len());
    let Some((coin, _, usual)) = city.places.lending.feeds.get(index).copied() else { return Ok(()) };
    let Some(now) = city.places.coins.get(coin).map(|coin| coin.price_cents) else { return Ok(()) };
    let next = if [USDC, USDT, DAI].contains(&coin) {
        100
    } else {
        // Up to two in a hundred either way, and a twentieth of the way back to where it used to be.
        let moved = now * city.chance.between(980, 1020) / 1000;
        (moved * 19 + usual) / 20
    };
    price(city, index, next);
    Ok(())
}

fn price(city: &mut City<'_>, feed: usize, price_cents: u64) {
    let Some((coin, at, _)) = city.places.lending.feeds.get(feed).copied() else { return };
    if let Some(coin) = city.places.coins.get_mut(coin) {
        coin.price_cents = price_cents;
    }
    let reporter = city.at(city.places.lending.reporter);
    tell(city, reporter, at, price_cents);
}

/// The great coin falls by four tenths within a few blocks. Markets follow, people take their money out, loans are
/// liquidated by whoever comes first; then it slowly recovers.
fn crash(city: &mut City<'_>) -> Result<()> {
    for step in 0..4u64 {
        city.later(1 + step * 2, move |city| {
            for feed in [0, 4] {
                let Some((coin, ..)) = city.places.lending.feeds.get(feed).copied() else { continue };
                let Some(now) = city.places.coins.get(coin).map(|coin| coin.price_cents) else { continue };
                price(city, feed, now * 88 / 100);
            }
            for pair in city.places.swaps.pairs.clone() {
                swaps::level(city, pair)?;
            }
            for _ in 0..25 {
                city.named("bank run in a crash", |city| withdraw(city))?;
            }
            Ok(())
        });
    }
    Ok(())
}

fn parameter(city: &mut City<'_>) -> Result<()> {
    let (owner, market) = (city.at(city.places.lending.owner), city.places.lending.market);
    let rate = city.chance.between(200, 900);
    city.call(owner, market, "setRate(uint256)", args![rate]);
    Ok(())
}

fn upgrade(city: &mut City<'_>) -> Result<()> {
    let (owner, market) = (city.at(city.places.lending.owner), city.places.lending.market);
    city.places.lending.versions += 1;
    let next = if city.places.lending.versions.is_multiple_of(2) { "TownLendingNext" } else { "TownLending" };
    let code = city.deploy(owner, next, args![])?;
    let blocks = city.chance.between(1, 30);
    city.later(blocks, move |city| {
        // OpenZeppelin's proxy makes its admin contract first.
        let admin = market.create(1);
        let nothing = facts::Bytes::new();
        city.world.announce("the market's next version", &[owner], &[(market, Planned::Implementation(code))])?;
        city.call(owner, admin, "upgradeAndCall(address,address,bytes)", args![market, code, nothing]);
        Ok(())
    });
    Ok(())
}

fn brake(city: &mut City<'_>) -> Result<()> {
    let (guardian, market) = (city.at(city.places.lending.guardian), city.places.lending.market);
    city.call(guardian, market, "pause()", args![]);
    // Within the block: a drill, so that nobody is locked out.
    city.call(guardian, market, "unpause()", args![]);
    Ok(())
}
