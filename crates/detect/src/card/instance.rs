//! The rows of a card: each is a rule of its own, with its own parameters, and all are written once. They stand on the
//! card as `[[instance]]`, or in a file of rows beside it, for whoever watches a thousand contracts in the same way.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use case::{Digest, RuleRef, Severity};
use serde::{Deserialize, Serialize};
use toml::{Spanned, Value};

use super::{
    Parameters, RuleCard,
    file::{shown, word},
    list::Beside,
};
use crate::{Fault, Place, place::File, place::suggest};

/// Rows of one card.
const ROWS: usize = 250_000;
/// Columns of a file of rows that are not parameters.
const OWN: [&str; 3] = ["name", "severity", "severity_elsewhere"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstanceFile {
    name: Spanned<String>,
    severity: Option<Spanned<Severity>>,
    severity_elsewhere: Option<Spanned<Severity>>,
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<Value>>,
}

impl InstanceFile {
    /// Where it stands.
    pub(super) fn at(&self) -> usize {
        self.name.span().start
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) named: Named,
    /// The card's, with the row's in their place.
    pub(crate) parameters: Parameters,
    line: u32,
}

/// Who a row is: what its alerts and its memory are known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its rule's id: the card's and its own name, with a slash between them.
    pub(crate) id: Box<str>,
    /// Digest of the card and of the row. Other rows do not change it.
    pub(crate) hash: Digest,
    pub(crate) severity: Severity,
    pub(crate) severity_elsewhere: Severity,
}

impl Named {
    pub(crate) fn rule(&self) -> RuleRef {
        RuleRef { id: self.id.to_string(), hash: self.hash }
    }
}

impl Instance {
    /// A fault of the card's texts, told of the row whose parameters make it one.
    pub(crate) fn fault(&self, fault: Fault) -> Fault {
        let place = Place { file: self.parameters.file().to_owned(), line: self.line as usize, column: 1 };
        Fault { place, what: format!("in `{}`: {}", self.named.id, fault.what), hint: fault.hint }
    }
}

/// What makes an instance another one.
#[derive(Serialize)]
struct Shaped<'a> {
    card: Digest,
    name: &'a str,
    severity: Severity,
    severity_elsewhere: Severity,
    parameters: &'a Parameters,
}

/// A row with its place.
struct Row<'a> {
    file: &'a File<'a>,
    at: usize,
    name: String,
    severities: [Option<Severity>; 2],
    given: Vec<(String, Value, usize)>,
}

/// Reads the rows of a card whose digest is known.
pub(super) fn instances(
    file: &File<'_>,
    (tables, rows): (Vec<InstanceFile>, Option<&Spanned<String>>),
    beside: &Beside<'_>,
    card: &RuleCard,
) -> Result<Vec<Instance>, Fault> {
    let mut taker = Taker { card, names: BTreeSet::new(), taken: Vec::new(), file: card.file.as_str().into() };
    for table in tables {
        let given = table.parameters.into_iter();
        taker.take(Row {
            file,
            at: table.name.span().start,
            name: word(file, &table.name, "instance")?,
            severities: [table.severity, table.severity_elsewhere].map(|severity| severity.map(Spanned::into_inner)),
            given: given
                .map(|(name, value)| (name, value.span().start, value))
                .map(|(name, at, value)| (name, value.into_inner(), at))
                .collect(),
        })?;
    }
    let Some(spanned) = rows else { return Ok(taker.in_order()) };
    let name = spanned.get_ref();
    let Some(text) = beside(name) else {
        let what = format!("there is no file `{}` beside the card", shown(name));
        let hint = "put it into the rule's folder: a line of column names, then a line for each rule";
        return Err(file.fault(spanned.span().start, what, hint));
    };
    let folder = file.name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let path = format!("{folder}{name}");
    taker.file = path.as_str().into();
    table(&File { name: &path, text }, &mut taker)?;
    Ok(taker.in_order())
}

/// Takes rows in.
struct Taker<'a> {
    card: &'a RuleCard,
    names: BTreeSet<String>,
    taken: Vec<Instance>,
    file: Arc<str>,
}

impl Taker<'_> {
    /// By their ids: rows that are sorted in another way are the same rules.
    fn in_order(mut self) -> Vec<Instance> {
        self.taken.sort_unstable_by(|one, two| one.named.id.cmp(&two.named.id));
        self.taken
    }

    fn take(&mut self, row: Row<'_>) -> Result<(), Fault> {
        let Row { file, at, name, severities, given } = row;
        let card = self.card;
        if self.taken.len() >= ROWS {
            return Err(file.fault(
                at,
                format!("the card has more than {ROWS} instances"),
                "split it into several cards",
            ));
        }
        if !self.names.insert(name.clone()) {
            return Err(file.fault(at, format!("there are two instances `{name}`"), "give one another name"));
        }
        let [severity, elsewhere] = severities;
        let severity = severity.unwrap_or(card.severity);
        let severity_elsewhere = elsewhere.unwrap_or(card.severity_elsewhere.min(severity));
        if severity_elsewhere > severity {
            let what = format!("`{severity_elsewhere}` elsewhere is worse than `{severity}` for what is protected");
            return Err(file.fault(at, what, "lower it or raise `severity`"));
        }
        let parameters = card.parameters.with(file, &self.file, given)?;
        let shaped = Shaped { card: card.hash, name: &name, severity, severity_elsewhere, parameters: &parameters };
        let hash = Digest::of(&shaped).map_err(|error| file.fault(at, error.to_string(), "report this as a bug"))?;
        let id = format!("{}/{name}", card.id).into();
        let line = u32::try_from(file.place(at).line).unwrap_or(u32::MAX);
        self.taken.push(Instance { named: Named { id, hash, severity, severity_elsewhere }, parameters, line });
        Ok(())
    }
}

/// Reads a file of rows: values with commas between them, the first line their names. `#` at its beginning makes a line
/// a note, quotes a value that has a comma in it, and an empty value is the card's own.
fn table(file: &File<'_>, taker: &mut Taker<'_>) -> Result<(), Fault> {
    let mut at = 0;
    let lines = file.text.split_inclusive('\n').filter_map(|line| {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        (!line.trim().is_empty() && !line.starts_with('#')).then_some((start, line))
    });
    let mut columns: Option<Vec<String>> = None;
    for (at, line) in lines {
        let cells =
            cells(line).map_err(|cell| file.fault(at + cell, "a quote does not end", "close it on its line"))?;
        let Some(columns) = &columns else {
            columns = Some(header(file, at, cells, taker.card)?);
            continue;
        };
        if cells.len() != columns.len() {
            let what = format!("the line has {} values, and there are {} columns", cells.len(), columns.len());
            return Err(file.fault(at, what, "an empty value between commas is the card's own"));
        }
        let mut row = Row { file, at, name: String::new(), severities: [None; 2], given: Vec::new() };
        for (column, (cell, value)) in columns.iter().zip(cells) {
            let at = at + cell;
            match (column.as_str(), value.is_empty()) {
                ("name", _) => row.name = word(file, &Spanned::new(at..at, value), "instance")?,
                (_, true) => {}
                ("severity", _) => row.severities[0] = Some(severity(file, at, &value)?),
                ("severity_elsewhere", _) => row.severities[1] = Some(severity(file, at, &value)?),
                (name, _) => row.given.push((name.to_owned(), Value::String(value), at)),
            }
        }
        taker.take(row)?;
    }
    Ok(())
}

/// The names of the columns.
fn header(file: &File<'_>, at: usize, cells: Vec<(usize, String)>, card: &RuleCard) -> Result<Vec<String>, Fault> {
    let mut columns: Vec<String> = Vec::new();
    for (cell, name) in cells {
        let known = || OWN.into_iter().chain(card.parameters.names());
        if !known().any(|known| known == name) {
            let what = format!("the column `{}` is no parameter of the card", shown(&name));
            return Err(file.fault(at + cell, what, suggest(&name, known())));
        }
        if columns.contains(&name) {
            return Err(file.fault(at + cell, format!("there are two columns `{name}`"), "leave one out"));
        }
        columns.push(name);
    }
    if !columns.iter().any(|column| column == "name") {
        return Err(file.fault(at, "there is no column `name`", "each row is known by its name"));
    }
    Ok(columns)
}

fn severity(file: &File<'_>, at: usize, text: &str) -> Result<Severity, Fault> {
    Severity::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text)).map_err(|_| {
        let what = format!("`{}` is no severity", shown(text));
        file.fault(at, what, "write `info`, `low`, `medium`, `high` or `critical`")
    })
}

/// The values of a line, each with where it begins; or where a quote begins that does not end.
fn cells(line: &str) -> Result<Vec<(usize, String)>, usize> {
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        let rest = &line[at..];
        let indent = rest.len() - rest.trim_start().len();
        let begin = at + indent;
        let end = if let Some(quoted) = line[begin..].strip_prefix('"') {
            let end = quoted.find('"').ok_or(begin)?;
            cells.push((begin, quoted[..end].to_owned()));
            begin + end + 2
        } else {
            let end = line[begin..].find(',').map_or(line.len(), |comma| begin + comma);
            cells.push((begin, line[begin..end].trim_end().to_owned()));
            end
        };
        match line[end..].find(',') {
            Some(comma) => at = end + comma + 1,
            None => return Ok(cells),
        }
    }
}
