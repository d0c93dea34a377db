//! What stands on many stages: tokens, pools, proxies, a mixer, and an attack in as many parts as the variation wants.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Context as _, Result};
use facts::{Address, B256, Bytes, U256};

use crate::{Stage, args, ether};

/// So many whole tokens of these decimals, in base units.
pub(super) fn units(whole: u64, decimals: u8) -> U256 {
    U256::from(whole) * U256::from(10u64).pow(U256::from(decimals))
}

/// A token of the plain kind, minted by whoever deploys it.
pub(super) fn token(stage: &mut Stage<'_>, from: Address, symbol: &str, decimals: u8) -> Result<Address> {
    stage.deploy(from, "Token", args![symbol, u64::from(decimals)])
}

/// The same with permits (EIP-2612).
pub(super) fn permit_token(stage: &mut Stage<'_>, from: Address, symbol: &str, decimals: u8) -> Result<Address> {
    stage.deploy(from, "PermitToken", args![symbol, u64::from(decimals)])
}

/// Mints.
pub(super) fn give(stage: &mut Stage<'_>, minter: Address, token: Address, to: Address, amount: U256) {
    stage.call(minter, token, "mint(address,uint256)", args![to, amount]);
}

/// Allows somebody to take any amount.
pub(super) fn allow(stage: &mut Stage<'_>, owner: Address, token: Address, spender: Address) {
    stage.call(owner, token, "approve(address,uint256)", args![spender, U256::MAX]);
}

/// Sends tokens.
pub(super) fn send_token(stage: &mut Stage<'_>, token: Address, from: Address, to: Address, amount: U256) {
    stage.call(from, token, "transfer(address,uint256)", args![to, amount]);
}

/// What an account holds of a token after the last block.
///
/// # Errors
/// If something waits for a block, or the token does not answer.
pub(super) fn held(stage: &mut Stage<'_>, token: Address, who: Address) -> Result<U256> {
    one(stage, token, "balanceOf(address)", args![who])
}

/// The first word that a view says.
///
/// # Errors
/// If it fails or says nothing.
pub(super) fn one(stage: &mut Stage<'_>, to: Address, signature: &str, args: Vec<DynSolValue>) -> Result<U256> {
    stage.view(to, signature, args)?.first().copied().with_context(|| format!("`{signature}` says nothing"))
}

/// An address that a view says.
///
/// # Errors
/// If it fails or says nothing.
pub(super) fn whom(stage: &mut Stage<'_>, to: Address, signature: &str, args: Vec<DynSolValue>) -> Result<Address> {
    Ok(Address::from_word(one(stage, to, signature, args)?.into()))
}

/// A pool of two tokens that `maker` minted, with liquidity of its own.
///
/// # Errors
/// If it is not compiled.
pub(super) fn pool(stage: &mut Stage<'_>, maker: Address, sides: [(Address, U256); 2]) -> Result<Address> {
    let pool = stage.deploy(maker, "Pool", args![sides[0].0, sides[1].0])?;
    for (token, amount) in sides {
        give(stage, maker, token, pool, amount);
    }
    stage.call(maker, pool, "mint(address)", args![maker]);
    Ok(pool)
}

/// A signature of 65 bytes: r, s, v.
///
/// # Errors
/// If nobody is called so.
pub(super) fn signed(stage: &Stage<'_>, name: &str, digest: B256) -> Result<Bytes> {
    let (v, r, s) = stage.sign(name, digest)?;
    Ok([r.as_slice(), s.as_slice(), &[v.byte(0)]].concat().into())
}

/// An account that nobody knows, with coins that came out of a mixer: ten at a time, as often as `times`.
///
/// # Errors
/// If the mixer is not compiled, or a block cannot be made.
pub(super) fn out_of_a_mixer(stage: &mut Stage<'_>, name: &str, times: u64) -> Result<Address> {
    let (keeper, relayer) = (stage.actor("keeper of the mixer"), stage.actor("relayer of the mixer"));
    let mixer = stage.deploy(keeper, "Mixer", args![ether(10)])?;
    let secret = |whose: &str, n: u64| keccak256(format!("{whose} {n}"));
    for n in 0..times + 3 {
        let (giver, whose) = if n < times { ("giver", name) } else { ("other giver", "someone") };
        let giver = stage.actor(&format!("{giver} {n}"));
        stage.pay(giver, mixer, ether(10), "deposit(bytes32)", args![keccak256(secret(whose, n))]);
    }
    stage.pass(2)?;
    let fresh = stage.stranger(name);
    let fee = ether(1) / U256::from(50);
    for n in 0..times {
        let ask = "withdraw(bytes32,address,address,uint256)";
        stage.call(relayer, mixer, ask, args![secret(name, n), fresh, relayer, fee]);
    }
    stage.mine()?;
    Ok(fresh)
}

/// Splits among as many parts as the variation wants; none is empty.
pub(super) fn parts<T>(stage: &Stage<'_>, mut items: Vec<T>) -> Vec<Vec<T>> {
    if stage.variation.turned {
        items.reverse();
    }
    let size = items.len().div_ceil(usize::try_from(stage.variation.parts).unwrap_or(1)).max(1);
    let mut parts = Vec::new();
    while !items.is_empty() {
        let rest = items.split_off(size.min(items.len()));
        parts.push(std::mem::replace(&mut items, rest));
    }
    parts
}

/// The attacker deploys a contract and strikes with it, once for each part: what it is called with is made of the part
/// and its number. Says where it stands.
///
/// # Errors
/// If a contract is not compiled or a block cannot be made.
pub(super) fn strike_in_parts<T>(
    stage: &mut Stage<'_>,
    attacker: Address,
    contract: &str,
    items: Vec<T>,
    call: impl Fn(usize, Vec<T>) -> (&'static str, Vec<DynSolValue>),
) -> Result<Address> {
    let mut at = Address::ZERO;
    for (number, part) in parts(stage, items).into_iter().enumerate() {
        let (signature, args) = call(number, part);
        if number == 0 {
            at = stage.deploy_and_strike(attacker, contract, U256::ZERO, signature, args)?;
        } else {
            stage.attack(|stage| stage.strike(attacker, at, U256::ZERO, signature, args))?;
        }
        stage.between_parts()?;
    }
    Ok(at)
}
