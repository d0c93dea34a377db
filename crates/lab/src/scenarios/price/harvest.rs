//! A sale that anybody may start, with no limit to how little it brings: jars whose harvests were sandwiched.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, lender, newcomer, paired},
        declare::view_never,
        props::{allow, held},
    },
};

pub(super) const BLIND_HARVEST: Scenario = Scenario {
    id: "price/spot-manipulation/blind-harvest",
    about: "a jar sells its harvest for whatever a pool gives, whenever anybody asks; a thief sells a loan of the same crop \
            before it and buys it back after it",
    attack,
    twin,
};

struct Farm {
    want: Address,
    dear: Address,
    jar: Address,
    lender: Address,
}

fn thousand(stage: &Stage<'_>, number: u64) -> U256 {
    stage.amount(ether(1_000 * number))
}

fn farm(stage: &mut Stage<'_>) -> Result<Farm> {
    let (farmer, maker) = (stage.actor("farmer"), stage.actor("maker"));
    let mut holders = vec![(maker, thousand(stage, 100_000))];
    for name in CITIZENS {
        holders.push((stage.actor(name), thousand(stage, 500)));
    }
    let want = issue(stage, farmer, "CVXFRAX", 18, &holders)?;
    let crop = issue(stage, farmer, "GRAIN", 18, &[(maker, thousand(stage, 100_000))])?;
    let (sides, others) = (thousand(stage, 1_000), thousand(stage, 2_000));
    let pool = paired(stage, maker, (want, sides), (crop, others))?;
    let dear = paired(stage, maker, (want, sides), (crop, others))?;
    let means = [(want, thousand(stage, 20_000)), (crop, thousand(stage, 20_000))];
    let lender = lender(stage, maker, &means)?;
    let batch = thousand(stage, 100);
    let jar = stage.deploy(farmer, "GrainJar", args![want, crop, pool, batch])?;
    stage.protect(jar, "jar");
    // A harvest brings about half a token for one; what brings less than a fifth was not sold on a market.
    let poor = format!("observed.value != 0 && observed.value < amount(\"{}\")", ether(1) / U256::from(5));
    view_never(stage, "harvests-bring-something", "price/spot-manipulation", jar, ("lastRate()", args![]), &poor);
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        allow(stage, person, want, jar);
        let amount = thousand(stage, 400);
        stage.call(person, jar, "put(uint256)", args![amount]);
        stage.pass(1)?;
    }
    // A harvest before this one.
    stage.call(maker, crop, "transfer(address,uint256)", args![jar, batch / U256::from(4)]);
    stage.call(farmer, jar, "earn()", args![]);
    stage.pass(1)?;
    stage.call(maker, crop, "transfer(address,uint256)", args![jar, batch * U256::from(3)]);
    stage.pass(2)?;
    Ok(Farm { want, dear, jar, lender })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Farm { want, jar, lender, .. } = farm(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let (before, loan) = (held(stage, want, jar)?, thousand(stage, 14_000));
    let mut left = 3u64;
    assault(stage, thief, "GrainThief", |parts| {
        let now = if parts == 2 && left == 3 { 2 } else { left.min(3u64.div_ceil(parts)).max(1) };
        left -= now;
        (U256::ZERO, "run(address,address,uint256,uint256,address)", args![lender, jar, loan, now, payee])
    })?;
    let (loot, grown) = (held(stage, want, payee)?, held(stage, want, jar)? - before);
    ensure!(loot > grown, "{loot} of the harvest went away, {grown} came in");
    Ok(())
}

/// The same sales, started by somebody who carries what became cheap by them to another pool.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Farm { want, dear, jar, lender } = farm(stage)?;
    let before = held(stage, want, jar)?;
    let carrier = stage.actor("carrier");
    let contract = stage.deploy(carrier, "GrainCarrier", args![])?;
    stage.pass(1)?;
    let rounds = if stage.variation.parts == 1 { vec![3u64] } else { vec![1, 1, 1] };
    for rounds in rounds {
        let loan = thousand(stage, 22) * U256::from(rounds);
        let run = "run(address,address,address,uint256,uint256,address)";
        stage.call(carrier, contract, run, args![lender, jar, dear, loan, rounds, carrier]);
        stage.between_parts()?;
    }
    let (grown, won) = (held(stage, want, jar)? - before, held(stage, want, carrier)?);
    ensure!(grown > thousand(stage, 110) && !won.is_zero(), "the harvest brought {grown}, the way {won}");
    Ok(())
}
