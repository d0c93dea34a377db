//! Look-alikes in a holder's history: 68 million dollars of wrapped bitcoin (May 2024), and thousands a day since 2023.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, U256};

use super::{list, sends_only_to};
use crate::{
    Arg as _, Scenario, Stage, Tuple, args, ether,
    scenarios::{
        cast::issue,
        props::{allow, held, out_of_a_mixer, parts, units},
    },
};

pub(super) const COPIED_ADDRESS: Scenario = Scenario {
    id: "wallet/address-poisoning/copied-address",
    about: "whoever pays somebody finds a look-alike of the address in his history a moment later, in transfers of nothing, of \
            crumbs and of a token that only looks right; one of them copies it (68 million dollars, May 2024)",
    attack,
    twin,
};

const PAYERS: [(&str, u64); 6] =
    [("elio", 3_200), ("fleur", 71_000), ("gino", 1_155_000), ("heidi", 24_500), ("ines", 9_100), ("jonas", 402_000)];
const SEND: &str = "transfer(address,uint256)";

struct Payers {
    issuer: Address,
    dollar: Address,
    /// Payer, what it has, and whom it pays.
    all: Vec<(Address, U256, Address)>,
}

/// People who pay somebody of their own a part of what they have; `others` says whom else they have in their books.
fn payers(stage: &mut Stage<'_>, others: impl Fn(&mut Stage<'_>, &str) -> Address) -> Result<Payers> {
    let issuer = stage.actor("issuer");
    let (mut holders, mut all) = (Vec::new(), Vec::new());
    let mut books = Vec::new();
    for (name, whole) in PAYERS {
        let (payer, payee) = (stage.actor(name), stage.stranger(&format!("whom {name} pays")));
        let amount = stage.amount(units(whole, 6));
        holders.push((payer, amount));
        all.push((payer, amount, payee));
        stage.protect(payer, &format!("{name}'s account"));
        books.push((name, payer, vec![payee, others(stage, name)]));
    }
    let dollar = issue(stage, issuer, "USDT", 6, &holders)?;
    for (name, payer, book) in books {
        let id = format!("{name}-pays-the-known");
        sends_only_to(stage, &id, "wallet/address-poisoning", (payer, Some(dollar)), &book);
    }
    stage.pass(1)?;
    Ok(Payers { issuer, dollar, all })
}

/// The same at both ends, as a wallet shows addresses.
fn alike(of: Address, salt: u64) -> Address {
    let mut bytes = keccak256([of.as_slice(), &salt.to_be_bytes()].concat()).0;
    bytes[..3].copy_from_slice(&of[..3]);
    bytes[17..20].copy_from_slice(&of[17..]);
    Address::from_slice(&bytes[..20])
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Payers { issuer, dollar, all } = payers(stage, |stage, name| stage.stranger(&format!("whom {name} pays")))?;
    let thief = out_of_a_mixer(stage, "thief", 2)?;
    let (poisoner, fake) = stage.preparing(|stage| {
        let poisoner = stage.deploy_attack(thief, "Poisoner")?;
        let fake = stage.deploy(thief, "PoisonToken", args![])?;
        stage.call(thief, fake, "dress(string,string,uint8)", args!["Tether USD", "USDT", 6u64]);
        // Crumbs to sprinkle, bought like anybody's.
        stage.call(issuer, dollar, "mint(address,uint256)", args![thief, units(1, 6)]);
        stage.mine()?;
        Ok::<_, anyhow::Error>((poisoner, fake))
    })?;
    let salt = stage.variation.salt;
    for part in parts(stage, all.clone()) {
        // They pay, and pay again after a while.
        for (payer, amount, payee) in &part {
            stage.call(*payer, dollar, SEND, args![*payee, *amount / U256::from(20)]);
        }
        stage.pass(1)?;
        // The hostile act is the dose: it falsifies what the holder sees. What is lost by it is lost later.
        let doses = list(part.iter().map(|(payer, _, payee)| Tuple(args![*payer, alike(*payee, salt)]).value()));
        stage.attack(|stage| {
            let args = vec![dollar.value(), doses];
            stage.strike(thief, poisoner, U256::ZERO, "nothing(address,(address,address)[])", args)?;
            let (from, to) = part.iter().map(|(payer, _, payee)| (*payer, alike(*payee, salt))).unzip();
            write(stage, thief, fake, (from, to), part.iter().map(|(_, amount, _)| *amount / U256::from(20)));
            for (payer, _, payee) in &part {
                let alike = alike(*payee, salt);
                stage.call(thief, dollar, SEND, args![alike, U256::from(100)]);
                stage.transfer(thief, alike, ether(1) / U256::from(10));
                stage.mine()?;
                stage.call(alike, dollar, SEND, args![*payer, U256::from(100)]);
            }
            stage.mine()
        })?;
        stage.between_parts()?;
    }
    stage.wait(5 * 86_400);
    stage.pass(3)?;
    // One of them copies the address from his history.
    let (victim, _, meant) = all[2];
    let copied = alike(meant, salt);
    let rest = held(stage, dollar, victim)? * U256::from(9) / U256::from(10);
    stage.attack(|stage| {
        stage.call(victim, dollar, SEND, args![copied, rest]);
        stage.pass(1)
    })?;
    let payee = stage.payee(thief);
    stage.attack(|stage| {
        stage.call(copied, dollar, SEND, args![payee, rest]);
        stage.mine()
    })?;
    let loot = held(stage, dollar, payee)?;
    ensure!(loot >= rest && rest > stage.amount(units(900_000, 6)), "{loot} of {rest} arrived");
    Ok(())
}

fn write(
    stage: &mut Stage<'_>,
    thief: Address,
    fake: Address,
    (from, to): (Vec<Address>, Vec<Address>),
    amounts: impl Iterator<Item = U256>,
) {
    let write = "write(address[],address[],uint256[])";
    stage.call(thief, fake, write, vec![from.value(), to.value(), amounts.collect::<Vec<_>>().value()]);
}

/// A shop gives all its customers a crumb, an exchange sends a crumb to try an address, and a customer, whose partner
/// has a new account, tries it with nothing and a crumb before he pays a large amount.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Payers { issuer, dollar, all } =
        payers(stage, |stage, name| stage.stranger(&format!("whom {name} pays next")))?;
    let shop = stage.actor("shop");
    let giveaway = stage.deploy(shop, "Giveaway", args![])?;
    stage.call(issuer, dollar, "mint(address,uint256)", args![shop, units(500, 6)]);
    allow(stage, shop, dollar, giveaway);
    stage.pass(1)?;
    for part in parts(stage, all.clone()) {
        for (payer, amount, payee) in &part {
            stage.call(*payer, dollar, SEND, args![*payee, *amount / U256::from(20)]);
        }
        stage.pass(1)?;
        let customers: Vec<Address> = part.iter().map(|(payer, _, _)| *payer).collect();
        let give: Vec<DynSolValue> = args![dollar, customers, U256::from(100)];
        stage.call(shop, giveaway, "give(address,address[],uint256)", give);
        stage.between_parts()?;
    }
    stage.wait(5 * 86_400);
    stage.pass(2)?;
    let (payer, _, _) = all[2];
    let next = stage.stranger("whom gino pays next");
    let rest = held(stage, dollar, payer)? * U256::from(9) / U256::from(10);
    for amount in [U256::ZERO, U256::from(100), rest] {
        stage.call(payer, dollar, SEND, args![next, amount]);
        stage.pass(2)?;
    }
    let arrived = held(stage, dollar, next)?;
    ensure!(arrived == rest + U256::from(100), "{arrived} of {rest} arrived");
    Ok(())
}
