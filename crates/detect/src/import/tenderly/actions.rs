//! The triggers of Web3 Actions. What the action does is a program and stays behind; what wakes it is a rule.

use case::Severity;
use facts::{Address, ChainId};
use serde_json::{Map, Value};

use super::{BY_HAND, DOCS, Refused, addresses, refused};
use crate::import::expression::{How, Literal, literal};
use crate::import::{
    Found,
    abi::{Abis, written},
    document::{Document, as_text, first, is_nothing, items, text, unknown},
    draft::{Draft, On, among},
    nearest::nearest,
    translate::{Kind, Operand, compare},
};

pub(super) fn read(document: &Document, projects: &Map<String, Value>, abis: &Abis) -> Vec<Found> {
    let mut found = Vec::new();
    for (project, actions) in projects {
        for (name, action) in actions.get("specs").and_then(Value::as_object).into_iter().flatten() {
            found.push(one(document, &format!("actions.{project}.specs.{name}"), name, action, abis));
        }
    }
    found
}

fn one(document: &Document, path: &str, name: &str, action: &Value, abis: &Abis) -> Found {
    let mut found = Found::new(name, document.at(path));
    let function = text(action, &["function"]).unwrap_or_default();
    let function: String = function.chars().take(80).collect();
    let why = "an action is a program, and no program of others runs here";
    found.leave(format!("what the action does (`{function}`)"), why, "say in a playbook what is to be done");
    let trigger = action.get("trigger").unwrap_or(&Value::Null);
    let kind = text(trigger, &["type"]).unwrap_or_default();
    let Some(filters) = trigger.get("transaction").filter(|_| kind == "transaction") else {
        let shown: String = kind.chars().take(40).collect();
        let why = format!("it is woken by `{shown}`, which is nothing that happens in a transaction");
        found.leave("its trigger", why, "`on = \"observed\"` looks after every block; a playbook can be run by hand");
        return found;
    };
    let origin = format!("Tenderly, the trigger of the action “{}” in `{}`.", found.name, document.name);
    // Any of the filters is enough, so each is a rule.
    for (at, filter) in items(filters, &["filters"]).into_iter().enumerate() {
        match of_filter(filter, abis) {
            Ok((on, when, part)) => {
                let words = format!("{part} {name}");
                found.drafts.push(Draft {
                    by: "tenderly",
                    name: found.name.clone(),
                    part,
                    on,
                    when,
                    severity: Severity::Medium,
                    kind: nearest(&words).map_or("logic/accounting", |(kind, _)| kind).to_owned(),
                    sees: "What the filter of the action's trigger lets through.".to_owned(),
                    origin: origin.clone(),
                    references: vec![DOCS.to_owned()],
                    asked: None,
                });
            }
            Err((why, instead)) => found.leave(format!("filters[{at}]"), why, instead),
        }
    }
    found
}

fn of_filter(filter: &Value, abis: &Abis) -> Result<(On, Vec<String>, String), Refused> {
    const KNOWN: &[&str] =
        &["network", "status", "from", "to", "value", "gasUsed", "contract", "function", "eventEmitted", "logEmitted"];
    if let Some(key) = unknown(filter, KNOWN).first() {
        return refused(format!("it filters by `{key}`, which our rules do not see"), BY_HAND);
    }
    let mut when = Vec::new();
    let networks: Option<Vec<ChainId>> = items(filter, &["network"])
        .into_iter()
        .map(|id| as_text(id)?.parse::<u64>().ok().map(ChainId::eip155))
        .collect();
    match networks.as_deref() {
        Some([]) => return refused("it does not say on which chain", "add `network` and import it again"),
        Some(chains) => when.push(crate::import::draft::on_chains(chains)),
        None => return refused("its network is not a chain's number", "write the chain's number there"),
    }
    match items(filter, &["status"]).into_iter().filter_map(Value::as_str).collect::<Vec<_>>().as_slice() {
        [] => {}
        ["success"] => when.push("tx.succeeded".to_owned()),
        ["fail"] => when.push("!tx.succeeded".to_owned()),
        ["success", "fail"] | ["fail", "success"] => {}
        _ => return refused("its status is not known here", BY_HAND),
    }
    for (key, field) in [("from", "tx.from"), ("to", "tx.to")] {
        if let Some(written) = filter.get(key).filter(|value| !is_nothing(value)) {
            when.push(among(field, &addresses(&serde_json::json!({ "addresses": written }))?));
        }
    }
    for (key, field) in [("value", "tx.value"), ("gasUsed", "tx.gas_used")] {
        for bounds in items(filter, &[key]) {
            when.extend(bounded(field, bounds)?);
        }
    }
    let contract = |value: &Value| -> Result<Vec<Address>, Refused> {
        addresses(first(value, &["contract"]).unwrap_or(&Value::Null))
    };
    let functions = items(filter, &["function"]);
    let events = items(filter, &["eventEmitted"]);
    if !items(filter, &["logEmitted"]).is_empty() {
        return refused("it looks for the beginning of a log's topics", BY_HAND);
    }
    if let Some(target) = filter.get("contract").filter(|value| !is_nothing(value)) {
        let called = among("c.to", &addresses(target)?);
        when.push(format!("tx.calls.exists(c, {called})"));
    }
    match (functions.as_slice(), events.as_slice()) {
        ([], []) => Ok((On::Tx, when, String::new())),
        ([function], []) => {
            if let Some(key) = unknown(function, &["contract", "signature", "name"]).first() {
                return refused(format!("it compares `{key}` of the function"), BY_HAND);
            }
            let signature = match (text(function, &["signature"]), text(function, &["name"])) {
                (Some(signature), _) => {
                    written(atlas::SignatureKind::Function, &signature).map(|entry| entry.signature)
                }
                (None, Some(name)) => match abis.functions(&name).as_slice() {
                    [entry] => Some(entry.signature.clone()),
                    _ => None,
                },
                _ => None,
            };
            let Some(signature) = signature else {
                return refused("which function it names is not known", "give the contract's ABI with `--abi`");
            };
            when.push(among("call.to", &contract(function)?));
            when.push(format!("call.selector == selector(\"{signature}\")"));
            Ok((On::Call, when, format!("function {signature}")))
        }
        ([], [event]) => {
            if let Some(key) = unknown(event, &["contract", "id", "name"]).first() {
                return refused(format!("it compares `{key}` of the event"), BY_HAND);
            }
            let topic = text(event, &["id"]).and_then(|id| id.parse::<facts::B256>().ok());
            let name = text(event, &["name"]);
            let known = abis.events(name.as_deref(), topic);
            when.push(among("log.address", &contract(event)?));
            match (topic, known.as_slice()) {
                (Some(topic), _) => when.push(format!("log.topic0 == hash(\"{topic}\")")),
                (None, [entry]) => when.push(format!("log.topic0 == topic(\"{}\")", entry.signature)),
                _ => return refused("which event it names is not known", "give the contract's ABI with `--abi`"),
            }
            Ok((On::Log, when, format!("event {}", name.unwrap_or_default())))
        }
        _ => refused(
            "it asks for several functions or events in one transaction",
            "split the filter and import it again",
        ),
    }
}

/// `{ gte: 1, lt: 5, not: true }`.
fn bounded(field: &str, bounds: &Value) -> Result<Vec<String>, Refused> {
    let operand = Operand { cel: field.to_owned(), kind: Kind::Number };
    let mut parts = Vec::new();
    for (key, bound) in bounds.as_object().into_iter().flatten() {
        let how = match key.as_str() {
            "eq" => How::Equal,
            "gt" => How::Greater,
            "gte" => How::GreaterOrEqual,
            "lt" => How::Less,
            "lte" => How::LessOrEqual,
            other => return refused(format!("it bounds by `{}`", other.chars().take(40).collect::<String>()), BY_HAND),
        };
        let written = as_text(bound).unwrap_or_default();
        let right = literal(&written).unwrap_or(Literal::Text(written));
        parts.push(compare(&operand, how, &right).map_err(|why| (format!("`{key}` {why}"), BY_HAND.to_owned()))?);
    }
    Ok(parts)
}
