//! Drainers for hire: a service that others bring victims to, and that shares what it takes (Inferno, Pink, Angel).

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::{list, sends_only_to};
use crate::{
    Arg as _, Scenario, Stage, Tuple, args, encode, ether,
    scenarios::props::{allow, give, held, one, out_of_a_mixer, parts, permit_token, units},
};

pub(super) const CLAIM_PAGE: Scenario = Scenario {
    id: "wallet/drainer-contract/claim-page",
    about: "a page promises an airdrop; what holders sign there sends their coins to a contract called for, and lets it take \
            their dollars by approval and by permit, a fifth for whoever runs it",
    attack,
    twin,
};

const HOLDERS: [(&str, u64, u64); 6] = [
    ("kaito", 14, 0),
    ("lena", 2, 31_000),
    ("mads", 55, 480_000),
    ("nia", 0, 12_700),
    ("oscar", 9, 3_900),
    ("pola", 0, 260_000),
];

struct Holder {
    name: &'static str,
    account: Address,
    coins: U256,
}

struct Holders {
    dollar: Address,
    domain: B256,
    all: Vec<Holder>,
}

fn holders(stage: &mut Stage<'_>) -> Result<Holders> {
    let issuer = stage.actor("issuer");
    let dollar = permit_token(stage, issuer, "USDC", 6)?;
    let mut all = Vec::new();
    for (name, coins, whole) in HOLDERS {
        let account = stage.actor(name);
        give(stage, issuer, dollar, account, stage.amount(units(whole, 6)));
        stage.protect(account, &format!("{name}'s account"));
        all.push(Holder { name, account, coins: stage.amount(ether(coins)) });
    }
    stage.pass(1)?;
    let domain = B256::from(one(stage, dollar, "DOMAIN_SEPARATOR()", args![])?);
    let shop = stage.actor("shop");
    for holder in &all {
        stage.transfer(holder.account, shop, ether(1) / U256::from(25));
        stage.mine()?;
        let lunch = held(stage, dollar, holder.account)? / U256::from(900);
        stage.call(holder.account, dollar, "transfer(address,uint256)", args![shop, lunch]);
        stage.pass(1)?;
    }
    Ok(Holders { dollar, domain, all })
}

/// Their coins and dollars go to the accounts in their books, which are shops and themselves.
fn declare(stage: &mut Stage<'_>, holders: &Holders, others: &[Address]) {
    let shop = stage.actor("shop");
    let book = [&[shop], others].concat();
    for holder in &holders.all {
        for (what, token) in [("coins", None), ("dollars", Some(holders.dollar))] {
            let id = format!("{what}-of-{}-go-where-known", holder.name);
            sends_only_to(stage, &id, "wallet/drainer-contract", (holder.account, token), &book);
        }
    }
}

fn permit(
    stage: &Stage<'_>,
    holders: &Holders,
    holder: &Holder,
    (spender, value): (Address, U256),
    deadline: u64,
) -> Result<DynSolValue> {
    let kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    let said = keccak256(encode(args![kind, holder.account, spender, value, U256::ZERO, deadline]));
    let digest = keccak256([&[0x19, 0x01], holders.domain.as_slice(), said.as_slice()].concat());
    let (v, r, s) = stage.sign(holder.name, digest)?;
    Ok(Tuple(args![holder.account, value, deadline, v, r, s]).value())
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let holders = holders(stage)?;
    declare(stage, &holders, &[]);
    let (operator, affiliate) = (out_of_a_mixer(stage, "operator", 1)?, stage.actor("affiliate"));
    let payee = stage.payee(affiliate);
    let cut = stage.stranger("account for the fifth");
    let drainer = stage.preparing(|stage| {
        let drainer = stage.deploy_attack(operator, "DrainerService")?;
        stage.call(operator, drainer, "begin(address)", args![cut]);
        stage.pass(2)?;
        Ok::<_, anyhow::Error>(drainer)
    })?;
    let dollar = holders.dollar;
    let mut coins = U256::ZERO;
    let mut dollars = U256::ZERO;
    for holder in &holders.all {
        coins += holder.coins;
        dollars += held(stage, dollar, holder.account)?;
    }
    let had = stage.balance(payee)? + stage.balance(cut)?;
    for (number, part) in parts(stage, holders.all.iter().collect()).into_iter().enumerate() {
        let signature = ["Claim(address)", "SecurityUpdate(address)", "claimRewards(address)"][number % 3];
        stage.attack(|stage| {
            for holder in part.iter().filter(|holder| !holder.coins.is_zero()) {
                stage.pay(holder.account, drainer, holder.coins, signature, args![payee]);
            }
            stage.mine()
        })?;
        // Every other holder approves; the rest sign.
        let (approve, sign): (Vec<&Holder>, Vec<&Holder>) = part.iter().copied().partition(|holder| holder.name < "n");
        stage.preparing(|stage| {
            approve.iter().for_each(|holder| allow(stage, holder.account, dollar, drainer));
            stage.mine()
        })?;
        let owners: Vec<Address> = approve.iter().map(|holder| holder.account).collect();
        let deadline = stage.next_time() + 86_400;
        let permits = sign.iter().map(|holder| permit(stage, &holders, holder, (drainer, U256::MAX), deadline));
        let permits = list(permits.collect::<Result<Vec<_>>>()?);
        stage.attack(|stage| {
            if !approve.is_empty() {
                let pull = "pull(address,address[],address)";
                stage.strike(affiliate, drainer, U256::ZERO, pull, args![dollar, owners, payee])?;
            }
            if !sign.is_empty() {
                let pull = "pullPermitted(address,(address,uint256,uint256,uint8,bytes32,bytes32)[],address)";
                let args = vec![dollar.value(), permits, payee.value()];
                stage.strike(affiliate, drainer, U256::ZERO, pull, args)?;
            }
            Ok(())
        })?;
        stage.between_parts()?;
    }
    let loot = held(stage, dollar, payee)? + held(stage, dollar, cut)?;
    let has = stage.balance(payee)? + stage.balance(cut)?;
    ensure!(loot == dollars, "{loot} of {dollars} dollars were taken");
    // But for the affiliate's gas.
    ensure!(has + ether(1) > had + coins, "{has} after {had} and {coins} coins");
    Ok(())
}

/// A gallery sells prints for coins, or for dollars by permit, and shares what comes in with the artist at once, a fifth
/// for itself.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let holders = holders(stage)?;
    let (platform, artist) = (stage.stranger("platform"), stage.stranger("artist"));
    let gallery = stage.actor("gallery");
    let sale = stage.deploy(gallery, "PrintSale", args![platform, artist, holders.dollar])?;
    declare(stage, &holders, &[sale, platform, artist]);
    stage.pass(1)?;
    let mut coins = U256::ZERO;
    let mut dollars = U256::ZERO;
    for part in parts(stage, holders.all.iter().collect::<Vec<_>>()) {
        for holder in part.iter().filter(|holder| !holder.coins.is_zero()) {
            coins += holder.coins;
            stage.pay(holder.account, sale, holder.coins, "claim(uint256)", args![2u64]);
        }
        stage.mine()?;
        let deadline = stage.next_time() + 86_400;
        let mut permits = Vec::new();
        for holder in &part {
            let all = held(stage, holders.dollar, holder.account)?;
            dollars += all;
            permits.push(permit(stage, &holders, holder, (sale, all), deadline)?);
        }
        let deliver = "deliver((address,uint256,uint256,uint8,bytes32,bytes32)[],uint256)";
        stage.call(gallery, sale, deliver, vec![list(permits), U256::from(3).value()]);
        stage.between_parts()?;
    }
    let paid = held(stage, holders.dollar, platform)? + held(stage, holders.dollar, artist)?;
    let got = stage.balance(platform)? + stage.balance(artist)?;
    ensure!(paid == dollars && got == coins, "{paid} of {dollars} and {got} of {coins} arrived");
    Ok(())
}
