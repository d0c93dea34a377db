//! A price as a fraction of whole numbers.

use std::cmp::Ordering;

use alloy_primitives::{U256, U512, Uint};
use facts::Answer;

type Wide = Uint<1024, 16>;

/// The most digits behind the point that are written.
const DIGITS_MAX: u8 = 40;

/// How many of the smallest units of the second token one smallest unit of the first is worth. Never zero.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    numerator: U512,
    denominator: U512,
}

impl Price {
    /// The fraction; `None` when a side is zero: an empty pool has no price.
    pub fn new(numerator: U512, denominator: U512) -> Option<Self> {
        (!numerator.is_zero() && !denominator.is_zero()).then_some(Self { numerator, denominator })
    }

    /// Of the reserves of both tokens: `reserve1 / reserve0`.
    pub fn of_reserves(reserve0: U256, reserve1: U256) -> Option<Self> {
        Self::new(reserve1.to(), reserve0.to())
    }

    /// Of the root of a price with 96 binary digits behind the point: `(root / 2^96)^2`.
    pub fn of_root(root_x96: U256) -> Option<Self> {
        // The root has at most 160 bits.
        let root: U512 = root_x96.to();
        let square = root.checked_mul(root).filter(|_| root_x96.bit_len() <= 160)?;
        Self::new(square, U512::ONE << 192)
    }

    /// Of a weighted pool: `(balance1 / weight1) / (balance0 / weight0)`. Weights are in any unit that both share.
    pub fn of_weights(balance0: U256, weight0: U256, balance1: U256, weight1: U256) -> Option<Self> {
        let (balance0, weight0): (U512, U512) = (balance0.to(), weight0.to());
        let (balance1, weight1): (U512, U512) = (balance1.to(), weight1.to());
        Self::new(balance1.checked_mul(weight0)?, balance0.checked_mul(weight1)?)
    }

    /// Of an answer to [`super::reserves_ask`].
    pub fn of_reserves_answer(answer: &Answer) -> Option<Self> {
        let Answer::View(Ok(output)) = answer else { return None };
        Self::of_reserves(word(output, 0)?, word(output, 1)?)
    }

    /// Of an answer to [`super::slot0_ask`].
    pub fn of_root_answer(answer: &Answer) -> Option<Self> {
        let Answer::View(Ok(output)) = answer else { return None };
        Self::of_root(word(output, 0)?)
    }

    /// The price of the second token in the first.
    pub fn inverse(self) -> Self {
        Self { numerator: self.denominator, denominator: self.numerator }
    }

    /// The fraction.
    pub fn fraction(self) -> (U512, U512) {
        (self.numerator, self.denominator)
    }

    /// How much higher this price is than another, in basis points, rounded down; negative when it is lower. As far as an
    /// `i64` goes.
    pub fn change_bp(self, from: Self) -> i64 {
        let (mine, theirs) = self.crossed(from);
        let scaled = mine.saturating_mul(Wide::from(10_000_u64)) / theirs;
        i64::try_from(scaled).map_or(i64::MAX, |share| share - 10_000)
    }

    /// By which factor the higher of two prices is above the lower, in basis points: 10,000 when they are the same. As far
    /// as a `u64` goes.
    pub fn factor_bp(self, other: Self) -> u64 {
        let (mine, theirs) = self.crossed(other);
        let (high, low) = if mine >= theirs { (mine, theirs) } else { (theirs, mine) };
        u64::try_from(high.saturating_mul(Wide::from(10_000_u64)) / low).unwrap_or(u64::MAX)
    }

    /// The price of one whole first token in whole second tokens, with so many digits behind the point, rounded down.
    pub fn decimal(self, decimals0: u8, decimals1: u8, digits: u8) -> String {
        let digits = digits.min(DIGITS_MAX);
        let power = |exponent: u8| Wide::from(10_u64).pow(Wide::from(exponent.min(77)));
        let numerator = self.numerator.to::<Wide>().saturating_mul(power(decimals0)).saturating_mul(power(digits));
        let denominator = self.denominator.to::<Wide>().saturating_mul(power(decimals1));
        let written = format!("{:0>width$}", (numerator / denominator).to_string(), width = usize::from(digits) + 1);
        let (whole, part) = written.split_at(written.len() - usize::from(digits));
        if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
    }

    /// Whether this price is further away from `from` than another is, up or down alike.
    pub(super) fn is_further(self, other: Self, from: Self) -> bool {
        // max(p, from^2 / p) compared, without the division: both as how many times they are away.
        let away = |price: Self| {
            let (mine, theirs) = price.crossed(from);
            if mine >= theirs { (mine, theirs) } else { (theirs, mine) }
        };
        let ((a, b), (c, d)) = (away(self), away(other));
        // 2048 bits hold the products of any two.
        let wide = |x: Wide, y: Wide| x.to::<Uint<2048, 32>>() * y.to::<Uint<2048, 32>>();
        wide(a, d) > wide(c, b)
    }

    /// Both over one denominator.
    fn crossed(self, other: Self) -> (Wide, Wide) {
        let product = |a: U512, b: U512| a.to::<Wide>().saturating_mul(b.to::<Wide>());
        (product(self.numerator, other.denominator), product(other.numerator, self.denominator))
    }
}

impl PartialEq for Price {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Price {}

impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Price {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, theirs) = self.crossed(*other);
        mine.cmp(&theirs)
    }
}

fn word(output: &[u8], at: usize) -> Option<U256> {
    let word = output.get(32 * at..)?.first_chunk::<32>()?;
    Some(U256::from_be_bytes(*word))
}
