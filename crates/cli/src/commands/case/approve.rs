//! `breakglass case approve`: shows what leave would be given for, and gives it for exactly that.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{
    desk::Desk,
    show,
    view::{Plan, Step},
};
use crate::{
    args::case::ApproveArgs,
    output::{self, inline},
};

/// Digits of a digest that are enough to mean one plan.
const DIGITS_MIN: usize = 12;

pub async fn run(args: &ApproveArgs) -> Result<ExitCode> {
    let desk = Desk::to_decide(&args.desk).await?;
    let path = format!("/api/v1/incidents/{}", args.case);
    let incident = show::read(&desk.get(&path).await?)?;
    let Some(plan) = &incident.plan else { bail!("case `{}` has no plan yet: there is nothing to approve", args.case) };
    if let Some(meant) = &args.plan {
        check(meant, plan)?;
    }
    let steps = chosen(args, plan)?;
    if steps.is_empty() {
        let none = json!({ "case": args.case, "plan": plan.digest, "approved": [] });
        if args.desk.json {
            output::json(&none)?
        } else {
            output::line("no step of the plan waits for leave")
        }
        return Ok(ExitCode::FAILURE);
    }
    if !args.desk.json {
        output::line(format!("{}  {}", args.case, inline(&incident.summary.title)));
        output::line(format!("PLAN {}", inline(&plan.digest)));
        steps.iter().for_each(|step| show::print_step(step, &incident.summary.names));
    }
    if !args.yes && !asked(&steps)? {
        output::note("nothing was approved");
        return Ok(ExitCode::FAILURE);
    }
    let mut approved: Vec<Value> = Vec::new();
    for step in &steps {
        // The digest is that of the plan that was shown: if another has taken its place, this is refused.
        let leave = json!({ "plan": plan.digest, "step": step.id });
        approved.push(desk.post(&format!("{path}/approvals"), &leave).await?);
        if !args.desk.json {
            output::line(format!("approved {} of plan {}", inline(&step.id), inline(&plan.digest)));
        }
    }
    if args.desk.json {
        output::json(&json!({ "case": args.case, "plan": plan.digest, "approved": approved }))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn check(meant: &str, plan: &Plan) -> Result<()> {
    if meant.len() < DIGITS_MIN {
        bail!("`--plan {meant}` is too short: give at least {DIGITS_MIN} digits of the plan's digest");
    }
    if !plan.digest.starts_with(meant) {
        bail!("the plan has changed: it is `{}` now, not `{meant}`; read the case again", plan.digest);
    }
    Ok(())
}

/// The step that was named, or all that wait. A step that was named and does not wait is refused by the service, which
/// knows why.
fn chosen<'a>(args: &ApproveArgs, plan: &'a Plan) -> Result<Vec<&'a Step>> {
    let Some(named) = &args.step else { return Ok(plan.steps.iter().filter(|step| step.waiting).collect()) };
    match plan.steps.iter().find(|step| step.id == *named) {
        Some(step) => Ok(vec![step]),
        None => {
            let ids: Vec<String> = plan.steps.iter().map(|step| format!("`{}`", inline(&step.id))).collect();
            bail!("the plan has no step `{}`: it has {}", inline(named), ids.join(", "))
        }
    }
}

fn asked(steps: &[&Step]) -> Result<bool> {
    let doubtful = steps.iter().any(|step| step.rehearsal.as_ref().is_none_or(|tried| tried.verdict != "succeeds"));
    let doubt = if doubtful { "; not every rehearsal succeeded" } else { "" };
    let question =
        format!("give leave for {} of this plan{doubt}?", if steps.len() == 1 { "this step" } else { "these steps" });
    match output::confirm(&question)? {
        Some(answer) => Ok(answer),
        None => bail!("nothing was approved: nobody is here to ask; add --yes to give leave for what is shown"),
    }
}
