//! A role is given away. The override that lost its modifier is an old acquaintance of audits.

use anyhow::{Result, ensure};
use case::Planned;
use facts::{Address, U256};

use super::super::{
    declare::Invariant,
    props::{give, held, parts, token, units},
};
use crate::{Scenario, Stage, args, ether};

pub(super) const LOST_MODIFIER: Scenario = Scenario {
    id: "access/role-takeover/lost-modifier",
    about: "an override of grantRole lost its modifier: a stranger makes itself treasurer and pays itself over some blocks",
    attack,
    twin,
};

const KIND: &str = "access/role-takeover";

fn treasurer_role() -> facts::B256 {
    alloy_primitives::keccak256("TREASURER_ROLE")
}

struct Treasury {
    admin: Address,
    at: Address,
    usd: Address,
}

fn treasury(stage: &mut Stage<'_>, contract: &str) -> Result<Treasury> {
    let admin = stage.actor("admin");
    let usd = token(stage, admin, "USDT", 6)?;
    let at = stage.deploy(admin, contract, args![])?;
    stage.protect(at, "treasury");
    let treasurer = stage.actor("treasurer");
    let granted = Planned::RoleGranted { role: treasurer_role(), account: treasurer };
    stage.announce("a treasurer", &[admin], &[(at, granted)])?;
    stage.call(admin, at, "grantRole(bytes32,address)", args![treasurer_role(), treasurer]);
    let (dollars, coins) = (stage.amount(units(2_400_000, 6)), stage.amount(ether(640)));
    give(stage, admin, usd, at, dollars);
    stage.transfer(admin, at, coins);
    stage.mine()?;
    for (name, whole) in [("auditor", 48_000), ("designer", 7_500), ("host", 1_200)] {
        let to = stage.actor(name);
        let amount = stage.amount(units(whole, 6));
        stage.call(treasurer, at, "pay(address,address,uint256,string)", args![usd, to, amount, "invoice"]);
        stage.pass(2)?;
    }
    Ok(Treasury { admin, at, usd })
}

/// Roles are granted by the administrator only.
fn declare(stage: &mut Stage<'_>, treasury: &Treasury) {
    let broken = format!(
        "log.address == address(\"{:#x}\") && log.topic0 == topic(\"RoleGranted(bytes32,address,address)\") \
         && address(log.topic3) != address(\"{:#x}\")",
        treasury.at, treasury.admin,
    );
    let about = treasury.at;
    Invariant { id: "roles-from-the-admin", kind: KIND, on: "log", broken, about, asks: None }.declare(stage);
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let treasury = treasury(stage, "RoleTreasury")?;
    let Treasury { at, usd, .. } = treasury;
    declare(stage, &treasury);
    let before = stage.balance(at)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    stage.attack(|stage| {
        stage.call(thief, at, "grantRole(bytes32,address)", args![treasurer_role(), thief]);
        Ok(())
    })?;
    stage.pass(1)?;
    let dollars = held(stage, usd, at)?;
    let pieces = parts(stage, vec![dollars / U256::from(3); 3]);
    for part in pieces {
        let amount: U256 = part.into_iter().sum();
        stage.attack(|stage| {
            stage.call(thief, at, "pay(address,address,uint256,string)", args![usd, payee, amount, ""]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    stage.attack(|stage| {
        stage.call(thief, at, "payEther(address,uint256,string)", args![payee, before, ""]);
        Ok(())
    })?;
    stage.mine()?;
    ensure!(stage.balance(at)?.is_zero() && held(stage, usd, at)? < U256::from(3), "something is left");
    Ok(())
}

fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let treasury = treasury(stage, "SoundRoleTreasury")?;
    let Treasury { admin, at, usd } = treasury;
    declare(stage, &treasury);
    // A new hot wallet takes the old one's place, and pays for the whole year at once.
    let hot = stage.stranger("new hot wallet");
    stage.transfer(admin, hot, ether(2));
    let old = stage.actor("treasurer");
    let role = treasurer_role();
    let planned = [Planned::RoleGranted { role, account: hot }, Planned::RoleRevoked { role, account: old }];
    stage.announce("a new hot wallet for the treasurer", &[admin], &planned.map(|what| (at, what)))?;
    stage.call(admin, at, "grantRole(bytes32,address)", args![treasurer_role(), hot]);
    stage.call(admin, at, "revokeRole(bytes32,address)", args![treasurer_role(), old]);
    stage.pass(1)?;
    let dollars = held(stage, usd, at)?;
    let grants = parts(stage, vec![("grantee one", 3u64), ("grantee two", 3), ("market maker", 4)]);
    for part in grants {
        for (name, tenths) in part {
            let to = stage.stranger(name);
            let amount = dollars * U256::from(tenths) / U256::from(10);
            stage.call(hot, at, "pay(address,address,uint256,string)", args![usd, to, amount, "grant 2026"]);
        }
        stage.between_parts()?;
    }
    let left = held(stage, usd, at)?;
    ensure!(left < U256::from(10), "{left} are left");
    Ok(())
}
