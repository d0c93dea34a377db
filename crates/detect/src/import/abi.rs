//! What an ABI says of the arguments of functions and events: their names, types and where they stand.

use atlas::{Signature, SignatureKind};
use serde_json::Value;

use super::{Source, document};
use crate::{Fault, Place};

/// Types within types.
const DEPTH: usize = 16;

/// Functions and events that are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Abis {
    entries: Vec<Entry>,
}

/// A function or an event.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: SignatureKind,
    pub(super) signature: Signature,
    pub(super) inputs: Vec<Input>,
    anonymous: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) name: String,
    /// The canonical type, a tuple written out.
    pub(super) ty: String,
    pub(super) indexed: bool,
}

impl Abis {
    pub(super) fn read(sources: &[Source]) -> Result<Self, Fault> {
        let mut abis = Self::default();
        for source in sources {
            let document = document::Document::read(source)?;
            abis.add(&document.root).map_err(|what| Fault {
                place: Place { file: source.name.clone(), line: 1, column: 1 },
                what,
                hint: "give a Foundry or Hardhat artifact, or the bare list".into(),
            })?;
        }
        Ok(abis)
    }

    /// The same with what a monitor brings: a list, an artifact, or one of them as a text.
    pub(super) fn with(&self, brought: Option<&Value>) -> (Self, Option<String>) {
        let mut all = self.clone();
        let why = match brought {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.trim().is_empty() => None,
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(value) => all.add(&value).err(),
                Err(_) => Some("its ABI is a text that is not JSON".to_owned()),
            },
            Some(value) => all.add(value).err(),
        };
        (all, why)
    }

    fn add(&mut self, abi: &Value) -> Result<(), String> {
        let items = abi.as_array().or_else(|| abi.get("abi").and_then(Value::as_array));
        for item in items.ok_or("this is no ABI")? {
            let kind = match item.get("type").and_then(Value::as_str) {
                Some("event") => SignatureKind::Event,
                Some("function") | None => SignatureKind::Function,
                _ => continue,
            };
            // What has no name has no selector; what has a strange type is not asked about.
            let Some(entry) = entry(kind, item) else { continue };
            self.entries.push(entry);
        }
        Ok(())
    }

    /// What is known of a function or an event, from the ABIs or from what its signature itself says.
    pub(super) fn find(&self, signature: &Signature) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.signature == *signature && entry.kind == signature.kind()).collect()
    }

    /// The events of a name, or the one with a first topic.
    pub(super) fn events(&self, name: Option<&str>, topic: Option<facts::B256>) -> Vec<&Entry> {
        let events = self.entries.iter().filter(|entry| entry.kind == SignatureKind::Event);
        let fits = |entry: &&Entry| match (topic, name) {
            (Some(topic), _) => entry.signature.topic() == topic,
            (None, name) => name == Some(entry.signature.name()),
        };
        events.filter(fits).collect()
    }

    /// The function with a selector, `0x` and eight digits.
    pub(super) fn by_selector(&self, selector: &str) -> Option<&Entry> {
        let functions = self.entries.iter().filter(|entry| entry.kind == SignatureKind::Function);
        functions.into_iter().find(|entry| entry.signature.selector().to_string() == selector.to_lowercase())
    }

    /// The functions of a name.
    pub(super) fn functions(&self, name: &str) -> Vec<&Entry> {
        let functions = self.entries.iter().filter(|entry| entry.kind == SignatureKind::Function);
        functions.filter(|entry| entry.signature.name() == name).collect()
    }
}

impl Entry {
    /// Whether its logs have no first topic to be known by.
    pub(super) fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Whether two ABIs say the same of it.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let shape = |entry: &Self| -> Vec<(String, bool)> {
            entry.inputs.iter().map(|input| (input.name.clone(), input.indexed)).collect()
        };
        shape(self) == shape(other) && self.anonymous == other.anonymous
    }
}

fn entry(kind: SignatureKind, item: &Value) -> Option<Entry> {
    let name = item.get("name")?.as_str()?;
    let inputs: Vec<Input> =
        item.get("inputs").and_then(Value::as_array).into_iter().flatten().map(input).collect::<Option<_>>()?;
    let types: Vec<&str> = inputs.iter().map(|input| input.ty.as_str()).collect();
    let signature = Signature::parse(kind, &format!("{name}({})", types.join(","))).ok()?;
    let anonymous = item.get("anonymous").and_then(Value::as_bool).unwrap_or_default();
    Some(Entry { kind, signature, inputs, anonymous })
}

fn input(item: &Value) -> Option<Input> {
    Some(Input {
        name: item.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        ty: type_of(item, 0)?,
        indexed: item.get("indexed").and_then(Value::as_bool).unwrap_or_default(),
    })
}

/// The type of an argument; `tuple[2]` with its parts as `(uint256,bool)[2]`.
fn type_of(item: &Value, depth: usize) -> Option<String> {
    let ty = item.get("type")?.as_str()?;
    let Some(suffix) = ty.strip_prefix("tuple") else { return Some(ty.to_owned()) };
    if depth > DEPTH {
        return None;
    }
    let parts = item.get("components")?.as_array()?;
    let parts: Vec<String> = parts.iter().map(|part| type_of(part, depth + 1)).collect::<Option<_>>()?;
    Some(format!("({}){suffix}", parts.join(",")))
}

/// How many 32-byte words an argument takes among the arguments themselves: one for what only points to its place.
/// Source: Solidity's ABI specification, "Formal Specification of the Encoding".
pub(super) fn head_words(ty: &str) -> usize {
    fixed_words(ty, 0).unwrap_or(1)
}

/// The words of a type of fixed size; none for one that has a length of its own.
fn fixed_words(ty: &str, depth: usize) -> Option<usize> {
    if depth > DEPTH || matches!(ty, "string" | "bytes") || ty.ends_with("[]") {
        return None;
    }
    if let Some((inner, size)) = ty.strip_suffix(']').and_then(|ty| ty.rsplit_once('[')) {
        return fixed_words(inner, depth + 1)?.checked_mul(size.parse().ok()?);
    }
    match ty.strip_prefix('(').and_then(|ty| ty.strip_suffix(')')) {
        None => Some(1),
        Some(parts) => split(parts).into_iter().map(|part| fixed_words(part, depth + 1)).sum(),
    }
}

/// Types of a list, cut at the commas that are not within brackets.
pub(super) fn split(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(list[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    if !list.trim().is_empty() {
        parts.push(list[from..].trim());
    }
    parts
}

/// A signature as people write it: with spaces, names and `indexed`, or without. What it says of its arguments, and whether
/// it said where those of an event stand.
pub(super) fn written(kind: SignatureKind, text: &str) -> Option<Entry> {
    let text = text.trim();
    let text = text.strip_prefix("event ").or_else(|| text.strip_prefix("function ")).unwrap_or(text).trim();
    let open = text.find('(')?;
    let close = text.rfind(')')?;
    let mut inputs = Vec::new();
    for part in split(text.get(open + 1..close)?) {
        // The words after the type, which may itself hold spaces within its brackets.
        let end = part.rfind([')', ']']).map_or(0, |at| at + 1);
        let rest = part[end..].find(char::is_whitespace).map(|at| end + at);
        let (ty, words) = rest.map_or((part, ""), |at| part.split_at(at));
        let words: Vec<&str> = words.split_whitespace().collect();
        let place = ["memory", "calldata", "storage", "payable", "indexed"];
        let name = words.iter().find(|word| !place.contains(word)).copied().unwrap_or_default();
        let ty: String = ty.chars().filter(|c| !c.is_whitespace()).collect();
        inputs.push(Input { name: name.to_owned(), ty, indexed: words.contains(&"indexed") });
    }
    let types: Vec<&str> = inputs.iter().map(|input| input.ty.as_str()).collect();
    let name = text[..open].trim();
    let signature = Signature::parse(kind, &format!("{name}({})", types.join(","))).ok()?;
    Some(Entry { kind, signature, inputs, anonymous: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_solidity_lays_them_out() {
        for (ty, words) in [
            ("uint8", 1),
            ("string", 1),
            ("uint256[3]", 3),
            ("uint256[]", 1),
            ("(uint256,address)", 2),
            ("(uint256,string)", 1),
            ("(uint256,(bool,bytes32[2]))[2]", 8),
            ("string[2]", 1),
        ] {
            assert_eq!(head_words(ty), words, "{ty}");
        }
    }

    #[test]
    fn signatures_are_read_as_people_write_them() {
        let told = |text: &str| {
            written(SignatureKind::Event, text).map(|entry| {
                let inputs: Vec<_> = entry
                    .inputs
                    .iter()
                    .map(|input| format!("{}{}", input.name, if input.indexed { "!" } else { "" }))
                    .collect();
                format!("{} {}", entry.signature, inputs.join(","))
            })
        };
        let of = |text: &str| Some(text.to_owned());
        assert_eq!(told("Transfer(address, address,uint)"), of("Transfer(address,address,uint256) ,,"));
        assert_eq!(
            told("event Transfer(address indexed from, address indexed to, uint256 value)"),
            of("Transfer(address,address,uint256) from!,to!,value")
        );
        assert_eq!(told("Set((uint256, bool)[] items, bytes data)"), of("Set((uint256,bool)[],bytes) items,data"));
        assert_eq!(told("no brackets"), None);
        assert_eq!(told("x(y z"), None);
    }
}
