//! OpenZeppelin Defender: sentinels and monitors as its API gives them, and the YAML of its serverless plugin. Source: the
//! types of the Defender SDK's monitor package, and the JSON schema of the serverless plugin.

use std::collections::BTreeSet;

use case::Severity;
use facts::Address;
use serde_json::Value;

use super::{
    Found, Paused,
    abi::Abis,
    document::{Document, as_text, first, is_nothing, items, text, unknown},
    names,
    nearest::instead,
    watcher::{Condition, Together, Watcher, transaction},
};

const DOCS: &str = "https://docs.openzeppelin.com/defender/module/monitor";
/// References within a document that are followed one after the other.
const REFERENCES: usize = 8;
/// What is looked at, and what says nothing about what is watched for.
const KNOWN: &[&str] = &[
    "name",
    "type",
    "network",
    "addresses",
    "abi",
    "addressRules",
    "eventConditions",
    "functionConditions",
    "txCondition",
    "conditions",
    "paused",
    "alertThreshold",
    "alert-threshold",
    "autotaskCondition",
    "autotask-condition",
    "autotaskTrigger",
    "autotask-trigger",
    "action-condition",
    "action-trigger",
    "actionCondition",
    "actionTrigger",
    "confirmLevel",
    "confirm-level",
    "notifyConfig",
    "notify-config",
    "notificationChannels",
    "riskCategory",
    "risk-category",
    "subscriberId",
    "monitorId",
    "id",
    "createdAt",
    "updatedAt",
    "lastUpdatedAt",
    "blockWatcherId",
    "stackResourceId",
    "tenantId",
    "alertTimeoutMs",
    "alertMessageBody",
    "alertMessageSubject",
    "notificationCategoryId",
    "fortaRule",
    "privateFortaNodeId",
    "forta-node-id",
    "agentIDs",
    "agent-ids",
    "fortaConditions",
    "fortaLastProcessedTime",
    "forta-last-processed-time",
    "skipABIValidation",
    "skip-abi-validation",
    "contractMonitorId",
    "systemManaged",
];

pub(super) fn read(documents: &[Document], abis: &Abis, paused: Paused) -> Vec<Found> {
    let mut found = Vec::new();
    for document in documents {
        for (path, key, monitor) in monitors(document) {
            found.extend(one(document, &path, key, monitor, abis, paused));
        }
    }
    found
}

/// Where monitors stand: in the resources of a serverless file, in a list, in what the API answers, or alone.
fn monitors(document: &Document) -> Vec<(String, Option<&str>, &Value)> {
    let root = &document.root;
    let resources = root.get("resources").map(|inner| ("resources".to_owned(), inner)).map(|(path, inner)| match inner
        .get("Resources")
    {
        Some(inner) => (format!("{path}.Resources"), inner),
        None => (path, inner),
    });
    if let Some((path, resources)) = resources {
        let mut listed = Vec::new();
        for kind in ["sentinels", "monitors"] {
            for (key, monitor) in resources.get(kind).and_then(Value::as_object).into_iter().flatten() {
                listed.push((format!("{path}.{kind}.{key}"), Some(key.as_str()), monitor));
            }
        }
        return listed;
    }
    let list = root.as_array().map(|list| ("", list)).or_else(|| {
        let key = ["items", "monitors", "sentinels", "subscribers"].into_iter().find(|key| root.get(key).is_some())?;
        Some((key, root.get(key)?.as_array()?))
    });
    let is_monitor = |value: &Value| value.get("type").is_some() || value.get("addressRules").is_some();
    match list {
        Some((key, list)) => {
            let numbered = list.iter().enumerate().filter(|(_, value)| is_monitor(value));
            numbered.map(|(at, value)| (format!("{key}[{at}]"), None, value)).collect()
        }
        None if is_monitor(root) => vec![(String::new(), None, root)],
        None => Vec::new(),
    }
}

fn one(document: &Document, path: &str, key: Option<&str>, monitor: &Value, abis: &Abis, paused: Paused) -> Vec<Found> {
    let name = text(monitor, &["name"]).or(key.map(str::to_owned)).unwrap_or_default();
    let mut found = Found::new(&name, document.at(path));
    if monitor.get("paused") == Some(&Value::Bool(true)) && paused == Paused::LeftBehind {
        found.leave("all of it", "it is paused", "import it with `--paused`");
        return vec![found];
    }
    if text(monitor, &["type"]).as_deref() == Some("FORTA") {
        let why = "it listens to bots of Forta, whose findings do not reach us";
        found.leave("all of it", why, instead(&name));
        return vec![found];
    }
    let network = text(monitor, &["network"]).unwrap_or_default();
    let Some(chain) = names::chain(&network) else {
        let shown: String = network.chars().take(60).collect();
        let why = format!("it is not known which chain the network `{shown}` is");
        found.leave("all of it", why, "write the chain's usual name there and import it again");
        return vec![found];
    };
    left_over(monitor, &mut found);
    let origin = match text(monitor, &["subscriberId", "monitorId"]) {
        Some(id) => format!("OpenZeppelin Defender, the monitor “{}” ({id}) in `{}`.", found.name, document.name),
        None => format!("OpenZeppelin Defender, the monitor “{}” in `{}`.", found.name, document.name),
    };
    // A flat monitor is its own and only rule about addresses.
    let rules = match monitor.get("addressRules").and_then(Value::as_array) {
        Some(rules) => rules.iter().collect(),
        None => vec![monitor],
    };
    for rule in rules {
        let addresses = addresses(document, rule, &mut found);
        let brought = abi(document, rule, abis, &mut found);
        for set in sets(rule) {
            let transaction = match transaction(&set.transactions) {
                Ok(transaction) => transaction,
                Err(why) => {
                    found.leave(
                        "its condition on the transaction, and what depends on it",
                        why,
                        "write the rule by hand",
                    );
                    continue;
                }
            };
            let watcher = Watcher {
                by: "defender",
                chains: vec![chain.clone()],
                addresses: addresses.clone(),
                abis: &brought,
                events: set.events,
                functions: set.functions,
                transaction,
                together: Together::Both,
                severity: Severity::Medium,
                kind: of_category(monitor),
                origin: origin.clone(),
                references: vec![DOCS.to_owned()],
            };
            watcher.drafts(&mut found);
        }
    }
    vec![found]
}

/// Conditions that hold together.
#[derive(Default)]
struct Set {
    events: Vec<Condition>,
    functions: Vec<Condition>,
    transactions: Vec<(Option<String>, Option<String>)>,
}

fn sets(rule: &Value) -> Vec<Set> {
    let conditions = |value: &Value, lists: &[&str], names: &[&str]| -> Vec<Condition> {
        let condition = |item: &&Value| Condition {
            signature: text(item, names).or_else(|| as_text(item)).unwrap_or_default(),
            expression: text(item, &["expression"]),
        };
        items(value, lists).iter().map(condition).collect()
    };
    let set = |value: &Value| {
        let transactions = match first(value, &["txCondition", "transaction"]).and_then(as_text) {
            Some(expression) => vec![(None, Some(expression))],
            None => {
                let each = |item: &&Value| (text(item, &["status"]), text(item, &["expression"]));
                items(value, &["txConditions"]).iter().map(each).collect()
            }
        };
        Set {
            events: conditions(value, &["eventConditions", "event"], &["eventSignature", "signature"]),
            functions: conditions(value, &["functionConditions", "function"], &["functionSignature", "signature"]),
            transactions,
        }
    };
    match rule.get("conditions") {
        // An export has a list of sets, a serverless file one set.
        Some(Value::Array(list)) if !list.is_empty() => list.iter().map(set).collect(),
        Some(one @ Value::Object(_)) => vec![set(one)],
        _ => vec![set(rule)],
    }
}

fn addresses(document: &Document, rule: &Value, found: &mut Found) -> Vec<Address> {
    let mut addresses = BTreeSet::new();
    for item in items(rule, &["addresses"]) {
        let held = resolve(document, item);
        let written = held.and_then(|held| as_text(held).or_else(|| text(held, &["address"])));
        let shown: String = as_text(item).unwrap_or_else(|| item.to_string()).chars().take(80).collect();
        match written.as_deref().map(str::to_lowercase).and_then(|text| text.parse::<Address>().ok()) {
            Some(address) => drop(addresses.insert(address)),
            None => found.leave(
                format!("address `{shown}`"),
                "it is no address, nor does it lead to one within the file",
                "write the address in its place and import it again",
            ),
        }
    }
    addresses.into_iter().collect()
}

fn abi(document: &Document, rule: &Value, abis: &Abis, found: &mut Found) -> Abis {
    let Some(written) = first(rule, &["abi"]) else { return abis.clone() };
    // `${file(…)}` lies beside the file; the caller gives it as an ABI.
    let is_elsewhere = |value: &Value| value.as_str().is_some_and(|text| text.trim_start().starts_with("${"));
    match resolve(document, written) {
        Some(held) if !is_elsewhere(held) => {
            let (with, why) = abis.with(Some(held));
            if let Some(why) = why {
                found.leave("its ABI", why, "give it with `--abi`");
            }
            with
        }
        _ => abis.clone(),
    }
}

/// What `${self:a.b.c}` stands for within the file; anything else is what it is.
fn resolve<'a>(document: &'a Document, value: &'a Value) -> Option<&'a Value> {
    let mut value = value;
    for _ in 0..REFERENCES {
        let Some(inner) = value.as_str().and_then(|text| text.trim().strip_prefix("${self:")?.strip_suffix('}')) else {
            return Some(value);
        };
        value = inner.split('.').try_fold(&document.root, |at, key| at.get(key))?;
    }
    None
}

fn left_over(monitor: &Value, found: &mut Found) {
    if let Some(threshold) = first(monitor, &["alertThreshold", "alert-threshold"]).filter(|value| !is_nothing(value)) {
        let amount = text(threshold, &["amount"]).unwrap_or_default();
        let window = text(threshold, &["windowSeconds", "window-seconds"]).unwrap_or_default();
        found.leave(
            format!("the threshold of {amount} within {window} s"),
            "the rule fires each time: a threshold of another program's counting is not ours",
            "count in the rule's own condition with a window, or snooze the rule",
        );
    }
    for (keys, what) in [
        (
            ["autotaskCondition", "autotask-condition", "actionCondition", "action-condition"],
            "the condition that an action checks",
        ),
        (["autotaskTrigger", "autotask-trigger", "actionTrigger", "action-trigger"], "the action that it triggers"),
    ] {
        let rules = monitor.get("addressRules").and_then(Value::as_array).into_iter().flatten();
        if [monitor].into_iter().chain(rules).any(|value| first(value, &keys).is_some_and(|found| !is_nothing(found))) {
            let why = "an action is a program, and no program of others runs here";
            found.leave(what, why, "say in the condition what it checks, and in a playbook what it does");
        }
    }
    if first(monitor, &["confirmLevel", "confirm-level"]).is_some_and(|value| !is_nothing(value)) {
        let why = "alerts are raised at once here, and withdrawn if their block is lost";
        found.leave("the confirmations it waited for", why, "nothing: a reorganisation takes the alert back");
    }
    let notify = first(monitor, &["notifyConfig", "notify-config"]);
    let channels = notify.map(|notify| items(notify, &["notifications", "channels"])).unwrap_or_default();
    if !channels.is_empty() || !items(monitor, &["notificationChannels"]).is_empty() {
        let instead = "add a `[webhook.…]` to breakglass.toml and a step to a playbook";
        found.leave("whom it told", "whom to tell is not part of a rule", instead);
    }
    let message =
        notify.and_then(|notify| text(notify, &["messageBody", "message"])).or(text(monitor, &["alertMessageBody"]));
    if message.is_some_and(|message| !message.trim().is_empty()) {
        found.leave(
            "the words of its message",
            "a rule says what it saw in its own words",
            "change `message` in rule.toml",
        );
    }
    for key in unknown(monitor, KNOWN) {
        found.leave(format!("`{key}`"), "this is not known here", "look it up in Defender's own documentation");
    }
}

/// What its category says about the kind of attack, where its words say nothing.
fn of_category(monitor: &Value) -> Option<&'static str> {
    match text(monitor, &["riskCategory", "risk-category"]).as_deref() {
        Some("GOVERNANCE") => Some("governance/malicious-proposal"),
        Some("ACCESS-CONTROL") => Some("access/role-takeover"),
        Some("FINANCIAL") => Some("rug/owner-drain"),
        Some("SUSPICIOUS") => Some("identity/unauthorised-attempt"),
        _ => None,
    }
}
