//! How a contract's variables lie in its storage, and what a slot of it is called.
//!
//! Formats: the Solidity documentation, "Layout of State Variables in Storage" and `storageLayout` of the compiler's
//! output; ERC-7201 for namespaces; the Vyper documentation, `vyper -f layout`. What a layout does not name stays
//! unnamed: a slot is never guessed at.

mod declare;
mod known;
mod leaf;
mod names;
mod region;
mod solc;
mod vyper;

use alloy_primitives::{B256, U256, keccak256};

pub use known::Layouts;
pub use names::{SlotNames, SlotValue, ValueChange};
pub(crate) use solc::LayoutJson;

use leaf::Leaf;

/// The most types, and the most variables with members of structs, of one layout. The largest contracts have hundreds.
const TYPES_MAX: usize = 10_000;
const VARIABLES_MAX: usize = 10_000;
/// How deep arrays and structs may lie in each other in place.
const DEPTH_MAX: usize = 16;

/// Where the variables of a contract lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    variables: Vec<Variable>,
    types: Vec<Type>,
    language: Language,
}

/// Who laid it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Language {
    /// Small variables share a slot; mappings hash the key before their slot; arrays lie at the hash of theirs.
    #[default]
    Solidity,
    /// Every variable has slots of its own; mappings hash their slot before the key; arrays lie behind their length.
    Vyper,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Variable {
    name: String,
    slot: U256,
    /// Bytes from the low end of the slot.
    offset: usize,
    ty: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Type {
    /// As a person would write it.
    label: String,
    /// Bytes that it takes in place; whole slots for everything but a leaf.
    bytes: U256,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Leaf(Leaf),
    /// `bytes` and `string`.
    Text(Leaf),
    Mapping {
        key: usize,
        value: usize,
    },
    Array {
        element: usize,
    },
    Dynamic {
        element: usize,
    },
    Struct(Vec<Variable>),
    /// Something that this version does not know.
    Unknown,
}

impl Type {
    fn slots(&self) -> U256 {
        self.bytes.div_ceil(U256::from(32)).max(U256::ONE)
    }
}

impl Layout {
    /// The names of the variables in it, in order, without members.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|variable| variable.name.as_str())
    }

    /// This layout with the variables of another one of the same language behind its own, as a contract with namespaces
    /// has them.
    pub fn with(mut self, other: &Self) -> Self {
        if self.variables.is_empty() {
            self.language = other.language;
        }
        let shift = self.types.len();
        let moved = |variable: &Variable| Variable { ty: variable.ty + shift, ..variable.clone() };
        self.variables.extend(other.variables.iter().map(moved));
        self.types.extend(other.types.iter().map(|ty| Type {
            shape: match &ty.shape {
                Shape::Mapping { key, value } => Shape::Mapping { key: key + shift, value: value + shift },
                Shape::Array { element } => Shape::Array { element: element + shift },
                Shape::Dynamic { element } => Shape::Dynamic { element: element + shift },
                Shape::Struct(members) => Shape::Struct(members.iter().map(moved).collect()),
                other => other.clone(),
            },
            ..ty.clone()
        }));
        self
    }
}

/// Where a namespace begins, by ERC-7201:
/// `keccak256(abi.encode(uint256(keccak256(bytes(id))) - 1)) & ~bytes32(uint256(0xff))`.
pub fn erc7201_slot(id: &str) -> B256 {
    let inner = U256::from_be_bytes(keccak256(id).0).wrapping_sub(U256::ONE);
    let mut slot = keccak256(inner.to_be_bytes::<32>());
    slot.0[31] = 0;
    slot
}

#[cfg(test)]
mod tests;
