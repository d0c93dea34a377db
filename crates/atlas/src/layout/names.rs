//! Slots by name, with what was in them before and after.

use alloy_primitives::U256;
use facts::MappingKey;

use super::{
    Language, Layout, Shape,
    region::{Place, Regions},
};
use crate::Value;

/// The names of a contract's slots, as far as a layout and the hashes that were seen tell them.
pub struct SlotNames<'a> {
    layout: &'a Layout,
    regions: Regions<'a>,
}

/// What one variable, or a part of one, is in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotValue {
    /// Its name, such as `balances[0x…]`, `config.paused` or `queue[3].amount`.
    pub path: String,
    /// Its type, as the layout writes it.
    pub ty: String,
    /// Its value. For a dynamic array and a long text this is the length; for the slot of a mapping there is none.
    pub value: Option<Value>,
}

/// A variable before and after a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueChange {
    /// Its name.
    pub path: String,
    /// Its type.
    pub ty: String,
    /// What it was.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
}

impl<'a> SlotNames<'a> {
    /// The names that a layout gives, with those of mappings whose keys were hashed. Keys of other contracts do no harm.
    pub fn new<'k>(layout: &'a Layout, keys: impl IntoIterator<Item = &'k MappingKey>) -> Self {
        Self { layout, regions: Regions::new(layout, keys) }
    }

    /// The name of a slot when it holds one variable, or the first of those that share it.
    pub fn name(&self, slot: U256) -> Option<String> {
        self.values(slot, U256::ZERO).into_iter().next().map(|value| value.path)
    }

    /// Every variable in a slot with this content, from its low end; empty when nothing is known of the slot.
    pub fn values(&self, slot: U256, content: U256) -> Vec<SlotValue> {
        self.regions.places(slot).into_iter().map(|place| self.read(place, content)).collect()
    }

    /// What of the variables in a slot a write changed. Those that share the slot and stayed are left out; when nothing
    /// is known of the slot there is nothing.
    pub fn changes(&self, slot: U256, before: U256, after: U256) -> Vec<ValueChange> {
        let pairs = self.values(slot, before).into_iter().zip(self.values(slot, after));
        let changed = pairs.filter(|(old, new)| old.value != new.value || old.value.is_none());
        changed
            .map(|(old, new)| ValueChange { path: old.path, ty: old.ty, before: old.value, after: new.value })
            .collect()
    }

    fn read(&self, place: Place, content: U256) -> SlotValue {
        let Some(ty) = place.ty.map(|ty| &self.layout.types[ty]) else {
            let value = Value::FixedBytes(content.to_be_bytes::<32>().into());
            return SlotValue { path: place.path, ty: "content".to_owned(), value: Some(value) };
        };
        let size = usize::try_from(ty.bytes).unwrap_or(32).min(32);
        let value = match &ty.shape {
            Shape::Leaf(leaf) => Some(leaf.read(content, place.offset, size)),
            Shape::Text(leaf) if self.layout.language == Language::Solidity => leaf.short_text(content),
            Shape::Text(_) | Shape::Dynamic { .. } => Some(Value::Uint(content)),
            Shape::Mapping { .. } | Shape::Unknown | Shape::Array { .. } | Shape::Struct(_) => None,
        };
        SlotValue { path: place.path, ty: ty.label.clone(), value }
    }
}
