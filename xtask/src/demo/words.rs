//! Amounts and entries in words.

use serde_json::Value;

use super::stage::ETHER;

/// An amount of wei in ether, with as many decimals as it needs, at most six; what is smaller is shown by an ellipsis.
pub fn ether(wei: u128) -> String {
    let (whole, part) = (wei / ETHER, wei % ETHER);
    let decimals = format!("{part:018}");
    let shown = decimals[..6].trim_end_matches('0');
    let more = if decimals[6..].bytes().any(|digit| digit != b'0') { "…" } else { "" };
    let point = if shown.is_empty() && more.is_empty() { "" } else { "." };
    format!("{whole}{point}{shown}{more} ETH")
}

/// How an entry of a case is told: good, bad or neither, and a sentence. None for what the story does not need.
pub fn entry(entry: &Value) -> Option<(Tone, String)> {
    let payload = &entry["payload"];
    let step = payload["step"].as_str().unwrap_or_default();
    let who = entry["who"]["name"].as_str().unwrap_or_default();
    Some(match entry["kind"].as_str()? {
        "case.opened/1" => {
            let severity = payload["severity"].as_str().unwrap_or_default();
            (Tone::Alarm, format!("case opened, {severity}: {}", plain(&payload["title"])))
        }
        "case.alert-attached/1" => {
            let (rule, sure) = (plain(&payload["alert"]["rule"]["id"]), &payload["alert"]["confidence"]);
            (Tone::Alarm, format!("{rule}, {sure} % sure: {}", plain(&payload["alert"]["message"])))
        }
        "case.raised/1" => (Tone::Alarm, format!("severity raised to {}", plain(&payload["to"]))),
        "case.plan-proposed/1" => {
            let steps = payload["plan"]["steps"].as_array().map_or(0, Vec::len);
            (Tone::Plain, format!("plan made: {steps} step{}", if steps == 1 { "" } else { "s" }))
        }
        "case.rehearsed/1" if payload["verdict"]["verdict"] == "succeeds" => {
            (Tone::Plain, format!("{step} rehearsed on the newest block: it works"))
        }
        "case.rehearsed/1" => (Tone::Bad, format!("{step} rehearsed: {}", plain(&payload["verdict"]["why"]))),
        "case.approved/1" => (Tone::Plain, format!("{step} approved by policy `{who}`")),
        "case.refused/1" => (Tone::Bad, format!("{step} not taken: {}", plain(&payload["reason"]))),
        "case.intent/1" => (Tone::Plain, format!("{step} written down, with nonce {}", payload["binding"]["nonce"])),
        "case.receipt/1" => (Tone::Plain, format!("{step} signed and sent")),
        "case.confirmed/1" => {
            (Tone::Good, format!("{step} seen on the chain, in block {}", payload["block"]["number"]))
        }
        "case.failed/1" => (Tone::Bad, format!("{step} failed: {}", plain(&payload["reason"]))),
        _ => return None,
    })
}

/// How a line of the story sounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Alarm,
    Good,
    Bad,
}

/// Text that may come from a chain, on one line and of bounded length.
fn plain(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(110).collect();
    if text.chars().count() > 110 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ether_is_exact_or_says_that_it_is_not() {
        let shown = [0, 1, ETHER, 55 * ETHER, ETHER / 2, ETHER + 1_000, 1_234_567 * (ETHER / 1_000_000)];
        let shown: Vec<_> = shown.into_iter().map(ether).collect();
        assert_eq!(shown, ["0 ETH", "0.… ETH", "1 ETH", "55 ETH", "0.5 ETH", "1.… ETH", "1.234567 ETH"]);
    }
}
