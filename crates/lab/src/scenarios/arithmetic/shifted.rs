//! A shift whose guard looks at the wrong mask: Cetus (May 2025).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args,
    scenarios::{
        cast::{CITIZENS, issue, lender},
        declare::leaves_in_a_day_at_most,
        props::{allow, held, out_of_a_mixer, strike_in_parts, units},
    },
};

pub(super) const SHIFTED_RANGE: Scenario = Scenario {
    id: "arithmetic/overflow/shifted-range",
    about: "a number is shifted beyond its end because the guard compares with the wrong mask: liquidity without end costs \
            one unit, and is given back for all there is (Cetus, May 2025)",
    attack,
    twin,
};

struct Range {
    issuer: Address,
    at: Address,
    lender: Address,
    tokens: Vec<Address>,
}

fn range(stage: &mut Stage<'_>) -> Result<Range> {
    let (issuer, maker) = (stage.actor("issuer"), stage.actor("maker"));
    let at = stage.deploy(maker, "ShiftedRange", args![])?;
    stage.protect(at, "range");
    let mut tokens = Vec::new();
    for (name, decimals, whole) in [("SUI", 9, 900_000), ("USDC", 6, 2_400_000), ("HAWK", 18, 70_000_000)] {
        let all = stage.amount(units(whole, decimals));
        let mut holders = vec![(maker, all * U256::from(2))];
        for name in CITIZENS {
            holders.push((stage.actor(name), all / U256::from(5)));
        }
        let token = issue(stage, issuer, name, decimals, &holders)?;
        let most = all * U256::from(2) / U256::from(3);
        let id = format!("a-day-of-{}", name.to_lowercase());
        leaves_in_a_day_at_most(stage, &id, "arithmetic/overflow", (at, Some(token)), most);
        tokens.push(token);
        for (holder, amount) in holders.into_iter().skip(1) {
            allow(stage, holder, token, at);
            let most = amount * U256::from(4) / U256::from(5);
            stage.call(holder, at, "addLiquidity(address,uint256)", args![token, most]);
        }
        stage.pass(1)?;
        let carol = stage.actor("carol");
        let some = all / U256::from(12);
        stage.call(carol, at, "removeLiquidity(address,uint256)", args![token, some]);
        stage.pass(1)?;
    }
    let mut means = Vec::new();
    for token in &tokens {
        means.push((*token, held(stage, *token, maker)? / U256::from(2)));
    }
    let lender = lender(stage, maker, &means)?;
    stage.wait(86_400);
    stage.pass(2)?;
    Ok(Range { issuer, at, lender, tokens })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Range { at, lender, tokens, .. } = range(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    strike_in_parts(stage, thief, "ShiftThief", tokens.clone(), |_, part| {
        ("run(address,address,address[],address)", args![at, lender, part, payee])
    })?;
    for token in tokens {
        let left = held(stage, token, at)?;
        ensure!(left <= U256::ONE && !held(stage, token, payee)?.is_zero(), "{left} is left");
    }
    Ok(())
}

/// A market maker brings half as much as there is by a flash loan and takes it out at once, as for a large trade, and
/// later does so with its own for a day.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Range { issuer, at, lender, tokens } = range(stage)?;
    let house = stage.actor("house");
    let robot = stage.deploy(house, "ShiftMaker", args![at])?;
    stage.mine()?;
    for token in &tokens {
        let half = held(stage, *token, at)? / U256::from(2);
        stage.call(issuer, *token, "mint(address,uint256)", args![robot, half]);
        stage.call(house, robot, "flash(address,address,uint256)", args![lender, *token, half / U256::from(2)]);
        stage.between_parts()?;
    }
    stage.wait(86_400);
    stage.pass(1)?;
    for token in &tokens {
        let own = held(stage, *token, robot)?;
        stage.call(house, robot, "enter(address,uint256)", args![*token, own * U256::from(9) / U256::from(10)]);
        stage.mine()?;
    }
    stage.wait(86_400);
    stage.pass(1)?;
    for token in &tokens {
        stage.call(house, robot, "leave(address)", args![*token]);
        stage.between_parts()?;
        ensure!(!held(stage, *token, house)?.is_zero(), "nothing came back");
    }
    Ok(())
}
