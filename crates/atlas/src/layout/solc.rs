//! `storageLayout`, as the Solidity compiler writes it.

use std::collections::BTreeMap;

use alloy_primitives::U256;
use serde::Deserialize;

use super::{DEPTH_MAX, Language, Layout, Leaf, Shape, TYPES_MAX, Type, VARIABLES_MAX, Variable};
use crate::{
    AtlasError,
    config::{Text, one_line},
};

/// The longest name of a variable or type that is kept, in characters.
const NAME_CHARS_MAX: usize = 200;

/// The compiler's own form.
#[derive(Deserialize)]
pub(crate) struct LayoutJson {
    #[serde(default)]
    storage: Vec<VariableJson>,
    // The compiler writes `null` for a contract without storage.
    #[serde(default)]
    types: Option<BTreeMap<String, TypeJson>>,
}

#[derive(Deserialize)]
struct VariableJson {
    label: String,
    slot: String,
    #[serde(default)]
    offset: usize,
    #[serde(rename = "type")]
    ty: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeJson {
    #[serde(default)]
    encoding: String,
    #[serde(default)]
    label: String,
    number_of_bytes: String,
    key: Option<String>,
    value: Option<String>,
    base: Option<String>,
    members: Option<Vec<VariableJson>>,
}

impl Layout {
    /// Reads the `storageLayout` of one contract, as it stands in the compiler's output or what `forge inspect` prints.
    pub fn parse(file: &str, text: &str) -> Result<Self, AtlasError> {
        let json: LayoutJson = serde_json::from_str(text).map_err(|error| {
            let place = Text { file, text };
            let start = crate::abi::offset(text, error.line(), error.column());
            let told = error.to_string();
            let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
            place.error(start..start, format!("not a storage layout: {what}")).hint(REMEDY)
        })?;
        json.read(file)
    }
}

const REMEDY: &str = "give `storageLayout` as the compiler writes it, or an artifact that has it";

impl LayoutJson {
    pub(crate) fn read(self, file: &str) -> Result<Layout, AtlasError> {
        let bad = |message: String| AtlasError::Layout { file: file.to_owned(), message };
        let types = self.types.unwrap_or_default();
        let members: usize = types.values().map(|ty| ty.members.as_ref().map_or(0, Vec::len)).sum();
        if types.len() > TYPES_MAX || members + self.storage.len() > VARIABLES_MAX {
            return Err(bad(format!("more than {TYPES_MAX} types or {VARIABLES_MAX} variables")));
        }
        let places: BTreeMap<&str, usize> = types.keys().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
        let place = |id: &str| {
            let unknown = || bad(format!("the type `{}` is not described", one_line(id, NAME_CHARS_MAX)));
            places.get(id).copied().ok_or_else(unknown)
        };
        let variable = |json: &VariableJson| -> Result<Variable, AtlasError> {
            let slot: U256 =
                json.slot.parse().map_err(|_| bad(format!("`{}` is no slot", one_line(&json.slot, NAME_CHARS_MAX))))?;
            if json.offset >= 32 {
                return Err(bad(format!("`{}` begins behind its slot", one_line(&json.label, NAME_CHARS_MAX))));
            }
            let name = one_line(&json.label, NAME_CHARS_MAX);
            Ok(Variable { name, slot, offset: json.offset, ty: place(&json.ty)? })
        };
        let mut read = Vec::with_capacity(types.len());
        for ty in types.values() {
            let bytes: U256 = ty.number_of_bytes.parse().map_err(|_| {
                bad(format!("`{}` is no number of bytes", one_line(&ty.number_of_bytes, NAME_CHARS_MAX)))
            })?;
            let shape = match (ty.encoding.as_str(), &ty.members, &ty.base, &ty.key, &ty.value) {
                ("inplace", Some(members), ..) => {
                    Shape::Struct(members.iter().map(variable).collect::<Result<_, _>>()?)
                }
                ("inplace", None, Some(base), ..) => Shape::Array { element: place(base)? },
                ("inplace", ..) if bytes <= U256::from(32) => Shape::Leaf(Leaf::of(&ty.label)),
                ("mapping", _, _, Some(key), Some(value)) => Shape::Mapping { key: place(key)?, value: place(value)? },
                ("dynamic_array", _, Some(base), ..) => Shape::Dynamic { element: place(base)? },
                ("bytes", ..) => Shape::Text(Leaf::of(&ty.label)),
                _ => Shape::Unknown,
            };
            read.push(Type { label: one_line(&ty.label, NAME_CHARS_MAX), bytes, shape });
        }
        let variables = self.storage.iter().map(variable).collect::<Result<_, _>>()?;
        let layout = Layout { variables, types: read, language: Language::Solidity };
        if (0..layout.types.len()).any(|ty| !layout.ends(ty, DEPTH_MAX)) {
            return Err(bad(format!("a type holds itself, or types lie deeper than {DEPTH_MAX} in each other")));
        }
        Ok(layout)
    }
}

impl Layout {
    /// Whether a type ends within this depth, in place.
    pub(super) fn ends(&self, ty: usize, depth: usize) -> bool {
        let Some(below) = depth.checked_sub(1) else { return false };
        match &self.types[ty].shape {
            Shape::Array { element } => self.ends(*element, below),
            Shape::Struct(members) => members.iter().all(|member| self.ends(member.ty, below)),
            _ => true,
        }
    }
}
