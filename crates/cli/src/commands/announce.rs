//! `breakglass announce`: changes to come, said beforehand.

use std::process::ExitCode;

use alloy_primitives::keccak256;
use anyhow::{Context as _, Result, bail};
use facts::{Address, B256};
use serde_json::{Value, json};

use super::case::{Desk, asking};
use crate::{
    args::announce::{AddArgs, AnnounceCommand, ListArgs, WithdrawArgs},
    output::{self, inline},
};

const PATH: &str = "/api/v1/announcements";

pub fn run(command: &AnnounceCommand) -> Result<ExitCode> {
    asking(async {
        match command {
            AnnounceCommand::Add(args) => add(args).await,
            AnnounceCommand::List(args) => list(args).await,
            AnnounceCommand::Withdraw(args) => withdraw(args).await,
        }
    })
}

async fn add(args: &AddArgs) -> Result<ExitCode> {
    let body = match &args.file {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
            serde_json::from_str(&text).with_context(|| format!("`{}` is not JSON", path.display()))?
        }
        None => body(args)?,
    };
    let desk = Desk::to_decide(&args.desk).await?;
    let announced = desk.post(PATH, &body).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "announcement": announced }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&announced);
    Ok(ExitCode::SUCCESS)
}

/// The announcement of one change, as the API takes it.
fn body(args: &AddArgs) -> Result<Value> {
    let mut change = json!({ "contract": args.contract });
    let accounts = [
        ("implementation", args.implementation),
        ("beacon", args.beacon),
        ("owner", args.owner),
        ("admin", args.admin),
    ];
    for (what, account) in accounts {
        if let Some(account) = account {
            (change["what"], change["account"]) = (json!(what), json!(account));
        }
    }
    for (what, given) in [("role_granted", &args.grant), ("role_revoked", &args.revoke)] {
        if let Some(given) = given {
            let (role, account) = role(given)?;
            (change["what"], change["role"], change["account"]) = (json!(what), json!(role), json!(account));
        }
    }
    if let Some(signature) = &args.call {
        let selector = selector(signature)?;
        if let Some(data) = &args.calldata
            && data.get(..4) != Some(selector.as_slice())
        {
            bail!("the call data do not begin with the selector of `{signature}`: give those of this function");
        }
        (change["what"], change["selector"]) = (json!("call"), json!(facts::Selector::from(selector)));
    }
    if let Some(at_most) = args.payout {
        (change["what"], change["account"]) = (json!("payout"), json!(args.to));
        (change["token"], change["at_most"]) = (json!(args.asset), json!(at_most.to_string()));
    }
    let hash = args.calldata.as_ref().map(keccak256).or(args.calldata_hash);
    if let Some(hash) = hash {
        change["calldata_hash"] = json!(hash);
    }
    Ok(json!({
        "title": args.title, "chain": args.chain, "by": args.by, "changes": [change], "from": args.from,
        "until": args.until, "reference": args.reference,
    }))
}

/// A role, by its id or its name, and an account.
fn role(text: &str) -> Result<(B256, Address)> {
    let Some((role, account)) = text.split_once('=') else {
        bail!("`{text}` names no account: expected `ROLE=ADDRESS`");
    };
    let account = account.parse().with_context(|| format!("`{account}` is not an address"))?;
    let id = match role {
        "DEFAULT_ADMIN_ROLE" => B256::ZERO,
        id if id.starts_with("0x") => id.parse().with_context(|| format!("`{id}` is not the id of a role"))?,
        name => keccak256(name),
    };
    Ok((id, account))
}

/// The selector of a function's signature.
fn selector(signature: &str) -> Result<[u8; 4]> {
    let is_one = signature.split_once('(').is_some_and(|(name, rest)| !name.is_empty() && rest.ends_with(')'));
    if !is_one || signature.contains(char::is_whitespace) {
        bail!("`{signature}` is not a function's signature, such as `setFee(uint256)`");
    }
    let [a, b, c, d, ..] = keccak256(signature).0;
    Ok([a, b, c, d])
}

async fn list(args: &ListArgs) -> Result<ExitCode> {
    let desk = Desk::open(&args.desk).await?;
    let mut page = desk.get(PATH).await?;
    let Some(items) = page["items"].as_array_mut() else { bail!("`{}` answers without a list", desk.name()) };
    items.retain(|item| !args.open || matches!(item["state"].as_str(), Some("upcoming" | "open")));
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "announcements": items }))?;
        return Ok(ExitCode::SUCCESS);
    }
    items.iter().for_each(print);
    if items.is_empty() {
        output::line("nothing is announced");
    }
    Ok(ExitCode::SUCCESS)
}

async fn withdraw(args: &WithdrawArgs) -> Result<ExitCode> {
    let desk = Desk::to_decide(&args.desk).await?;
    let why = args.why.as_deref().map(|why| format!("?why={}", encoded(why))).unwrap_or_default();
    let withdrawn = desk.delete(&format!("{PATH}/{}{why}", args.id)).await?;
    if args.desk.json {
        output::json(&json!({ "from": desk.name(), "announcement": withdrawn }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&withdrawn);
    Ok(ExitCode::SUCCESS)
}

/// A text as a part of a query: everything but letters and digits by its bytes.
pub fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn print(item: &Value) {
    let text = |field: &str| inline(item[field].as_str().unwrap_or_default());
    let by = inline(item["announced_by"]["name"].as_str().unwrap_or_default());
    output::line(format!("{}  {:<9}  {}  by {by}", text("id"), text("state"), text("title")));
    output::line(format!("                 {} to {} on {}", text("from"), text("until"), text("chain")));
    for change in item["changes"].as_array().into_iter().flatten() {
        let word = |field: &str| inline(change[field].as_str().unwrap_or_default());
        let whom = [word("role"), word("selector"), word("at_most"), word("token"), word("account")];
        let whom = whom.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
        let hash = match change["calldata_hash"].as_str() {
            Some(hash) => format!(" with call data of hash {}", inline(hash)),
            None => String::new(),
        };
        output::line(format!("                 {} {} {}{hash}", word("contract"), word("what"), whom.trim()));
    }
    for alert in item["alerts"].as_array().into_iter().flatten() {
        let gone = if alert["withdrawn"] == true { ", whose block was lost" } else { "" };
        let word = |field: &str| inline(alert[field].as_str().unwrap_or_default());
        output::line(format!("                 {}: alert {}{gone}", word("fit"), word("alert")));
    }
}
