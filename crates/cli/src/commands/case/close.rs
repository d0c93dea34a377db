//! `breakglass case close`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::json;

use super::{desk::Desk, show};
use crate::{args::case::CloseArgs, output};

pub async fn run(args: &CloseArgs) -> Result<ExitCode> {
    if args.why.trim().is_empty() {
        bail!("say why with --why: months later somebody will ask");
    }
    let desk = Desk::to_decide(&args.desk).await?;
    let closing = json!({ "resolution": args.ending.word(), "note": args.why });
    let closed = desk.post(&format!("/api/v1/incidents/{}/close", args.case), &closing).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "incident": closed }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let ended = show::read(&closed)?.summary.resolution.unwrap_or_default().replace('_', " ");
    output::line(format!("case {} is closed as {}", args.case, output::inline(&ended)));
    Ok(ExitCode::SUCCESS)
}
