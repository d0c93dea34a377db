//! An account that its owner ruins for another account of his to liquidate: Euler (March 2023).

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, lender, paired},
        declare::view_never,
        props::{allow, held, one, out_of_a_mixer},
    },
};

pub(super) const RUINED_ACCOUNT: Scenario = Scenario {
    id: "logic/liquidation/ruined-account",
    about: "a borrower gives its collateral to the reserves, which nobody forbids, and its own liquidator takes the rest at \
            a discount (Euler, March 2023)",
    attack,
    twin,
};

const DEPOSIT: &str = "deposit(address,uint256)";
const BORROW: &str = "borrow(address,uint256)";
const PRICE: &str = "setPrice(address,uint256)";

struct Market {
    governor: Address,
    market: Address,
    dai: Address,
    coin: Address,
    pool: Address,
    lender: Address,
}

fn thousand(stage: &Stage<'_>, number: u64) -> U256 {
    stage.amount(ether(1_000 * number))
}

/// A market of dollars, coins and bitcoins, in which somebody borrows close to what is allowed.
fn market(stage: &mut Stage<'_>) -> Result<Market> {
    let (governor, maker, dave) = (stage.actor("governor"), stage.actor("maker"), stage.actor("dave"));
    let mut holders = vec![(maker, thousand(stage, 80_000))];
    for name in CITIZENS {
        holders.push((stage.actor(name), thousand(stage, 8_000)));
    }
    let dai = issue(stage, governor, "DAI", 18, &holders)?;
    let coin = issue(stage, governor, "WSTETH", 18, &[(maker, thousand(stage, 10)), (dave, thousand(stage, 1))])?;
    let bitcoin = issue(stage, governor, "WBTC", 18, &[(dave, thousand(stage, 1))])?;
    let market = stage.deploy(governor, "EulerLike", args![])?;
    stage.protect(market, "market");
    let kind = "logic/liquidation";
    view_never(stage, "market-solvent", kind, market, ("badDebt()", args![]), "observed.value > 0");
    for (token, dollars) in [(dai, 1), (coin, 3_000), (bitcoin, 50_000)] {
        stage.call(governor, market, PRICE, args![token, ether(dollars)]);
    }
    let pool = paired(stage, maker, (dai, thousand(stage, 13_500)), (coin, thousand(stage, 6)))?;
    let lender = lender(stage, maker, &[(dai, thousand(stage, 40_000))])?;
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, dai, market);
        stage.call(person, market, DEPOSIT, args![dai, thousand(stage, 8_000)]);
        stage.pass(1)?;
    }
    // Dave: coins for 600,000, bitcoins for two million, and a debt that is allowed as long as both stay where they are.
    for (token, amount) in [(coin, stage.amount(ether(200))), (bitcoin, stage.amount(ether(40)))] {
        allow(stage, dave, token, market);
        stage.call(dave, market, DEPOSIT, args![token, amount]);
    }
    stage.call(dave, market, BORROW, args![dai, thousand(stage, 9_800)]);
    stage.pass(2)?;
    Ok(Market { governor, market, dai, coin, pool, lender })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Market { market, dai, lender, .. } = market(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let (stake, before) = (thousand(stage, 20_000), held(stage, dai, market)?);
    assault(stage, thief, "EulerThief", |parts| {
        let job: DynSolValue = Tuple(args![market, stake / U256::from(parts), payee]).value();
        let args = vec![lender.value(), dai.value(), job];
        (U256::ZERO, "run(address,address,(address,uint256,address))", args)
    })?;
    let (loot, left) = (held(stage, dai, payee)?, held(stage, dai, market)?);
    ensure!(loot > before * U256::from(9) / U256::from(10), "{loot} of {before}, of which {left} are left");
    Ok(())
}

/// The price of coins falls by a quarter, and a keeper liquidates somebody with a loan for a moment.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Market { governor, market, dai, coin, pool, lender } = market(stage)?;
    let (keeper, dave) = (stage.actor("keeper"), stage.actor("dave"));
    let contract = stage.deploy(keeper, "EulerKeeper", args![])?;
    stage.pass(1)?;
    stage.call(governor, market, PRICE, args![coin, ether(2_250)]);
    stage.pass(1)?;
    let job: DynSolValue = Tuple(args![market, pool, dave, coin]).value();
    let args = vec![lender.value(), dai.value(), thousand(stage, 400).value(), job];
    stage.call(keeper, contract, "run(address,address,uint256,(address,address,address,address))", args);
    stage.mine()?;
    let (earned, bad) = (held(stage, dai, keeper)?, one(stage, market, "badDebt()", args![])?);
    ensure!(earned > thousand(stage, 50) && bad.is_zero(), "{earned} were earned, {bad} are bad");
    Ok(())
}
