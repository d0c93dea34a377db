//! Prices of pools that the transaction moved: before it, at their worst, and after it.
//!
//! Read from the events that pools of the two common forms write at each trade: `Sync` of Uniswap 2, with the reserves,
//! and `Swap` of Uniswap 3, with the square root of the price. What stood before is read from the pool's own storage, in
//! the slot whose later value is that of the event, so that no layout has to be known.

use std::collections::BTreeMap;

use alloy_primitives::{U512, b256};
use facts::{Address, Asset, B256, Log, TxFacts, U256};

use super::{cast::Cast, material::Material, model::PriceRow};

/// `Sync(uint112,uint112)`: Uniswap 2 and its many kin.
const SYNC: B256 = b256!("1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1");
/// `Swap(address,address,int256,int256,uint160,uint128,int24)`: Uniswap 3.
const SWAP: B256 = b256!("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67");
/// `Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)`: PancakeSwap 3.
const SWAP_WITH_FEES: B256 = b256!("19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83");
/// Prices are integers with so many decimals: a square of 160 bits and ten to this power still fit 512 bits.
const PLACES: u32 = 54;
/// Digits of a price that are shown.
const DIGITS: usize = 8;
/// More decimals than any honest token has; amounts of such are not scaled.
const DECIMALS_MAX: u8 = 36;
/// Pools that are told.
const POOLS_MAX: usize = 64;

/// What a pool's event says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Reserves(U256, U256),
    Root(U256),
}

impl Mark {
    fn of(log: &Log) -> Option<Self> {
        let word = |at: usize| Some(U256::from_be_slice(log.data.get(at * 32..at * 32 + 32)?));
        let fits = |bits: usize, word: U256| (word.bit_len() <= bits).then_some(word);
        match *log.topics.first()? {
            SYNC if log.data.len() == 64 => Some(Self::Reserves(fits(112, word(0)?)?, fits(112, word(1)?)?)),
            SWAP | SWAP_WITH_FEES if log.data.len() >= 160 => Some(Self::Root(fits(160, word(2)?)?)),
            _ => None,
        }
    }

    /// The same, read from a slot in which pools keep it: packed from its low end.
    fn held(self, word: U256) -> Self {
        let low = |bits: usize, word: U256| word & ((U256::ONE << bits) - U256::ONE);
        match self {
            Self::Reserves(..) => Self::Reserves(low(112, word), low(112, word >> 112)),
            Self::Root(_) => Self::Root(low(160, word)),
        }
    }

    /// How much of the second token stands against one of the first, both in base units.
    fn price(self) -> Option<U512> {
        let one = U512::from(10).pow(U512::from(PLACES));
        match self {
            Self::Reserves(first, second) => (U512::from(second) * one).checked_div(U512::from(first)),
            Self::Root(root) => Some((U512::from(root) * U512::from(root) * one) >> 192),
        }
    }

    fn form(self) -> &'static str {
        match self {
            Self::Reserves(..) => "constant product",
            Self::Root(_) => "concentrated",
        }
    }
}

/// The prices of every pool that traded, in the order of their first trades.
pub(super) fn prices(material: &Material<'_>, cast: &mut Cast<'_>, facts: &TxFacts) -> Vec<PriceRow> {
    let mut order: Vec<Address> = Vec::new();
    let mut marks: BTreeMap<Address, Vec<(u32, Mark)>> = BTreeMap::new();
    for log in &facts.logs {
        let Some(mark) = Mark::of(log) else { continue };
        if !marks.contains_key(&log.address) {
            order.push(log.address);
        }
        marks.entry(log.address).or_default().push((log.frame, mark));
    }
    let mut rows = Vec::new();
    for pool in order.into_iter().take(POOLS_MAX) {
        let Some(seen) = marks.get(&pool) else { continue };
        cast.role(pool, "pool");
        rows.extend(row(material, cast, facts, pool, seen));
    }
    rows
}

fn row(
    material: &Material<'_>,
    cast: &Cast<'_>,
    facts: &TxFacts,
    pool: Address,
    seen: &[(u32, Mark)],
) -> Option<PriceRow> {
    let (first, second) = traded(facts, pool)?;
    let before = before(facts, pool, seen).and_then(Mark::price);
    let priced: Vec<(u32, U512)> = seen.iter().filter_map(|(frame, mark)| Some((*frame, mark.price()?))).collect();
    let (_, after) = *priced.last()?;
    let start = before.unwrap_or(priced[0].1);
    let (frame, worst) = *priced.iter().max_by_key(|(_, price)| distance(start, *price))?;
    // A token is told in coins, not coins in a token.
    let inverted = material.chain.wrapped_native.contains(&first);
    let (base, quote) = if inverted { (second, first) } else { (first, second) };
    let decimals = |token: Address| {
        material.tokens.get(&token).map(|token| token.decimals).filter(|decimals| *decimals <= DECIMALS_MAX)
    };
    let scale = decimals(base).zip(decimals(quote));
    let text = |price: U512| shown(price, inverted, scale);
    Some(PriceRow {
        pool: cast.id(pool),
        form: seen[0].1.form(),
        base: cast.asset(&Asset::Erc20(base)),
        quote: cast.asset(&Asset::Erc20(quote)),
        before: before.map(text),
        worst: text(worst),
        after: text(after),
        moved_bp: before.map(|before| moved(before, worst, inverted)),
        left_bp: before.map(|before| moved(before, after, inverted)),
        frame,
        scaled: scale.is_some(),
    })
}

/// The two tokens that moved most often in or out of a pool, the lower address first, as such pools have them. The pool's
/// own shares are not among them.
fn traded(facts: &TxFacts, pool: Address) -> Option<(Address, Address)> {
    let mut count: BTreeMap<Address, usize> = BTreeMap::new();
    for flow in facts.flows.iter().filter(|flow| flow.from == pool || flow.to == pool) {
        if let Asset::Erc20(token) = flow.asset
            && token != pool
        {
            *count.entry(token).or_default() += 1;
        }
    }
    let mut often: Vec<(usize, Address)> = count.into_iter().map(|(token, times)| (times, token)).collect();
    often.sort_by_key(|(times, token)| (std::cmp::Reverse(*times), *token));
    let [(_, one), (_, other), ..] = often.as_slice() else { return None };
    Some((*one.min(other), *one.max(other)))
}

/// What the pool held before the transaction: the first value of the slot that later holds what an event said.
fn before(facts: &TxFacts, pool: Address, seen: &[(u32, Mark)]) -> Option<Mark> {
    let is_told = |value: U256| seen.iter().any(|(_, mark)| mark.held(value) == *mark);
    let written = facts.writes.iter().filter(|write| write.address == pool);
    let slot = written.clone().find(|write| is_told(write.after))?.slot;
    let first = written.clone().find(|write| write.slot == slot)?;
    Some(seen[0].1.held(first.before))
}

/// How far apart two prices are, whichever is higher: a hundredth and a hundredfold are alike.
fn distance(one: U512, other: U512) -> U512 {
    let (low, high) = (one.min(other), one.max(other));
    high.checked_mul(U512::from(1_000_000)).unwrap_or(U512::MAX).checked_div(low).unwrap_or(U512::MAX)
}

/// The change in basis points of the price before; of an inverted price, of its inverse.
fn moved(before: U512, after: U512, inverted: bool) -> u64 {
    let difference = before.max(after) - before.min(after);
    // |1/after - 1/before| of 1/before is |before - after| of after.
    let of = if inverted { after } else { before };
    let bp = difference.checked_mul(U512::from(10_000)).unwrap_or(U512::MAX).checked_div(of).unwrap_or(U512::MAX);
    u64::try_from(bp).unwrap_or(u64::MAX)
}

/// A price as a decimal text with a few digits, cut with a mark.
fn shown(price: U512, inverted: bool, scale: Option<(u8, u8)>) -> String {
    let power = |exponent: u32| U512::from(10).pow(U512::from(exponent));
    let price = if inverted { (power(PLACES) * power(PLACES)).checked_div(price).unwrap_or(U512::MAX) } else { price };
    let scaled = match scale {
        Some((base, quote)) if base >= quote => price.checked_mul(power(u32::from(base - quote))),
        Some((base, quote)) => Some(price / power(u32::from(quote - base))),
        None => Some(price),
    };
    let Some(price) = scaled else { return "more than can be written".to_owned() };
    let digits = price.to_string();
    let places = PLACES as usize;
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, part) = padded.split_at(padded.len() - places);
    let lead = if whole == "0" { part.len() - part.trim_start_matches('0').len() } else { 0 };
    let wanted = (lead + DIGITS.saturating_sub(if whole == "0" { 0 } else { whole.len() })).max(2).min(part.len());
    let (kept, rest) = part.split_at(wanted);
    let mark = if rest.bytes().any(|digit| digit != b'0') { "…" } else { "" };
    match kept.trim_end_matches('0') {
        "" => format!("{}{}", super::amounts::grouped(whole), if mark.is_empty() { "" } else { ".0…" }),
        kept => format!("{}.{kept}{mark}", super::amounts::grouped(whole)),
    }
}
