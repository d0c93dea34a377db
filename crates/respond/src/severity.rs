//! The severity matrix: from what the alerts say to how bad the incident is.

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use case::{Alert, Confidence, Severity};
use facts::{AccountId, B256};

/// The matrix in the binary.
pub const SEVERITY_TOML: &str = include_str!("../../../data/severity.toml");

/// How sure a rule is, in three bands. Their bounds stand in the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Band {
    Unsure,
    Likely,
    Sure,
}

/// From alert severity, confidence, share lost, protection and persistence to the severity of an incident. Total: every
/// alert has exactly one, and more of any of them never makes it milder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityMatrix {
    likely: u8,
    sure: u8,
    /// By alert severity, then by band.
    base: [[Severity; 3]; 5],
    floors: Vec<Floor>,
}

/// What makes an incident at least so bad. A condition that is not written holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Floor {
    alert_min: Severity,
    share_bp_min: Option<u16>,
    protected: bool,
    ongoing: bool,
    at_least: Severity,
}

/// What the matrix is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// How bad the alert says it is.
    pub alert: Severity,
    /// How sure its rule is.
    pub confidence: Confidence,
    /// The largest share of a holding that was lost, in basis points; `None` if nothing was lost or the holding is unknown.
    pub share_bp: Option<u16>,
    /// Whether it is about a protected contract.
    pub is_protected: bool,
    /// Whether it goes on: alerts of more than one transaction.
    pub is_ongoing: bool,
}

impl Default for SeverityMatrix {
    fn default() -> Self {
        Self::parse("data/severity.toml", SEVERITY_TOML).expect("a test reads the matrix in the binary")
    }
}

impl SeverityMatrix {
    /// How bad that is.
    pub fn rate(&self, weight: &Weight) -> Severity {
        let base = self.base[weight.alert as usize][self.band(weight.confidence) as usize];
        let floors = self.floors.iter().filter(|floor| floor.holds(weight)).map(|floor| floor.at_least);
        floors.fold(base, Severity::max)
    }

    /// How bad an incident is that rests on these alerts, in whatever order they came; `info` if it rests on none.
    pub fn of_alerts<'a>(
        &self,
        alerts: impl IntoIterator<Item = &'a Alert>,
        protected: &BTreeSet<AccountId>,
    ) -> Severity {
        let alerts: Vec<&Alert> = alerts.into_iter().collect();
        let txs: BTreeSet<B256> = alerts.iter().filter_map(|alert| alert.tx).collect();
        let rate = |alert: &&Alert| self.rate(&Weight::of(alert, protected, txs.len() > 1));
        alerts.iter().map(rate).max().unwrap_or(Severity::Info)
    }

    fn band(&self, confidence: Confidence) -> Band {
        match confidence.percent() {
            percent if percent >= self.sure => Band::Sure,
            percent if percent >= self.likely => Band::Likely,
            _ => Band::Unsure,
        }
    }
}

impl Floor {
    fn holds(&self, weight: &Weight) -> bool {
        weight.alert >= self.alert_min
            && (!self.protected || weight.is_protected)
            && (!self.ongoing || weight.is_ongoing)
            && self.share_bp_min.is_none_or(|min| weight.share_bp.is_some_and(|share| share >= min))
    }
}

impl Weight {
    /// What an alert weighs. Where it is about a protected contract, only what protected contracts lost counts: that an
    /// unknown account was emptied on the way says nothing about them.
    pub fn of(alert: &Alert, protected: &BTreeSet<AccountId>, is_ongoing: bool) -> Self {
        let is_protected =
            protected.contains(&alert.subject) || alert.victims.iter().any(|who| protected.contains(who));
        let counted = alert.losses.iter().filter(|loss| !is_protected || protected.contains(&loss.account));
        Self {
            alert: alert.severity,
            confidence: alert.confidence,
            share_bp: counted.filter_map(|loss| loss.share_bp).max(),
            is_protected,
            is_ongoing,
        }
    }
}
