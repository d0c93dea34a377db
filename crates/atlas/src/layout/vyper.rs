//! The layout that `vyper -f layout` prints.

use std::collections::BTreeMap;

use alloy_primitives::U256;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{DEPTH_MAX, Language, Layout, Leaf, Shape, Type, VARIABLES_MAX, Variable};
use crate::{AtlasError, config::one_line};

#[derive(Deserialize)]
struct VyperJson {
    storage_layout: BTreeMap<String, Json>,
}

impl Layout {
    /// Reads what `vyper -f layout` prints. Structs are named by it and not described: what is behind one stays unnamed.
    pub fn parse_vyper(file: &str, text: &str) -> Result<Self, AtlasError> {
        let bad = |message: String| AtlasError::Layout { file: file.to_owned(), message };
        let json: VyperJson =
            serde_json::from_str(text).map_err(|error| bad(format!("not what `vyper -f layout` prints: {error}")))?;
        let mut layout = Self { language: Language::Vyper, ..Self::default() };
        layout.entries("", &json.storage_layout.into_iter().collect(), 0).map_err(bad)?;
        Ok(layout)
    }

    /// Variables, and those of modules, which stand one level deeper from Vyper 0.4 on.
    fn entries(&mut self, before: &str, entries: &serde_json::Map<String, Json>, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX || self.variables.len() > VARIABLES_MAX {
            return Err(format!("more than {VARIABLES_MAX} variables, or deeper than {DEPTH_MAX}"));
        }
        for (name, entry) in entries {
            let path = format!("{before}{}", one_line(name, 200));
            let entry = entry.as_object().ok_or_else(|| format!("`{path}` is not described"))?;
            let (Some(slot), Some(ty)) = (entry.get("slot").and_then(Json::as_u64), entry.get("type")) else {
                self.entries(&format!("{path}."), entry, depth + 1)?;
                continue;
            };
            let ty = ty.as_str().ok_or_else(|| format!("the type of `{path}` is no text"))?;
            let ty = self.vyper_type(ty.trim(), 0)?;
            self.variables.push(Variable { name: path, slot: U256::from(slot), offset: 0, ty });
        }
        Ok(())
    }

    /// Every value takes whole slots, whatever its size.
    fn vyper_type(&mut self, label: &str, depth: usize) -> Result<usize, String> {
        let shown = one_line(label, 200);
        if depth > DEPTH_MAX {
            return Err(format!("the types of `{shown}` lie deeper than {DEPTH_MAX} in each other"));
        }
        let inside = |name: &str| label.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']');
        let number = |text: &str| text.trim().parse::<u32>().ok().map(U256::from);
        let word = U256::from(32);
        let (bytes, shape) = if let Some((key, value)) = inside("HashMap").and_then(split_last_level) {
            let (key, value) = (self.vyper_type(key, depth + 1)?, self.vyper_type(value, depth + 1)?);
            (word, Shape::Mapping { key, value })
        } else if let Some((element, most)) = inside("DynArray").and_then(split_last_level) {
            let element = self.vyper_type(element, depth + 1)?;
            let most = number(most).ok_or_else(|| format!("`{shown}` has no length"))?;
            let slots = self.types[element].slots().saturating_mul(most).saturating_add(U256::ONE);
            (slots.saturating_mul(word), Shape::Dynamic { element })
        } else if let Some(most) = inside("String").or_else(|| inside("Bytes")).and_then(number) {
            let leaf = if label.starts_with('S') { Leaf::Text } else { Leaf::Bytes };
            (word.saturating_add(most.div_ceil(word).saturating_mul(word)), Shape::Text(leaf))
        } else if let Some((element, count)) = label.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
            let element = self.vyper_type(element.trim(), depth + 1)?;
            let count = number(count).ok_or_else(|| format!("`{shown}` has no length"))?;
            (self.types[element].slots().saturating_mul(count).saturating_mul(word), Shape::Array { element })
        } else {
            match Leaf::of(label) {
                Leaf::Raw | Leaf::Bytes | Leaf::Text => (word, Shape::Unknown),
                leaf => (U256::from(leaf.bytes(label).unwrap_or(32)), Shape::Leaf(leaf)),
            }
        };
        self.types.push(Type { label: shown, bytes, shape });
        Ok(self.types.len() - 1)
    }
}

/// `address, HashMap[address, uint256]` at its first comma that is not inside brackets.
fn split_last_level(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'(' => depth += 1,
            b']' | b')' => depth -= 1,
            b',' if depth == 0 => return Some((text[..at].trim(), text[at + 1..].trim())),
            _ => {}
        }
    }
    None
}
