//! The language in words, out of the same tables that the checker and the evaluation use.

use super::{
    check::{
        call::{FUNCTIONS, METHODS},
        look::PARTS,
    },
    schema,
    types::{Record, Type},
};

const INTRODUCTION: &str = "# The language of rules

This page is made from the checker's own tables; a test keeps it so.

A condition is written in CEL, the Common Expression Language, of which it uses a strict part. Numbers are whole, from
zero to 2^256 - 1, and exact: a result that does not fit is an error, not another number. There is no floating point,
no map. `&&`, `||` and `? :` stop as soon as the answer is known, from left to right, so that a guard on
the left protects what is on its right. What cannot be computed is never an answer: the rule says that it could not
judge the transaction, and that is an alert of its own.

A rule looks at one kind of thing (`on`), one after the other. It sees that thing under its name, the transaction as
`tx`, the block as `block`, and the card's parameters as `params.name`. `on = \"observed\"` looks at the answers to the
card's standing questions after each block, one by one, and has no `tx`; `on = \"block\"` looks at the block and all\nanswers at once. `where = \"protected\"` keeps it to contracts of the
protocol; `where = \"everything\"` does not.

A field that may be null can be compared with `null`; used otherwise, a null is an error.
";

/// The reference of the language, in Markdown.
pub fn language() -> String {
    let mut page = INTRODUCTION.to_owned();
    let records =
        [Record::Tx, Record::Block, Record::Call, Record::Log, Record::Flow, Record::Change, Record::Observed];
    for record in records {
        page += &format!("\n## `{}`\n\n| field | is | says |\n|---|---|---|\n", record.name());
        for field in schema::fields(record) {
            let null = if field.null { ", or null" } else { "" };
            page += &format!("| `{}` | {}{null} | {} |\n", field.name, named(field.of), field.says);
        }
    }
    for (title, table) in [("Functions", FUNCTIONS), ("Methods", METHODS)] {
        page += &format!("\n## {title}\n\n| write | gives |\n|---|---|\n");
        for (_, form, says) in table {
            page += &format!("| `{form}` | {says} |\n");
        }
    }
    page + &kept()
}

/// What a rule keeps in mind, with an example of each construct; a test builds every one of them.
fn kept() -> String {
    let mut parts = "| write | gives |\n|---|---|\n".to_owned();
    for (name, part, of, says) in PARTS {
        let form = if part.takes() == 0 { format!("`baseline.x(key).{name}`") } else { format!("`.{name}`") };
        parts += &format!("| {form} | {}: {says} |\n", named(*of));
    }
    let mut templates = "| template | says |\n|---|---|\n".to_owned();
    for (name, about) in crate::card::templates() {
        templates += &format!("| `{name}` | {about} |\n");
    }
    KEPT.replace("PARTS\n", &format!("{parts}\n")).replace("TEMPLATES\n", &format!("{templates}\n"))
}

/// The constructs in words.
pub(super) const KEPT: &str = include_str!("reference/kept.md");

fn named(of: Type) -> String {
    match of {
        Type::Word(words) => words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", "),
        other => other.name(),
    }
}
