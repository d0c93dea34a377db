//! A transaction for a person.

use std::collections::BTreeMap;

use atlas::Chain;
use engine::{CallRow, ChangeRow, Told, TransactionReport};
use facts::{AccountId, Asset, AssetId, B256, ChangeKind, FrameKind, FrameStatus, Sight};

use crate::{
    amount::pointed,
    output::{self, inline},
};

/// Lines of one part. A transaction may have tens of thousands of calls; JSON has them all.
const LINES_MAX: usize = 1_000;

/// Prints what was seen; what could not be seen comes first.
pub fn report(report: &TransactionReport, chain: &Chain) {
    output::line(format!("{}  block {} of {}", report.tx, report.block, report.chain));
    let sight = match report.sight {
        Sight::Executed if report.blind.is_empty() => "executed here, and proved by what the chain says of it",
        Sight::Executed => "executed here, and not proved",
        Sight::Calls => "as the node's call trace tells it",
        Sight::Logs => "as its receipt tells it",
        Sight::Header => "only its block's header",
    };
    output::line(format!("  seen        {sight}"));
    report.blind.iter().for_each(|why| output::line(format!("  BLIND       {}", inline(why))));
    if !report.cannot_see.is_empty() {
        output::line(format!("  not to see  {}", report.cannot_see.join(", ")));
    }
    match &report.told {
        Some(told) => print(told, chain),
        None => output::line("  the transaction could not be seen at all"),
    }
}

fn print(told: &Told, chain: &Chain) {
    let reason = told.reason.as_deref().map(|why| format!(": {}", inline(why))).unwrap_or_default();
    output::line(format!("  outcome     {}{reason}", outcome(told.status)));
    output::line(format!("  from        {}", told.from.address));
    output::line(format!("  gas         {} at {} wei", told.gas_used, told.gas_price));
    let who = |account: &AccountId| named(account, &told.names);
    part("CALLS", &told.calls, |call| calls(call, &who, chain));
    let amount = |amount: String, asset: &AssetId| amount_of(&amount, asset, chain);
    part("MOVEMENTS", &told.flows, |flow| {
        vec![format!("{}  {} -> {}", amount(flow.amount.to_string(), &flow.asset), flow.from.address, flow.to.address)]
    });
    part("NET, WITHOUT FEES", &told.net, |net| {
        let (sign, much) = if net.lost.is_zero() { ("+", net.gained) } else { ("-", net.lost) };
        vec![format!("{}  {sign}{}", who(&net.account), amount(much.to_string(), &net.asset))]
    });
    part("STORAGE", &told.writes, |write| {
        let (before, after) = (short(write.before), short(write.after));
        vec![format!("{}  slot {}  {before} -> {after}", who(&write.account), short(write.slot))]
    });
    part("PRIVILEGES", &told.changes, |change| vec![format!("{}  {}", who(&change.contract), privilege(change))]);
    part("EVENTS", &told.events, |event| {
        let name = event.event.clone().or_else(|| event.topics.first().map(ToString::to_string));
        vec![format!("{}  {}", who(&event.account), inline(&name.unwrap_or_else(|| "without a name".to_owned())))]
    });
    part("CREATED", &told.created, |account| vec![who(account)]);
}

fn part<T>(title: &str, rows: &[T], lines: impl Fn(&T) -> Vec<String>) {
    if rows.is_empty() {
        return;
    }
    output::line(format!("\n{title}"));
    for line in rows.iter().take(LINES_MAX).flat_map(lines) {
        output::line(format!("  {line}"));
    }
    if rows.len() > LINES_MAX {
        output::line(format!("  and {} more: --json has them all", rows.len() - LINES_MAX));
    }
}

fn calls(call: &CallRow, who: &impl Fn(&AccountId) -> String, chain: &Chain) -> Vec<String> {
    let indent = "  ".repeat(usize::from(call.depth).min(40));
    let kind = match call.kind {
        FrameKind::Call => "",
        FrameKind::CallCode => "callcode ",
        FrameKind::DelegateCall => "delegate ",
        FrameKind::StaticCall => "static ",
        FrameKind::Create | FrameKind::Create2 => "create ",
    };
    let code = call.code.as_ref().map(|code| format!(" by the code of {}", code.address)).unwrap_or_default();
    let what = match (&call.function, call.selector, call.kind) {
        (Some(function), ..) => inline(function),
        (None, _, FrameKind::Create | FrameKind::Create2) => format!("{} bytes of init code", call.input_bytes),
        (None, Some(selector), _) => format!("{selector} ({} bytes)", call.input_bytes),
        (None, None, _) if call.input_bytes == 0 => "nothing but value".to_owned(),
        (None, None, _) => format!("{} bytes", call.input_bytes),
    };
    let value = match call.value.as_str() {
        "0" => String::new(),
        wei => format!("  with {} {}", pointed(wei, chain.decimals), inline(&chain.symbol)),
    };
    let undone = if call.effective || call.status != FrameStatus::Success { "" } else { "  UNDONE" };
    let mut lines = vec![format!("{indent}{kind}{}{code}  {what}{value}{undone}", who(&call.to))];
    if call.status != FrameStatus::Success {
        let reason = call.reason.as_deref().map(|why| format!(": {}", inline(why))).unwrap_or_default();
        lines.push(format!("{indent}  {}{reason}", outcome(call.status).to_uppercase()));
    }
    lines
}

fn outcome(status: FrameStatus) -> &'static str {
    match status {
        FrameStatus::Success => "success",
        FrameStatus::Revert => "reverted",
        FrameStatus::OutOfGas => "out of gas",
        FrameStatus::Refused => "refused before its code ran",
        FrameStatus::Fault => "a fault of its code",
    }
}

fn privilege(change: &ChangeRow) -> String {
    let what = match change.kind {
        ChangeKind::RoleGranted(role) => format!("role {role} granted to {}", account_in(change.after)),
        ChangeKind::RoleRevoked(role) => format!("role {role} revoked from {}", account_in(change.after)),
        ChangeKind::Owner => format!("owner {}", moved(change)),
        ChangeKind::Admin => format!("admin {}", moved(change)),
        ChangeKind::Implementation => format!("implementation {}", moved(change)),
        ChangeKind::Beacon => format!("beacon {}", moved(change)),
    };
    let quiet = if change.announced { "" } else { "  WITHOUT AN EVENT" };
    format!("{what}{quiet}")
}

fn moved(change: &ChangeRow) -> String {
    let before = change.before.map_or_else(|| "unknown".to_owned(), account_in);
    format!("{before} -> {}", account_in(change.after))
}

/// A left-padded address as one; anything else as it is.
fn account_in(word: B256) -> String {
    if word[..12].iter().all(|byte| *byte == 0) {
        return facts::Address::from_word(word).to_string();
    }
    word.to_string()
}

fn named(account: &AccountId, names: &BTreeMap<AccountId, String>) -> String {
    match names.get(account) {
        Some(name) => format!("{} ({})", inline(name), account.address),
        None => account.address.to_string(),
    }
}

/// The chain's own coin with its point, everything else in base units.
fn amount_of(units: &str, asset: &AssetId, chain: &Chain) -> String {
    if *asset == AssetId::of(&chain.id, &Asset::Native, chain.slip44) {
        return format!("{} {}", pointed(units, chain.decimals), inline(&chain.symbol));
    }
    let asset = asset.as_str().split_once('/').map_or(asset.as_str(), |(_, asset)| asset);
    format!("{units} of {}", inline(asset))
}

/// A word without its leading zeros.
fn short(word: B256) -> String {
    format!("{:#x}", facts::U256::from_be_bytes(word.0))
}
