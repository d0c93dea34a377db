//! YAML as a tree: no aliases, which can make a small file endless, and no tags.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use crate::{Fault, place::File};

/// Lists and maps within each other.
const DEPTH: usize = 64;
/// Values of one file.
const VALUES: usize = 200_000;

/// A list or a map that is not finished.
enum Open {
    List(Vec<Value>),
    /// With the key whose value comes next.
    Map(Map<String, Value>, Option<String>),
}

/// Reads the first document of a file.
pub(super) fn read(file: &File<'_>) -> Result<Value, Fault> {
    // The parser counts characters.
    let fault = |index: usize, what: &str, hint: &str| {
        let at = file.text.char_indices().nth(index).map_or(file.text.len(), |(at, _)| at);
        Err(file.fault(at, what, hint))
    };
    let mut open: Vec<Open> = Vec::new();
    for (count, event) in Parser::new_from_str(file.text).enumerate() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => return fault(error.marker().index(), &format!("this is not YAML: {}", error.info()), ""),
        };
        let at = span.start.index();
        if count > VALUES {
            return fault(at, "the file holds more values than are read", "export fewer monitors at once");
        }
        let value = match event {
            Event::Alias(_) => {
                return fault(at, "aliases (`*name`) are not read here", "write out what it stands for");
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEPTH => {
                return fault(at, "lists and maps nest too deep", "");
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(items)) => Value::Array(items),
                Some(Open::Map(fields, _)) => Value::Object(fields),
                None => continue,
            },
            Event::Scalar(text, style, ..) => scalar(&text, style),
            _ => continue,
        };
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(fields, key)) => match key.take() {
                None => match value {
                    Value::Array(_) | Value::Object(_) => {
                        return fault(at, "a list or a map is no key", "write a text before the colon");
                    }
                    Value::String(text) => *key = Some(text),
                    plain => *key = Some(plain.to_string()),
                },
                Some(name) if fields.contains_key(&name) => {
                    let shown: String = name.chars().take(60).collect();
                    return fault(at, &format!("the key `{shown}` stands twice"), "keep one of them");
                }
                Some(name) => drop(fields.insert(name, value)),
            },
        }
    }
    Ok(Value::Null)
}

/// A plain word may be a number, a truth or nothing; an address in hex and what is quoted is text.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if !matches!(style, ScalarStyle::Plain) {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            digits.parse::<u64>().map_or_else(|_| Value::String(digits.to_owned()), Value::from)
        }
        other => Value::String(other.to_owned()),
    }
}
