//! Forta: the configurations of template bots, which say what they watch for; and alerts, subscriptions and deployment files,
//! which do not, because a bot is a program. Source: the SDK's finding and label types, and the `bot-config.json` of the
//! template bots (monitor-events, monitor-function-calls, address-watch, transaction-failure-count and others).

use std::collections::BTreeSet;

use atlas::{Signature, SignatureKind};
use case::Severity;
use facts::{Address, ChainId};
use serde_json::Value;

use super::{
    Found, Left,
    abi::{Abis, Entry},
    document::{Document, as_text, first, items, text},
    draft::{ADDRESSES, Draft, On, among},
    expression,
    nearest::{instead, nearest},
    translate::{Arguments, translate},
};

const DOCS: &str = "https://docs.forta.network/en/latest/";

pub(super) fn read(documents: &[Document], abis: &Abis) -> Vec<Found> {
    documents.iter().flat_map(|document| of_document(document, abis)).collect()
}

fn of_document(document: &Document, abis: &Abis) -> Vec<Found> {
    let root = &document.root;
    if let Some(bots) = root.get("bots").and_then(Value::as_array) {
        return bots
            .iter()
            .enumerate()
            .map(|(at, bot)| bot_found(document, &format!("bots[{at}]"), bot, abis))
            .collect();
    }
    if root.get("contracts").is_some() || root.get("botType").is_some() {
        return vec![bot_found(document, "", root, abis)];
    }
    let lists = ["alerts", "findings", "subscriptions", "combinerSubscriptions"];
    let list = root
        .as_array()
        .map(|list| ("", list))
        .or_else(|| lists.iter().find_map(|key| Some((*key, root.get(*key)?.as_array()?))));
    if let Some((key, list)) = list {
        let known = list.iter().enumerate().filter(|(_, item)| is_alert(item) || is_subscription(item));
        return known.map(|(at, item)| alert_or_subscription(document, &format!("{key}[{at}]"), item)).collect();
    }
    if is_alert(root) || is_subscription(root) {
        return vec![alert_or_subscription(document, "", root)];
    }
    deployment(document).into_iter().collect()
}

fn is_alert(value: &Value) -> bool {
    value.get("alertId").is_some() && (value.get("severity").is_some() || value.get("findingType").is_some())
}

fn is_subscription(value: &Value) -> bool {
    ["botId", "agentId", "bot_id"].iter().any(|key| value.get(key).is_some())
        && ["alertId", "alertIds", "alert_ids", "chainId"].iter().any(|key| value.get(key).is_some())
}

/// `forta.config.json`, or the package of a bot: how a bot is deployed, not what it looks for.
fn deployment(document: &Document) -> Option<Found> {
    let root = &document.root;
    let is_config = ["agentId", "jsonRpcUrl", "ipfsGatewayUrl", "agentRegistryContractAddress"];
    let is_package = root.get("dependencies").is_some_and(|value| value.to_string().contains("forta"));
    if !is_config.iter().any(|key| root.get(key).is_some()) && !is_package && root.get("chainIds").is_none() {
        return None;
    }
    let name = text(root, &["name", "displayName", "agentId", "botId"]).unwrap_or_else(|| "a bot".to_owned());
    let words = text(root, &["description", "longDescription"]).unwrap_or_default();
    let mut found = Found::new(&name, document.at(""));
    let why = "this says how a bot is deployed; what it looks for is in its code, which does not run here";
    found.leave("all of it", why, instead(&format!("{name} {words}")));
    Some(found)
}

/// An alert names addresses that were found out: what can be carried over is to look out for them. A subscription names a
/// bot, and nothing of it can.
fn alert_or_subscription(document: &Document, path: &str, item: &Value) -> Found {
    let alert = text(item, &["alertId"]).unwrap_or_default();
    let bot = text(item, &["botId", "agentId", "bot_id"]).or_else(|| text(item.get("source")?.get("bot")?, &["id"]));
    let name = text(item, &["name"])
        .unwrap_or_else(|| if alert.is_empty() { bot.clone().unwrap_or_default() } else { alert.clone() });
    let words = format!("{name} {alert} {}", text(item, &["description"]).unwrap_or_default());
    let mut found = Found::new(&name, document.at(path));
    if !is_alert(item) {
        found.leave("all of it", "it subscribes to the findings of a bot, which do not reach us", instead(&words));
        return found;
    }
    found.leave(
        "the detection itself",
        "what found this is the code of a bot, which does not run here",
        instead(&words),
    );
    let (addresses, ended) = culprits(item);
    for ended in ended {
        found.leave(format!("label `{ended}`"), "it is no address of an attacker", "nothing");
    }
    let chain = item
        .get("chainId")
        .and_then(Value::as_u64)
        .or_else(|| item.get("source")?.get("block")?.get("chainId")?.as_u64());
    let Some(chain) = chain.map(ChainId::eip155) else {
        found.leave(
            "the addresses it names",
            "it does not say on which chain they are",
            "write a rule with them by hand",
        );
        return found;
    };
    if addresses.is_empty() {
        let why = "none of its labels names an attacker; the addresses it lists may be anybody's";
        found.leave("the addresses it lists", why, "write a rule with those that you know to be the attacker's");
    }
    let origin = format!(
        "Forta, the alert “{}” ({alert}) of bot {} in `{}`.",
        found.name,
        bot.unwrap_or_default(),
        document.name
    );
    for addresses in addresses.chunks(ADDRESSES) {
        let when =
            vec![format!("block.chain == \"{chain}\""), among("call.from", addresses), "protected(call.to)".to_owned()];
        found.drafts.push(Draft {
            by: "forta",
            name: found.name.clone(),
            part: "addresses".to_owned(),
            on: On::Call,
            when,
            severity: severity(item.get("severity")).unwrap_or(Severity::Medium),
            kind: nearest(&words).map_or("logic/accounting", |(kind, _)| kind).to_owned(),
            sees: "A call of a protected contract by an account that the alert labels as an attacker.".to_owned(),
            origin: origin.clone(),
            references: vec![DOCS.to_owned()],
            asked: None,
        });
    }
    found
}

/// Accounts that labels of an alert call attackers, and the labels that do not name one.
fn culprits(alert: &Value) -> (Vec<Address>, Vec<String>) {
    let (mut addresses, mut others) = (BTreeSet::new(), Vec::new());
    for label in items(alert, &["labels"]) {
        let name = text(label, &["label"]).unwrap_or_default().to_lowercase();
        let entity = text(label, &["entity"]).unwrap_or_default();
        let is_removed = label.get("remove") == Some(&Value::Bool(true));
        let is_bad = ["attacker", "exploit", "scam", "malicious", "phish", "drain", "hack"]
            .iter()
            .any(|word| name.contains(word));
        match entity.to_lowercase().parse::<Address>() {
            Ok(address) if is_bad && !is_removed => drop(addresses.insert(address)),
            _ => others.push(format!("{name} {entity}").chars().take(80).collect()),
        }
    }
    (addresses.into_iter().collect(), others)
}

/// A template bot: contracts by name, each with the events or functions it is watched for.
fn bot_found(document: &Document, path: &str, bot: &Value, abis: &Abis) -> Found {
    let name = text(bot, &["name", "botId", "agentId"]).unwrap_or_else(|| "bot".to_owned());
    let kind = text(bot, &["botType", "agentType"]).unwrap_or_default();
    let mut found = Found::new(&name, document.at(path));
    let contracts = bot.get("contracts").and_then(Value::as_object);
    for (label, contract) in contracts.into_iter().flatten() {
        let written = text(contract, &["address"]).or_else(|| as_text(contract)).unwrap_or_default();
        let Ok(address) = written.to_lowercase().parse::<Address>() else {
            let shown: String = label.chars().take(60).collect();
            found.leave(format!("contract `{shown}`"), "its address is none", "mend it and import it again");
            continue;
        };
        let before = found.drafts.len() + found.left.len();
        let source = Part { document, label, contract, address, abis };
        source.events(&mut found);
        source.functions(&mut found);
        source.watched(&kind, &mut found);
        for key in ["variables", "thresholds", "balance", "governance", "proxy"] {
            if contract.get(key).is_some() {
                let why = "it is about what the contract holds or answers, which this bot asks in a way of its own";
                let instead = "write a rule with a `[[question]]` on a slot or a view: `on = \"observed\"`";
                found.leave(format!("`{key}` of contract `{label}`"), why, instead);
            }
        }
        if found.drafts.len() + found.left.len() == before {
            let why = "it says nothing that is watched for";
            found.leave(format!("contract `{label}`"), why, instead(&format!("{kind} {name}")));
        }
    }
    if !found.drafts.is_empty() {
        let why = "they stand in the bot's package (`chainIds`); its rules look at every chain that is followed";
        found.leave("the chains it ran on", why, "add `block.chain == \"eip155:…\"` to the conditions");
    }
    if found.drafts.is_empty() && found.left.is_empty() {
        let why =
            format!("a bot of the kind `{kind}` is a program, and its configuration does not say what it looks for");
        found.leave("all of it", why, instead(&format!("{kind} {name}")));
    }
    found
}

/// A contract of a template bot.
struct Part<'a> {
    document: &'a Document,
    label: &'a str,
    contract: &'a Value,
    address: Address,
    abis: &'a Abis,
}

impl Part<'_> {
    fn events(&self, found: &mut Found) {
        for (name, says) in self.contract.get("events").and_then(Value::as_object).into_iter().flatten() {
            let entry = match self.entry(SignatureKind::Event, name) {
                Ok(entry) => entry,
                Err(left) => {
                    found.left.push(left);
                    continue;
                }
            };
            let arguments = Arguments { of: &entry, item: "log" };
            let mut when = vec![format!("log.address == address(\"{}\")", self.address)];
            when.push(format!("log.topic0 == topic(\"{}\")", entry.signature));
            when.extend(arguments.guards());
            let sees = format!("The event `{}` of `{}`.", entry.signature, self.address);
            self.draft(On::Log, &format!("event {}", entry.signature), says, &arguments, when, sees, found);
        }
    }

    /// The template decodes every call of the contract in the trace, not only the first.
    fn functions(&self, found: &mut Found) {
        for (name, says) in self.contract.get("functions").and_then(Value::as_object).into_iter().flatten() {
            let entry = match self.entry(SignatureKind::Function, name) {
                Ok(entry) => entry,
                Err(left) => {
                    found.left.push(left);
                    continue;
                }
            };
            let arguments = Arguments { of: &entry, item: "call" };
            let mut when = vec![format!("call.to == address(\"{}\")", self.address)];
            when.push(format!("call.selector == selector(\"{}\")", entry.signature));
            when.extend(arguments.guards());
            let sees = format!("A call of `{}` of `{}`.", entry.signature, self.address);
            self.draft(On::Call, &format!("function {}", entry.signature), says, &arguments, when, sees, found);
        }
    }

    /// Bots that watch an address for anything, or for failures.
    fn watched(&self, kind: &str, found: &mut Found) {
        let (when, sees) = match kind {
            "address-watch" => (vec![format!("tx.from == address(\"{}\")", self.address)], "A transaction of"),
            "new-contract-interaction" => {
                let why = "it asks how old the other side is, which our rules do not see in one transaction";
                found.leave(format!("contract `{}`", self.label), why, "`breakglass rules list --word first`");
                return;
            }
            "transaction-failure-count" => {
                let limit = text(self.contract, &["transactionFailuresLimit"]).unwrap_or_default();
                let why = format!("the rule fires at each failure: the bot counted up to {limit} of them in a window");
                found.leave("the count", why, "count in the rule's own condition with a window");
                (vec![format!("tx.to == address(\"{}\") && !tx.succeeded", self.address)], "A failed transaction to")
            }
            _ => return,
        };
        let severity = severity(first(self.contract, &["severity"])).unwrap_or(Severity::Medium);
        let words = format!("{kind} {} {}", found.name, self.label);
        let name = format!("{} {}", found.name, self.label);
        found.drafts.push(Draft {
            by: "forta",
            name,
            part: String::new(),
            on: On::Tx,
            when,
            severity,
            kind: nearest(&words).map_or("logic/accounting", |(kind, _)| kind).to_owned(),
            sees: format!("{sees} `{}`.", self.address),
            origin: self.origin(&found.name),
            references: vec![DOCS.to_owned()],
            asked: None,
        });
    }

    /// A function or an event by its name alone, which the ABI makes whole.
    fn entry(&self, kind: SignatureKind, name: &str) -> Result<Entry, Left> {
        let noun = if kind == SignatureKind::Event { "event" } else { "function" };
        let shown: String = name.chars().take(80).collect();
        let left = |why: &str, instead: &str| Left::new(format!("{noun} `{shown}` of `{}`", self.label), why, instead);
        let known = match kind {
            SignatureKind::Event => self.abis.events(Some(name), None),
            _ => self.abis.functions(name),
        };
        let signatures: BTreeSet<&str> = known.iter().map(|entry| Signature::text(&entry.signature)).collect();
        match (known.first(), signatures.len()) {
            (None, _) => Err(left(
                "only its name is given, and its arguments are not known",
                "give the contract's ABI with `--abi`",
            )),
            (Some(entry), 1) if known.iter().all(|other| entry.agrees(other)) && !entry.is_anonymous() => {
                Ok((*entry).clone())
            }
            _ => Err(left("the ABIs know several of this name", "give only the ABI of this contract with `--abi`")),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a rule is made of, once for events and once for functions")]
    fn draft(
        &self,
        on: On,
        part: &str,
        says: &Value,
        arguments: &Arguments<'_>,
        mut when: Vec<String>,
        sees: String,
        found: &mut Found,
    ) {
        if let Some(written) = text(says, &["expression"]).filter(|text| !text.trim().is_empty()) {
            match expression::read(&written).and_then(|read| translate(&read, arguments)) {
                Ok(cel) => when.push(cel),
                Err(why) => {
                    let shown: String = written.chars().take(200).collect();
                    let instead = "write the condition by hand: `data/rules/LANGUAGE.md` says what a rule can compare";
                    return found.leave(format!("{part} with `{shown}`"), why, instead);
                }
            }
        }
        let name = format!("{} {}", found.name, self.label);
        let words = format!("{part} {name}");
        found.drafts.push(Draft {
            by: "forta",
            name,
            part: part.to_owned(),
            on,
            when,
            severity: severity(first(says, &["severity"])).unwrap_or(Severity::Medium),
            kind: nearest(&words).map_or("logic/accounting", |(kind, _)| kind).to_owned(),
            sees,
            origin: self.origin(&found.name),
            references: vec![DOCS.to_owned()],
            asked: None,
        });
    }

    fn origin(&self, bot: &str) -> String {
        format!("Forta, the bot “{bot}” in `{}`, contract `{}`.", self.document.name, self.label)
    }
}

/// Forta's severities, by name or by number. Source: the SDK's `FindingSeverity`.
fn severity(value: Option<&Value>) -> Option<Severity> {
    let word = value.and_then(as_text)?.to_lowercase();
    Some(match word.as_str() {
        "1" | "info" => Severity::Info,
        "2" | "low" => Severity::Low,
        "3" | "medium" => Severity::Medium,
        "4" | "high" => Severity::High,
        "5" | "critical" => Severity::Critical,
        _ => return None,
    })
}
