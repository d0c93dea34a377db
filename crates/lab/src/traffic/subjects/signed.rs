//! What people sign and others bring: permits of two kinds, orders, operations of smart wallets, delegations of accounts.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Context as _, Result};
use facts::{Address, Authorization, B256, Bytes, Signature, U256};

use super::super::{
    Kind,
    city::City,
    places::{BTC, DAI, LINK, USDC, USDT, WRAPPED},
};
use crate::{EXCHANGE, Send, Tuple, args, call_data, encode, ether, stage::delegation_digest};

/// The chain's number, as signatures name it.
const CHAIN: u64 = 31_337;

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    router: Address,
    permit2: Address,
    settlement: Address,
    entry: Address,
    factory: Address,
    bundler: usize,
    /// Smart wallets: where, whose, and from which block on they may act.
    wallets: Vec<(Address, usize, u64)>,
    smart: Address,
    /// Accounts that run that code, and from which block on they may act.
    delegated: Vec<(usize, u64)>,
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "swap with a permit", weight: 90, act: permit },
    Kind { name: "swap with Permit2, signed for once", weight: 90, act: permit2_once },
    Kind { name: "swap with Permit2, signed for a while", weight: 60, act: permit2_while },
    Kind { name: "orders matched", weight: 80, act: matched },
    Kind { name: "order filled by a solver", weight: 80, act: filled },
    Kind { name: "smart wallet created", weight: 20, act: wallet },
    Kind { name: "operations of smart wallets", weight: 90, act: operations },
    Kind { name: "account delegated to a smart wallet", weight: 40, act: delegate },
    Kind { name: "batch of a delegated account", weight: 60, act: batch },
    Kind { name: "batch of a delegated account, sponsored", weight: 40, act: sponsored },
];

/// Routers that take signatures, an order book, smart wallets.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let builder = city.newcomer();
    let (builder, bundler) = (city.at(builder), city.newcomer());
    let router = city.places.swaps.routers.first().copied().context("there is a router")?;
    let permit2 = city.deploy(builder, "Permit2", args![])?;
    city.places.signed = Places {
        router: city.deploy(builder, "TownPermitRouter", args![router, permit2])?,
        permit2,
        settlement: city.deploy(builder, "TownSettlement", args![])?,
        entry: city.deploy(builder, "TownEntryPoint", args![])?,
        factory: city.deploy(builder, "TownWalletFactory", args![])?,
        smart: city.deploy(builder, "SmartAccount", args![])?,
        bundler,
        ..Places::default()
    };
    city.mine()
}

/// EIP-712: what is signed of a struct's hash under a contract's domain.
fn typed(city: &mut City<'_>, contract: Address, hash: B256) -> Result<B256> {
    let domain = B256::from(city.read(contract, "DOMAIN_SEPARATOR()", args![])?);
    Ok(keccak256([&[0x19, 0x01], domain.as_slice(), hash.as_slice()].concat()))
}

fn parts(signature: &[u8]) -> (U256, B256, B256) {
    let word = |from: usize| signature.get(from..from + 32).map(B256::from_slice).unwrap_or_default();
    (U256::from(signature.get(64).copied().unwrap_or_default()), word(0), word(32))
}

/// A dollar for coins: who, how much, and the way.
fn wish(city: &mut City<'_>, coin: usize) -> Result<(usize, Address, U256, Vec<Address>)> {
    let (id, who) = city.someone();
    let dollars = city.chance.heavy(30, 200_000);
    let amount = city.dollars(coin, dollars);
    city.hold(who, coin, amount)?;
    Ok((id, who, amount, vec![city.places.coin(coin), city.places.coin(WRAPPED)]))
}

fn permit(city: &mut City<'_>) -> Result<()> {
    let coin = city.chance.pick(&[USDC, DAI, LINK]).unwrap_or(USDC);
    let (id, who, amount, path) = wish(city, coin)?;
    let (token, router, until) = (city.places.coin(coin), city.places.signed.router, city.time() + 900);
    let nonce = city.read(token, "nonces(address)", args![who])?;
    let kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    let hash = keccak256(encode(args![kind, who, router, amount, nonce, until]));
    let digest = typed(city, token, hash)?;
    let (v, r, s) = parts(&city.sign(id, digest)?);
    let signature = "swapWithPermit(address,uint256,uint256,address[],uint256,uint8,bytes32,bytes32)";
    city.call(who, router, signature, args![token, amount, U256::from(1), path, until, v, r, s]);
    Ok(())
}

/// Whoever uses Permit2 lets it take everything, once.
fn let_permit2(city: &mut City<'_>, who: Address, token: Address) {
    let permit2 = city.places.signed.permit2;
    city.allow(who, token, permit2, U256::MAX);
}

fn permit2_once(city: &mut City<'_>) -> Result<()> {
    let coin = city.chance.pick(&[USDC, USDT, DAI, LINK, BTC]).unwrap_or(USDC);
    let (id, who, amount, path) = wish(city, coin)?;
    let (token, router, permit2) = (city.places.coin(coin), city.places.signed.router, city.places.signed.permit2);
    let_permit2(city, who, token);
    let (nonce, until) = (city.chance.word(), U256::from(city.time() + 900));
    let tokens = keccak256("TokenPermissions(address token,uint256 amount)");
    let kind = keccak256(
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)",
    );
    let permitted = keccak256(encode(args![tokens, token, amount]));
    let digest = typed(city, permit2, keccak256(encode(args![kind, permitted, router, nonce, until])))?;
    let signed = city.sign(id, digest)?;
    let order = Tuple(args![Tuple(args![token, amount]), nonce, until]);
    let signature = "swapWithPermit2(((address,uint256),uint256,uint256),uint256,address[],bytes)";
    city.call(who, router, signature, args![order, U256::from(1), path, signed]);
    Ok(())
}

fn permit2_while(city: &mut City<'_>) -> Result<()> {
    let coin = city.chance.pick(&[USDC, DAI, LINK, BTC]).unwrap_or(USDC);
    let (id, who, amount, path) = wish(city, coin)?;
    let (token, router, permit2) = (city.places.coin(coin), city.places.signed.router, city.places.signed.permit2);
    let_permit2(city, who, token);
    // Amount, end and number of what it allowed before.
    let said = city.view(permit2, "allowance(address,address,address)", args![who, token, router])?;
    let [allowed, ends, nonce, ..] = said.as_slice() else { anyhow::bail!("Permit2 says nothing") };
    let (now, most) = (city.time(), (U256::from(1) << 160) - U256::from(1));
    let is_open = *allowed >= amount && *ends > U256::from(now + 60);
    let (until, end) = (U256::from(now + 900), U256::from(now + 30 * 86_400));
    let given = if city.chance.percent(50) { most } else { amount * U256::from(3) };
    let details = keccak256("PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)");
    let kind = keccak256(
        "PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)",
    );
    let inner = keccak256(encode(args![details, token, given, end, *nonce]));
    let digest = typed(city, permit2, keccak256(encode(args![kind, inner, router, until])))?;
    let signed = if is_open { Bytes::new() } else { city.sign(id, digest)? };
    let single = Tuple(args![Tuple(args![token, given, end, *nonce]), router, until]);
    let signature =
        "swapWithAllowance(((address,uint160,uint48,uint48),address,uint256),bytes,uint160,uint256,address[])";
    city.call(who, router, signature, args![single, signed, amount, U256::from(1), path]);
    Ok(())
}

/// An order of somebody who holds what it sells, with its signature.
fn order(city: &mut City<'_>, (sells, buys): (usize, usize), (amount, least): (U256, U256)) -> Result<(Tuple, Bytes)> {
    let (id, who) = city.someone();
    let settlement = city.places.signed.settlement;
    city.ready(who, sells, settlement, amount)?;
    let (until, salt) = (city.time() + 1_800, city.chance.word());
    let said = args![who, city.places.coin(sells), city.places.coin(buys), amount, least, until, salt];
    let digest = keccak256(encode([args![CHAIN, settlement], said.clone()].concat()));
    Ok((Tuple(said), city.sign(id, digest)?))
}

fn matched(city: &mut City<'_>) -> Result<()> {
    let other = city.chance.pick(&[USDC, USDT, DAI, LINK]).unwrap_or(USDC);
    let dollars = city.chance.heavy(100, 500_000);
    let (a, b) = (city.dollars(WRAPPED, dollars), city.dollars(other, dollars));
    let (first, signed_first) = order(city, (WRAPPED, other), (a, b))?;
    let (second, signed_second) = order(city, (other, WRAPPED), (b, a))?;
    let ((_, by), at) = (city.someone(), city.places.signed.settlement);
    let order = "(address,address,address,uint256,uint256,uint256,uint256)";
    let signature = format!("settle({order},bytes,{order},bytes)");
    city.call(by, at, &signature, args![first, signed_first, second, signed_second]);
    Ok(())
}

fn filled(city: &mut City<'_>) -> Result<()> {
    let (sells, buys) = city
        .chance
        .pick(&[(WRAPPED, USDC), (USDC, WRAPPED), (DAI, LINK), (LINK, DAI), (USDT, DAI)])
        .unwrap_or((USDC, WRAPPED));
    let dollars = city.chance.heavy(100, 500_000);
    let (amount, worth) = (city.dollars(sells, dollars), city.dollars(buys, dollars));
    let (order, signed) = order(city, (sells, buys), (amount, worth * U256::from(99) / U256::from(100)))?;
    let ((_, solver), at) = (city.someone(), city.places.signed.settlement);
    let gives = worth * U256::from(city.chance.between(990, 999)) / U256::from(1000);
    city.ready(solver, buys, at, gives)?;
    let signature = "fill((address,address,address,uint256,uint256,uint256,uint256),bytes,uint256)";
    city.call(solver, at, signature, args![order, signed, gives]);
    Ok(())
}

/// Somebody gets a smart wallet: its first operation creates it.
fn wallet(city: &mut City<'_>) -> Result<()> {
    let (id, owner) = city.someone();
    let (entry, factory) = (city.places.signed.entry, city.places.signed.factory);
    let salt = city.chance.word();
    let made = city.read(factory, "addressOf(address,address,uint256)", args![entry, owner, salt])?;
    let at = Address::from_word(made.into());
    let create = call_data("create(address,address,uint256)", args![entry, owner, salt]);
    let init: Bytes = [factory.as_slice(), &create].concat().into();
    let dollars = city.chance.heavy(500, 200_000);
    let (token, amount) = (city.places.coin(USDC), city.dollars(USDC, dollars));
    city.call(EXCHANGE, token, "transfer(address,uint256)", args![at, amount]);
    city.pay(owner, entry, ether(1), "depositTo(address)", args![at]);
    let calls = call_data("executeBatch((address,uint256,bytes)[])", args![Vec::<Tuple>::new()]);
    let op = operation(city, (at, id), U256::ZERO, init, calls)?;
    handle(city, vec![op]);
    let from = city.height() + 1;
    city.places.signed.wallets.push((at, id, from));
    Ok(())
}

fn operation(city: &City<'_>, (at, id): (Address, usize), nonce: U256, init: Bytes, calls: Bytes) -> Result<Tuple> {
    let entry = city.places.signed.entry;
    let digest = keccak256(encode(args![CHAIN, entry, at, nonce, keccak256(&calls)]));
    Ok(Tuple(args![at, nonce, init, calls, city.sign(id, digest)?]))
}

fn handle(city: &mut City<'_>, ops: Vec<Tuple>) {
    let (bundler, entry) = (city.at(city.places.signed.bundler), city.places.signed.entry);
    let signature = "handleOps((address,uint256,bytes,bytes,bytes)[],address)";
    city.call(bundler, entry, signature, args![ops, bundler]);
}

fn one(to: Address, signature: &str, args: Vec<DynSolValue>) -> Tuple {
    Tuple(args![to, U256::ZERO, call_data(signature, args)])
}

/// What a smart account does in one go: pays some, or allows a router exactly what it then swaps.
fn calls(city: &mut City<'_>, who: Address) -> Result<Vec<Tuple>> {
    let token = city.places.coin(USDC);
    let held = city.holds(who, USDC)?;
    let amount = city.chance.part(held, 5, 200);
    if city.chance.percent(50) {
        let (_, to) = city.someone();
        let pay = |to: Address| one(token, "transfer(address,uint256)", args![to, amount]);
        let (_, other) = city.someone();
        return Ok(vec![pay(to), pay(other)]);
    }
    let router = city.places.swaps.routers.first().copied().unwrap_or_default();
    let (path, until) = (vec![token, city.places.coin(WRAPPED)], city.time() + 600);
    let signature = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)";
    Ok(vec![
        one(token, "approve(address,uint256)", args![router, amount]),
        one(router, signature, args![amount, U256::ZERO, path, who, until]),
    ])
}

fn operations(city: &mut City<'_>) -> Result<()> {
    let (mut ops, height) = (Vec::new(), city.height());
    for _ in 0..city.chance.between(1, 5) {
        let index = city.chance.index(city.places.signed.wallets.len());
        let Some((at, id, from)) = city.places.signed.wallets.get(index).copied() else { return Ok(()) };
        if from > height {
            continue;
        }
        if let Some(wallet) = city.places.signed.wallets.get_mut(index) {
            wallet.2 = height + 1;
        }
        let entry = city.places.signed.entry;
        let nonce = city.read(entry, "nonces(address)", args![at])?;
        let all = calls(city, at)?;
        let calls = call_data("executeBatch((address,uint256,bytes)[])", args![all]);
        ops.push(operation(city, (at, id), nonce, Bytes::new(), calls)?);
    }
    if !ops.is_empty() {
        handle(city, ops);
    }
    Ok(())
}

/// Somebody makes its account smart (EIP-7702), in a transaction of its own.
fn delegate(city: &mut City<'_>) -> Result<()> {
    let (id, who) = city.someone();
    if city.places.signed.delegated.iter().any(|(of, _)| *of == id) {
        return Ok(());
    }
    let (code, chain_id) = (city.places.signed.smart, U256::from(CHAIN));
    let dollars = city.chance.heavy(200, 100_000);
    let means = city.dollars(USDC, dollars);
    city.hold(who, USDC, means)?;
    // Its transaction is counted before its delegation.
    city.afford(who, ether(1));
    let nonce = city.world.nonce(who) + 1;
    let signed = city.sign(id, delegation_digest(chain_id, code, nonce))?;
    let (v, r, s) = parts(&signed);
    let signature = Signature { r: r.into(), s: s.into(), y_parity: u8::from(v == U256::from(28)) };
    let authorizations = vec![Authorization { chain_id, address: code, nonce, signature }];
    city.put(Send { from: who, to: Some(who), authorizations, ..Send::default() });
    city.world.spend_nonce(who);
    let from = city.height() + 1;
    city.places.signed.delegated.push((id, from));
    Ok(())
}

/// A delegated account that does nothing else of this kind in this block.
fn idle(city: &mut City<'_>) -> Option<usize> {
    let (index, height) = (city.chance.index(city.places.signed.delegated.len()), city.height());
    let (id, from) = city.places.signed.delegated.get_mut(index)?;
    (*from <= height).then(|| *from = height + 1).map(|()| *id)
}

fn batch(city: &mut City<'_>) -> Result<()> {
    let Some(id) = idle(city) else { return Ok(()) };
    let who = city.at(id);
    let all = calls(city, who)?;
    city.call(who, who, "execute((address,uint256,bytes)[])", args![all]);
    Ok(())
}

fn sponsored(city: &mut City<'_>) -> Result<()> {
    let Some(id) = idle(city) else { return Ok(()) };
    let who = city.at(id);
    let all = calls(city, who)?;
    let nonce = city.read(who, "nonce()", args![])?;
    let digest = keccak256(encode(args![CHAIN, who, nonce, all.clone()]));
    let (signed, (_, by)) = (city.sign(id, digest)?, city.someone());
    city.call(by, who, "executeSigned((address,uint256,bytes)[],bytes)", args![all, signed]);
    Ok(())
}
