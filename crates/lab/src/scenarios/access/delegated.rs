//! Foreign code on one's own storage: Furucombo (February 2021).

use alloy_dyn_abi::DynSolValue;
use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use super::super::{
    declare::{IMPLEMENTATION, slot_holds},
    props::{allow, give, held, one, parts, pool, token, units},
};
use crate::{Arg as _, Scenario, Stage, args, call_data};

pub(super) const COMBO: Scenario = Scenario {
    id: "access/delegatecall/combo-handler",
    about: "a proxy that runs listed handlers on its own storage lists somebody's upgradeable proxy among them: a stranger \
            tells it which code is behind that, and takes what the users allowed",
    attack,
    twin,
};

const KIND: &str = "access/delegatecall";
const USERS: [(&str, u64); 5] =
    [("wes", 320_000), ("xia", 2_800_000), ("yan", 14_500), ("zoe", 660_000), ("abe", 93_000)];

struct Combo {
    owner: Address,
    registry: Address,
    at: Address,
    lending: Address,
    funds: Address,
    swap: Address,
    usd: Address,
    coin: Address,
    pool: Address,
    users: Vec<Address>,
}

fn combo(stage: &mut Stage<'_>) -> Result<Combo> {
    let owner = stage.actor("combo team");
    let registry = stage.deploy(owner, "ComboRegistry", args![])?;
    let at = stage.deploy(owner, "ComboProxy", args![registry])?;
    let logic = stage.deploy(owner, "LendingPoolLogic", args![])?;
    let lending = stage.deploy(owner, "LendingPoolProxy", args![])?;
    stage.call(owner, lending, "initialize(address,bytes)", args![logic, Bytes::new()]);
    let [funds, swap] = ["HFunds", "HSwap"].map(|name| stage.deploy(owner, name, args![]));
    let (funds, swap) = (funds?, swap?);
    for (handler, info) in [(funds, 1u8), (swap, 2), (lending, 3)] {
        stage.call(owner, registry, "register(address,bytes32)", args![handler, B256::with_last_byte(info)]);
    }
    stage.protect(at, "combo proxy");
    stage.protect(registry, "registry");
    // A proxy of combos has no code behind it.
    slot_holds(stage, "no-code-behind", KIND, at, IMPLEMENTATION, &[]);
    let usd = token(stage, owner, "DAI", 18)?;
    let coin = token(stage, owner, "COMBO", 18)?;
    let deep = [(usd, stage.amount(units(20_000_000, 18))), (coin, stage.amount(units(8_000_000, 18)))];
    let pool = pool(stage, owner, deep)?;
    let mut users = Vec::new();
    for (name, whole) in USERS {
        let user = stage.actor(name);
        let amount = stage.amount(units(whole, 18));
        give(stage, owner, usd, user, amount);
        allow(stage, user, usd, at);
        users.push(user);
    }
    stage.mine()?;
    let combo = Combo { owner, registry, at, lending, funds, swap, usd, coin, pool, users };
    for (user, whole) in combo.users.clone().into_iter().zip([3_000, 120_000, 800, 45_000]) {
        let amount = stage.amount(units(whole, 18));
        trade(stage, &combo, user, amount, None);
        stage.pass(1)?;
    }
    Ok(combo)
}

/// Brings dollars in, sells half of them, lends the rest where there is a handler for that, and takes back what is left.
fn trade(stage: &mut Stage<'_>, combo: &Combo, user: Address, amount: U256, lend: Option<Address>) {
    let half = amount / U256::from(2);
    let mut steps = vec![
        (combo.funds, call_data("inject(address[],uint256[])", args![vec![combo.usd], vec![amount]])),
        (combo.swap, call_data("sell(address,address,uint256)", args![combo.pool, combo.usd, half])),
    ];
    if let Some(handler) = lend {
        let deposit = "deposit(address,address,uint256)";
        steps.push((handler, call_data(deposit, args![combo.lending, combo.usd, amount - half])));
    }
    steps.push((combo.funds, call_data("giveBack(address[])", args![vec![combo.usd, combo.coin]])));
    let (tos, datas): (Vec<Address>, Vec<Bytes>) = steps.into_iter().unzip();
    let args: Vec<DynSolValue> = vec![tos.value(), datas.value()];
    stage.call(user, combo.at, "batchExec(address[],bytes[])", args);
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let combo = combo(stage)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let (at, lending, usd) = (combo.at, combo.lending, combo.usd);
    super::super::props::strike_in_parts(stage, thief, "ComboThief", combo.users.clone(), |number, victims| {
        let args = args![at, lending, usd, victims, payee];
        let signature = match number {
            0 => "begin(address,address,address,address[],address)",
            _ => "goOn(address,address,address,address[],address)",
        };
        (signature, args)
    })?;
    for user in combo.users {
        ensure!(held(stage, usd, user)?.is_zero(), "a user still holds something");
    }
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let combo = combo(stage)?;
    // A new handler is listed, and at once the largest users put all they have through it.
    let handler = stage.deploy(combo.owner, "HLending", args![])?;
    stage.call(combo.owner, combo.registry, "register(address,bytes32)", args![handler, B256::with_last_byte(4)]);
    stage.pass(1)?;
    for part in parts(stage, combo.users.clone()) {
        for user in part {
            let all = held(stage, combo.usd, user)?;
            trade(stage, &combo, user, all, Some(handler));
            stage.mine()?;
        }
        stage.between_parts()?;
    }
    for user in &combo.users {
        ensure!(held(stage, combo.usd, *user)?.is_zero(), "a user kept something");
        let supplied = one(stage, combo.lending, "supplied(address,address)", args![combo.usd, *user])?;
        ensure!(supplied > U256::ZERO && held(stage, combo.coin, *user)? > U256::ZERO, "a user got nothing");
    }
    Ok(())
}
