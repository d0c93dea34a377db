use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use facts::U256;
use serde::{Serialize, Serializer};
use toml::{Spanned, Value};

use crate::{
    DetectError, Fault, Place,
    condition::types::{self as condition, Type},
    place::{File, suggest},
};

/// Items of a list parameter.
const ITEMS: usize = 256;

/// The `[parameters]` of a card: whole numbers, amounts as text, texts, and lists of texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    /// In order of names, which rules that are written alike share.
    values: Box<[(Arc<str>, Parameter)]>,
    file: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Parameter {
    value: Given,
    /// Line and column in the file.
    #[serde(skip)]
    at: (u32, u32),
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.values.iter().map(|(name, parameter)| (name, parameter)))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Given {
    Amount(U256),
    Text(String),
    Texts(Vec<String>),
}

impl Parameters {
    pub(super) fn read(file: &File<'_>, table: BTreeMap<String, Spanned<Value>>) -> Result<Self, Fault> {
        let table = table.into_iter().map(|(name, spanned)| {
            let at = spanned.span().start;
            let value = Parameter::read(file, &name, spanned.into_inner(), at)?;
            Ok((name.into(), value))
        });
        // A table is in order of its names.
        Ok(Self { values: table.collect::<Result<_, Fault>>()?, file: file.name.into() })
    }

    /// The same with other values for some of them, which stand in `file` under `path`.
    pub(super) fn with(
        &self,
        file: &File<'_>,
        path: &Arc<str>,
        given: Vec<(String, Value, usize)>,
    ) -> Result<Self, Fault> {
        let mut values = self.values.clone();
        for (name, value, at) in given {
            let Ok(found) = values.binary_search_by(|(known, _)| (**known).cmp(&name)) else {
                let what = format!("the card has no parameter `{}`", name.chars().take(60).collect::<String>());
                return Err(file.fault(at, what, suggest(&name, self.names())));
            };
            values[found].1 = Parameter::read(file, &name, value, at)?;
        }
        Ok(Self { values, file: Arc::clone(path) })
    }

    /// The file they stand in.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Shares the names with other rules.
    pub(super) fn share(&mut self, mut name: impl FnMut(&Arc<str>) -> Arc<str>) {
        self.values.iter_mut().for_each(|(known, _)| *known = name(known));
        self.file = "".into();
    }

    fn parameter(&self, name: &str) -> Option<&Parameter> {
        let at = self.values.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        self.values.get(at).map(|(_, parameter)| parameter)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(name, _)| &**name)
    }

    /// Names and values in order, as the card could write them.
    pub fn listed(&self) -> impl Iterator<Item = (&str, String)> {
        self.values.iter().map(|(name, parameter)| {
            let value = match &parameter.value {
                Given::Amount(amount) => amount.to_string(),
                Given::Text(text) => format!("{text:?}"),
                Given::Texts(texts) => format!("{texts:?}"),
            };
            (&**name, value)
        })
    }

    /// A number within a range.
    ///
    /// # Errors
    /// [`DetectError::Rule`] if it is missing, not a number or out of range.
    pub fn number(&self, name: &str, range: RangeInclusive<u64>) -> Result<u64, DetectError> {
        let amount = self.amount(name)?;
        let number = u64::try_from(amount).ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let what = format!("parameter `{name}` is `{amount}`");
            self.fault(name, what, format!("use a number from {} to {}", range.start(), range.end()))
        })
    }

    /// A share in basis points, from 0 to 10,000.
    ///
    /// # Errors
    /// As [`Parameters::number`].
    pub fn basis_points(&self, name: &str) -> Result<u16, DetectError> {
        let share = self.number(name, 0..=10_000)?;
        Ok(u16::try_from(share).unwrap_or(10_000))
    }

    /// An amount in base units.
    ///
    /// # Errors
    /// [`DetectError::Rule`] if it is missing or not an amount.
    pub fn amount(&self, name: &str) -> Result<U256, DetectError> {
        match self.given(name)? {
            Given::Amount(amount) => Ok(*amount),
            _ => Err(self.fault(name, format!("parameter `{name}` is not a number"), "use a number or an amount")),
        }
    }

    /// A list of texts.
    ///
    /// # Errors
    /// [`DetectError::Rule`] if it is missing or not a list of texts.
    pub fn texts(&self, name: &str) -> Result<&[String], DetectError> {
        match self.given(name)? {
            Given::Texts(texts) => Ok(texts),
            _ => Err(self.fault(name, format!("parameter `{name}` is not a list"), "use a list of texts, `[\"…\"]`")),
        }
    }

    /// A fault at a parameter, for a value that its detector refuses.
    pub fn fault(&self, name: &str, what: impl Into<String>, hint: impl Into<String>) -> DetectError {
        let (line, column) = self.parameter(name).map_or((1, 1), |parameter| parameter.at);
        let place = Place { file: self.file.to_string(), line: line as usize, column: column as usize };
        Fault { place, what: what.into(), hint: hint.into() }.into()
    }

    /// A number or a text of this name, with its type; for conditions.
    pub(crate) fn find(&self, name: &str) -> Option<(condition::Value<'static>, Type)> {
        match &self.parameter(name)?.value {
            Given::Amount(amount) => Some((condition::Value::Number(*amount), Type::Number)),
            Given::Text(text) => Some((condition::Value::Text(text.clone().into()), Type::Text)),
            Given::Texts(_) => None,
        }
    }

    fn given(&self, name: &str) -> Result<&Given, DetectError> {
        let found = self.parameter(name).map(|parameter| &parameter.value);
        found.ok_or_else(|| {
            let what = format!("parameter `{name}` is missing");
            self.fault(name, what, format!("add `{name} = …` to `[parameters]`"))
        })
    }
}

impl Parameter {
    fn read(file: &File<'_>, name: &str, value: Value, at: usize) -> Result<Self, Fault> {
        let value = given(value).map_err(|what| {
            let hint = "use a whole number, an amount such as \"1.5 ether\" or \"1000000\", a text or a list of texts";
            file.fault(at, format!("parameter `{name}` {what}"), hint)
        })?;
        let place = file.place(at);
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Self { value, at: (number(place.line), number(place.column)) })
    }
}

fn given(value: Value) -> Result<Given, String> {
    match value {
        Value::Integer(number) => match u64::try_from(number) {
            Ok(number) => Ok(Given::Amount(U256::from(number))),
            Err(_) => Err(format!("is `{number}`, which is below zero")),
        },
        Value::String(text) if text.starts_with(|first: char| first.is_ascii_digit()) => {
            parse_amount(&text).map(Given::Amount).or_else(|why| {
                // A text may begin with a digit and not be an amount, an address for one.
                if text.starts_with("0x") { Ok(Given::Text(text)) } else { Err(why) }
            })
        }
        Value::String(text) => Ok(Given::Text(text)),
        Value::Array(items) if items.len() <= ITEMS => {
            let texts = items.into_iter().map(|item| match item {
                Value::String(text) => Ok(text),
                other => Err(format!("holds a {} in its list", other.type_str())),
            });
            texts.collect::<Result<_, _>>().map(Given::Texts)
        }
        Value::Array(items) => Err(format!("has `{}` items, more than `{ITEMS}`", items.len())),
        other => Err(format!("is a {}", other.type_str())),
    }
}

/// An exact amount: `1000000`, `1_000_000`, `1.5 ether`, `30 gwei`, `7 wei`.
pub(crate) fn parse_amount(text: &str) -> Result<U256, String> {
    let (digits, decimals) = match text.rsplit_once(' ') {
        Some((digits, "ether")) => (digits, 18),
        Some((digits, "gwei")) => (digits, 9),
        Some((digits, "wei")) => (digits, 0),
        Some((_, unit)) => return Err(format!("has the unknown unit `{}`", unit.chars().take(20).collect::<String>())),
        None => (text, 0),
    };
    parse_decimal(digits, decimals)
}

/// A decimal with at most `decimals` digits after the point, as a whole number of the smallest unit.
pub(crate) fn parse_decimal(text: &str, decimals: usize) -> Result<U256, String> {
    let shown: String = text.chars().take(100).collect();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let well_formed = whole.starts_with(|first: char| first.is_ascii_digit())
        && is_number(whole)
        && (is_number(fraction) || !text.contains('.'));
    if !well_formed {
        return Err(format!("`{shown}` is not a decimal number"));
    }
    let fraction = fraction.replace('_', "");
    if fraction.len() > decimals {
        return Err(format!("`{shown}` has more than {decimals} digits after the point"));
    }
    let digits = format!("{}{fraction:0<decimals$}", whole.replace('_', ""));
    U256::from_str_radix(&digits, 10).map_err(|_| format!("`{shown}` does not fit into 256 bits"))
}
