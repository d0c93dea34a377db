//! `breakglass case list`.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{desk::Desk, view::Summary, words};
use crate::{
    args::case::{ListArgs, Which},
    output::{self, inline},
};

/// Cases on one page of the API.
const PAGE: u32 = 100;

pub async fn run(args: &ListArgs) -> Result<ExitCode> {
    let desk = Desk::open(&args.desk).await?;
    let state = match args.state {
        Which::Open => "open",
        Which::Closed => "closed",
        Which::All => "all",
    };
    let mut found: Vec<Value> = Vec::new();
    let mut cursor = None;
    loop {
        let left = args.limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
        let after = cursor.take().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let mut page = desk.get(&format!("/api/v1/incidents?state={state}&limit={}{after}", left.min(PAGE))).await?;
        let Some(items) = page["items"].as_array_mut() else {
            anyhow::bail!("`{}` answers without a list", desk.name())
        };
        let came = items.len();
        found.append(items);
        // A cursor is letters and digits, and a page before the last is not empty.
        cursor =
            page["next"].as_str().filter(|next| next.bytes().all(|c| c.is_ascii_alphanumeric())).map(str::to_owned);
        if cursor.is_none() || came == 0 {
            break;
        }
    }
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "incidents": found, "more": cursor.is_some() }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for item in &found {
        let summary = Summary::deserialize_from(item)?;
        print(&summary);
    }
    match (found.is_empty(), cursor) {
        (true, _) => output::line("no cases"),
        (false, Some(_)) => output::line(format!("there are more than {}: raise --limit", args.limit)),
        (false, None) => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn print(case: &Summary) {
    let lost: Vec<String> = case.losses.iter().map(|loss| words::amount(loss, &case.names)).collect();
    let mut marks = vec![case.resolution.as_deref().unwrap_or(&case.phase).replace('_', " ")];
    if case.standing == "withdrawn" {
        marks.push("withdrawn".to_owned());
    }
    if case.drill {
        marks.push("drill".to_owned());
    }
    if case.steps_waiting > 0 {
        marks.push(format!("{} to approve", case.steps_waiting));
    }
    let (severity, marks) = (inline(&case.severity), inline(&marks.join(", ")));
    output::line(format!("{}  {severity:<8}  {marks:<12}  {}", inline(&case.id), inline(&case.title)));
    if !lost.is_empty() {
        output::line(format!("                 lost {}", lost.join(", ")));
    }
}

impl Summary {
    fn deserialize_from(value: &Value) -> Result<Self> {
        serde::Deserialize::deserialize(value).context("a case cannot be read: is the service of this version?")
    }
}
