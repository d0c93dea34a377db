//! A ticket that outlives what was pledged for it: XCarnival (June 2022).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, args, ether,
    scenarios::{
        cast::{CITIZENS, assault},
        declare::view_never,
        props::{one, out_of_a_mixer},
    },
};

pub(super) const WITHDRAWN_PLEDGE: Scenario = Scenario {
    id: "logic/accounting/withdrawn-pledge",
    about: "a pawnshop lends on tickets, also on those whose piece was taken back; one mask is pledged and taken back as \
            often as there are coins to borrow (XCarnival, June 2022)",
    attack,
    twin,
};

struct Pawn {
    masks: Address,
    shop: Address,
    price: U256,
}

fn pawn(stage: &mut Stage<'_>) -> Result<Pawn> {
    let (maker, keeper) = (stage.actor("maker"), stage.actor("keeper"));
    let price = stage.amount(ether(10));
    let masks = stage.deploy(maker, "Masks", args![price])?;
    let shop = stage.deploy(keeper, "PawnShop", args![masks])?;
    stage.protect(shop, "pawnshop");
    view_never(stage, "debts-have-masks", "logic/accounting", shop, ("uncovered()", args![]), "observed.value > 0");
    stage.pass(1)?;
    for (number, name) in (1u64..).zip(CITIZENS) {
        let person = stage.actor(name);
        let savings = stage.amount(ether(60));
        stage.pay(person, shop, savings, "save()", args![]);
        stage.pay(person, masks, price, "buy(uint256)", args![1u64]);
        stage.call(person, masks, "approve(address,uint256)", args![shop, number]);
        stage.call(person, shop, "pledge(uint256)", args![number]);
        stage.pass(1)?;
        if number % 2 == 0 {
            let some = stage.amount(ether(2));
            stage.call(person, shop, "lend(uint256,uint256)", args![number, some]);
            stage.pass(1)?;
            stage.pay(person, shop, some, "repay(uint256)", args![number]);
            stage.call(person, shop, "reclaim(uint256)", args![number]);
        }
    }
    stage.pass(2)?;
    Ok(Pawn { masks, shop, price })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Pawn { shop, price, .. } = pawn(stage)?;
    let thief = out_of_a_mixer(stage, "thief", price.to::<u128>().div_ceil(9_000_000_000_000_000_000).try_into()?)?;
    let payee = stage.payee(thief);
    let before = stage.balance(shop)?;
    let mut first = true;
    assault(stage, thief, "PawnThief", |parts| {
        let sent = if std::mem::take(&mut first) { price } else { U256::ZERO };
        (sent, "run(address,uint256,address)", args![shop, 48 / parts, payee])
    })?;
    let left = stage.balance(shop)?;
    ensure!(left < before / U256::from(10), "{left} of {before} is left");
    Ok(())
}

/// A collector buys forty masks, pledges them, takes a few back and borrows on the rest, in one go.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Pawn { shop, price, masks } = pawn(stage)?;
    let collector = stage.actor("collector");
    let contract = stage.deploy(collector, "PawnCollector", args![])?;
    stage.pass(1)?;
    let parts = stage.variation.parts;
    for _ in 0..parts {
        let (number, back) = (36 / parts, 6 / parts);
        let run = "run(address,uint256,uint256,address)";
        stage.pay(collector, contract, price * U256::from(number), run, args![shop, number, back, collector]);
        stage.between_parts()?;
    }
    let (minted, bare) = (one(stage, masks, "minted()", args![])?, one(stage, shop, "uncovered()", args![])?);
    ensure!(minted == U256::from(41) && bare.is_zero(), "{minted} masks, {bare} without one");
    Ok(())
}
