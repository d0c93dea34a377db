//! `breakglass alerts`: what rules have noticed, what people think of it, and rules that wake nobody for a while.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{
    announce::encoded,
    case::{Desk, asking},
};
use crate::{
    args::alerts::{AlertsCommand, ListArgs, MarkArgs, SnoozeArgs, SnoozesArgs, WakeArgs},
    output::{self, inline},
};

const SNOOZES: &str = "/api/v1/snoozes";

pub fn run(command: &AlertsCommand) -> Result<ExitCode> {
    asking(async {
        match command {
            AlertsCommand::List(args) if args.grouped => grouped(args).await,
            AlertsCommand::List(args) => list(args).await,
            AlertsCommand::Mark(args) => mark(args).await,
            AlertsCommand::Snooze(args) => snooze(args).await,
            AlertsCommand::Snoozes(args) => snoozes(args).await,
            AlertsCommand::Wake(args) => wake(args).await,
        }
    })
}

fn filter(args: &ListArgs) -> String {
    let mut query = format!("?limit={}", args.limit);
    if let Some(chain) = &args.chain {
        query += &format!("&chain={}", encoded(chain.as_str()));
    }
    if let Some(severity) = args.severity {
        query += &format!("&severity={severity}");
    }
    if let Some(mark) = args.mark {
        query += &format!("&mark={}", mark.word());
    }
    query
}

/// Items of a page, and whether there are more.
async fn page(desk: &Desk, path: &str) -> Result<(Vec<Value>, bool)> {
    let mut page = desk.get(path).await?;
    let more = page["next"].is_string();
    match page["items"].take() {
        Value::Array(items) => Ok((items, more)),
        _ => bail!("`{}` answers without a list", desk.name()),
    }
}

async fn list(args: &ListArgs) -> Result<ExitCode> {
    let desk = Desk::open(&args.desk).await?;
    let (items, more) = page(&desk, &format!("/api/v1/alerts{}", filter(args))).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "alerts": items, "more": more }))?;
        return Ok(ExitCode::SUCCESS);
    }
    items.iter().for_each(print);
    end(items.is_empty(), more);
    Ok(ExitCode::SUCCESS)
}

async fn grouped(args: &ListArgs) -> Result<ExitCode> {
    let desk = Desk::open(&args.desk).await?;
    let (items, more) = page(&desk, &format!("/api/v1/alert-groups{}", filter(args))).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "groups": items, "more": more }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for item in &items {
        let text = |field: &str| inline(item[field].as_str().unwrap_or_default());
        let rules: Vec<_> = item["rules"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        output::line(format!("{:<8}  {:>5} alerts  {}", text("worst"), item["count"], inline(&rules.join(", "))));
        output::line(format!("          {} to {}", text("first_at"), text("last_at")));
        output::line(format!("          {}", inline(item["newest"]["message"].as_str().unwrap_or_default())));
    }
    end(items.is_empty(), more);
    Ok(ExitCode::SUCCESS)
}

fn end(is_empty: bool, more: bool) {
    match (is_empty, more) {
        (true, _) => output::line("no alerts"),
        (false, true) => output::line("there are more: raise --limit"),
        (false, false) => {}
    }
}

fn print(item: &Value) {
    let text = |field: &str| inline(item[field].as_str().unwrap_or_default());
    let rule = item["rule"].as_str().unwrap_or_default().split('@').next().unwrap_or_default().to_owned();
    let mut what = Vec::new();
    if item["withdrawn"] == true {
        what.push("its block was lost".to_owned());
    }
    what.extend(item["mark"].as_str().map(|mark| format!("marked {}", inline(mark))));
    what.extend(item["incident"].as_str().map(|case| format!("case {}", inline(case))));
    what.extend(item["suppressed"].as_str().map(inline));
    output::line(format!("{:<8}  {}  {}  {}", text("severity"), text("block_time"), inline(&rule), text("message")));
    output::line(format!("          {}  {}", text("id"), what.join("; ")));
}

async fn mark(args: &MarkArgs) -> Result<ExitCode> {
    let desk = Desk::to_decide(&args.desk).await?;
    let marked = desk.post(&format!("/api/v1/alerts/{}/marks", args.id), &json!({ "mark": args.mark.word() })).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "marked": marked }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!("alert {} is marked {}", args.id, args.mark.word()));
    Ok(ExitCode::SUCCESS)
}

async fn snooze(args: &SnoozeArgs) -> Result<ExitCode> {
    let desk = Desk::to_decide(&args.desk).await?;
    let body = json!({
        "rule": args.rule, "subject": args.subject, "until": args.until, "why": args.why, "losses_too": args.losses_too,
    });
    let begun = desk.post(SNOOZES, &body).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "snooze": begun }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print_snooze(&begun);
    Ok(ExitCode::SUCCESS)
}

async fn snoozes(args: &SnoozesArgs) -> Result<ExitCode> {
    let desk = Desk::open(&args.desk).await?;
    let (items, _) = page(&desk, SNOOZES).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "snoozes": items }))?;
        return Ok(ExitCode::SUCCESS);
    }
    items.iter().for_each(print_snooze);
    if items.is_empty() {
        output::line("nothing is snoozed");
    }
    Ok(ExitCode::SUCCESS)
}

async fn wake(args: &WakeArgs) -> Result<ExitCode> {
    let desk = Desk::to_decide(&args.desk).await?;
    let why = args.why.as_deref().map(|why| format!("?why={}", encoded(why))).unwrap_or_default();
    let ended = desk.delete(&format!("{SNOOZES}/{}{why}", encoded(&args.id))).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "snooze": ended }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print_snooze(&ended);
    Ok(ExitCode::SUCCESS)
}

fn print_snooze(item: &Value) {
    let text = |field: &str| inline(item[field].as_str().unwrap_or_default());
    let state = if item["holds"] == true { "holds" } else { "ended" };
    let about = item["subject"].as_str().map(|subject| format!(" about {}", inline(subject))).unwrap_or_default();
    let losses = if item["losses_too"] == true { ", losses too" } else { "" };
    let by = inline(item["by"]["name"].as_str().unwrap_or_default());
    output::line(format!(
        "{}  {state}  {}{about} until {}{losses}  by {by}: {}",
        text("id"),
        text("rule"),
        text("until"),
        text("why")
    ));
    if let Some(count) = item["held_back"].as_u64().filter(|count| *count > 0) {
        output::line(format!("                 held back {count}, the worst {}", text("worst")));
        for alert in item["alerts"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            output::line(format!("                 {}", inline(alert)));
        }
    }
}
