//! Something is initialized by a stranger, or a second time.

use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use case::{Planned, PlannedChange};
use facts::{Address, Bytes, U256};

use super::super::{
    declare::{called_only_by, view_says},
    props::{allow, give, held, one, parts, token, units},
};
use crate::{Scenario, Stage, args, call_data, ether};

pub(super) const PARITY_WALLET: Scenario = Scenario {
    id: "access/initializer/parity-wallet",
    about: "wallets hand every call to a library whose initWallet makes the caller their owner, at any time; several are \
            emptied (Parity, July 2017)",
    attack: parity,
    twin: parity_twin,
};

pub(super) const FIRST_SLOT: Scenario = Scenario {
    id: "access/initializer/first-slot",
    about: "a proxy keeps its administrator where the code behind it keeps that it is initialized: a governance is \
            initialized again, and votes its treasury away with a stake of invented tokens (Audius, July 2022)",
    attack: first_slot,
    twin: first_slot_twin,
};

const KIND: &str = "access/initializer";

struct Wallet {
    at: Address,
    owners: [String; 2],
}

fn wallets(stage: &mut Stage<'_>) -> Result<Vec<Wallet>> {
    let author = stage.actor("author of wallets");
    let library = stage.deploy(author, "ParityWalletLibrary", args![])?;
    let mut wallets = Vec::new();
    for (n, coins) in [(0, 26_793u64), (1, 44_055), (2, 82_189)] {
        let owners = [format!("holder {n} of keys"), format!("second holder {n} of keys")];
        let accounts = owners.clone().map(|name| stage.actor(&name));
        let limit = stage.amount(ether(50));
        let wallet = stage.deploy(accounts[0], "ParityWallet", args![library, accounts.to_vec(), 2u64, limit])?;
        stage.protect(wallet, &format!("wallet {n}"));
        let sale = stage.actor(&format!("buyer {n} of tokens"));
        let amount = stage.amount(ether(coins)) / U256::from(10);
        stage.transfer(sale, wallet, amount);
        stage.pass(1)?;
        let small = stage.amount(ether(3));
        let supplier = stage.actor("supplier");
        stage.call(accounts[1], wallet, "execute(address,uint256,bytes)", args![supplier, small, Bytes::new()]);
        stage.pass(1)?;
        called_only_by(
            stage,
            &format!("wallet-{n}-is-initialized"),
            KIND,
            (wallet, "initWallet(address[],uint256,uint256)"),
            &[accounts[0]],
        );
        wallets.push(Wallet { at: wallet, owners });
    }
    Ok(wallets)
}

fn parity(stage: &mut Stage<'_>) -> Result<()> {
    let wallets = wallets(stage)?;
    let thief = stage.actor("thief");
    let payee = stage.payee(thief);
    let mut left = wallets.iter().map(|wallet| wallet.at).collect::<Vec<_>>();
    if stage.variation.turned {
        left.reverse();
    }
    let first = left[0];
    let at = stage.deploy_and_strike(thief, "ParityThief", U256::ZERO, "own(address)", args![first])?;
    stage.mine()?;
    for wallet in left {
        stage.attack(|stage| {
            if wallet != first {
                stage.strike(thief, at, U256::ZERO, "own(address)", args![wallet])?;
            }
            stage.strike(thief, at, U256::ZERO, "empty(address,address)", args![wallet, payee])
        })?;
        stage.between_parts()?;
        ensure!(stage.balance(wallet)?.is_zero(), "a wallet still holds something");
    }
    Ok(())
}

fn parity_twin(stage: &mut Stage<'_>) -> Result<()> {
    let wallets = wallets(stage)?;
    // The owners of one wallet replace a lost key, both of them; then they move everything into a wallet that is made,
    // and initialized, a moment before.
    let [first, second] = &wallets[2].owners;
    let (first, second) = (stage.actor(first), stage.actor(second));
    let new = stage.actor("new key");
    let from = wallets[2].at;
    stage.announce("a lost key is replaced", &[first, second], &[(from, Planned::Owner(new))])?;
    for owner in [first, second] {
        stage.call(owner, from, "changeOwner(address,address)", args![second, new]);
    }
    stage.between_parts()?;
    let library = stage.actor("author of wallets").create(0);
    let all = stage.balance(from)?;
    let successor = stage.deploy(first, "ParityWallet", args![library, vec![first, new], 1u64, U256::MAX])?;
    stage.call(first, from, "execute(address,uint256,bytes)", args![successor, all, Bytes::new()]);
    let since = stage.next_height();
    stage.mine()?;
    stage.call(new, from, "confirm(address,uint256,bytes,uint256)", args![successor, all, Bytes::new(), since]);
    stage.between_parts()?;
    ensure!(stage.balance(from)?.is_zero() && stage.balance(successor)? == all, "it was not moved");
    // And on to an exchange.
    let exchange = stage.stranger("exchange's deposit address");
    stage.call(new, successor, "execute(address,uint256,bytes)", args![exchange, all, Bytes::new()]);
    stage.mine()?;
    ensure!(stage.balance(exchange)? == all, "it was not paid in");
    Ok(())
}

struct Dao {
    governance: Address,
    staking: Address,
    audio: Address,
    treasury: U256,
}

const STAKERS: [(&str, u64); 4] =
    [("tom", 5_400_000), ("uma", 12_000_000), ("val", 880_000), ("foundation of artists", 20_500_000)];

fn dao(stage: &mut Stage<'_>) -> Result<Dao> {
    let team = stage.actor("music team");
    let admin = stage.actor("administrator of proxies");
    let audio = token(stage, team, "AUDIO", 18)?;
    let codes = ["AudiusStaking", "AudiusGovernance"].map(|name| stage.deploy(team, name, args![]));
    let [staking, governance] = codes;
    let (staking, governance) = (staking?, governance?);
    let guardian = stage.actor("guardian of the community");
    let init = call_data("initialize(address,address)", args![audio, guardian]);
    let staking = stage.deploy(team, "FirstSlotProxy", args![staking, admin, init])?;
    let init = "initialize(address,uint256,uint256,uint256,address)";
    let init = call_data(init, args![staking, 5u64, 2u64, 5u64, guardian]);
    let governance = stage.deploy(team, "FirstSlotProxy", args![governance, admin, init])?;
    stage.protect(governance, "governance");
    stage.protect(staking, "staking");
    let treasury = stage.amount(units(24_000_000, 18));
    give(stage, team, audio, governance, treasury);
    stage.mine()?;
    for (name, whole) in STAKERS {
        let staker = stage.actor(name);
        let amount = stage.amount(units(whole, 18));
        give(stage, team, audio, staker, amount);
        allow(stage, staker, audio, staking);
        stage.call(staker, staking, "stake(uint256)", args![amount]);
        stage.pass(1)?;
    }
    view_says(stage, "guardian-stays", KIND, governance, "guardianAddress()", &[guardian]);
    view_says(stage, "votes-are-of-audio", KIND, staking, "stakingToken()", &[audio]);
    Ok(Dao { governance, staking, audio, treasury })
}

fn first_slot(stage: &mut Stage<'_>) -> Result<()> {
    let Dao { governance, staking, audio, treasury } = dao(stage)?;
    let thief = super::super::props::out_of_a_mixer(stage, "thief", 2)?;
    let payee = stage.payee(thief);
    let share = treasury * U256::from(3) / U256::from(4) / U256::from(stage.variation.parts);
    let amounts: Vec<U256> = (0..stage.variation.parts).map(|_| share).collect();
    let begin = "begin(address,address,address,address,uint256[])";
    let args = args![governance, staking, audio, payee, amounts];
    let at = stage.deploy_and_strike(thief, "AudiusThief", U256::ZERO, begin, args)?;
    stage.pass(1)?;
    stage.attack(|stage| stage.strike(thief, at, U256::ZERO, "vote(address)", args![governance]))?;
    stage.pass(4)?;
    for which in 0..stage.variation.parts {
        stage
            .attack(|stage| stage.strike(thief, at, U256::ZERO, "finish(address,uint256)", args![governance, which]))?;
        stage.between_parts()?;
    }
    ensure!(held(stage, audio, governance)? <= treasury / U256::from(4) + U256::from(3), "the treasury is still there");
    Ok(())
}

fn first_slot_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Dao { governance, audio, treasury, .. } = dao(stage)?;
    // A grant of the same size, which most stakers want; and the administrator replaces the code before it is paid.
    let uma = stage.actor("uma");
    let grant = stage.stranger("fund for artists");
    let amount = treasury * U256::from(3) / U256::from(4);
    let pay = call_data("transfer(address,uint256)", args![grant, amount]);
    let ask = "submitProposal(address,uint256,bytes,string,string)";
    stage.call(uma, governance, ask, args![audio, U256::ZERO, pay, "Grants of the year", "See the forum."]);
    stage.pass(1)?;
    for part in parts(stage, vec!["uma", "foundation of artists", "val"]) {
        for name in part {
            let voter = stage.actor(name);
            stage.call(voter, governance, "submitVote(uint256,bool)", args![0u64, true]);
        }
        stage.mine()?;
    }
    let admin = stage.actor("administrator of proxies");
    let code = stage.deploy(admin, "AudiusGovernance", args![])?;
    stage.announce("the same code, built anew", &[admin], &[(governance, Planned::Implementation(code))])?;
    stage.call(admin, governance, "upgradeTo(address)", args![code]);
    stage.pass(7)?;
    // Anybody may carry out what was voted for, by just this call.
    let ask = "evaluateProposalOutcome(uint256)";
    let paid = PlannedChange {
        contract: governance,
        what: Planned::Payout { token: Some(audio), to: grant, at_most: amount },
        data: Some(keccak256(call_data(ask, args![0u64]))),
    };
    stage.announce_exactly("the grants of the year", &[governance], vec![paid])?;
    stage.call(uma, governance, ask, args![0u64]);
    stage.mine()?;
    ensure!(held(stage, audio, grant)? == amount, "the grant was not paid");
    ensure!(one(stage, governance, "proposalCount()", args![])? == U256::from(1), "there are other proposals");
    Ok(())
}
