//! Tenderly: alerts as its API gives them, and the transaction triggers of a `tenderly.yaml`. Source: the expression types of
//! its Alerts API and dashboard, and the trigger schema of Web3 Actions.

mod actions;
mod fields;

use case::Severity;
use facts::{Address, B256, ChainId};
use serde_json::Value;

use super::{
    Found, Paused,
    abi::Abis,
    document::{Document, as_text, first, items, text, unknown},
    draft::{Asked, Draft, On, among},
    nearest::{instead, nearest},
    translate::{Arguments, Kind, Names as _, Operand},
};

use fields::{addresses, compared, is_hex};

const DOCS: &str = "https://docs.tenderly.co/monitoring/alerts/types";

pub(super) fn read(documents: &[Document], abis: &Abis, paused: Paused) -> Vec<Found> {
    let mut found = Vec::new();
    for document in documents {
        let root = &document.root;
        if let Some(projects) = root.get("actions").and_then(Value::as_object) {
            found.extend(actions::read(document, projects, abis));
            continue;
        }
        let list = root.as_array().map(|list| ("", list)).or_else(|| Some(("alerts", root.get("alerts")?.as_array()?)));
        let is_alert = |value: &Value| value.get("expressions").is_some();
        match list {
            Some((key, list)) => {
                let numbered = list.iter().enumerate().filter(|(_, value)| is_alert(value));
                found.extend(numbered.map(|(at, alert)| one(document, &format!("{key}[{at}]"), alert, abis, paused)));
            }
            None => {
                let (path, alert) = root.get("alert").map_or(("", root), |inner| ("alert", inner));
                found.extend(is_alert(alert).then(|| one(document, path, alert, abis, paused)));
            }
        }
    }
    found
}

/// An alert while its expressions, all of which have to hold, are put together.
struct Alert<'a> {
    abis: &'a Abis,
    chain: Option<ChainId>,
    /// The contracts it is about.
    targets: Vec<Address>,
    /// What it is about beside the transaction, at most one thing, and what has to hold of it.
    on: Option<(On, Vec<String>)>,
    /// What has to hold of the transaction.
    of_tx: Vec<String>,
    asked: Option<(Address, String)>,
    part: String,
}

fn one(document: &Document, path: &str, alert: &Value, abis: &Abis, paused: Paused) -> Found {
    let mut found = Found::new(&text(alert, &["name"]).unwrap_or_default(), document.at(path));
    if alert.get("enabled") == Some(&Value::Bool(false)) && paused == Paused::LeftBehind {
        found.leave("all of it", "it is switched off", "import it with `--paused`");
        return found;
    }
    if !items(alert, &["delivery_channels", "deliveryChannels"]).is_empty() {
        let instead = "add a `[webhook.…]` to breakglass.toml and a step to a playbook";
        found.leave("whom it told", "whom to tell is not part of a rule", instead);
    }
    let mut built =
        Alert { abis, chain: None, targets: Vec::new(), on: None, of_tx: Vec::new(), asked: None, part: String::new() };
    for (at, expression) in items(alert, &["expressions"]).into_iter().enumerate() {
        let kind = text(expression, &["type"]).unwrap_or_default();
        let inner = first(expression, &["expression"]).unwrap_or(&Value::Null);
        // All have to hold: without one of them the rest would say something else.
        if let Err((why, instead)) = built.take(&kind, inner) {
            let shown: String = kind.chars().take(60).collect();
            found.leave(format!("all of it, for expressions[{at}] `{shown}`"), why, instead);
            return found;
        }
    }
    let severity = match text(alert, &["severity"]).as_deref() {
        Some("info" | "default") => Severity::Low,
        Some("danger" | "critical") => Severity::High,
        _ => Severity::Medium,
    };
    let id = text(alert, &["id"]).map_or_else(String::new, |id| format!(" ({id})"));
    let origin = format!("Tenderly, the alert “{}”{id} in `{}`.", found.name, document.name);
    match built.draft(&found.name, severity, origin) {
        Ok(draft) => found.drafts.push(draft),
        Err((why, instead)) => found.leave("all of it", why, instead),
    }
    if !built.targets.is_empty() && built.on.is_none() && built.asked.is_none() {
        let why = "which transactions Tenderly counts as a contract's is not published to the letter; here it is those that it \
                   sends, receives, or is called in";
        found.leave("the reach of its address", why, "compare both for a while");
    }
    found
}

/// Why something cannot be carried over, and what to do by hand.
type Refused = (String, String);

fn refused<T>(why: impl Into<String>, instead: impl Into<String>) -> Result<T, Refused> {
    Err((why.into(), instead.into()))
}

const BY_HAND: &str = "write the rule by hand: `data/rules/LANGUAGE.md` says what a rule can look at";

impl Alert<'_> {
    fn take(&mut self, kind: &str, inner: &Value) -> Result<(), Refused> {
        let only = |known: &[&str]| match unknown(inner, known).first() {
            None => Ok(()),
            Some(key) => refused(format!("it says `{key}`, which is not known here"), BY_HAND),
        };
        match kind {
            "network" => {
                only(&["network_id", "network_ids"])?;
                let ids = [items(inner, &["network_id"]), items(inner, &["network_ids"])].concat();
                let [id] = ids.as_slice() else {
                    return refused("it is about several networks", "import one alert for each");
                };
                let Some(number) = as_text(id).and_then(|id| id.parse::<u64>().ok()) else {
                    return refused("its network is not a chain's number", "write the chain's number there");
                };
                self.chain = Some(ChainId::eip155(number));
                Ok(())
            }
            "contract_address" => {
                only(&["address", "addresses"])?;
                self.targets.extend(addresses(inner)?);
                Ok(())
            }
            "tx_status" => {
                only(&["transaction_success"])?;
                match inner.get("transaction_success").and_then(Value::as_bool) {
                    Some(true) => self.of_tx.push("tx.succeeded".to_owned()),
                    Some(false) => self.of_tx.push("!tx.succeeded".to_owned()),
                    // Their documentation: when it is not given, any transaction matches.
                    None => {}
                }
                Ok(())
            }
            "whitelisted_caller_addresses" | "allowlisted_caller_addresses" => refused(
                "whether it fires for callers on the list or for those that are not on it is told in two ways by its own \
                 documentation",
                "write `tx.from in […]` or `!(tx.from in […])` as you meant it",
            ),
            "blacklisted_caller_addresses" | "blocklisted_caller_addresses" => {
                only(&["addresses"])?;
                let listed = addresses(inner)?;
                self.of_tx.push(among("tx.from", &listed));
                Ok(())
            }
            "tx_value" => {
                only(&["transaction_value", "operator"])?;
                let tx_value = Operand { cel: "tx.value".to_owned(), kind: Kind::Number };
                let said = compared(&tx_value, inner, &["transaction_value"])?;
                self.of_tx.push(said);
                Ok(())
            }
            "method_call" => self.method(inner),
            "emitted_log" => self.log(inner),
            "erc20_transfer" | "erc20_token_transfer" => self.transfer(inner),
            "view_function" => self.view(inner),
            "eth_balance" => refused(
                "it asks whether a balance crossed a line within the transaction, which our rules do not see",
                "`breakglass rules explain large-native-outflow`: set its `min_amount` to what would hurt",
            ),
            "state_change" => refused(
                "it names a variable of the source code; where that is stored is not in the alert",
                "write a rule with a `[[question]]` on the slot, which `forge inspect … storage-layout` tells",
            ),
            other => {
                let shown: String = other.chars().take(60).collect();
                refused(format!("an expression of the type `{shown}` is not known here"), instead(other))
            }
        }
    }

    /// A second thing to look at beside the first is looked for within the same transaction.
    fn look_at(&mut self, on: On, parts: Vec<String>, part: String) -> Result<(), Refused> {
        if self.on.is_some() || self.asked.is_some() {
            return refused(
                "it asks for two things at once within one transaction",
                "import one alert for each, or write it by hand",
            );
        }
        self.on = Some((on, parts));
        self.part = part;
        Ok(())
    }

    fn method(&mut self, inner: &Value) -> Result<(), Refused> {
        let signature = text(inner, &["signature", "function_signature"]);
        let selector = text(inner, &["method_id", "selector", "function_selector"]);
        let parts = match (&signature, &selector) {
            (Some(signature), _) => {
                let said = super::abi::written(atlas::SignatureKind::Function, signature);
                let Some(entry) = said else { return refused("its function's signature is none", BY_HAND) };
                vec![format!("call.selector == selector(\"{}\")", entry.signature)]
            }
            (None, Some(selector)) if is_hex(selector, 4) => {
                // The language knows selectors by their signatures: the one that an ABI gives for these bytes.
                let Some(entry) = self.abis.by_selector(selector) else {
                    let instead = "give the contract's ABI with `--abi` and import it again";
                    return refused(format!("which function has the selector `{selector}` is not known"), instead);
                };
                vec![format!("call.selector == selector(\"{}\")", entry.signature)]
            }
            _ => {
                let instead =
                    "see in the source which function stands there, and write `call.selector == selector(\"…\")`";
                return refused(
                    "it names its function by a line of the source code, which is not in the alert",
                    instead,
                );
            }
        };
        match text(inner, &["call_position"]).as_deref() {
            None | Some("any") => {}
            Some(_) => return refused("it asks for the first or the last call of many", BY_HAND),
        }
        if inner.get("parameter_conditions").is_some_and(|value| !super::document::is_nothing(value)) {
            return refused("it compares arguments of the function by names that the alert does not place", BY_HAND);
        }
        self.targets.extend(addresses(inner).unwrap_or_default());
        self.look_at(On::Call, parts, "function".to_owned())
    }

    fn log(&mut self, inner: &Value) -> Result<(), Refused> {
        let name = text(inner, &["event_name"]);
        let topic = text(inner, &["event_id"]).and_then(|id| id.parse::<B256>().ok());
        let any = inner.get("match_any") == Some(&Value::Bool(true));
        if any && inner.get("match_non_project_contracts") != Some(&Value::Bool(true)) {
            return refused("it is about all contracts of a project, which is not in the alert", "name the contracts");
        }
        let known = self.abis.events(name.as_deref(), topic);
        let mut parts = match (topic, known.first()) {
            (Some(topic), _) => vec![format!("log.topic0 == hash(\"{topic}\")")],
            (None, Some(entry)) => vec![format!("log.topic0 == topic(\"{}\")", entry.signature)],
            (None, None) => return refused("its event's topic is not in it", "give the contract's ABI with `--abi`"),
        };
        let conditions = items(inner, &["parameter_conditions"]);
        if !conditions.is_empty() {
            let Some(entry) = known.first().filter(|entry| known.iter().all(|other| entry.agrees(other))) else {
                let why = "it compares arguments of the event, and where they stand is not in the alert";
                return refused(why, "give the contract's ABI with `--abi` and import it again");
            };
            let arguments = Arguments { of: entry, item: "log" };
            parts.extend(arguments.guards());
            for condition in conditions {
                let name = text(condition, &["parameter_name"]).unwrap_or_default();
                let operand = arguments.look_up(&name).map_err(|why| (why, BY_HAND.to_owned()))?;
                parts.push(compared(&operand, condition, &["comparison_value"])?);
            }
        }
        if !any {
            self.targets.extend(addresses(inner)?);
        }
        let shown = name.unwrap_or_else(|| topic.map(|topic| topic.to_string()).unwrap_or_default());
        self.look_at(On::Log, parts, format!("event {}", shown.chars().take(60).collect::<String>()))
    }

    fn transfer(&mut self, inner: &Value) -> Result<(), Refused> {
        let known = ["address", "token", "token_address", "from", "to", "amount", "threshold", "operator"];
        if let Some(key) = unknown(inner, &known).first() {
            return refused(format!("it says `{key}`, which is not known here"), BY_HAND);
        }
        let mut parts = vec!["flow.asset == \"erc20\"".to_owned()];
        let account = |keys: &[&str]| -> Result<Option<Address>, Refused> {
            let Some(written) = text(inner, keys) else { return Ok(None) };
            written
                .to_lowercase()
                .parse()
                .map(Some)
                .or_else(|_| refused(format!("`{written}` is no address"), "mend it"))
        };
        for (keys, field) in
            [(&["token", "token_address", "address"][..], "token"), (&["from"], "from"), (&["to"], "to")]
        {
            if let Some(address) = account(keys)? {
                parts.push(format!("flow.{field} == address(\"{address}\")"));
            }
        }
        if first(inner, &["amount", "threshold"]).is_some() {
            let amount = Operand { cel: "flow.amount".to_owned(), kind: Kind::Number };
            parts.push(compared(&amount, inner, &["amount", "threshold"])?);
        }
        self.look_at(On::Flow, parts, "transfer".to_owned())
    }

    fn view(&mut self, inner: &Value) -> Result<(), Refused> {
        let call = text(inner, &["signature", "function", "function_signature"]).unwrap_or_default();
        if !call.ends_with("()") {
            let instead = "write a rule with a `[[question]]` and the whole `input`";
            return refused("its view takes arguments, or is not named by its signature", instead);
        }
        let listed = addresses(inner)
            .or_else(|_| if self.targets.is_empty() { addresses(inner) } else { Ok(self.targets.clone()) })?;
        let [address] = listed.as_slice() else {
            return refused("it asks several contracts", "import one alert for each");
        };
        let value = Operand { cel: "observed.value".to_owned(), kind: Kind::Number };
        let said = compared(&value, inner, &["comparison_value", "threshold", "value"])?;
        self.look_at(On::Observed, vec!["observed.value != null".to_owned(), said], "view".to_owned())?;
        self.asked = Some((*address, call));
        Ok(())
    }

    fn draft(&self, name: &str, severity: Severity, origin: String) -> Result<Draft, Refused> {
        let Some(chain) = &self.chain else {
            return refused(
                "it does not say on which chain",
                "add an expression of the type `network` and import it again",
            );
        };
        let mut when = vec![format!("block.chain == \"{chain}\"")];
        let on = match &self.on {
            Some((on, parts)) => {
                if let (On::Call, [_, ..]) | (On::Log, [_, ..]) = (on, self.targets.as_slice()) {
                    let field = if *on == On::Call { "call.to" } else { "log.address" };
                    when.push(among(field, &self.targets));
                }
                when.extend(parts.iter().cloned());
                *on
            }
            None if self.targets.is_empty() && self.of_tx.is_empty() => {
                return refused("nothing in it says what to look for", BY_HAND);
            }
            None => {
                if !self.targets.is_empty() {
                    let [from, to, called] = ["tx.from", "tx.to", "c.to"].map(|field| among(field, &self.targets));
                    when.push(format!("({from} || {to} || tx.calls.exists(c, {called}))"));
                }
                On::Tx
            }
        };
        if on == On::Observed && !self.of_tx.is_empty() {
            return refused("it asks for a view and for a transaction at once", "import one alert for each");
        }
        when.extend(self.of_tx.iter().cloned());
        let words = format!("{} {name}", self.part);
        Ok(Draft {
            by: "tenderly",
            name: name.to_owned(),
            part: self.part.clone(),
            on,
            when,
            severity,
            kind: nearest(&words).map_or("logic/accounting", |(kind, _)| kind).to_owned(),
            sees: match on {
                On::Tx => "A transaction that meets what the alert asks of it.".to_owned(),
                On::Call => "A call of the function that the alert names, direct or from another contract.".to_owned(),
                On::Log => "A log of the event that the alert names.".to_owned(),
                On::Flow => "A movement of the token that the alert names.".to_owned(),
                On::Observed => "An answer of the view that the alert names, after every block.".to_owned(),
            },
            origin,
            references: vec![DOCS.to_owned()],
            asked: self.asked.clone().map(|(address, call)| Asked { chain: chain.clone(), address, call }),
        })
    }
}
