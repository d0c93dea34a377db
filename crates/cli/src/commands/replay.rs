//! `breakglass replay`: look again at recorded blocks, or at a stretch of a chain.

use std::{process::ExitCode, sync::Arc, time::Instant};

use anyhow::Result;
use atlas::Atlas;
use detect::Scope;
use engine::{Replay, ReplayReport};
use respond::TriageRules;
use rpc::Recorder;

use crate::{announced, args::ReplayArgs, commands::blocks, labels, output, protocol, rules};

pub fn run(args: &ReplayArgs) -> Result<ExitCode> {
    let started = Instant::now();
    let protocol = args.protocol.as_deref().map(protocol::read).transpose()?;
    let labels = labels::told(&args.labels)?;
    let scope = protocol.as_ref().map_or_else(Scope::everything, protocol::scope).labelling(labels);
    let protected = scope.contracts().iter().cloned().collect();
    let detectors = rules::detectors(args.rules.as_deref(), scope)?;
    let triage = TriageRules { protected, ..TriageRules::default() };
    let announced = announced::read(args.announcements.as_deref())?;
    let mut replay = Replay::new(Atlas::embedded(), detectors, triage, started).knowing(announced);
    let recorder = args.record.as_deref().map(Recorder::create).transpose()?.map(Arc::new);
    blocks::show(&mut replay, &args.blocks, recorder)?;
    let report = replay.finish();
    if args.json {
        output::json(&report)?
    } else {
        print(&report)
    }
    Ok(ExitCode::SUCCESS)
}

/// The report for a person: what could not be seen first, then what was found.
fn print(report: &ReplayReport) {
    let ReplayReport { blocks, transactions, gas, .. } = report;
    output::line(format!(
        "{blocks} blocks, {transactions} transactions, {} Mgas in {:.1} s ({:.2} s of execution)",
        gas / 1_000_000,
        report.seconds.as_secs_f64(),
        report.execute_seconds.as_secs_f64(),
    ));
    for blind in &report.blind {
        output::line(format!("BLIND    block {}: {}", blind.block, blind.why));
    }
    for partial in &report.partial {
        output::line(format!("partial  block {}: {} of {} transactions", partial.block, partial.executed, partial.of));
    }
    for alert in &report.alerts {
        output::line(
            format!("{:<8} block {} {}  {}", alert.severity.as_str(), alert.block, alert.rule, alert.message,),
        );
    }
    for incident in &report.incidents {
        output::line(format!(
            "\nINCIDENT {}  {}  {}  {}",
            incident.id, incident.severity, incident.kind, incident.opened_at
        ));
        incident.txs.iter().for_each(|tx| output::line(format!("  transaction  {tx}")));
        incident.attackers.iter().for_each(|account| output::line(format!("  attacker     {account}")));
        incident.victims.iter().for_each(|account| output::line(format!("  victim       {account}")));
        incident
            .losses
            .iter()
            .for_each(|loss| output::line(format!("  lost         {} of {}", loss.amount, loss.asset)));
    }
    if report.alerts.is_empty() && report.blind.is_empty() {
        output::line("nothing was noticed, and everything was seen");
    }
}
