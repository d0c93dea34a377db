//! A case while it grows, as the desk shows it.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{
    desk::Desk,
    samples::{Sample, between, time},
    show::Show,
    stage::Vault,
    words::{self, Tone},
};

/// The case of a vault, and how much of it was told already.
pub struct Case<'a> {
    desk: &'a Desk,
    vault: &'a Vault,
    entries: Vec<Value>,
    alerts: usize,
    incident: Option<Value>,
}

impl<'a> Case<'a> {
    pub fn new(desk: &'a Desk, vault: &'a Vault) -> Self {
        Self { desk, vault, entries: Vec::new(), alerts: 0, incident: None }
    }

    /// Reads what was written since.
    pub fn read(&mut self) -> Result<()> {
        let incident = match self.id() {
            Some(id) => Some(self.desk.incident(id)?),
            None => self.desk.incident_of(&self.vault.address)?,
        };
        self.incident = incident;
        if let Some(id) = self.id().map(str::to_owned) {
            let after = self.entries.last().map_or(Some(0), |entry| entry["seq"].as_u64());
            let after = after.context("an entry has a number")?;
            self.entries.extend(self.desk.entries(&id, after)?);
        }
        Ok(())
    }

    /// Reads what was written since, and shows it.
    pub fn show(&mut self, head: u64, show: &mut Show) -> Result<()> {
        let told = self.entries.len();
        self.read()?;
        let Some(incident) = &self.incident else { return Ok(()) };
        let alerts = incident["alerts"].as_array().context("a case lists its alerts")?;
        for alert in &alerts[self.alerts.min(alerts.len())..] {
            let (after, block) = (after(alert, &alert["raised_at"])?, &alert["block"]["number"]);
            let block = block.as_u64().context("an alert has a block")?;
            let (rule, sure) = (words::rule(&alert["rule"]), &alert["confidence"]);
            let says = words::plain(&alert["message"]);
            let says = format!("{rule}, {sure} % sure, {after} ms after the block came: {says}");
            show.line(block, Tone::Alarm, &says);
        }
        self.alerts = alerts.len();
        let first = alerts.first();
        for entry in &self.entries[told..] {
            if let Some((tone, says)) = words::entry(entry) {
                show.line(head, tone, &says);
            }
            if entry["kind"] == "case.receipt/1"
                && entry["payload"]["tx"].is_string()
                && let Some(first) = first
            {
                let (step, after) = (words::plain(&entry["payload"]["step"]), after(first, &entry["at"])?);
                show.line(head, Tone::Good, &format!("{step} signed and sent, {after} ms after the block came"));
            }
        }
        Ok(())
    }

    pub fn id(&self) -> Option<&str> {
        self.incident.as_ref()?["id"].as_str()
    }

    /// How far it got, for an error message.
    pub fn says(&self) -> String {
        let Some(incident) = &self.incident else {
            return format!("nobody noticed the attack on `{}`", self.vault.name);
        };
        let steps = incident["plan"]["steps"].as_array().into_iter().flatten();
        let steps = steps.map(|step| {
            let (id, status) = (words::plain(&step["id"]), words::plain(&step["status"]));
            let why = step["reason"].as_str().map(|_| format!(" ({})", words::plain(&step["reason"])));
            format!("; {id} is {status}{}", why.unwrap_or_default())
        });
        let steps: String = steps.collect();
        format!("{} is in phase `{}`{steps}", words::plain(&incident["id"]), words::plain(&incident["phase"]))
    }

    /// The case, once what harms is stopped.
    pub fn contained(&self) -> Option<&Value> {
        self.incident.as_ref().filter(|incident| incident["phase"] == "contained")
    }

    /// What the case itself says that was lost, in wei; none while its ledger is not written, or counts something else.
    pub fn lost(&self) -> Option<u128> {
        let ledger = self.entries.iter().rev().find(|entry| entry["kind"] == "losses.assessed/1")?;
        match ledger["payload"]["totals"].as_array()?.as_slice() {
            [ether] => ether["lost"].as_str()?.parse().ok(),
            _ => None,
        }
    }

    /// How long it took.
    pub fn sample(&self) -> Result<Sample> {
        Sample::of(self.incident.as_ref().context("there is no case")?, &self.entries)
    }

    /// The transactions of its plan.
    pub fn sent(&self) -> Vec<&str> {
        let steps = self.incident.as_ref().and_then(|incident| incident["plan"]["steps"].as_array());
        let txs = steps.into_iter().flatten().filter_map(|step| step["txs"].as_array());
        txs.flatten().filter_map(Value::as_str).collect()
    }
}

/// The milliseconds from when an alert's block was at hand to a time.
fn after(alert: &Value, at: &Value) -> Result<i64> {
    Ok(between(time(&alert["received_at"])?, time(at)?))
}
