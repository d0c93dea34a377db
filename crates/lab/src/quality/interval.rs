//! How much a count says about a rate.
#![expect(clippy::float_arithmetic, reason = "probabilities; nothing here is money")]

use std::fmt;

use serde::Serialize;

/// One in twenty intervals misses the rate, half of those on either side.
const ALPHA: f64 = 0.05;
/// Halvings until the bound is as exact as a double is.
const HALVINGS: u32 = 200;

/// `hits` of `n`, with the exact interval of Clopper and Pearson (Biometrika 26, 1934) at 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// How many.
    pub hits: u64,
    /// Of how many.
    pub n: u64,
    /// The lower bound of the rate.
    pub low: f64,
    /// Its upper bound.
    pub high: f64,
}

impl Rate {
    /// The rate of `hits` in `n` independent trials.
    pub fn of(hits: u64, n: u64) -> Self {
        let hits = hits.min(n);
        // The bounds are where the tail of the binomial distribution holds half of alpha.
        let low = if hits == 0 { 0.0 } else { bisect(|p| 1.0 - at_most(hits - 1, n, p) < ALPHA / 2.0) };
        let high = if hits == n { 1.0 } else { bisect(|p| at_most(hits, n, p) > ALPHA / 2.0) };
        Self { hits, n, low, high }
    }

    /// The share in percent; none of nothing.
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub fn percent(&self) -> Option<f64> {
        (self.n > 0).then(|| 100.0 * self.hits as f64 / self.n as f64)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.percent() {
            None => write!(f, "none of none"),
            Some(percent) if self.n > 100_000 => {
                write!(f, "{}/{} ({percent:.5} %, below {:.6} %)", self.hits, self.n, 100.0 * self.high)
            }
            Some(percent) => write!(
                f,
                "{}/{} ({percent:.1} %, {:.1} to {:.1})",
                self.hits,
                self.n,
                100.0 * self.low,
                100.0 * self.high
            ),
        }
    }
}

/// The largest p for which `is_below` holds; it holds for small p and not for large ones.
fn bisect(is_below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The chance of at most `k` hits in `n` trials of probability `p`. Summed from the far end of the smaller tail, which
/// holds few terms for the counts of a quality report.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return if k >= n { 1.0 } else { 0.0 };
    }
    if k > n / 2 {
        // At most k hits are at least n - k misses.
        return 1.0 - at_most(n - k - 1, n, 1.0 - p);
    }
    let (n_f, log_p, log_q) = (n as f64, p.ln(), (-p).ln_1p());
    let mut log_term = n_f * log_q;
    let mut sum = log_term.exp();
    for i in 0..k {
        let i = i as f64;
        log_term += ((n_f - i) / (i + 1.0)).ln() + log_p - log_q;
        sum += log_term.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_those_of_the_tables() {
        let shown = |hits, n| {
            let rate = Rate::of(hits, n);
            format!("{:.4} {:.4}", rate.low, rate.high)
        };
        // Zero in n: 1 - 0.025^(1/n). The others are R's `binom.test`.
        assert_eq!(shown(0, 100), "0.0000 0.0362");
        assert_eq!(shown(7, 10), "0.3475 0.9333");
        assert_eq!(shown(57, 60), "0.8608 0.9896");
        assert_eq!(shown(10, 10), "0.6915 1.0000");
        assert_eq!(format!("{:.3e}", Rate::of(0, 2_000_000).high), "1.844e-6");
    }
}
