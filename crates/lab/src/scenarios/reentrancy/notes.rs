//! Tokens that tell their receiver before the issuer has written down what it gave.

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Scenario, Stage, WETH, args, ether,
    scenarios::{
        cast::{CITIZENS, assault, assault_anew, issue, newcomer, paired, wrap},
        declare::view_never,
        props::{allow, held, out_of_a_mixer, units},
    },
};

pub(super) const NFT_DROP: Scenario = Scenario {
    id: "reentrancy/token-callback/erc721-drop",
    about: "a drop notes who has had enough only after the receiver was told, who takes more in the meantime (HypeBears, February 2022)",
    attack: drop,
    twin: drop_twin,
};

pub(super) const LOCKED_NOTES: Scenario = Scenario {
    id: "reentrancy/token-callback/erc1155-notes",
    about: "the number of a series is given twice, and worthless notes become those of a funded one (Revest, March 2022)",
    attack: notes,
    twin: notes_twin,
};

/// A drop under way, and somebody who bids for the floor. Says the price too.
fn bears(stage: &mut Stage<'_>) -> Result<(Address, Address, U256)> {
    let (artist, bidder) = (stage.actor("artist"), stage.actor("bidder"));
    let bears = stage.deploy(artist, "NftDrop", args![])?;
    stage.protect(bears, "bears");
    view_never(stage, "drop-limit", "logic/accounting", bears, ("overLimit()", args![]), "observed.value > 0");
    let bid = stage.amount(ether(2));
    let bids = stage.deploy(bidder, "FloorBids", args![bears, bid])?;
    stage.transfer(bidder, bids, bid * U256::from(50));
    let price = ether(1) / U256::from(20);
    for number in 0..12 {
        let fan = stage.actor(&format!("fan {number}"));
        let count = U256::from(1 + number % 2);
        stage.pay(fan, bears, price * count, "mint(uint256)", args![count]);
        if number % 4 == 3 {
            stage.pass(1)?;
        }
    }
    let seller = stage.actor("fan 1");
    stage.call(seller, bears, "setApprovalForAll(address,bool)", args![bids, true]);
    stage.call(seller, bids, "accept(uint256)", args![U256::from(2)]);
    stage.pass(2)?;
    Ok((bears, bids, price))
}

fn drop(stage: &mut Stage<'_>) -> Result<()> {
    let (bears, bids, price) = bears(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let before = stage.balance(bids)?;
    assault_anew(stage, thief, "DropThief", |parts| {
        let rounds = 18 / parts;
        (price * U256::from(2 * rounds), "run(address,address,uint256,address)", args![bears, bids, rounds, payee])
    })?;
    let left = stage.balance(bids)?;
    ensure!(before - left > before / U256::from(2), "{left} of {before} are still bid");
    Ok(())
}

fn drop_twin(stage: &mut Stage<'_>) -> Result<()> {
    let (bears, bids, price) = bears(stage)?;
    let mut sold = U256::ZERO;
    for number in 0..6 {
        let collector = stage.actor(&format!("collector {number}"));
        let wallet = stage.deploy(collector, "DropFlipper", args![bears, bids])?;
        stage.mine()?;
        stage.pay(collector, wallet, price * U256::from(2), "go()", args![]);
        stage.pass(1)?;
        sold += stage.view(bears, "mintedBy(address)", args![wallet])?[0];
    }
    ensure!(sold == U256::from(12), "{sold} bears were minted");
    Ok(())
}

struct Notes {
    vault: Address,
    asset: Address,
    pool: Address,
}

/// A vault of locked tokens with several series, and a pool for the token.
fn vault(stage: &mut Stage<'_>) -> Result<Notes> {
    let (admin, maker) = (stage.actor("admin"), stage.actor("maker"));
    let wealth = stage.amount(units(400_000, 18));
    let mut holders = vec![(maker, wealth)];
    for name in CITIZENS {
        holders.push((stage.actor(name), wealth / U256::from(4)));
    }
    let asset = issue(stage, admin, "RENA", 18, &holders)?;
    let coins = stage.amount(ether(200));
    wrap(stage, maker, coins);
    stage.mine()?;
    let pool = paired(stage, maker, (asset, wealth), (WETH, coins))?;
    let vault = stage.deploy(admin, "NoteVault", args![])?;
    stage.protect(vault, "note vault");
    view_never(
        stage,
        "notes-backed",
        "logic/accounting",
        vault,
        ("missing(address)", args![asset]),
        "observed.value > 0",
    );
    stage.pass(1)?;
    for (number, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        allow(stage, person, asset, vault);
        let (per_note, quantity) = (wealth / U256::from(8_000), U256::from(1000 + 100 * number as u64));
        stage.call(person, vault, "lock(address,uint256,uint256,uint256)", args![asset, per_note, quantity, 0u64]);
    }
    stage.pass(2)?;
    let bob = stage.actor("bob");
    stage.call(bob, vault, "withdraw(uint256,uint256)", args![2u64, 300u64]);
    stage.pass(2)?;
    Ok(Notes { vault, asset, pool })
}

fn notes(stage: &mut Stage<'_>) -> Result<()> {
    let Notes { vault, asset, pool } = vault(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 2)?;
    let payee = stage.payee(thief);
    let before = held(stage, asset, vault)?;
    let worth = stage.amount(units(1, 18)) / U256::from(8);
    let quantity = before / worth * U256::from(9) / U256::from(10);
    let coins = stage.amount(ether(1)) / U256::from(100);
    assault(stage, thief, "NoteThief", |parts| {
        let signature = "run(address,address,address,uint256,uint256,address)";
        (coins, signature, args![vault, asset, pool, quantity / U256::from(parts), worth, payee])
    })?;
    let left = held(stage, asset, vault)?;
    ensure!(left < before / U256::from(5), "the vault still holds {left} of {before}");
    Ok(())
}

fn notes_twin(stage: &mut Stage<'_>) -> Result<()> {
    let Notes { vault, asset, .. } = vault(stage)?;
    let (admin, employer) = (stage.actor("admin"), stage.actor("employer"));
    let payroll = stage.deploy(employer, "NotePayroll", args![vault, asset])?;
    let (month, per_note) = (stage.amount(units(200_000, 18)), stage.amount(units(1, 18)) / U256::from(8));
    stage.call(admin, asset, "mint(address,uint256)", args![payroll, month * U256::from(3)]);
    stage.mine()?;
    let quantity = month / per_note;
    let lock = "month(uint256,uint256,uint256)";
    stage.call(employer, payroll, lock, args![per_note, quantity, U256::ZERO]);
    stage.pass(3)?;
    stage.call(employer, payroll, lock, args![per_note, quantity, per_note / U256::from(2)]);
    stage.pass(3)?;
    // Half of last month's notes are cashed at once, with their bonus.
    let half = quantity / U256::from(2);
    stage.call(employer, payroll, "leave(uint256,uint256)", args![6u64, half]);
    stage.mine()?;
    let got = held(stage, asset, employer)?;
    let due = half * (per_note + per_note / U256::from(2));
    ensure!(got >= due, "{got} came back of {due}");
    Ok(())
}
