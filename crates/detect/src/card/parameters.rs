use std::{collections::BTreeMap, ops::RangeInclusive};

use facts::U256;
use serde::Serialize;
use toml::{Spanned, Value};

use crate::{DetectError, Fault, Place, place::File};

/// Items of a list parameter.
const ITEMS: usize = 256;

/// The `[parameters]` of a card: whole numbers, amounts as text, texts, and lists of texts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Parameters {
    values: BTreeMap<String, Parameter>,
    #[serde(skip)]
    file: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Parameter {
    value: Given,
    #[serde(skip)]
    place: Option<Place>,
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
        let mut values = BTreeMap::new();
        for (name, spanned) in table {
            let span = spanned.span();
            let value = given(spanned.into_inner()).map_err(|what| {
                let hint =
                    "use a whole number, an amount such as \"1.5 ether\" or \"1000000\", a text or a list of texts";
                file.fault(span.start, format!("parameter `{name}` {what}"), hint)
            })?;
            values.insert(name, Parameter { value, place: Some(file.place(span.start)) });
        }
        Ok(Self { values, file: file.name.to_owned() })
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
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
        let place = self.values.get(name).and_then(|parameter| parameter.place.clone());
        let place = place.unwrap_or_else(|| Place { file: self.file.clone(), line: 1, column: 1 });
        Fault { place, what: what.into(), hint: hint.into() }.into()
    }

    /// An amount if there is one of this name; for conditions.
    pub(crate) fn find_amount(&self, name: &str) -> Option<U256> {
        match self.values.get(name)?.value {
            Given::Amount(amount) => Some(amount),
            _ => None,
        }
    }

    /// A text if there is one of this name; for conditions.
    pub(crate) fn find_text(&self, name: &str) -> Option<&str> {
        match &self.values.get(name)?.value {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Names and values as one text, the same for equal parameters.
    pub(crate) fn shape(&self) -> String {
        let values = self.values.iter().map(|(name, parameter)| format!("{name}={:?}", parameter.value));
        values.collect::<Vec<_>>().join(";")
    }

    fn given(&self, name: &str) -> Result<&Given, DetectError> {
        let found = self.values.get(name).map(|parameter| &parameter.value);
        found.ok_or_else(|| {
            let what = format!("parameter `{name}` is missing");
            self.fault(name, what, format!("add `{name} = …` to `[parameters]`"))
        })
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
