//! What Defender's and OpenZeppelin's open-source monitors have in common: addresses, and conditions on events, functions
//! and the transaction.

use atlas::{Signature, SignatureKind};
use case::Severity;
use facts::{Address, ChainId};

use super::{
    Found,
    abi::{Abis, Entry, written},
    draft::{ADDRESSES, Draft, On, among, on_chains},
    expression,
    nearest::nearest,
    translate::{Arguments, Transaction, translate},
};

/// A condition on an event or a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) signature: String,
    pub(super) expression: Option<String>,
}

/// How the conditions on events and those on functions go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    /// A transaction has to meet one of each list that is not empty.
    Both,
    /// One of all of them is enough.
    Either,
}

/// A monitor, in whatever words it came.
#[derive(Debug)]
pub(super) struct Watcher<'a> {
    pub(super) by: &'static str,
    pub(super) chains: Vec<ChainId>,
    pub(super) addresses: Vec<Address>,
    pub(super) abis: &'a Abis,
    pub(super) events: Vec<Condition>,
    pub(super) functions: Vec<Condition>,
    /// Alternatives: what has to hold of the transaction, in our words.
    pub(super) transaction: Option<String>,
    pub(super) together: Together,
    pub(super) severity: Severity,
    /// The kind of attack, where the monitor says it.
    pub(super) kind: Option<&'static str>,
    pub(super) origin: String,
    pub(super) references: Vec<String>,
}

/// Conditions on the transaction as a whole: (status, expression), of which one has to hold.
///
/// # Errors
/// Why one of them cannot be said exactly: without it the rest would fire too often or not at all.
pub(super) fn transaction(conditions: &[(Option<String>, Option<String>)]) -> Result<Option<String>, String> {
    let mut alternatives = Vec::new();
    for (status, expression) in conditions {
        let mut parts = Vec::new();
        match status.as_deref().map(str::to_lowercase).as_deref() {
            None | Some("any" | "") => {}
            Some("success") => parts.push("tx.succeeded".to_owned()),
            Some("failed" | "failure") => parts.push("!tx.succeeded".to_owned()),
            Some(other) => {
                return Err(format!("the status `{}` is not known", other.chars().take(40).collect::<String>()));
            }
        }
        if let Some(expression) = expression.as_deref().filter(|text| !text.trim().is_empty()) {
            let read = expression::read(expression)?;
            parts.push(translate(&read, &Transaction)?);
        }
        // A condition that is always met makes the others pointless.
        if parts.is_empty() {
            return Ok(None);
        }
        alternatives.push(parts.join(" && "));
    }
    Ok(match alternatives.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(format!("({})", many.join(" || "))),
    })
}

impl Watcher<'_> {
    /// The rules it becomes. What cannot be said exactly is left, condition by condition.
    pub(super) fn drafts(&self, found: &mut Found) {
        if self.addresses.is_empty() {
            let instead = "name the contracts in it and import it again, or write a rule with `where = \"protected\"`";
            return found.leave("all of it", "it names no address, and would look at everybody", instead);
        }
        let events = self.said(&self.events, SignatureKind::Event, "log", found);
        let functions = self.said(&self.functions, SignatureKind::Function, "call", found);
        let both = self.together == Together::Both && !self.events.is_empty() && !self.functions.is_empty();
        for addresses in self.addresses.chunks(ADDRESSES) {
            if self.events.is_empty() && self.functions.is_empty() {
                found.drafts.push(self.of_transaction(&found.name, addresses));
                continue;
            }
            if both {
                // The functions were translated for a call of a list here.
                let calls =
                    self.said(&self.functions, SignatureKind::Function, "c", &mut Found::new("", String::new()));
                if calls.len() < self.functions.len() {
                    let instead = "write a rule on the events alone, or mend the condition and import it again";
                    found.leave(
                        "all of it",
                        "it needs one of its functions as well, and not all of them can be said",
                        instead,
                    );
                    return;
                }
                let calls: Vec<String> =
                    calls.into_iter().map(|(_, parts)| format!("({})", parts.join(" && "))).collect();
                let to = among("c.to", addresses);
                let call = format!("tx.calls.exists(c, c.depth == 0 && {to} && ({}))", calls.join(" || "));
                for (condition, mut parts) in events.clone() {
                    parts.push(call.clone());
                    found.drafts.push(self.of_event(&found.name, addresses, &condition, parts));
                }
                continue;
            }
            for (condition, parts) in &events {
                found.drafts.push(self.of_event(&found.name, addresses, condition, parts.clone()));
            }
            for (condition, parts) in &functions {
                found.drafts.push(self.of_function(&found.name, addresses, condition, parts.clone()));
            }
        }
    }

    /// Conditions in our words, each with its signature. Those that cannot be said are left.
    fn said(
        &self,
        conditions: &[Condition],
        kind: SignatureKind,
        item: &str,
        found: &mut Found,
    ) -> Vec<(Signature, Vec<String>)> {
        let noun = if kind == SignatureKind::Event { "event" } else { "function" };
        let mut said = Vec::new();
        for condition in conditions {
            let shown: String = condition.signature.chars().take(120).collect();
            match self.condition(condition, kind, item) {
                Ok(parts) => said.push(parts),
                Err(why) => {
                    let expression = condition.expression.as_deref().unwrap_or_default();
                    let expression: String = expression.chars().take(200).collect();
                    let what = match expression.trim() {
                        "" => format!("{noun} `{shown}`"),
                        expression => format!("{noun} `{shown}` with `{expression}`"),
                    };
                    let instead = if why.contains("not known which argument") {
                        "give the contract's ABI with `--abi` and import it again".to_owned()
                    } else {
                        "write the condition by hand: `data/rules/LANGUAGE.md` says what a rule can compare".to_owned()
                    };
                    found.leave(what, why, instead);
                }
            }
        }
        said
    }

    fn condition(
        &self,
        condition: &Condition,
        kind: SignatureKind,
        item: &str,
    ) -> Result<(Signature, Vec<String>), String> {
        let said = written(kind, &condition.signature).ok_or("this is no signature")?;
        let known = self.abis.find(&said.signature);
        let entry = entry(&said, &known)?;
        if entry.is_anonymous() {
            return Err("an anonymous event has no topic to be known by".to_owned());
        }
        let arguments = Arguments { of: &entry, item };
        let signature = &entry.signature;
        let mut parts = match kind {
            SignatureKind::Event => vec![format!("{item}.topic0 == topic(\"{signature}\")")],
            _ => vec![format!("{item}.selector == selector(\"{signature}\")")],
        };
        // Without an ABI the layout is not known, and the topic alone decides.
        if !known.is_empty() || kind == SignatureKind::Function {
            parts.extend(arguments.guards());
        }
        if let Some(text) = condition.expression.as_deref().filter(|text| !text.trim().is_empty()) {
            if kind == SignatureKind::Event && known.is_empty() && !said.inputs.iter().any(|input| input.indexed) {
                return Err(
                    "it is not known which arguments of the event are indexed, and so not known which argument is \
                            where"
                        .to_owned(),
                );
            }
            parts.push(translate(&expression::read(text)?, &arguments)?);
        }
        Ok((signature.clone(), parts))
    }

    fn draft(&self, name: &str, on: On, part: String, when: Vec<String>, sees: String) -> Draft {
        let words = format!("{part} {name}");
        let kind = nearest(&words).map(|(kind, _)| kind).or(self.kind).unwrap_or("logic/accounting").to_owned();
        let mut all = vec![on_chains(&self.chains)];
        all.extend(when);
        all.extend(self.transaction.clone());
        Draft {
            by: self.by,
            name: name.to_owned(),
            part,
            on,
            when: all,
            severity: self.severity,
            kind,
            sees,
            origin: self.origin.clone(),
            references: self.references.clone(),
            asked: None,
        }
    }

    fn of_event(&self, name: &str, addresses: &[Address], signature: &Signature, parts: Vec<String>) -> Draft {
        let mut when = vec![among("log.address", addresses)];
        when.extend(parts);
        let sees = format!("The event `{signature}` of {}.", contracts(addresses));
        self.draft(name, On::Log, format!("event {signature}"), when, sees)
    }

    /// They see only calls that the transaction itself makes.
    fn of_function(&self, name: &str, addresses: &[Address], signature: &Signature, parts: Vec<String>) -> Draft {
        let mut when = vec![among("call.to", addresses), "call.depth == 0".to_owned()];
        when.extend(parts);
        let sees = format!("A transaction that calls `{signature}` of {} directly.", contracts(addresses));
        self.draft(name, On::Call, format!("function {signature}"), when, sees)
    }

    fn of_transaction(&self, name: &str, addresses: &[Address]) -> Draft {
        let [to, from, log] = ["tx.to", "tx.from", "l.address"].map(|field| among(field, addresses));
        let when = vec![format!("({to} || {from} || tx.logs.exists(l, {log}))")];
        let sees = format!("A transaction to or from {}, or in which one of them writes a log.", contracts(addresses));
        self.draft(name, On::Tx, String::new(), when, sees)
    }
}

/// The one thing that is known of a signature. Two ABIs that disagree leave it unknown.
fn entry(said: &Entry, known: &[&Entry]) -> Result<Entry, String> {
    match known {
        [] => Ok(said.clone()),
        [one, rest @ ..] if rest.iter().all(|other| one.agrees(other)) => Ok((*one).clone()),
        _ => Err(format!(
            "two ABIs say different things of `{}`, and it is not known which argument is where",
            said.signature
        )),
    }
}

fn contracts(addresses: &[Address]) -> String {
    match addresses {
        [one] => format!("`{one}`"),
        many => format!("{} contracts", many.len()),
    }
}
