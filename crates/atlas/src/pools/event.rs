//! What pools log.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, U256, keccak256};
use facts::{Log, TxFacts};

use super::{Basis, Pool, PoolKind, Price, Sides};

/// A price that a pool had at a point of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which pool.
    pub pool: Pool,
    /// The price of its first token in its second.
    pub price: Price,
    /// How it is known.
    pub basis: Basis,
    /// What the event tells of the pool's state: both reserves as they are packed, or the root of the price. Where it
    /// keeps it, the slot holds just that.
    pub(super) kept: Option<Kept>,
    /// Index of the frame in which it was logged.
    pub frame: u32,
    /// Position in the transaction's order of events.
    pub at: u32,
}

/// What a pool keeps in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Two reserves of 112 bits each, the first at the low end.
    Reserves(U256, U256),
    /// The root of the price, in the lower 160 bits.
    Root(U256),
}

impl Kept {
    /// The price in a slot like that.
    pub(super) fn price_in(self, slot: U256) -> Option<Price> {
        match self {
            Self::Reserves(..) => Price::of_reserves(slot & low(112), slot >> 112_usize & low(112)),
            Self::Root(_) => Price::of_root(slot & low(160)),
        }
    }

    /// Whether this is what a slot holds.
    pub(super) fn is_in(self, slot: U256) -> bool {
        match self {
            Self::Reserves(first, second) => slot & low(224) == first | second << 112_usize,
            Self::Root(root) => slot & low(160) == root,
        }
    }
}

fn low(bits: usize) -> U256 {
    (U256::ONE << bits) - U256::ONE
}

/// What an event says: which of the contract's pools, of which tokens, the price, and what is kept of it.
type Said = (Option<B256>, Sides, Price, Basis, Option<Kept>);
type Read = fn(&Log) -> Option<Said>;

static EVENTS: LazyLock<Vec<(B256, PoolKind, Read)>> = LazyLock::new(|| {
    let events: [(&str, PoolKind, Read); 8] = [
        ("Sync(uint112,uint112)", PoolKind::UniswapV2, sync),
        ("Sync(uint256,uint256)", PoolKind::Solidly, wide_sync),
        ("Swap(address,address,int256,int256,uint160,uint128,int24)", PoolKind::UniswapV3, root_third),
        ("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)", PoolKind::PancakeV3, root_third),
        ("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)", PoolKind::UniswapV4, managed),
        ("TokenExchange(address,int128,uint256,int128,uint256)", PoolKind::Curve, exchange),
        ("TokenExchange(address,uint256,uint256,uint256,uint256)", PoolKind::Curve, exchange),
        ("Swap(bytes32,address,address,uint256,uint256)", PoolKind::BalancerV2, vault),
    ];
    events.map(|(signature, kind, read)| (keccak256(signature), kind, read)).to_vec()
});

/// Every price that pools logged in a transaction, in order. An event that is not as its kind of pool writes it, or of a
/// pool that is empty, says nothing: anyone can log anything, so a price counts for as much as its contract.
pub fn marks(tx: &TxFacts) -> Vec<Mark> {
    tx.logs.iter().filter_map(mark).collect()
}

fn mark(log: &Log) -> Option<Mark> {
    let first = log.topics.first()?;
    let (_, kind, read) = EVENTS.iter().find(|(topic, ..)| topic == first)?;
    let (id, sides, price, basis, kept) = read(log)?;
    let pool = Pool { contract: log.address, id, kind: *kind, sides };
    Some(Mark { pool, price, basis, kept, frame: log.frame, at: log.at })
}

fn sync(log: &Log) -> Option<Said> {
    let (_, sides, price, basis, _) = wide_sync(log)?;
    Some((None, sides, price, basis, Some(Kept::Reserves(word(log, 0)?, word(log, 1)?))))
}

fn wide_sync(log: &Log) -> Option<Said> {
    let price = Price::of_reserves(word(log, 0)?, word(log, 1)?)?;
    shaped(log, 1, 2).then_some((None, Sides::Pair, price, Basis::Spot, None))
}

fn root_third(log: &Log) -> Option<Said> {
    let root = word(log, 2)?;
    let words = log.data.len() / 32;
    let price = Price::of_root(root).filter(|_| shaped(log, 3, words))?;
    Some((None, Sides::Pair, price, Basis::Spot, Some(Kept::Root(root))))
}

fn managed(log: &Log) -> Option<Said> {
    let root = word(log, 2)?;
    let price = Price::of_root(root).filter(|_| shaped(log, 3, 6))?;
    Some((log.topics.get(1).copied(), Sides::Pair, price, Basis::Spot, Some(Kept::Root(root))))
}

/// Curve: which coin was sold, how much of it, which was bought, how much.
fn exchange(log: &Log) -> Option<Said> {
    let (sold, bought) = (u8::try_from(word(log, 0)?).ok()?, u8::try_from(word(log, 2)?).ok()?);
    if !shaped(log, 2, 4) || sold == bought {
        return None;
    }
    let rate = Price::of_reserves(word(log, 1)?, word(log, 3)?)?;
    let price = if sold < bought { rate } else { rate.inverse() };
    Some((None, Sides::Coins(sold.min(bought), sold.max(bought)), price, Basis::Trade, None))
}

/// Balancer: the pool, what went in and what came out by their topics, and how much of each.
fn vault(log: &Log) -> Option<Said> {
    if !shaped(log, 4, 2) {
        return None;
    }
    let (given, taken) = (Address::from_word(log.topics[2]), Address::from_word(log.topics[3]));
    let rate = Price::of_reserves(word(log, 0)?, word(log, 1)?).filter(|_| given != taken)?;
    let price = if given < taken { rate } else { rate.inverse() };
    Some((Some(log.topics[1]), Sides::Tokens(given.min(taken), given.max(taken)), price, Basis::Trade, None))
}

fn shaped(log: &Log, topics: usize, words: usize) -> bool {
    log.topics.len() == topics && log.data.len() == 32 * words
}

fn word(log: &Log, at: usize) -> Option<U256> {
    log.data.get(32 * at..)?.first_chunk::<32>().map(|word| U256::from_be_bytes(*word))
}
