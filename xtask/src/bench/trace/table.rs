//! What telling a transaction took, as a table or as JSON.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// How much faster than `cast run` the command line and a running service mean to be.
const BARS: [(&str, u128); 2] = [("breakglass trace", 3), ("asked of a running serve", 10)];

/// What each took, turn by turn.
#[derive(Default)]
pub struct Times {
    /// `cast run` as it is called by default.
    pub cast: Vec<Duration>,
    /// The same, allowed as many requests a second as it likes.
    pub cast_unlimited: Vec<Duration>,
    /// `breakglass trace`.
    pub ours: Vec<Duration>,
    /// The desk of a running service.
    pub desk: Vec<Duration>,
}

/// Prints medians, and their ratios to that `cast run` which is the faster, with its limit or without.
pub fn tell(times: &Times, txs: usize, as_json: bool) -> Result<()> {
    let cast = [&times.cast, &times.cast_unlimited].into_iter().min_by_key(|of| ranks(of).1);
    let cast = cast.context("nothing was measured")?;
    let line = json!({
        "txs": txs,
        "turns": times.ours.len(),
        "cast_us": spread(&times.cast),
        "cast_unlimited_us": spread(&times.cast_unlimited),
        "trace_us": spread(&times.ours),
        "serve_us": spread(&times.desk),
        "trace_times_faster_milli": milli(cast, &times.ours),
        "serve_times_faster_milli": milli(cast, &times.desk),
    });
    if as_json {
        return writeln!(io::stdout(), "{line}").context("stdout is closed");
    }
    let mut text = format!("the last of {txs} transactions, {} turns; median (least, most)\n", times.ours.len());
    for (name, of) in [
        ("cast run", &times.cast),
        ("cast run --no-rate-limit", &times.cast_unlimited),
        (BARS[0].0, &times.ours),
        (BARS[1].0, &times.desk),
    ] {
        let ms = |us: u128| format!("{}.{:01} ms", us / 1_000, us % 1_000 / 100);
        let (least, median, most) = ranks(of);
        text += &format!("{name:<26} {:>10}   ({}, {})\n", ms(median), ms(least), ms(most));
    }
    for ((name, bar), of) in BARS.iter().zip([&times.ours, &times.desk]) {
        let got = milli(cast, of);
        let verdict = if got >= bar * 1_000 { "holds" } else { "MISSED" };
        text += &format!("{name}: {}.{} times faster (goal {bar}: {verdict})\n", got / 1_000, got % 1_000 / 100);
    }
    io::stdout().write_all(text.as_bytes()).context("stdout is closed")
}

fn spread(of: &[Duration]) -> Value {
    let (min, median, max) = ranks(of);
    json!({ "min": min, "median": median, "max": max })
}

/// Least, median and most, in microseconds; zeros of nothing.
fn ranks(of: &[Duration]) -> (u128, u128, u128) {
    let mut all: Vec<u128> = of.iter().map(Duration::as_micros).collect();
    all.sort_unstable();
    let at = |index: usize| all.get(index).copied().unwrap_or_default();
    (at(0), at(all.len() / 2), at(all.len().saturating_sub(1)))
}

/// How many times the median of `slow` that of `fast` is, in thousandths.
fn milli(slow: &[Duration], fast: &[Duration]) -> u128 {
    ranks(slow).1 * 1_000 / ranks(fast).1.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_medians() {
        let times = |all: &[u64]| all.iter().map(|us| Duration::from_micros(*us)).collect::<Vec<_>>();
        assert_eq!(ranks(&times(&[9, 1, 5])), (1, 5, 9));
        assert_eq!(ranks(&[]), (0, 0, 0));
        assert_eq!(milli(&times(&[900, 300, 301]), &times(&[100])), 3_010);
        assert_eq!(milli(&times(&[10]), &[]), 10_000, "nothing is no division by zero");
    }
}
