//! What is learnt of a feed and a pool: whether the one says what the other trades at.
//!
//! Nothing is known of their tokens, their decimals, or which of the two is the dearer. If both moved, and the quotient or
//! the product of what they said stayed, they speak of the same pair; and then that number is what is usual.

use atlas::pools::Price;
use facts::U256;

/// Observations that are kept: what a remembered value has room for.
const KEPT: usize = 12;
/// Bits to which the first observation is brought, so that it may grow by as many again.
const BITS: usize = 40;
/// From how many basis points on two observations are not the same.
const NEW_BP: u64 = 20;
/// After so many contradictions in a row it is learnt anew: the pool or the feed is another one now.
const STRIKES_MAX: u8 = 20;

/// A feed and a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    since: u64,
    strikes: u8,
    /// By how many bits answers and prices are moved to the left.
    shifts: [i16; 2],
    seen: Vec<Seen>,
}

/// What a feed and a pool said at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    answer: u64,
    price: u64,
}

/// That they do not say the same any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Apart {
    /// How far apart, in basis points of the lesser.
    pub(super) apart_bp: u64,
    /// How far the feed and the pool moved since the last observation, likewise.
    pub(super) feed_bp: u64,
    pub(super) pool_bp: u64,
}

/// From when on a pair is believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust {
    pub(super) seen_min: usize,
    pub(super) seconds_min: u64,
    pub(super) moved_bp_min: u64,
    pub(super) apart_bp_min: u64,
}

impl Pair {
    /// The first observation. None of a price that no number tells.
    pub(super) fn new(answer: U256, price: Price, now: u64) -> Option<Self> {
        let (numerator, denominator) = price.fraction();
        let to_bits = |bits: usize| i16::try_from(BITS).ok()?.checked_sub(i16::try_from(bits).ok()?);
        let price_bits = i16::try_from(numerator.bit_len()).ok()? - i16::try_from(denominator.bit_len()).ok()?;
        let shifts = [to_bits(answer.bit_len())?, i16::try_from(BITS).ok()? - price_bits];
        let mut pair = Self { since: now, strikes: 0, shifts, seen: Vec::new() };
        pair.seen.push(pair.see(answer, price)?);
        Some(pair)
    }

    /// The same in numbers of this pair; none if they have left its range.
    pub(super) fn see(&self, answer: U256, price: Price) -> Option<Seen> {
        type Wide = alloy_primitives::Uint<1536, 24>;
        let [answer_shift, price_shift] = self.shifts;
        let moved = |number: Wide, shift: i16| {
            let by = usize::from(shift.unsigned_abs());
            if shift >= 0 { number << by } else { number >> by }
        };
        let (numerator, denominator) = price.fraction();
        let (above, below) = (numerator.to::<Wide>(), denominator.to::<Wide>());
        let price = if price_shift >= 0 {
            moved(above, price_shift) / below
        } else {
            above / moved(below, price_shift.saturating_neg())
        };
        let small = |number: Wide| u64::try_from(number).ok().filter(|number| *number > 0);
        Some(Seen { answer: small(moved(answer.to::<Wide>(), answer_shift))?, price: small(price)? })
    }

    /// Whether they are further apart than ever, when they are known to speak of the same.
    pub(super) fn judge(&self, now: Seen, time: u64, trust: &Trust) -> Option<Apart> {
        let last = self.seen.last()?;
        if self.seen.len() < trust.seen_min || time.saturating_sub(self.since) < trust.seconds_min {
            return None;
        }
        let range = |numbers: &mut dyn Iterator<Item = u64>| {
            let (least, most) = numbers.fold((u64::MAX, 0), |(least, most), n| (least.min(n), most.max(n)));
            apart_bp(least.into(), most.into())
        };
        let moved = range(&mut self.seen.iter().map(|seen| seen.answer));
        if moved < trust.moved_bp_min || range(&mut self.seen.iter().map(|seen| seen.price)) < trust.moved_bp_min / 2 {
            return None;
        }
        let found = [Seen::quotient as fn(&Seen) -> u128, Seen::product].map(|of| {
            let mut usual: Vec<u128> = self.seen.iter().map(of).collect();
            usual.sort_unstable();
            // The two at the ends are left out: a trade may have moved the price a moment before.
            let (low, high) = (*usual.get(1)?, *usual.get(usual.len().checked_sub(2)?)?);
            let spread = apart_bp(low, high);
            let apart = apart_bp(*usual.get(usual.len() / 2)?, of(&now));
            (spread.saturating_mul(4) <= moved).then_some((spread, apart))
        });
        let (spread, apart_bp_now) = found.into_iter().flatten().min()?;
        let is_apart = apart_bp_now >= trust.apart_bp_min && apart_bp_now >= spread.saturating_mul(8);
        is_apart.then(|| Apart {
            apart_bp: apart_bp_now,
            feed_bp: apart_bp(last.answer.into(), now.answer.into()),
            pool_bp: apart_bp(last.price.into(), now.price.into()),
        })
    }

    /// With one more observation, if it says something new.
    pub(super) fn learn(&mut self, now: Seen) -> bool {
        let last = self.seen.last();
        let is_same = |last: &Seen| {
            apart_bp(last.answer.into(), now.answer.into()) < NEW_BP
                && apart_bp(last.price.into(), now.price.into()) < NEW_BP
        };
        if last.is_some_and(is_same) {
            return false;
        }
        self.strikes = 0;
        self.seen.push(now);
        if self.seen.len() > KEPT {
            self.seen.remove(0);
        }
        true
    }

    /// With one more contradiction; whether it is still worth keeping.
    pub(super) fn strike(&mut self) -> bool {
        self.strikes = self.strikes.saturating_add(1);
        self.strikes < STRIKES_MAX
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.since.to_be_bytes().to_vec();
        bytes.push(self.strikes);
        bytes.extend(self.shifts.iter().flat_map(|shift| shift.to_be_bytes()));
        bytes.extend(self.seen.iter().flat_map(|seen| [seen.answer, seen.price]).flat_map(u64::to_be_bytes));
        bytes
    }

    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        let shift = |at: usize| Some(i16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        let seen = (13..bytes.len()).step_by(16).map(|at| Some(Seen { answer: number(at)?, price: number(at + 8)? }));
        Some(Self {
            since: number(0)?,
            strikes: *bytes.get(8)?,
            shifts: [shift(9)?, shift(11)?],
            seen: seen.collect::<Option<_>>()?,
        })
    }
}

impl Seen {
    fn quotient(&self) -> u128 {
        (u128::from(self.answer) << 64) / u128::from(self.price.max(1))
    }

    fn product(&self) -> u128 {
        u128::from(self.answer) * u128::from(self.price)
    }
}

/// How far apart two numbers are, in basis points of the lesser.
pub(super) fn apart_bp(one: u128, other: u128) -> u64 {
    let (low, high) = if one < other { (one, other) } else { (other, one) };
    let scaled = U256::from(high - low).saturating_mul(U256::from(10_000));
    u64::try_from(scaled / U256::from(low.max(1))).unwrap_or(u64::MAX)
}
