//! A list of actions whose last one makes forget what the others need: Abracadabra (October 2025).

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, issue, lender, newcomer, paired, rich, wrap},
        declare::view_never,
        props::{allow, held, one},
    },
};

pub(super) const FORGOTTEN_CHECK: Scenario = Scenario {
    id: "logic/accounting/forgotten-check",
    about: "a lender looks whether a borrower is solvent after a list of actions, unless the last is one that it does not \
            know; a stranger borrows all, and then does nothing (Abracadabra, October 2025)",
    attack,
    twin,
};

struct Kitchen {
    coin: Address,
    pool: Address,
    cauldron: Address,
    lender: Address,
}

fn kitchen(stage: &mut Stage<'_>) -> Result<Kitchen> {
    let (master, maker) = (stage.actor("master"), rich(stage, "maker", 300_000));
    let stock = stage.amount(ether(6_000_000));
    let coin = issue(stage, master, "MIM", 18, &[(maker, stock * U256::from(4))])?;
    let coins = stage.amount(ether(8_000));
    wrap(stage, maker, coins * U256::from(3));
    let pool = paired(stage, maker, (coin, stock * U256::from(4) / U256::from(1)), (WETH, coins))?;
    let lender = lender(stage, maker, &[(WETH, coins)])?;
    // A coin is worth three thousand.
    let cauldron = stage.deploy(master, "Cauldron", args![WETH, coin, ether(3_000)])?;
    stage.protect(cauldron, "cauldron");
    stage.call(master, coin, "mint(address,uint256)", args![cauldron, stock]);
    view_never(
        stage,
        "debts-are-covered",
        "logic/accounting",
        cauldron,
        ("insolvent()", args![]),
        "observed.value > 0",
    );
    stage.pass(1)?;
    for name in CITIZENS {
        let person = stage.actor(name);
        let share = stage.amount(ether(60));
        wrap(stage, person, share);
        allow(stage, person, WETH, cauldron);
        let debt = stage.amount(ether(70_000));
        let datas = vec![data(args![share]), data(args![debt, person])];
        cook(stage, person, cauldron, &[10, 5], datas);
        stage.pass(1)?;
    }
    Ok(Kitchen { coin, pool, cauldron, lender })
}

fn data(args: Vec<DynSolValue>) -> DynSolValue {
    DynSolValue::Bytes(crate::encode(args))
}

fn cook(stage: &mut Stage<'_>, who: Address, cauldron: Address, actions: &[u64], datas: Vec<DynSolValue>) {
    let args = vec![actions.to_vec().value(), DynSolValue::Array(datas)];
    stage.call(who, cauldron, "cook(uint8[],bytes[])", args);
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Kitchen { coin, pool, cauldron, .. } = kitchen(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let stock = held(stage, coin, cauldron)?;
    assault(stage, thief, "CauldronThief", |parts| {
        let amount = stock / U256::from(parts);
        (U256::ZERO, "run(address,address,uint256,address)", args![cauldron, pool, amount, payee])
    })?;
    let left = held(stage, coin, cauldron)?;
    ensure!(left < U256::from(10), "{left} is left");
    Ok(())
}

/// Somebody makes a thousand coins of his own carry as sixteen hundred: a loan for a moment, pledged and paid back with
/// what was borrowed on it.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Kitchen { coin, pool, cauldron, lender } = kitchen(stage)?;
    let trader = rich(stage, "trader", 10_000);
    let contract = stage.deploy(trader, "CauldronLever", args![])?;
    let (own, more) = (stage.amount(ether(1_000)), stage.amount(ether(600)));
    wrap(stage, trader, own);
    allow(stage, trader, WETH, contract);
    stage.pass(1)?;
    let parts = U256::from(stage.variation.parts);
    let before = held(stage, coin, cauldron)?;
    for _ in 0..stage.variation.parts {
        let debt = stage.amount(ether(2_400_000)) / parts;
        let plan: DynSolValue = Tuple(args![cauldron, pool, own / parts, debt]).value();
        let args = vec![lender.value(), plan, (more / parts).value()];
        stage.call(trader, contract, "run(address,(address,address,uint256,uint256),uint256)", args);
        stage.between_parts()?;
    }
    let (lent, bad) = (before - held(stage, coin, cauldron)?, one(stage, cauldron, "insolvent()", args![])?);
    ensure!(lent > stage.amount(ether(2_000_000)) && bad.is_zero(), "{lent} were lent, {bad} are bad");
    Ok(())
}
