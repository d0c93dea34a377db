//! An emergency exit that asks whether an account is solvent, not whether it will be: Platypus (February 2023).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, args,
    scenarios::{
        cast::{CITIZENS, assault_anew, issue, lender, newcomer, paired},
        declare::view_never,
        props::{allow, held, one, units, whom},
    },
};

pub(super) const EMERGENCY_EXIT: Scenario = Scenario {
    id: "logic/accounting/emergency-exit",
    about: "whoever borrowed all he could takes back what he staked for it, for the emergency exit looks at the books from \
            before (Platypus, February 2023)",
    attack,
    twin,
};

const DEPOSIT: &str = "deposit(uint256)";
const BORROW: &str = "borrow(uint256)";

struct Farm {
    dollar: Address,
    farm: Address,
    usp: Address,
    market: Address,
    lender: Address,
}

fn million(stage: &Stage<'_>, number: u64) -> U256 {
    stage.amount(units(1_000_000 * number, 6))
}

/// A farm on whose shares people borrow a dollar of the farm's own, for which there is a market.
fn farm(stage: &mut Stage<'_>) -> Result<Farm> {
    let (admin, maker) = (stage.actor("admin"), stage.actor("maker"));
    let mut holders = vec![(maker, million(stage, 45))];
    for name in CITIZENS {
        holders.push((stage.actor(name), million(stage, 2)));
    }
    let dollar = issue(stage, admin, "USDC", 6, &holders)?;
    let lp = stage.deploy(admin, "AssetPool", args![dollar])?;
    let farm = stage.deploy(admin, "TreasureFarm", args![lp])?;
    stage.mine()?;
    let usp = whom(stage, farm, "usp()", args![])?;
    for (contract, name) in [(lp, "pool"), (farm, "farm"), (usp, "USP")] {
        stage.protect(contract, name);
    }
    let kind = "logic/accounting";
    view_never(stage, "usp-secured", kind, farm, ("unsecured()", args![]), "observed.value > 0");
    let wad = |stage: &Stage<'_>, thousands: u64| stage.amount(units(1_000 * thousands, 18));
    let mut stakers = vec![(maker, million(stage, 12), wad(stage, 9_500))];
    for name in CITIZENS {
        stakers.push((stage.actor(name), million(stage, 1), wad(stage, 700)));
    }
    for (staker, amount, loan) in stakers {
        allow(stage, staker, dollar, lp);
        stage.call(staker, lp, DEPOSIT, args![amount]);
        allow(stage, staker, lp, farm);
        stage.call(staker, farm, DEPOSIT, args![amount]);
        stage.call(staker, farm, BORROW, args![loan]);
        stage.pass(1)?;
    }
    let market = paired(stage, maker, (usp, wad(stage, 8_000)), (dollar, million(stage, 8)))?;
    let lender = lender(stage, maker, &[(dollar, million(stage, 20))])?;
    let dave = stage.actor("dave");
    allow(stage, dave, usp, farm);
    stage.call(dave, farm, "repay(uint256)", args![wad(stage, 300)]);
    stage.call(dave, farm, "withdraw(uint256)", args![million(stage, 1) / U256::from(3)]);
    stage.pass(2)?;
    Ok(Farm { dollar, farm, usp, market, lender })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Farm { dollar, farm, usp, market, lender } = farm(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let loan = million(stage, 10);
    assault_anew(stage, thief, "TreasureThief", |parts| {
        let job = Tuple(args![farm, market, loan / U256::from(parts), payee]).value();
        let args = vec![lender.value(), job];
        (U256::ZERO, "run(address,(address,address,uint256,address))", args)
    })?;
    let (dollars, stable) = (held(stage, dollar, payee)?, held(stage, usp, payee)?);
    ensure!(dollars > million(stage, 2), "{dollars} dollars were taken");
    ensure!(stable > stage.amount(units(4_000_000, 18)), "{stable} of the farm's dollars were taken");
    Ok(())
}

/// A position is closed with a loan for a moment: it buys the debt back and repays it, the stake comes out by the
/// emergency exit, and the loan goes back.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Farm { dollar, farm, market, lender, .. } = farm(stage)?;
    let (admin, whale) = (stage.actor("admin"), stage.actor("whale"));
    let (stake, loan) = (million(stage, 2), stage.amount(units(1_000_000, 18)));
    stage.call(admin, dollar, "mint(address,uint256)", args![whale, stake]);
    let position = stage.deploy(whale, "TreasureExit", args![])?;
    allow(stage, whale, dollar, position);
    stage.call(whale, position, "open(address,uint256,uint256)", args![farm, stake, loan]);
    stage.wait(40 * 86_400);
    stage.pass(2)?;
    let amount = million(stage, 1) * U256::from(12) / U256::from(10);
    let close = "close(address,address,address,uint256)";
    stage.call(whale, position, close, args![lender, farm, market, amount]);
    stage.mine()?;
    let (back, owed) = (held(stage, dollar, whale)?, one(stage, farm, "debt(address)", args![position])?);
    // The dollars that bought back the debt are gone; what was borrowed is still there.
    ensure!(owed.is_zero() && back > stake * U256::from(35) / U256::from(100), "{owed} are owed, {back} came back");
    Ok(())
}
