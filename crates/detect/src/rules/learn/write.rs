//! A draft as the files of a rule.

use std::fmt::Display;

use atlas::Selectors;
use facts::Selector;

use super::{Asks, Attack, Shape};
use crate::RuleText;

/// Blocks over which the steps of one attack are drawn together.
const BLOCKS: u64 = 100;
/// Entries that are kept of one sender: of three windows over a thousand senders they stay within what a rule may keep.
const ENTRIES: u64 = 128;

/// Writes a draft down.
pub(super) fn rule(attack: &Attack<'_>, shape: &Shape, asks: Asks) -> RuleText {
    let id = format!("learnt-{}", attack.name);
    RuleText {
        folder: format!("learnt/{id}"),
        card: card(attack, shape, asks, &id),
        page: page(attack, shape, asks),
        ..RuleText::default()
    }
}

fn card(attack: &Attack<'_>, shape: &Shape, asks: Asks, id: &str) -> String {
    let mut step =
        "call.effective && call.kind != 'static-call' && call.selector != null && call.selector in list.steps"
            .to_owned();
    if asks.tools {
        step += "\n  && call.from != tx.from && entity(call.from) == tx.from";
    }
    let mut lists = format!("[list.steps]\nitems = [{}]\n", items(&shape.steps));
    if asks.targets {
        step += &format!("\n  && {}", is_target("call.to", shape));
        lists += &format!("\n[list.targets]\nitems = [{}]\n", items(&shape.targets));
        if !shape.codes.is_empty() {
            lists += &format!("\n[list.codes]\nitems = [{}]\n", items(&shape.codes));
        }
    }
    let payer = if shape.direct { "window.paid(flow.from) > 0" } else { "entity(flow.from) != tx.from" };
    let mut when = format!("flow.amount > 0 && {payer}\n  && window.functions(tx.from) >= {}", shape.steps.len());
    if asks.times {
        when += &format!("\n  && window.times(tx.from) >= {}", shape.times);
    }
    let window = |name: &str, measure: &str, value: &str, key: &str| {
        format!(
            "[window.{name}]\non = \"call\"\nwhen = '''\n{step}\n'''\nkey = [\"{key}\"]\n{value}measure = \"{measure}\"\nblocks = {BLOCKS}\nentries_max = {ENTRIES}\n\n"
        )
    };
    let mut windows = window("functions", "distinct", "value = \"call.selector\"\n", "tx.from");
    if shape.direct {
        windows += &window("paid", "count", "", "call.to");
    }
    if asks.times {
        windows += &window("times", "count", "", "tx.from");
    }
    format!(
        "schema = 1\nid = \"{id}\"\ntitle = \"What {name} did, done again\"\nfamily = \"learnt\"\nkind = \"{kind}\"\n\
         severity = \"high\"\nseverity_elsewhere = \"high\"\nconfidence = 70\nmaturity = \"incubating\"\n\
         tags = [\"learnt\"]\n\n[needs]\nsight = \"logs\"\nevidence = [\"call\", \"flow\"]\n\n{lists}\n{windows}\
         [condition]\non = \"flow\"\nwhere = \"everything\"\nwhen = '''\n{when}\n'''\ncooldown_blocks = {BLOCKS}\n\
         subject = \"flow.from\"\nattackers = [\"tx.from\"]\nvictims = [\"flow.from\"]\nkey = [\"tx.from\"]\n\
         message = \"{{tx.from}} did to {{flow.from}} what was done in {reference}\"\n",
        name = attack.name,
        kind = attack.kind,
        reference = attack.reference,
    )
}

fn is_target(account: &str, shape: &Shape) -> String {
    if shape.codes.is_empty() {
        return format!("{account} in list.targets");
    }
    format!("({account} in list.targets || codehash({account}) != null && codehash({account}) in list.codes)")
}

fn items<T: Display>(all: impl IntoIterator<Item = T>) -> String {
    all.into_iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ")
}

fn page(attack: &Attack<'_>, shape: &Shape, asks: Asks) -> String {
    let names = Selectors::embedded();
    let named = |step: &Selector| names.selector(*step).map_or_else(|| step.to_string(), ToString::to_string);
    let functions = shape.steps.iter().map(|step| format!("`{}`", named(step))).collect::<Vec<_>>().join(", ");
    let whose =
        if asks.targets { "the contracts that were attacked, or of ones with their code" } else { "any contract" };
    let tools = if asks.tools { ", through contracts that the sender had made" } else { "" };
    let times = if asks.times { format!(", {} times or more", shape.times) } else { String::new() };
    format!(
        "# What {name} did, done again\n\n**What it sees.** Within {BLOCKS} blocks one sender has all of these functions of \
         {whose} called{tools}{times}: {functions}. Then value leaves one of them. It was learnt from {reference}: \
         amounts, addresses, the order of calls and how they are spread over transactions make no difference.\n\n\
         **Why it matters.** Two attacks in three are like an earlier one, often within hours, against a copy of the first \
         victim.\n\n**First three checks**\n\n1. Is this the same hole, or honest use of the same functions?\n2. Who is the \
         sender, and who paid its first coins?\n3. Which other contracts run the same code?\n\n**False alarms.** Whoever has \
         honest reason to call just these functions in one go. It was silent on the honest traffic it was tried on; the \
         proposal says on how much.\n\n**Response.** As in {reference}.\n",
        name = attack.name,
        reference = attack.reference,
    )
}
