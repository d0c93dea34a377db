//! Swaps that cost nothing once a pool is small enough, in a batch that is settled at its end: Balancer (November 2025).

use anyhow::{Result, ensure};
use facts::{Address, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, args,
    scenarios::{
        cast::{CITIZENS, issue},
        declare::leaves_in_a_day_at_most,
        props::{allow, held, out_of_a_mixer, strike_in_parts, units},
    },
};

pub(super) const BATCH_SWAP: Scenario = Scenario {
    id: "arithmetic/precision-loss/batch-swap",
    about: "within a batch a pool is brought down to one unit on credit, and what it holds of the other token is bought for \
            sums that round to nothing; the gains lie in the vault until they are withdrawn (Balancer, November 2025)",
    attack,
    twin,
};

const SWAP: &str = "batchSwap((uint256,bool,uint256)[],address[])";

struct Vault {
    at: Address,
    tokens: [Address; 3],
}

/// Three pools between three tokens, all worth a dollar: USDC/DAI, DAI/FRAX, USDC/FRAX.
fn vault(stage: &mut Stage<'_>) -> Result<Vault> {
    let (issuer, maker) = (stage.actor("issuer"), stage.actor("maker"));
    let at = stage.deploy(maker, "BatchVault", args![])?;
    stage.protect(at, "vault");
    let mut tokens = [Address::ZERO; 3];
    for (n, (name, decimals)) in [("USDC", 6), ("DAI", 18), ("FRAX", 18)].into_iter().enumerate() {
        let mut holders = vec![(maker, stage.amount(units(20_000_000, decimals)))];
        for name in CITIZENS {
            holders.push((stage.actor(name), stage.amount(units(500_000, decimals))));
        }
        tokens[n] = issue(stage, issuer, name, decimals, &holders)?;
        allow(stage, maker, tokens[n], at);
        for name in CITIZENS {
            let person = stage.actor(name);
            allow(stage, person, tokens[n], at);
        }
        let most = stage.amount(units(3_000_000, decimals));
        leaves_in_a_day_at_most(stage, &format!("a-day-of-{}", name.to_lowercase()), KIND, (at, Some(tokens[n])), most);
    }
    stage.mine()?;
    let [usdc, dai, frax] = tokens;
    let (small, large) = (stage.amount(units(4_000_000, 6)), stage.amount(units(4_000_000, 18)));
    for (a, b, ra, rb) in [(usdc, dai, small, large), (dai, frax, large, large), (usdc, frax, small, large)] {
        stage.call(maker, at, "register(address,address,uint256,uint256)", args![a, b, ra, rb]);
    }
    stage.pass(1)?;
    for (n, name) in CITIZENS.into_iter().enumerate() {
        let person = stage.actor(name);
        let out = stage.amount(units(2_000 + 700 * n as u64, 18));
        let step = Tuple(args![(n % 3) as u64, true, out]);
        stage.call(person, at, SWAP, args![vec![step], tokens.to_vec()]);
        stage.pass(1)?;
        let got = if n % 3 == 0 { dai } else { frax };
        stage.call(person, at, "withdrawInternal(address,uint256,address)", args![got, out, person]);
        stage.pass(1)?;
    }
    Ok(Vault { at, tokens })
}

const KIND: &str = "arithmetic/precision-loss";

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Vault { at, tokens } = vault(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 2)?;
    let payee = stage.payee(thief);
    let mut before = Vec::new();
    for token in tokens {
        before.push(held(stage, token, at)?);
    }
    let contract = strike_in_parts(stage, thief, "DebtlessThief", vec![0u64, 1, 2], |_, pools| {
        ("run(address,uint256[])", args![at, pools])
    })?;
    stage.pass(2)?;
    stage.attack(|stage| {
        let cash = "cash(address,address[],address)";
        stage.strike(thief, contract, U256::ZERO, cash, args![at, tokens.to_vec(), payee])
    })?;
    stage.mine()?;
    for (token, before) in tokens.into_iter().zip(before) {
        let loot = held(stage, token, payee)?;
        ensure!(loot > before * U256::from(9) / U256::from(10), "{loot} of {before} were taken");
    }
    Ok(())
}

/// Reserves of a pool.
fn reserves(stage: &mut Stage<'_>, at: Address, pool: u64) -> Result<(U256, U256)> {
    let words = stage.view(at, "pools(uint256)", args![pool])?;
    Ok((words[2], words[3]))
}

/// Somebody changes a great deal in one pool, and a trader brings the three back into line in one batch of many steps.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Vault { at, tokens } = vault(stage)?;
    let (issuer, maker, trader) = (stage.actor("issuer"), stage.actor("maker"), stage.actor("trader"));
    let robot = stage.deploy(trader, "BatchArbitrage", args![])?;
    for (token, decimals) in tokens.into_iter().zip([6, 18, 18]) {
        let some = stage.amount(units(400_000, decimals));
        stage.call(issuer, token, "mint(address,uint256)", args![robot, some]);
    }
    // The maker buys a quarter of the FRAX of the third pool, and takes it.
    let bought = stage.amount(units(1_000_000, 18));
    stage.call(maker, at, SWAP, args![vec![Tuple(args![2u64, true, bought])], tokens.to_vec()]);
    stage.call(maker, at, "withdrawInternal(address,uint256,address)", args![tokens[2], bought, maker]);
    stage.pass(1)?;
    // FRAX out of the second pool for DAI, into the third one for USDC, and that for DAI at the first one.
    let (mut dai, mut frax) = reserves(stage, at, 1)?;
    let (mut usdc, mut dear) = reserves(stage, at, 2)?;
    let (mut first, mut second) = reserves(stage, at, 0)?;
    let each = stage.amount(units(20_000, 18));
    let mut steps = Vec::new();
    for _ in 0..12 {
        steps.push(Tuple(args![1u64, true, each]));
        (dai, frax) = (dai + dai * each / (frax - each), frax - each);
        let out = usdc * each / (dear + each);
        steps.push(Tuple(args![2u64, false, out]));
        (usdc, dear) = (usdc - out, dear + each);
        let back = second * out / (first + out);
        steps.push(Tuple(args![0u64, true, back]));
        (first, second) = (first + out, second - back);
    }
    for part in crate::scenarios::props::parts(stage, steps) {
        stage.call(trader, robot, TRADE, vec![at.value(), part.value(), tokens.to_vec().value()]);
        stage.between_parts()?;
    }
    stage.pass(1)?;
    let had = held(stage, tokens[1], trader)?;
    stage.call(trader, robot, "collect(address,address)", args![at, tokens[1]]);
    stage.mine()?;
    let gain = held(stage, tokens[1], trader)? - had;
    ensure!(!gain.is_zero(), "nothing was gained");
    Ok(())
}

const TRADE: &str = "trade(address,(uint256,bool,uint256)[],address[])";
