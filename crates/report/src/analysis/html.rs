//! The analysis as one page of HTML: no script, no network, nothing that is not in the file. Strangers' text is escaped by
//! the template engine, cleaned of what deceives before that, and the page forbids itself to run anything.

mod tables;
mod tree;

use facts::FrameStatus;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use super::{
    amounts::grouped,
    model::{Analysis, Part, Saying, Sentence, Told},
    page::{self, Page},
};
use crate::ReportError;

const TEMPLATES: [(&str, &str); 2] = [
    ("trace.html", include_str!("../../../../data/templates/trace.html.j2")),
    ("trace-table.html", include_str!("../../../../data/templates/trace-table.html.j2")),
];

/// Tells an analysis as a page of HTML.
///
/// # Errors
/// If the template does not fit it.
pub fn html(analysis: &Analysis) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    let blind: Vec<String> = analysis.blind.iter().map(|why| page::clean(why)).collect();
    let tx = analysis.tx.to_string();
    let block = grouped(&analysis.block.to_string());
    let place =
        format!("block {block} of {} · {}", page::clean(&analysis.chain_name), page::moment(analysis.timestamp));
    let page = analysis.told.as_ref().map(|told| Page { analysis, told });
    let all = page.map(tables::all).unwrap_or_default();
    let parts = parts(analysis, &all);
    let (lookups, tables) = all.into_iter().partition(|table| table.folded);
    let (calls, left) = page.map(tree::calls).unwrap_or_default();
    let document = Document {
        short: tx[..12].to_owned(),
        tx,
        place,
        blind,
        facts: fields(analysis, page),
        story: page.map(story).unwrap_or_default(),
        weaknesses: page.map(weaknesses).unwrap_or_default(),
        parts,
        calls,
        calls_left_out: left.map(|left| grouped(&left.to_string())),
        tables,
        lookups,
    };
    Ok(environment.get_template("trace.html")?.render(Value::from(Serde(document)))?)
}

#[derive(Serialize)]
struct Document {
    short: String,
    tx: String,
    place: String,
    blind: Vec<String>,
    facts: Vec<Field>,
    story: Vec<Line>,
    weaknesses: Vec<Suspicion>,
    parts: Vec<Link>,
    /// Before the tree of calls: what is read.
    tables: Vec<tables::Table>,
    /// After it: what is looked up.
    lookups: Vec<tables::Table>,
    calls: Vec<tree::Call>,
    calls_left_out: Option<String>,
}

#[derive(Serialize)]
struct Link {
    id: &'static str,
    title: &'static str,
}

fn parts(analysis: &Analysis, tables: &[tables::Table]) -> Vec<Link> {
    let mut links = Vec::new();
    let Some(told) = &analysis.told else { return links };
    links.push(Link { id: "story", title: "Story" });
    if !told.weaknesses.is_empty() {
        links.push(Link { id: "weakness", title: "Suspected weakness" });
    }
    let read = tables.iter().filter(|table| !table.folded);
    links.extend(read.map(|table| Link { id: table.id, title: table.title }));
    if !told.calls.is_empty() {
        links.push(Link { id: "calls", title: "Calls" });
    }
    let folded = tables.iter().filter(|table| table.folded);
    links.extend(folded.map(|table| Link { id: table.id, title: table.title }));
    links
}

#[derive(Serialize)]
struct Field {
    name: &'static str,
    says: String,
    style: &'static str,
}

fn fields(analysis: &Analysis, page: Option<Page<'_>>) -> Vec<Field> {
    let field = |name, says: String, style| Field { name, says, style };
    let seen = if analysis.blind.is_empty() { "" } else { "bad" };
    let mut fields = vec![field("Seen", page::sight(analysis).to_owned(), seen)];
    if !analysis.cannot_see.is_empty() {
        fields.push(field("Not to see", analysis.cannot_see.join(", "), "warn"));
    }
    let Some(Page { told, .. }) = page else { return fields };
    let reason = told.reason.as_deref().map(|why| format!(": {}", page::clean(why))).unwrap_or_default();
    let style = if told.status == FrameStatus::Success { "good" } else { "bad" };
    fields.push(field("Outcome", format!("{}{reason}", page::outcome(told.status)), style));
    fields.push(field("From", format!("{}, {}", told.from.address, page::proved(told)), "mono"));
    if let Some(form) = page::form(told.kind) {
        fields.push(field("Form", form.to_owned(), ""));
    }
    let gas = format!("{} at {} wei", grouped(&told.gas_used.to_string()), grouped(&told.gas_price));
    fields.push(field("Gas", gas, "mono"));
    fields
}

#[derive(Serialize)]
struct Line {
    style: &'static str,
    parts: Vec<Piece>,
    frames: Vec<u32>,
}

#[derive(Serialize)]
struct Piece {
    kind: &'static str,
    text: String,
    /// The unit of an amount that is not told in whole units.
    unit: String,
    full: String,
}

fn story(page: Page<'_>) -> Vec<Line> {
    let line = |sentence: &Sentence| Line {
        style: match sentence.about {
            Saying::Lost | Saying::Failed | Saying::Warning => "bad",
            Saying::Manipulated | Saying::Reentered | Saying::Privilege | Saying::Code => "warn",
            Saying::Began | Saying::Borrowed | Saying::Gained | Saying::Moved => "",
        },
        parts: sentence.parts.iter().map(|part| piece(page, part)).collect(),
        frames: sentence.frames.clone(),
    };
    page.told.story.iter().map(line).collect()
}

fn piece(page: Page<'_>, part: &Part) -> Piece {
    let of = |kind, text: String, full: String| Piece { kind, text, unit: String::new(), full };
    match part {
        Part::Own(text) => of("own", page.renamed(&page::clean(text)), String::new()),
        Part::Foreign(text) => of("foreign", page::clean(text), String::new()),
        Part::Account(id, _) => of("account", page.name(id), id.to_string()),
        Part::Amount(asset, units, _) => {
            let full = format!("{units} base units of {asset}");
            match page.number(*units, asset) {
                (number, true) => of("amount", format!("{number} {}", page.symbol(asset)), full),
                (number, false) => {
                    let unit = format!("base units of {}", page.symbol(asset));
                    Piece { unit, ..of("amount", number, full) }
                }
            }
        }
    }
}

#[derive(Serialize)]
struct Suspicion {
    kind: String,
    severity: String,
    confidence: u8,
    rule: String,
    says: String,
    message: String,
    evidence: Vec<Fact>,
}

#[derive(Serialize)]
struct Fact {
    says: String,
    frames: Vec<u32>,
}

fn weaknesses(page: Page<'_>) -> Vec<Suspicion> {
    let Told { weaknesses, .. } = page.told;
    let text = |text: &str| page.renamed(&page::clean(text));
    let rows = weaknesses.iter().map(|one| Suspicion {
        kind: page::clean(&one.kind),
        severity: one.severity.to_string(),
        confidence: one.confidence,
        rule: page::clean(&one.rule),
        says: one.says.as_deref().map(page::clean).unwrap_or_default(),
        message: text(&one.message),
        evidence: one
            .evidence
            .iter()
            .map(|fact| Fact { says: text(&fact.says), frames: fact.frame.into_iter().collect() })
            .collect(),
    });
    rows.collect()
}
