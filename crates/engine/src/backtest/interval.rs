//! How sure a rate is that was counted.

#![expect(clippy::float_arithmetic, reason = "probabilities, not money")]

use serde::Serialize;

/// A rate, with the interval in which it lies in 95 of 100 such counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// As it was counted.
    pub rate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The same for so many times the base.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { rate: self.rate * factor, low: self.low * factor, high: self.high * factor }
    }
}

/// One half of what is left outside, on either side.
const TAIL: f64 = 0.025;
/// Halvings of the unit interval; beyond them a double has no more digits.
const HALVINGS: usize = 60;

/// The exact interval of Clopper and Pearson for `hits` in `of` trials, at 95 %. Source: Biometrika 26 (1934), 404-413.
/// Nothing in nothing is anything: 0 to 1.
pub fn clopper_pearson(hits: u64, of: u64) -> Interval {
    if of == 0 {
        return Interval { rate: 0.0, low: 0.0, high: 1.0 };
    }
    let hits = hits.min(of);
    // The upper end is where so few hits become unlikely, the lower where so many do.
    let high = if hits == of { 1.0 } else { solve(|p| at_most(hits, of, p) < TAIL) };
    let low = if hits == 0 { 0.0 } else { solve(|p| 1.0 - at_most(hits - 1, of, p) > TAIL) };
    Interval { rate: as_float(hits) / as_float(of), low, high }
}

/// The smallest p at which the test holds, which does from there on.
fn solve(test: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if test(middle) { high = middle } else { low = middle }
    }
    (low + high) / 2.0
}

/// The probability of at most `hits` in `of` trials, summed in logarithms so that nothing vanishes.
fn at_most(hits: u64, of: u64, p: f64) -> f64 {
    if hits > of / 2 {
        // The other tail is shorter.
        return if hits == of { 1.0 } else { 1.0 - at_most(of - hits - 1, of, 1.0 - p) };
    }
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    let odds = (p / (1.0 - p)).ln();
    let mut term = as_float(of) * (-p).ln_1p();
    let (mut largest, mut sum) = (term, 1.0);
    for hit in 0..hits {
        term += (as_float(of - hit) / as_float(hit + 1)).ln() + odds;
        if term > largest {
            sum = sum * (largest - term).exp() + 1.0;
            largest = term;
        } else {
            sum += (term - largest).exp();
        }
    }
    (largest.exp() * sum).min(1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
pub(super) fn as_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from R's `binom.test`.
    #[test]
    fn the_interval_is_the_published_one() {
        for (hits, of, low, high) in [
            (0, 42, 0.0, 0.084_083),
            (1, 42, 0.000_603, 0.125_657),
            (10, 100, 0.049_005, 0.176_223),
            (50, 100, 0.398_321, 0.601_679),
            (42, 42, 0.915_917, 1.0),
            (0, 2_000_000, 0.0, 0.000_001_844),
        ] {
            let found = clopper_pearson(hits, of);
            assert!((found.low - low).abs() < 2e-6 && (found.high - high).abs() < 2e-6, "{hits}/{of}: {found:?}");
        }
        assert_eq!((clopper_pearson(0, 0).low, clopper_pearson(0, 0).high), (0.0, 1.0));
    }
}
