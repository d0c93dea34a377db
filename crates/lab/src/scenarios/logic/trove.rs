//! A market that sells none of a piece for nothing, and hands it over: Treasure (March 2022).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, args,
    scenarios::props::{allow, give, held, one, parts, strike_in_parts, token, units},
};

pub(super) const NONE_OF_ONE: Scenario = Scenario {
    id: "logic/accounting/none-of-one",
    about: "a market multiplies the price by a quantity that may be zero, and a piece that is only one goes to whoever buys \
            none of it (Treasure, March 2022)",
    attack,
    twin,
};

const SELLERS: [(&str, u64); 6] = [("lou", 3), ("max", 1), ("nell", 2), ("otto", 1), ("pia", 4), ("rolf", 1)];

struct Trove {
    team: Address,
    magic: Address,
    smols: Address,
    relics: Address,
    market: Address,
    /// Number and owner of what is for sale.
    listed: Vec<(u64, Address)>,
}

fn trove(stage: &mut Stage<'_>) -> Result<Trove> {
    let team = stage.actor("team");
    let magic = token(stage, team, "MAGIC", 18)?;
    let smols = stage.deploy(team, "Smol", args![])?;
    let relics = stage.deploy(team, "Relics", args![])?;
    let market = stage.deploy(team, "TroveMarket", args![magic])?;
    stage.protect(market, "market");
    stage.pass(1)?;
    let list = "createListing(address,uint256,uint256,uint256)";
    let (mut listed, mut number) = (Vec::new(), 0);
    for (name, count) in SELLERS {
        let seller = stage.actor(name);
        stage.call(team, smols, "mint(address,uint256)", args![seller, count]);
        stage.call(team, relics, "mint(address,uint256,uint256)", args![seller, 7u64, 40u64]);
        for collection in [smols, relics] {
            stage.call(seller, collection, "setApprovalForAll(address,bool)", args![market, true]);
        }
        for _ in 0..count {
            number += 1;
            let price = stage.amount(units(1_100 + 90 * number, 18));
            stage.call(seller, market, list, args![smols, number, 1u64, price]);
            listed.push((number, seller));
        }
        stage.call(seller, market, list, args![relics, 7u64, 40u64, stage.amount(units(12, 18))]);
        stage.pass(1)?;
    }
    // Some are bought as one buys.
    for (buyer, which) in [("sina", 0), ("till", 4)] {
        let buyer = stage.actor(buyer);
        give(stage, team, magic, buyer, stage.amount(units(9_000, 18)));
        allow(stage, buyer, magic, market);
        let (id, seller) = listed[which];
        let buy = "buyItem(address,uint256,address,uint256)";
        stage.call(buyer, market, buy, args![smols, id, seller, 1u64]);
        stage.call(buyer, market, buy, args![relics, 7u64, seller, 5u64]);
        stage.pass(1)?;
    }
    let sold = [listed[0], listed[4]];
    listed.retain(|one| !sold.contains(one));
    Ok(Trove { team, magic, smols, relics, market, listed })
}

fn items(part: &[(u64, Address)]) -> Vec<Tuple> {
    part.iter().map(|(id, owner)| Tuple(args![*id, *owner])).collect()
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Trove { smols, market, listed, .. } = trove(stage)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let count = listed.len();
    strike_in_parts(stage, thief, "TroveThief", listed, |_, part| {
        let args = vec![market.value(), smols.value(), items(&part).value(), payee.value()];
        ("run(address,address,(uint256,address)[],address)", args)
    })?;
    let loot = one(stage, smols, "balanceOf(address)", args![payee])?;
    ensure!(loot == U256::from(count), "{loot} of {count} were taken");
    Ok(())
}

/// A collector's contract sweeps the floor; one seller gives his last away for a single unit.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Trove { team, magic, smols, relics, market, listed } = trove(stage)?;
    let collector = stage.actor("collector");
    let sweeper = stage.deploy(collector, "TroveSweeper", args![])?;
    give(stage, team, magic, sweeper, stage.amount(units(60_000, 18)));
    let (last, giver) = listed[listed.len() - 1];
    let list = "createListing(address,uint256,uint256,uint256)";
    stage.call(giver, market, list, args![smols, last, 1u64, U256::ONE]);
    stage.pass(1)?;
    let count = listed.len();
    let seller = listed[0].1;
    for part in parts(stage, listed) {
        let args = vec![market.value(), smols.value(), items(&part).value()];
        stage.call(collector, sweeper, "sweep(address,address,(uint256,address)[])", args);
        stage.between_parts()?;
    }
    let relics_of = "sweepRelics(address,address,uint256,address,uint256)";
    stage.call(collector, sweeper, relics_of, args![market, relics, 7u64, seller, 30u64]);
    stage.mine()?;
    let got = one(stage, smols, "balanceOf(address)", args![collector])?;
    let paid = held(stage, magic, seller)?;
    ensure!(got == U256::from(count) && !paid.is_zero(), "{got} of {count} were bought");
    Ok(())
}
