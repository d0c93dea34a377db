//! Amounts and entries in words.

use serde_json::Value;

use super::stage::ETHER;

/// How a line of the story sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Alarm,
    Good,
    Bad,
}

/// The most characters of a text that may come from a chain.
const QUOTED: usize = 200;

/// An amount of wei in ether, with as many decimals as it needs, at most six; what is smaller is shown by an ellipsis.
pub fn ether(wei: u128) -> String {
    let (whole, part) = (wei / ETHER, wei % ETHER);
    let decimals = format!("{part:018}");
    let shown = decimals[..6].trim_end_matches('0');
    let more = if decimals[6..].bytes().any(|digit| digit != b'0') { "…" } else { "" };
    let point = if shown.is_empty() && more.is_empty() { "" } else { "." };
    format!("{whole}{point}{shown}{more} ETH")
}

/// How an entry of a case is told. None for what the story does not need, or tells at another place.
pub fn entry(entry: &Value) -> Option<(Tone, String)> {
    let payload = &entry["payload"];
    let step = plain(&payload["step"]);
    Some(match entry["kind"].as_str()? {
        "case.opened/1" => (Tone::Alarm, format!("case {} opened, {}", case_of(entry)?, plain(&payload["severity"]))),
        "case.raised/1" => (Tone::Alarm, format!("severity raised to {}", plain(&payload["to"]))),
        "case.plan-proposed/1" => {
            let steps = payload["plan"]["steps"].as_array()?.iter();
            let ids: Vec<String> = steps.map(|step| plain(&step["id"])).collect();
            (Tone::Plain, format!("plan made: {}", ids.join(", ")))
        }
        "case.rehearsed/1" if payload["verdict"]["verdict"] == "succeeds" => {
            let (on, gas) = (&payload["on"]["number"], &payload["gas_used"]);
            (Tone::Plain, format!("{step} rehearsed on block {on}: it works, with {gas} gas"))
        }
        "case.rehearsed/1" => (Tone::Bad, format!("{step} rehearsed: {}", plain(&payload["verdict"]["why"]))),
        "case.approved/1" => (Tone::Plain, format!("{step} approved by {}", by(&entry["who"]))),
        "case.refused/1" => (Tone::Bad, format!("{step} not taken: {}", plain(&payload["reason"]))),
        "case.intent/1" => {
            (Tone::Plain, format!("{step} written down before it is sent, with nonce {}", payload["binding"]["nonce"]))
        }
        "case.confirmed/1" => {
            (Tone::Good, format!("{step} seen on the chain, in block {}", payload["block"]["number"]))
        }
        "case.failed/1" => (Tone::Bad, format!("{step} failed: {}", plain(&payload["reason"]))),
        _ => return None,
    })
}

fn case_of(entry: &Value) -> Option<&str> {
    entry["stream"].as_str()?.strip_prefix("case/")
}

/// Who approved.
fn by(who: &Value) -> String {
    let name = plain(&who["name"]);
    match who["kind"].as_str() {
        Some("policy") => format!("the policy, `{name}`"),
        _ => name,
    }
}

/// A rule's name, without the digest of its card.
pub fn rule(value: &Value) -> String {
    let rule = plain(value);
    rule.split('@').next().unwrap_or_default().to_owned()
}

/// Text that may come from a chain, on one line and of bounded length.
pub fn plain(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(QUOTED).collect();
    if text.chars().count() > QUOTED {
        shown.push('…');
    }
    shown
}

/// Text in lines of at most so many characters; a longer word gets a line of its own.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ether_is_exact_or_says_that_it_is_not() {
        let shown = [0, 1, ETHER, 55 * ETHER, ETHER / 2, ETHER + 1_000, 1_234_567 * (ETHER / 1_000_000)];
        let shown: Vec<_> = shown.into_iter().map(ether).collect();
        assert_eq!(shown, ["0 ETH", "0.… ETH", "1 ETH", "55 ETH", "0.5 ETH", "1.… ETH", "1.234567 ETH"]);
    }

    #[test]
    fn lines_are_no_wider_than_they_may_be() {
        assert_eq!(wrapped("a pause ends  the robbery", 10), ["a pause", "ends the", "robbery"]);
        assert_eq!(wrapped("unpronounceable is long", 5), ["unpronounceable", "is", "long"]);
        assert!(wrapped(" ", 5).is_empty());
    }

    #[test]
    fn what_a_chain_says_stays_on_its_line() {
        let loud = json!(format!("\u{1b}[31m\n{}", "x".repeat(QUOTED)));
        let shown = plain(&loud);
        assert!(shown.starts_with("[31mxx") && shown.ends_with("x…") && shown.chars().count() == QUOTED + 1);
    }

    #[test]
    fn an_entry_is_told_or_left_out() {
        let entry = |kind: &str, payload: Value| json!({ "kind": kind, "stream": "case/bg-1", "payload": payload });
        let opened = super::entry(&entry("case.opened/1", json!({ "severity": "critical" })));
        assert_eq!(opened, Some((Tone::Alarm, "case bg-1 opened, critical".to_owned())));
        assert_eq!(super::entry(&entry("money.traced/1", json!({}))), None);
    }
}
