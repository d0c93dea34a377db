//! Lists of a card: `[list.NAME]`, inline or from a file beside `rule.toml`.

use std::{collections::BTreeMap, sync::Arc};

use facts::{Address, B256, Selector, U256};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    file::{name, shown},
    parse_amount,
};
use crate::{Fault, condition::literal, place::File};

/// Items of one list. A hundred thousand addresses are two megabytes and seventeen comparisons.
const ITEMS: usize = 100_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListFile {
    items: Option<Vec<Spanned<String>>>,
    file: Option<Spanned<String>>,
}

/// Values of one kind, in order and each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum List {
    Addresses(Vec<Address>),
    Hashes(Vec<B256>),
    Selectors(Vec<Selector>),
    Numbers(Vec<U256>),
    Texts(Vec<String>),
}

/// Lists by name.
pub(crate) type Lists = BTreeMap<String, Arc<List>>;

/// The files beside a card, by name.
pub(crate) type Beside<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

impl List {
    /// How many values it has.
    pub(crate) fn len(&self) -> usize {
        match self {
            List::Addresses(items) => items.len(),
            List::Hashes(items) => items.len(),
            List::Selectors(items) => items.len(),
            List::Numbers(items) => items.len(),
            List::Texts(items) => items.len(),
        }
    }

    /// From texts, each with a function that says what is wrong at its place. The first decides what kind they are.
    fn of<'a>(
        items: impl IntoIterator<Item = (&'a str, usize)>,
        fault: &dyn Fn(usize, String) -> Fault,
    ) -> Result<Self, Fault> {
        let items: Vec<_> = items.into_iter().collect();
        if let Some((_, at)) = items.get(ITEMS) {
            return Err(fault(*at, format!("the list has more than {ITEMS} values")));
        }
        let first = items.first().map_or("", |(text, _)| *text);
        fn all<T: Ord>(
            items: &[(&str, usize)],
            read: impl Fn(&str) -> Result<T, String>,
            fault: &dyn Fn(usize, String) -> Fault,
        ) -> Result<Vec<T>, Fault> {
            let read =
                |(text, at): &(&str, usize)| read(text).map_err(|why| fault(*at, format!("`{}` {why}", shown(text))));
            let mut items = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            items.sort();
            items.dedup();
            Ok(items)
        }
        let amount = |text: &str| parse_amount(text).map_err(|_| "is not a whole number".to_owned());
        match (first.strip_prefix("0x"), first.len()) {
            (Some(_), 42) => all(&items, literal::address, fault).map(List::Addresses),
            (Some(_), 66) => all(&items, literal::hash, fault).map(List::Hashes),
            (Some(_), 10) => all(&items, literal::selector_of, fault).map(List::Selectors),
            _ if first.ends_with(')') && literal::selector_of(first).is_ok() => {
                all(&items, literal::selector_of, fault).map(List::Selectors)
            }
            _ if amount(first).is_ok() => all(&items, amount, fault).map(List::Numbers),
            _ => all(&items, |text| Ok(text.to_owned()), fault).map(List::Texts),
        }
    }
}

/// Reads the lists of a card.
pub(super) fn lists(
    file: &File<'_>,
    raw: BTreeMap<Spanned<String>, ListFile>,
    beside: &Beside<'_>,
) -> Result<Lists, Fault> {
    let mut lists = Lists::new();
    for (spanned, list) in raw {
        let list = match (&list.items, &list.file) {
            (Some(items), None) => {
                let hint = "all values of a list are of one kind: addresses, hashes, selectors, numbers or texts";
                let fault = |at: usize, what: String| file.fault(at, what, hint);
                List::of(items.iter().map(|item| (item.get_ref().as_str(), item.span().start)), &fault)?
            }
            (None, Some(given)) => from_file(file, given, beside)?,
            _ => {
                let what = format!("the list `{}` has no values", shown(spanned.get_ref()));
                let hint = "give one of `items = [\"…\"]` and `file = \"name.txt\"`";
                return Err(file.fault(spanned.span().start, what, hint));
            }
        };
        lists.insert(name(file, &spanned, "list")?, Arc::new(list));
    }
    Ok(lists)
}

/// One value a line; `#` begins a comment.
fn from_file(file: &File<'_>, given: &Spanned<String>, beside: &Beside<'_>) -> Result<List, Fault> {
    let name = given.get_ref();
    let Some(text) = beside(name) else {
        let what = format!("there is no file `{}` beside the card", shown(name));
        return Err(file.fault(given.span().start, what, "put it into the rule's folder, one value a line"));
    };
    let folder = file.name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let path = format!("{folder}{name}");
    let list = File { name: &path, text };
    let fault = |at: usize, what: String| list.fault(at, what, "write one value a line; `#` begins a comment");
    let mut at = 0;
    let lines = text.split_inclusive('\n').filter_map(|line| {
        let start = at;
        at += line.len();
        let value = line.split('#').next().unwrap_or_default();
        let indent = value.len() - value.trim_start().len();
        (!value.trim().is_empty()).then(|| (value.trim(), start + indent))
    });
    List::of(lines.collect::<Vec<_>>(), &fault)
}
