//! A draft as the files of a rule.

use std::fmt::Display;

use atlas::Selectors;
use facts::Selector;

use super::{
    Asks, Attack, Harm, Shape,
    ask::{Asking, BLOCKS},
};
use crate::RuleText;

/// Writes a draft down.
pub(super) fn rule(attack: &Attack<'_>, shape: &Shape, harm: &Harm, asks: Asks) -> RuleText {
    let names = Selectors::embedded();
    let named = |step: &Selector| names.selector(*step).map_or_else(|| step.to_string(), ToString::to_string);
    let functions = shape.steps.iter().map(|step| format!("`{}`", named(step))).collect::<Vec<_>>().join(", ");
    let asking = Asking::of(attack, shape, harm, asks, &functions);
    let id = format!("learnt-{}", attack.name);
    RuleText {
        folder: format!("learnt/{id}"),
        card: card(attack, (&asking, harm), &lists(shape), &id),
        page: page(attack, &asking),
        ..RuleText::default()
    }
}

fn lists(shape: &Shape) -> String {
    let mut lists = format!("[list.steps]\nitems = [{}]\n", items(&shape.steps));
    lists += &format!("\n[list.targets]\nitems = [{}]\n", items(&shape.targets));
    if !shape.codes.is_empty() {
        lists += &format!("\n[list.codes]\nitems = [{}]\n", items(&shape.codes));
    }
    lists
}

fn card(attack: &Attack<'_>, (asking, harm): (&Asking, &Harm), lists: &str, id: &str) -> String {
    let sight = if harm.is_in_storage() { "executed" } else { "logs" };
    let when = asking.all.iter().map(|asked| asked.when.as_str()).collect::<Vec<_>>().join("\n  && ");
    format!(
        "schema = 1\nid = \"{id}\"\ntitle = \"What {name} did, done again\"\nfamily = \"learnt\"\nkind = \"{kind}\"\n\
         severity = \"high\"\nseverity_elsewhere = \"high\"\nconfidence = 70\nmaturity = \"incubating\"\n\
         tags = [\"learnt\"]\n\n[needs]\nsight = \"{sight}\"\nevidence = [\"call\", \"flow\"]\n\n{lists}\n{windows}\
         [condition]\non = \"flow\"\nwhere = \"everything\"\nwhen = '''\n{when}\n'''\ncooldown_blocks = {BLOCKS}\n\
         subject = \"flow.from\"\nattackers = [\"tx.from\"]\nvictims = [\"flow.from\"]\nkey = [\"tx.from\"]\n\
         message = \"{{tx.from}} did to {{flow.from}} what was done in {reference}\"\n",
        name = attack.name,
        kind = attack.kind,
        reference = attack.reference,
        windows = asking.windows,
    )
}

fn items<T: Display>(all: impl IntoIterator<Item = T>) -> String {
    all.into_iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ")
}

fn page(attack: &Attack<'_>, asking: &Asking) -> String {
    let asked: String = asking.all.iter().map(|asked| format!("- {}\n", asked.says)).collect();
    format!(
        "# What {name} did, done again\n\n**What it sees.** It was learnt from {reference}: addresses, amounts, the order of \
         calls and how they are spread over transactions make no difference. All of this has to hold, over {BLOCKS} \
         blocks:\n\n{asked}\n\
         **Why it matters.** Two attacks in three are like an earlier one, often within hours, against a copy of the first \
         victim.\n\n**First three checks**\n\n1. Is this the same hole, or honest use of the same functions?\n2. Who is the \
         sender, and who paid its first coins?\n3. Which other contracts run the same code?\n\n**False alarms.** Whoever has \
         honest reason to take just this out with just these functions. It was silent on the honest traffic it was tried \
         on; the proposal says on how much.\n\n**Response.** As in {reference}.\n",
        name = attack.name,
        reference = attack.reference,
    )
}
