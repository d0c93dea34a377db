//! A rule that is about to be written: card and page, and the checker's word before it counts.

use std::collections::BTreeMap;

use case::Severity;
use facts::{Address, ChainId};

use super::Left;
use crate::{Fault, RuleText, check_rules};

/// The family of everything that was imported.
pub(super) const FAMILY: &str = "imported";
/// Addresses in one condition; more of them become more rules. A condition has 240 words and signs, and an address takes
/// five.
pub(super) const ADDRESSES: usize = 24;
/// Characters of an id.
const ID: usize = 56;

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Tx,
    Call,
    Log,
    Flow,
    Observed,
}

/// A question that a rule asks after every block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) chain: ChainId,
    pub(super) address: Address,
    /// A view without arguments, such as `totalAssets()`.
    pub(super) call: String,
}

/// A rule that is about to be written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Who watched: the first word of the id.
    pub(super) by: &'static str,
    /// What it was called there.
    pub(super) name: String,
    /// Which part of it this is, such as `event Transfer`; empty for the whole.
    pub(super) part: String,
    pub(super) on: On,
    /// What has to hold, all of it.
    pub(super) when: Vec<String>,
    pub(super) severity: Severity,
    /// The kind of attack that its words speak of.
    pub(super) kind: String,
    /// What it sees, in a sentence.
    pub(super) sees: String,
    /// Where it comes from, in a sentence.
    pub(super) origin: String,
    pub(super) references: Vec<String>,
    pub(super) asked: Option<Asked>,
}

impl Draft {
    /// What it is, for the report.
    pub(super) fn what(&self) -> String {
        if self.part.is_empty() { "all of it".to_owned() } else { self.part.clone() }
    }

    fn id(&self) -> String {
        let words = format!("{} {} {}", self.by, self.name, self.part.split('(').next().unwrap_or_default());
        let mut id = String::new();
        for c in words.chars().flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' => id.push(c),
                _ if id.ends_with('-') || id.is_empty() => {}
                _ => id.push('-'),
            }
        }
        id.truncate(ID);
        id.trim_end_matches('-').to_owned()
    }

    fn title(&self) -> String {
        let plain: String = self.name.chars().filter(|c| !c.is_control()).take(80).collect();
        let part = if self.part.is_empty() { String::new() } else { format!(": {}", self.part) };
        format!("{}{part}", plain.trim()).chars().take(120).collect()
    }

    /// The name within a message, in which braces mean something.
    fn said(&self) -> String {
        self.name.chars().filter(|c| !c.is_control() && !matches!(c, '{' | '}')).take(80).collect()
    }

    fn evidence(&self) -> Vec<&'static str> {
        let reads = |what: &str| self.when.iter().any(|part| part.contains(what));
        let mut kinds = vec![match self.on {
            On::Tx | On::Call => "call",
            On::Log => "log",
            On::Flow => "flow",
            On::Observed => "observed",
        }];
        kinds.extend(reads("tx.calls").then_some("call"));
        kinds.extend(reads("tx.logs").then_some("log"));
        kinds.extend(reads("tx.flows").then_some("flow"));
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The poorest sight that shows all that the condition reads.
    fn sight(&self) -> &'static str {
        let of_calls = ["tx.succeeded", "tx.value", "tx.selector", "tx.calls", "tx.input", "\"native\""];
        match self.on {
            On::Observed => "executed",
            On::Log | On::Flow if !self.when.iter().any(|part| of_calls.iter().any(|field| part.contains(field))) => {
                "logs"
            }
            _ => "calls",
        }
    }

    fn card(&self, id: &str) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let list = |items: &[String]| items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ");
        let (on, subject, attackers, victims, says) = match self.on {
            On::Tx => ("tx", "tx.from", "", "", "a transaction of {tx.from} to {tx.to}"),
            On::Call => {
                ("call", "call.to", "\"call.from\"", "\"call.to\"", "{call.from} called {call.selector} of {call.to}")
            }
            On::Log => (
                "log",
                "log.address",
                "\"tx.from\"",
                "\"log.address\"",
                "{log.address} wrote the event in a transaction of {tx.from}",
            ),
            On::Flow => (
                "flow",
                "flow.from",
                "\"flow.to\"",
                "\"flow.from\"",
                "{flow.amount} of {flow.token} left {flow.from} for {flow.to}",
            ),
            On::Observed => {
                ("observed", "observed.address", "", "\"observed.address\"", "{observed.name} is {observed.value}")
            }
        };
        let severity = self.severity;
        let question = self.asked.as_ref().map_or_else(String::new, |asked| {
            let Asked { chain, address, call } = asked;
            format!(
                "\n[[question]]\nname = \"answer\"\nchain = \"{chain}\"\naddress = \"{address}\"\ncall = {}\n",
                quoted(call)
            )
        });
        format!(
            "schema = 1\nid = {id}\ntitle = {title}\nfamily = \"{FAMILY}\"\nkind = {kind}\nseverity = \"{severity}\"\n\
             severity_elsewhere = \"{severity}\"\nconfidence = 50\nmaturity = \"incubating\"\ntags = [\"imported\", \
             \"{by}\"]\nreferences = [{references}]\n\n[needs]\nsight = \"{sight}\"\nevidence = [{evidence}]\n\n\
             [condition]\non = \"{on}\"\nwhere = \"everything\"\nwhen = '''\n{when}\n'''\nsubject = \"{subject}\"\n\
             attackers = [{attackers}]\nvictims = [{victims}]\nmessage = {message}\n{question}",
            id = quoted(id),
            title = quoted(&self.title()),
            kind = quoted(&self.kind),
            by = self.by,
            references = list(&self.references),
            sight = self.sight(),
            evidence = list(&self.evidence().into_iter().map(str::to_owned).collect::<Vec<_>>()),
            when = self.when.join("\n  && "),
            message = quoted(&format!("{}: {says}", self.said())),
        )
    }

    fn page(&self, left: &[Left]) -> String {
        let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
        let mut page = format!(
            "# {}\n\n**What it sees.** {}\n\n**Why it matters.** Somebody watched for it before: {} What it means for the \
             protocol is for them to write here.\n\n**First three checks**\n\n1. Was it announced, and is the sender one of \
             ours?\n2. What did the transaction do besides? `breakglass trace` tells.\n3. Can it be done again, and what \
             would be lost?\n\n**False alarms.** Not known yet: the rule has not been played over honest blocks. \
             `breakglass rules backtest` does.\n\n**Response.** What was done before, in the tool that it comes from; \
             write it down here.\n",
            plain(&self.title()),
            plain(&self.sees),
            plain(&self.origin),
        );
        if !left.is_empty() {
            page += "\n**Not carried over**\n\n";
            for Left { what, why, instead } in left {
                page += &format!("- {}: {}. Instead: {}.\n", plain(what), plain(why), plain(instead));
            }
        }
        page
    }
}

/// The rules of an import, by id.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    rules: BTreeMap<String, RuleText>,
}

impl Shelf {
    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }

    /// Writes a rule, if the checker takes it, and says where: `imported/id`.
    pub(super) fn put(&mut self, draft: &Draft, left: &[Left]) -> Result<String, Fault> {
        let base = draft.id();
        let numbered = (2..).map(|number: usize| format!("{base}-{number}"));
        let id = [base.clone()].into_iter().chain(numbered).find(|id| !self.rules.contains_key(id)).unwrap_or(base);
        let folder = format!("{FAMILY}/{id}");
        let text =
            RuleText { folder: folder.clone(), card: draft.card(&id), page: draft.page(left), ..RuleText::default() };
        match check_rules([text.clone()]).faults.into_iter().next() {
            Some(fault) => Err(fault),
            None => {
                self.rules.insert(id, text);
                Ok(folder)
            }
        }
    }

    pub(super) fn into_rules(self) -> Vec<RuleText> {
        self.rules.into_values().collect()
    }
}

/// That a field is one of some addresses.
pub(super) fn among(field: &str, addresses: &[Address]) -> String {
    match addresses {
        [one] => format!("{field} == address(\"{one}\")"),
        many => {
            let list: Vec<String> = many.iter().map(|address| format!("address(\"{address}\")")).collect();
            format!("{field} in [{}]", list.join(", "))
        }
    }
}

/// That a block is of one of some chains.
pub(super) fn on_chains(chains: &[ChainId]) -> String {
    match chains {
        [one] => format!("block.chain == \"{one}\""),
        many => {
            let list: Vec<String> = many.iter().map(|chain| format!("\"{chain}\"")).collect();
            format!("block.chain in [{}]", list.join(", "))
        }
    }
}
