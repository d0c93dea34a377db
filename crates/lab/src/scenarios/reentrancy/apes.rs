//! An account that is closed after its last piece went out, whatever its owner did meanwhile: Omni (July 2022).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, newcomer, wrap},
        declare::view_never,
        props::{allow, held, one},
    },
};

pub(super) const APE_LOANS: Scenario = Scenario {
    id: "reentrancy/token-callback/ape-loans",
    about: "a lender closes an account once its last ape has gone out; its receiver pledges others from within and borrows, \
            and the account is closed with the debt (Omni, July 2022)",
    attack,
    twin,
};

struct House {
    apes: Address,
    shop: Address,
    loans: Address,
    floor: U256,
    borrowers: Vec<Address>,
}

fn declare(stage: &mut Stage<'_>, house: &House, others: &[Address]) {
    let all = [house.borrowers.as_slice(), others].concat();
    let view = ("unowed(address[])", args![all]);
    view_never(stage, "debts-are-owed", "reentrancy/token-callback", house.loans, view, "observed.value > 0");
}

fn house(stage: &mut Stage<'_>) -> Result<House> {
    let (artist, maker, admin) = (stage.actor("artist"), stage.actor("maker"), stage.actor("admin"));
    let floor = stage.amount(ether(5));
    let apes = stage.deploy(artist, "LoanApe", args![])?;
    let shop = stage.deploy(maker, "ApeShop", args![apes, floor])?;
    let loans = stage.deploy(admin, "ApeLoans", args![WETH, apes, floor])?;
    stage.protect(loans, "ape loans");
    stage.call(artist, apes, "mint(address,uint256)", args![maker, 60u64]);
    stage.call(maker, apes, "setApprovalForAll(address,bool)", args![shop, true]);
    stage.call(maker, shop, "fill(uint256[])", args![(1..=60u64).collect::<Vec<_>>()]);
    stage.transfer(maker, shop, floor * U256::from(40));
    stage.pass(1)?;
    for name in CITIZENS {
        let saver = stage.actor(name);
        wrap(stage, saver, stage.amount(ether(20)));
        allow(stage, saver, WETH, loans);
        stage.call(saver, loans, "supply(uint256)", args![stage.amount(ether(20))]);
    }
    stage.pass(1)?;
    let mut borrowers = Vec::new();
    for (n, count) in [(0u64, 2u64), (1, 1), (2, 3)] {
        let who = stage.actor(&format!("collector {n}"));
        borrowers.push(who);
        stage.mine()?;
        let first = one(stage, apes, "next()", args![])?;
        stage.call(artist, apes, "mint(address,uint256)", args![who, count]);
        stage.call(who, apes, "setApprovalForAll(address,bool)", args![loans, true]);
        let ids: Vec<U256> = (0..count).map(|n| first + U256::from(n)).collect();
        stage.call(who, loans, "depositApes(uint256[])", args![ids.clone()]);
        let loan = floor * U256::from(count) / U256::from(4);
        stage.call(who, loans, "borrow(uint256)", args![loan]);
        stage.pass(1)?;
        if n == 1 {
            allow(stage, who, WETH, loans);
            stage.call(who, loans, "repay(uint256)", args![loan]);
            stage.call(who, loans, "withdrawApes(uint256[],address)", args![ids, who]);
            stage.pass(1)?;
        }
    }
    Ok(House { apes, shop, loans, floor, borrowers })
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let house = house(stage)?;
    declare(stage, &house, &[]);
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let had = held(stage, WETH, payee)?;
    let before = held(stage, WETH, house.loans)?;
    assault(stage, thief, "ApeLoanThief", |parts| {
        let count = U256::from(24 / parts);
        let ask = "run(address,address,uint256,address)";
        (house.floor * (count + U256::ONE), ask, args![house.loans, house.shop, count, payee])
    })?;
    let (left, loot) = (held(stage, WETH, house.loans)?, held(stage, WETH, payee)? - had);
    ensure!(loot > before / U256::from(2), "{loot} of {before} were taken, {left} are left");
    Ok(())
}

/// A desk takes its apes back, each is sold as it comes and another one pledged in its place; in the end it repays and
/// takes all of them.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let house = house(stage)?;
    let keeper = newcomer(stage, "keeper of the desk")?;
    let desk = stage.deploy(keeper, "ApeDesk", args![house.loans, house.shop])?;
    declare(stage, &house, &[desk]);
    stage.mine()?;
    let loan = house.floor * U256::from(3);
    // The shop sells the last of its stock first.
    stage.pay(keeper, desk, house.floor * U256::from(12), "open(uint256,uint256)", args![12u64, loan]);
    stage.pass(2)?;
    let first: Vec<u64> = (49..=54).collect();
    stage.pay(keeper, desk, house.floor * U256::from(6), "rotate(uint256[],uint256)", args![first, 6u64]);
    stage.pass(2)?;
    let debt = one(stage, house.loans, "debtOf(address)", args![desk])?;
    ensure!(debt == loan, "{debt} are owed of {loan}");
    allow(stage, keeper, WETH, desk);
    let rest: Vec<u64> = (43..=48).chain(55..=60).collect();
    stage.call(keeper, desk, "close(uint256[],uint256)", args![rest, loan]);
    stage.mine()?;
    let count = one(stage, house.loans, "countOf(address)", args![desk])?;
    let apes = one(stage, house.apes, "balanceOf(address)", args![desk])?;
    ensure!(count.is_zero() && apes.is_zero(), "{count} are pledged, {apes} are held");
    Ok(())
}
