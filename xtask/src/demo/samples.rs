//! How long it took, over several attacks.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// When the block of an attack was at hand, and what followed, as the book has it.
#[derive(Debug, Clone)]
pub struct Sample {
    received: Timestamp,
    durable: Timestamp,
    signed: Timestamp,
}

impl Sample {
    /// Of a case and its entries.
    pub fn of(incident: &Value, entries: &[Value]) -> Result<Self> {
        let first = incident["alerts"].get(0).context("the case has no alert")?;
        let signed = entries
            .iter()
            .find(|entry| entry["kind"] == "case.receipt/1" && entry["payload"]["tx"].is_string())
            .context("no transaction was sent")?;
        Ok(Self {
            received: time(&first["received_at"])?,
            durable: time(&first["raised_at"])?,
            signed: time(&signed["at"])?,
        })
    }

    /// Milliseconds from the block to the durable alert.
    pub fn durable_ms(&self) -> i64 {
        between(self.received, self.durable)
    }

    /// Milliseconds from the durable alert to the pause, signed and sent.
    pub fn decided_ms(&self) -> i64 {
        between(self.durable, self.signed)
    }

    /// Milliseconds from the block to the pause, signed and sent.
    pub fn signed_ms(&self) -> i64 {
        between(self.received, self.signed)
    }
}

/// A time of the API.
pub fn time(value: &Value) -> Result<Timestamp> {
    let text = value.as_str().with_context(|| format!("`{value}` is no time"))?;
    text.parse().with_context(|| format!("`{text}` is no time"))
}

/// The milliseconds from one time to another.
pub fn between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_millisecond() - from.as_millisecond()
}

/// Least, median, ninth decile and most of some numbers; the deciles by nearest rank.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Spread {
    pub min: i64,
    pub median: i64,
    pub p90: i64,
    pub max: i64,
}

impl Spread {
    /// None of no numbers.
    pub fn of(mut numbers: Vec<i64>) -> Option<Self> {
        numbers.sort_unstable();
        let rank = |tenths: usize| numbers.get((numbers.len() * tenths).div_ceil(10).saturating_sub(1)).copied();
        Some(Self { min: *numbers.first()?, median: rank(5)?, p90: rank(9)?, max: *numbers.last()? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(Spread::of(vec![7]), Some(Spread { min: 7, median: 7, p90: 7, max: 7 }));
        let ten = Spread::of((1..=10).rev().collect());
        assert_eq!(ten, Some(Spread { min: 1, median: 5, p90: 9, max: 10 }));
        assert_eq!(Spread::of(vec![5, 1, 3]), Some(Spread { min: 1, median: 3, p90: 5, max: 5 }));
    }

    #[test]
    fn a_sample_needs_every_one_of_its_times() {
        let at = |ms: u16| format!("2026-01-01T00:00:00.{ms:03}Z");
        let case = json!({ "alerts": [{ "received_at": at(10), "raised_at": at(25) }] });
        let sent = json!({ "kind": "case.receipt/1", "at": at(90), "payload": { "tx": "0xaa" } });
        let sample = Sample::of(&case, &[json!({ "kind": "case.intent/1" }), sent.clone()]).unwrap();
        assert_eq!((sample.durable_ms(), sample.decided_ms(), sample.signed_ms()), (15, 65, 80));

        assert!(Sample::of(&case, &[json!({ "kind": "case.receipt/1", "payload": { "tx": null } })]).is_err());
        let unknown = json!({ "alerts": [{ "received_at": null, "raised_at": at(25) }] });
        let error = Sample::of(&unknown, &[sent]).unwrap_err();
        assert_eq!(error.to_string(), "`null` is no time");
    }
}
