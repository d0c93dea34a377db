//! OpenZeppelin Monitor: monitors with the networks they name and the triggers they pull. Source: the project's models of
//! monitors, networks and triggers, and its filter for EVM chains.

use std::collections::BTreeMap;

use case::Severity;
use facts::{Address, ChainId};
use serde_json::Value;

use super::{
    Found, Paused,
    abi::Abis,
    document::{Document, first, is_nothing, items, text, unknown},
    names,
    watcher::{Condition, Together, Watcher, transaction},
};

const DOCS: &str = "https://docs.openzeppelin.com/monitor";
/// What of a monitor is looked at here, and what says nothing about what it watches for.
const KNOWN: &[&str] = &[
    "name",
    "paused",
    "networks",
    "addresses",
    "match_conditions",
    "trigger_conditions",
    "triggers",
    "chain_configurations",
];

pub(super) fn read(documents: &[Document], abis: &Abis, paused: Paused) -> Vec<Found> {
    let mut networks = BTreeMap::new();
    let mut monitors = Vec::new();
    for document in documents {
        collect(&document.root, "", 0, document, &mut monitors, &mut networks);
    }
    monitors
        .into_iter()
        .map(|(document, path, monitor)| one(document, &path, monitor, &networks, abis, paused))
        .collect()
}

/// Monitors and networks, which stand alone in a file, in a list, or by name in a map.
fn collect<'a>(
    value: &'a Value,
    path: &str,
    depth: usize,
    document: &'a Document,
    monitors: &mut Vec<(&'a Document, String, &'a Value)>,
    networks: &mut BTreeMap<String, Result<ChainId, String>>,
) {
    if value.get("match_conditions").is_some() {
        monitors.push((document, path.to_owned(), value));
        return;
    }
    if let (Some(slug), Some(kind)) = (text(value, &["slug"]), text(value, &["network_type"])) {
        let chain = match (kind.as_str(), value.get("chain_id").and_then(Value::as_u64)) {
            ("EVM", Some(number)) => Ok(ChainId::eip155(number)),
            ("EVM", None) => Err(format!("network `{slug}` has no `chain_id`")),
            (other, _) => Err(format!("network `{slug}` is of the kind `{other}`, which is not watched here")),
        };
        networks.insert(slug, chain);
        return;
    }
    // A map of monitors lies one level down, a list of such maps two.
    if depth >= 3 {
        return;
    }
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, item)| (format!("{path}.{key}"), item)).collect(),
        _ => Vec::new(),
    };
    for (path, item) in inner {
        collect(item, path.trim_start_matches('.'), depth + 1, document, monitors, networks);
    }
}

fn one(
    document: &Document,
    path: &str,
    monitor: &Value,
    networks: &BTreeMap<String, Result<ChainId, String>>,
    abis: &Abis,
    paused: Paused,
) -> Found {
    let mut found = Found::new(&text(monitor, &["name"]).unwrap_or_default(), document.at(path));
    if monitor.get("paused") == Some(&Value::Bool(true)) && paused == Paused::LeftBehind {
        found.leave("all of it", "it is paused", "import it with `--paused`");
        return found;
    }
    let mut chains = Vec::new();
    for network in items(monitor, &["networks"]) {
        let slug = network.as_str().unwrap_or_default();
        match networks.get(slug).cloned().or_else(|| names::chain(slug).map(Ok)) {
            Some(Ok(chain)) => chains.push(chain),
            Some(Err(why)) => found.leave(format!("network `{slug}`"), why, "watch it with its own tools"),
            None => {
                let why = "it is not known which chain that is";
                found.leave(format!("network `{slug}`"), why, "import its network file with the monitors");
            }
        }
    }
    if chains.is_empty() {
        found.leave("all of it", "none of its networks is an EVM chain that is known", "name its chains");
        return found;
    }
    let mut brought = abis.clone();
    let mut addresses = Vec::new();
    for item in items(monitor, &["addresses"]) {
        let written = text(item, &["address"]).unwrap_or_default();
        match written.to_lowercase().parse::<Address>() {
            Ok(address) => addresses.push(address),
            Err(_) => found.leave(format!("address `{written}`"), "this is no address", "mend it and import it again"),
        }
        let (with, why) = brought.with(first(item, &["contract_spec", "abi"]));
        brought = with;
        if let Some(why) = why {
            found.leave(format!("the ABI of `{written}`"), why, "give it with `--abi`");
        }
    }
    left_over(monitor, &mut found);
    let conditions = monitor.get("match_conditions").unwrap_or(&Value::Null);
    let of = |key: &str| -> Vec<Condition> {
        let condition = |item: &&Value| Condition {
            signature: text(item, &["signature"]).unwrap_or_default(),
            expression: text(item, &["expression"]),
        };
        items(conditions, &[key]).iter().map(condition).collect()
    };
    let status: Vec<_> = items(conditions, &["transactions"])
        .iter()
        .map(|item| (text(item, &["status"]), text(item, &["expression"])))
        .collect();
    let transaction = match transaction(&status) {
        Ok(transaction) => transaction,
        Err(why) => {
            found.leave("all of it: its condition on the transaction", why, "write the rule by hand");
            return found;
        }
    };
    let origin = format!("OpenZeppelin Monitor, the monitor “{}” in `{}`.", found.name, document.name);
    let watcher = Watcher {
        by: "monitor",
        chains,
        addresses,
        abis: &brought,
        events: of("events"),
        functions: of("functions"),
        transaction,
        together: Together::Either,
        severity: Severity::Medium,
        kind: None,
        origin,
        references: vec![DOCS.to_owned()],
    };
    watcher.drafts(&mut found);
    found
}

/// What a monitor has besides what it watches for.
fn left_over(monitor: &Value, found: &mut Found) {
    for script in items(monitor, &["trigger_conditions"]).into_iter().filter(|value| !is_nothing(value)) {
        let path = text(script, &["script_path"]).unwrap_or_else(|| "a script".to_owned());
        let why = "a filter script is a program, and no program of others runs here: the rule fires before its filter";
        found.leave(format!("the filter `{path}`"), why, "say in the condition what the script checks");
    }
    let triggers: Vec<&str> = items(monitor, &["triggers"]).into_iter().filter_map(Value::as_str).collect();
    if !triggers.is_empty() {
        let why = "whom to tell is not part of a rule";
        let instead = "add a `[webhook.…]` to breakglass.toml and a step to a playbook";
        found.leave(format!("the triggers {}", triggers.join(", ")), why, instead);
    }
    if monitor.get("chain_configurations").is_some_and(|value| !is_nothing(value)) {
        found.leave("`chain_configurations`", "it says how to read a chain, not what to watch for", "nothing");
    }
    for key in unknown(monitor, KNOWN) {
        found.leave(format!("`{key}`"), "this is not known here", "look it up in the monitor's own documentation");
    }
}
