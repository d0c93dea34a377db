//! Deposits that an owner may reach: Compounder Finance (December 2020), and farms whose owner recovers "wrong" tokens.

use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use crate::{
    Scenario, Stage, args, call_data,
    scenarios::{
        cast::{CITIZENS, issue},
        declare::view_never,
        props::{allow, give, held, parts, token, units},
    },
};

pub(super) const EVIL_STRATEGY: Scenario = Scenario {
    id: "rug/owner-drain/evil-strategy",
    about: "a team puts a strategy behind its vaults that looks like the last one and has a door for its maker, waits until \
            the timelock lets it in, and empties it (Compounder, December 2020)",
    attack: evil,
    twin: better,
};

pub(super) const RECOVERED_STAKE: Scenario = Scenario {
    id: "rug/owner-drain/recovered-stake",
    about: "a farm's owner may recover tokens that came by mistake, and recovers what people staked",
    attack: recovered,
    twin: returned,
};

const KIND: &str = "rug/owner-drain";
const DEPOSIT: &str = "deposit(uint256)";
const DELAY_S: u64 = 86_400;
const CARELESS: &str = "somebody careless";

struct Vault {
    dev: Address,
    dai: Address,
    timelock: Address,
    vault: Address,
}

/// The team lets its timelock put a strategy behind the vault: announced, a day later carried out.
fn set_strategy(stage: &mut Stage<'_>, of: &Vault, strategy: Address) -> Result<()> {
    let none = B256::ZERO;
    let set = call_data("setStrategy(address)", args![strategy]);
    let ask = "schedule(address,uint256,bytes,bytes32,bytes32,uint256)";
    stage.call(of.dev, of.timelock, ask, args![of.vault, U256::ZERO, set.clone(), none, none, DELAY_S]);
    stage.pass(1)?;
    stage.wait(DELAY_S);
    stage.pass(1)?;
    let ask = "execute(address,uint256,bytes,bytes32,bytes32)";
    stage.call(of.dev, of.timelock, ask, args![of.vault, U256::ZERO, set, none, none]);
    stage.mine()
}

/// A vault with a strategy that works, and people who saved in it.
fn vault(stage: &mut Stage<'_>) -> Result<Vault> {
    let (issuer, dev) = (stage.actor("issuer"), stage.actor("dev"));
    let amount = |stage: &Stage<'_>, thousands: u64| stage.amount(units(1_000 * thousands, 18));
    let mut holders = Vec::new();
    for (name, thousands) in CITIZENS.into_iter().zip([900, 2_100, 450, 3_300, 1_250]) {
        holders.push((stage.actor(name), amount(stage, thousands)));
    }
    let dai = issue(stage, issuer, "DAI", 18, &holders)?;
    let timelock = stage.deploy(dev, "Timelock", args![DELAY_S, vec![dev], vec![dev]])?;
    let vault = stage.deploy(dev, "CompoundVault", args![dai, timelock])?;
    stage.protect(vault, "vault");
    stage.protect(timelock, "timelock");
    // A share never loses a thousandth of what it began with.
    view_never(stage, "share-worth", KIND, vault, ("perShare()", args![]), "observed.value < 999000");
    stage.pass(1)?;
    for (holder, amount) in holders {
        allow(stage, holder, dai, vault);
        stage.call(holder, vault, DEPOSIT, args![amount * U256::from(9) / U256::from(10)]);
        stage.pass(1)?;
    }
    let of = Vault { dev, dai, timelock, vault };
    let strategy = stage.deploy(dev, "HonestStrategy", args![dai, vault])?;
    set_strategy(stage, &of, strategy)?;
    stage.call(dev, vault, "earn()", args![]);
    stage.wait(7 * 86_400);
    stage.pass(1)?;
    let carol = stage.actor("carol");
    stage.call(carol, vault, "withdraw(uint256)", args![amount(stage, 100)]);
    stage.pass(2)?;
    Ok(of)
}

fn evil(stage: &mut Stage<'_>) -> Result<()> {
    let of = vault(stage)?;
    let (dev, payee) = (of.dev, stage.payee(of.dev));
    let strategy = stage.preparing(|stage| {
        let strategy = stage.deploy(dev, "EvilStrategy", args![of.dai, of.vault])?;
        set_strategy(stage, &of, strategy)?;
        stage.call(dev, of.vault, "earn()", args![]);
        stage.mine()?;
        Ok::<_, anyhow::Error>(strategy)
    })?;
    let all = held(stage, of.dai, strategy)?;
    for part in parts(stage, vec![U256::from(1), U256::from(2), U256::from(3)]) {
        let amount = all * part.into_iter().sum::<U256>() / U256::from(6);
        stage.attack(|stage| {
            stage.strike(dev, strategy, U256::ZERO, "harvest(address,uint256)", args![payee, amount])
        })?;
        stage.between_parts()?;
    }
    let (loot, left) = (held(stage, of.dai, payee)?, held(stage, of.dai, strategy)?);
    ensure!(loot + U256::from(3) > all && left < U256::from(3), "{loot} of {all} were taken");
    Ok(())
}

/// A better strategy takes the place of the old one by the same way, and all deposits move into it; people withdraw.
fn better(stage: &mut Stage<'_>) -> Result<()> {
    let of = vault(stage)?;
    let strategy = stage.deploy(of.dev, "HonestStrategy", args![of.dai, of.vault])?;
    set_strategy(stage, &of, strategy)?;
    stage.call(of.dev, of.vault, "earn()", args![]);
    stage.pass(3)?;
    let (bob, dave) = (stage.actor("bob"), stage.actor("dave"));
    for person in [bob, dave] {
        let shares = held(stage, of.vault, person)?;
        let had = held(stage, of.dai, person)?;
        stage.call(person, of.vault, "withdraw(uint256)", args![shares]);
        stage.pass(1)?;
        ensure!(held(stage, of.dai, person)? == had + shares, "somebody lost something");
    }
    Ok(())
}

struct Farm {
    owner: Address,
    dollar: Address,
    staked: Address,
    farm: Address,
}

/// A farm of shares, and people who staked.
fn farm(stage: &mut Stage<'_>) -> Result<Farm> {
    let (issuer, owner) = (stage.actor("issuer"), stage.actor("owner of the farm"));
    let careless = stage.actor(CARELESS);
    let amount = |stage: &Stage<'_>, thousands: u64| stage.amount(units(1_000 * thousands, 18));
    let mut holders = Vec::new();
    for (name, thousands) in CITIZENS.into_iter().zip([300, 75, 1_900, 640, 20]) {
        holders.push((stage.actor(name), amount(stage, thousands)));
    }
    let staked = issue(stage, issuer, "CAKE-LP", 18, &holders)?;
    let reward = token(stage, owner, "FARM", 18)?;
    let dollar = issue(stage, issuer, "USDC", 6, &[(careless, units(50_000, 6))])?;
    stage.mine()?;
    let farm = stage.deploy(owner, "StakeFarm", args![staked, reward, units(1, 16)])?;
    give(stage, owner, reward, farm, units(5_000_000, 18));
    stage.protect(farm, "farm");
    view_never(stage, "stakes-there", KIND, farm, ("missing()", args![]), "observed.value > 0");
    stage.pass(1)?;
    for (holder, amount) in holders {
        allow(stage, holder, staked, farm);
        stage.call(holder, farm, "stake(uint256)", args![amount]);
        stage.wait(3_600);
        stage.pass(1)?;
    }
    let dave = stage.actor("dave");
    stage.call(dave, farm, "leave(uint256)", args![amount(stage, 40)]);
    stage.wait(3 * 86_400);
    stage.pass(2)?;
    Ok(Farm { owner, dollar, staked, farm })
}

const RECOVER: &str = "recoverWrongTokens(address,uint256)";

fn recovered(stage: &mut Stage<'_>) -> Result<()> {
    let Farm { owner, staked, farm, .. } = farm(stage)?;
    let payee = stage.payee(owner);
    let all = held(stage, staked, farm)?;
    for part in parts(stage, vec![U256::from(1), U256::from(2), U256::from(3)]) {
        let amount = all * part.into_iter().sum::<U256>() / U256::from(6);
        stage.attack(|stage| {
            stage.call(owner, farm, RECOVER, args![staked, amount]);
            if payee != owner {
                stage.call(owner, staked, "transfer(address,uint256)", args![payee, amount]);
            }
            Ok(())
        })?;
        stage.between_parts()?;
    }
    let (loot, left) = (held(stage, staked, payee)?, held(stage, staked, farm)?);
    ensure!(left < U256::from(3) && loot + U256::from(3) > all, "{loot} of {all} were taken");
    Ok(())
}

/// Somebody sends dollars, and later shares of his own, to the farm by mistake; the owner gives back what is not staked.
fn returned(stage: &mut Stage<'_>) -> Result<()> {
    let Farm { owner, dollar, staked, farm } = farm(stage)?;
    let careless = stage.actor(CARELESS);
    let (dave, issuer) = (stage.actor("dave"), stage.actor("issuer"));
    let dollars = stage.amount(units(40_000, 6));
    stage.call(issuer, dollar, "mint(address,uint256)", args![careless, dollars]);
    stage.mine()?;
    let shares = held(stage, staked, dave)?;
    for (who, token, amount) in [(careless, dollar, dollars), (dave, staked, shares)] {
        stage.call(who, token, "transfer(address,uint256)", args![farm, amount]);
        stage.pass(2)?;
        for part in parts(stage, vec![amount / U256::from(2), amount - amount / U256::from(2)]) {
            let part = part.into_iter().sum::<U256>();
            stage.call(owner, farm, RECOVER, args![token, part]);
            stage.call(owner, token, "transfer(address,uint256)", args![who, part]);
            stage.between_parts()?;
        }
        ensure!(held(stage, token, who)? >= amount, "it was not given back");
    }
    let missing = stage.view(farm, "missing()", args![])?;
    ensure!(missing == [U256::ZERO], "{missing:?} are missing");
    let alice = stage.actor("alice");
    stage.call(alice, farm, "leave(uint256)", args![stage.amount(units(100_000, 18))]);
    stage.mine()
}
