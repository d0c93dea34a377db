//! A file as a tree, JSON or YAML, with limits, and careful ways to look into it.

use serde_json::Value;

use super::{Source, yaml};
use crate::{Fault, place::File};

/// Bytes of one file: an export with the ABIs of some hundred contracts.
const BYTES: usize = 8 << 20;

#[derive(Debug)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) root: Value,
}

impl Document {
    /// Reads a file. What begins like JSON is JSON; everything else is YAML.
    pub(super) fn read(source: &Source) -> Result<Self, Fault> {
        let file = File { name: &source.name, text: &source.text };
        if source.text.len() > BYTES {
            let what = format!("the file has `{}` bytes, more than `{BYTES}`", source.text.len());
            return Err(file.fault(0, what, "export fewer monitors at once"));
        }
        let text = source.text.trim_start_matches('\u{feff}');
        let root = if text.trim_start().starts_with(['{', '[']) {
            // Its own reader stops at 128 levels.
            serde_json::from_str(text).map_err(|error| {
                let at = offset(text, error.line(), error.column());
                let what = error.to_string();
                let what = what.split(" at line ").next().unwrap_or_default();
                file.fault(at, format!("this is not JSON: {what}"), "export it again, or mend the file")
            })?
        } else {
            yaml::read(&file)?
        };
        Ok(Self { name: source.name.clone(), root })
    }

    pub(super) fn at(&self, path: &str) -> String {
        if path.is_empty() { self.name.clone() } else { format!("{}: {path}", self.name) }
    }
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    start + column.saturating_sub(1)
}

/// The first of some keys that is there and not null: exports spell the same thing in several ways.
pub(super) fn first<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| value.get(key).filter(|found| !found.is_null()))
}

/// A text under one of some keys; a number counts as the text of its digits.
pub(super) fn text(value: &Value, keys: &[&str]) -> Option<String> {
    first(value, keys).and_then(as_text)
}

pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The items under one of some keys; a single one counts as a list of one.
pub(super) fn items<'a>(value: &'a Value, keys: &[&str]) -> Vec<&'a Value> {
    match first(value, keys) {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// Keys of an object that are none of those that are known: what they say would be lost in silence.
pub(super) fn unknown(value: &Value, known: &[&str]) -> Vec<String> {
    let keys = value.as_object().into_iter().flatten().filter(|(_, value)| !is_nothing(value));
    keys.map(|(key, _)| key.clone()).filter(|key| !known.contains(&key.as_str())).collect()
}

/// Null, false and what is empty say nothing.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}
