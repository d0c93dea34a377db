//! Prices that pools imply: what to read of them, and what events and writes of a transaction say.
//!
//! A price is of a pool's first token in its second one, in the smallest units of both, and exact. Pools that keep it
//! plainly (reserves, or the root of a price) tell the price after each trade, and their storage tells the one before;
//! of the others only the rate of each trade is known, fees included.
//!
//! Formats: Uniswap v2, v3 and v4 core; PancakeSwap v3; Algebra; Solidly; Curve's pools; Balancer v2's vault and its
//! paper's spot price of weighted pools.

mod event;
mod moves;
mod price;

use alloy_primitives::{Address, B256, Bytes, U256};
use facts::{Answer, Ask, TxRequest};

pub use event::{Mark, marks};
pub use moves::{PriceMove, before, moves};
pub use price::Price;

/// What kind of pool it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PoolKind {
    /// Uniswap v2 and its many forks: the price is that of its reserves.
    UniswapV2,
    /// Solidly and its forks. The reserves are the price of a volatile pair, and not of a stable one.
    Solidly,
    /// Uniswap v3, its forks, and Algebra.
    UniswapV3,
    /// PancakeSwap v3.
    PancakeV3,
    /// A pool in the manager of Uniswap v4.
    UniswapV4,
    /// Curve, of either kind.
    Curve,
    /// A pool in the vault of Balancer v2.
    BalancerV2,
}

/// A pool, and which two of its tokens the price is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pool {
    /// The contract that keeps it.
    pub contract: Address,
    /// Which of the contract's pools it is, where it keeps many.
    pub id: Option<B256>,
    /// What kind it is.
    pub kind: PoolKind,
    /// The two tokens.
    pub sides: Sides,
}

/// The first and the second token of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sides {
    /// `token0` and `token1` of the pool: see [`token_asks`].
    Pair,
    /// These, in ascending order. Zero is the chain's own coin.
    Tokens(Address, Address),
    /// The pool's coins by these numbers, the smaller first: see [`coin_asks`].
    Coins(u8, u8),
}

/// How a price is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// It is the price of the next, smallest trade, without its fee.
    Spot,
    /// It is what a trade got, with its fee and with how far it moved the price itself.
    Trade,
}

/// The calls that name a pair's two tokens: `token0()` and `token1()`.
pub fn token_asks(pool: Address) -> [Ask; 2] {
    [view(pool, &[0x0d, 0xfe, 0x16, 0x81], None), view(pool, &[0xd2, 0x12, 0x20, 0xa7], None)]
}

/// The calls that name a coin of a Curve pool, `coins(uint256)` and, of the oldest pools, `coins(int128)`: one answers.
pub fn coin_asks(pool: Address, coin: u8) -> [Ask; 2] {
    let coin = Some(U256::from(coin));
    [view(pool, &[0xc6, 0x61, 0x06, 0x57], coin), view(pool, &[0x23, 0x74, 0x6e, 0xb8], coin)]
}

/// The call that tells a pair's reserves, `getReserves()`: see [`Price::of_reserves_answer`].
pub fn reserves_ask(pool: Address) -> Ask {
    view(pool, &[0x09, 0x02, 0xf1, 0xac], None)
}

/// The call that tells the root of a price of Uniswap v3, `slot0()`: see [`Price::of_root_answer`].
pub fn slot0_ask(pool: Address) -> Ask {
    view(pool, &[0x38, 0x50, 0xc7, 0xbd], None)
}

/// The token in an answer to [`token_asks`] or [`coin_asks`].
pub fn token(answer: &Answer) -> Option<Address> {
    let Answer::View(Ok(output)) = answer else { return None };
    let word = <[u8; 32]>::try_from(output.as_ref()).ok()?;
    let (zeros, address) = word.split_at(12);
    zeros.iter().all(|byte| *byte == 0).then(|| Address::from_slice(address))
}

fn view(to: Address, selector: &[u8; 4], argument: Option<U256>) -> Ask {
    let mut input = selector.to_vec();
    input.extend(argument.iter().flat_map(|argument| argument.to_be_bytes::<32>()));
    Ask::View(TxRequest { to: Some(to), input: Bytes::from(input), gas_limit: Some(100_000), ..TxRequest::default() })
}

#[cfg(test)]
mod tests;
