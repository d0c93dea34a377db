//! `breakglass case show`: what is known, what is planned, and what happened in order.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use case::CaseId;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    view::{Call, Incident, Line, Names, Plan, Step},
    words,
};
use crate::{
    args::case::ShowArgs,
    output::{self, inline},
};

/// Lines of a case on one page of the API.
const PAGE: u32 = 500;
/// Transactions that are listed; JSON has them all.
const TXS_SHOWN: usize = 20;

pub async fn run(args: &ShowArgs) -> Result<ExitCode> {
    let desk = Desk::open(&args.desk).await?;
    let incident = desk.get(&format!("/api/v1/incidents/{}", args.case)).await?;
    let entries = entries(&desk, &args.case).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "incident": incident, "entries": entries }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let incident = read(&incident)?;
    print(&incident);
    output::line("\nWHAT HAPPENED");
    for entry in &entries {
        let line: Line = serde::Deserialize::deserialize(entry).context("a line of the case cannot be read")?;
        let at = line.at.strftime("%F %T%.3fZ");
        output::line(format!(
            "  {at}  {:<12}  {}",
            words::who(&line.who),
            words::told(&line.entry(), &incident.summary.names)
        ));
        if !line.why.is_empty() {
            output::line(format!("                              because {}", inline(&line.why)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The case in the form that is printed.
///
/// # Errors
/// If the service is of a version that says other things.
pub fn read(incident: &Value) -> Result<Incident> {
    serde::Deserialize::deserialize(incident).context("the case cannot be read: is the service of this version?")
}

/// All lines, oldest first.
async fn entries(desk: &Desk, id: &CaseId) -> Result<Vec<Value>> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let mut page = desk.get(&format!("/api/v1/incidents/{id}/entries?after={after}&limit={PAGE}")).await?;
        let Some(items) = page["items"].as_array_mut() else { bail!("`{}` answers without a list", desk.name()) };
        found.append(items);
        match page["next"].as_u64() {
            Some(next) if next > after => after = next,
            _ => return Ok(found),
        }
    }
}

fn print(incident: &Incident) {
    let case = &incident.summary;
    let names = &case.names;
    let ended = case.resolution.as_ref().map(|how| format!(" as {}", how.replace('_', " "))).unwrap_or_default();
    let drill = if case.drill { "  DRILL" } else { "" };
    output::line(format!(
        "{}  {}  {}{}{drill}",
        case.id,
        case.severity.to_uppercase(),
        inline(&case.phase),
        inline(&ended)
    ));
    output::line(inline(&case.title));
    output::line(format!("  kind        {}", inline(&case.kind)));
    output::line(format!("  subject     {}", words::account(&case.subject, names)));
    output::line(format!("  opened      {}", inline(&case.opened_at)));
    if case.standing == "withdrawn" {
        output::line(
            "  withdrawn   no alert stands: their blocks were lost, or what waited to be mined waits no longer",
        );
    }
    incident.attackers.iter().for_each(|id| output::line(format!("  attacker    {}", words::account(id, names))));
    incident.victims.iter().for_each(|id| output::line(format!("  victim      {}", words::account(id, names))));
    case.losses.iter().for_each(|loss| output::line(format!("  lost        {}", words::amount(loss, names))));
    for tx in incident.txs.iter().take(TXS_SHOWN) {
        output::line(format!("  transaction {}", inline(tx)));
    }
    if incident.txs.len() > TXS_SHOWN {
        output::line(format!("  and {} more transactions", incident.txs.len() - TXS_SHOWN));
    }
    output::line(format!("\nALERTS ({} stand)", case.alerts_standing));
    for alert in &incident.alerts {
        let withdrawn = if alert.withdrawn { "  WITHDRAWN" } else { "" };
        let mark = alert.mark.as_ref().map(|mark| format!("  marked {}", inline(mark))).unwrap_or_default();
        let rule = inline(alert.rule.split('@').next().unwrap_or_default());
        let (severity, sure, block) = (inline(&alert.severity), alert.confidence, alert.block.number);
        output::line(format!("  {severity:<8}  {rule}  {sure} % sure  block {block}{withdrawn}{mark}"));
        output::line(format!("            {}", inline(&alert.message)));
    }
    match &incident.plan {
        Some(plan) => print_plan(plan, names),
        None => output::line("\nNO PLAN YET"),
    }
}

/// A plan with everything that whoever gives leave should know.
pub fn print_plan(plan: &Plan, names: &Names) {
    output::line(format!("\nPLAN {}", inline(&plan.digest)));
    let playbook = inline(plan.playbook.split('@').next().unwrap_or_default());
    output::line(format!("  made {} from {playbook}", inline(&plan.made_at)));
    plan.steps.iter().for_each(|step| print_step(step, names));
}

/// A step with its harm, its rehearsal and who agreed.
pub fn print_step(step: &Step, names: &Names) {
    let waits = if step.waiting { "  WAITS FOR LEAVE" } else { "" };
    output::line(format!("  {}  {}  [{}]{waits}", inline(&step.id), inline(&step.title), inline(&step.status)));
    output::line(format!("    does       {}", call(&step.call, names)));
    let harm = match (step.harm.as_str(), &step.undo) {
        ("none", _) => "nothing on chain changes".to_owned(),
        ("reversible", Some(undo)) => format!("can be taken back by {}", call(undo, names)),
        ("irreversible", _) => "CANNOT BE TAKEN BACK".to_owned(),
        (other, _) => inline(other),
    };
    output::line(format!("    harm       {harm}"));
    match &step.rehearsal {
        None => output::line("    rehearsal  not tried yet"),
        Some(tried) => {
            let on = tried.on.as_ref().map(|block| format!(" on block {}", block.number)).unwrap_or_default();
            let why = tried.why.as_deref().map(|why| format!(": {}", inline(why))).unwrap_or_default();
            let verdict = match tried.verdict.as_str() {
                "succeeds" => format!("works{on}, {} gas", tried.gas_used),
                "fails" => format!("WOULD FAIL{on}{why}"),
                "blind" => format!("COULD NOT BE TRIED{on}{why}"),
                other => format!("{}{on}{why}", inline(other)),
            };
            output::line(format!("    rehearsal  {verdict}"));
            tried.effects.iter().for_each(|effect| output::line(format!("      then     {}", inline(effect))));
        }
    }
    if let Some(reason) = &step.reason {
        output::line(format!("    reason     {}", inline(reason)));
    }
    if matches!(step.call, Call::Contract { .. }) {
        let (gas, fee) = (step.limits.gas, inline(&step.limits.fee_per_gas));
        output::line(format!("    at most    {gas} gas at {fee} wei, until {}", inline(&step.limits.until)));
    }
    let given: Vec<String> =
        step.approvals.iter().map(|given| format!("{} at {}", words::who(&given.by), inline(&given.at))).collect();
    let given = if given.is_empty() { "nobody yet".to_owned() } else { given.join(", ") };
    output::line(format!("    leave      {given}; {} needed", step.approvals_needed));
    step.txs.iter().for_each(|tx| output::line(format!("    sent as    {}", inline(tx))));
}

fn call(call: &Call, names: &Names) -> String {
    match call {
        Call::Contract { account, function, value, signer } => {
            let value = if value == "0" { String::new() } else { format!(" with {} wei", inline(value)) };
            let on = words::account(account, names);
            format!("{} on {on}{value}, signed by {}", inline(function), inline(signer))
        }
        Call::Webhook { endpoint } => format!("a message to {}", inline(endpoint)),
    }
}
