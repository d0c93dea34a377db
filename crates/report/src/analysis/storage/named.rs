//! The names that a known layout gives to slots, and their values as it says to read them.

use std::collections::BTreeMap;

use atlas::{Layout, SlotNames, Value, ValueChange};
use facts::{Address, MappingKey, U256};

use super::{super::amounts::grouped, super::cast::Cast, super::material::Material};

/// The layouts of whoever's storage changed.
pub(super) struct Named<'a> {
    by_account: BTreeMap<Address, SlotNames<'a>>,
    standard: SlotNames<'a>,
}

/// A slot's name, and its value before and after in words.
type Reading = (String, Option<(String, String)>);

impl<'a> Named<'a> {
    pub(super) fn of(
        material: &Material<'a>,
        cast: &Cast<'_>,
        accounts: impl Iterator<Item = Address>,
        keys: &'a [MappingKey],
    ) -> Self {
        let mut by_account = BTreeMap::new();
        for account in accounts {
            // What a proxy keeps is laid out by the code that it borrows.
            let code = material.codes.get(&cast.code_of(account));
            if let Some(layout) = code.and_then(|code| material.layouts.of(code)) {
                by_account.entry(account).or_insert_with(|| SlotNames::new(layout, keys));
            }
        }
        Self { by_account, standard: SlotNames::new(Layout::openzeppelin(), keys) }
    }

    /// What a slot is called and how its values read; none where no layout knows it.
    pub(super) fn read(&self, account: Address, slot: U256, values: (U256, U256), cast: &Cast<'_>) -> Option<Reading> {
        let changes = |names: &SlotNames<'_>| names.changes(slot, values.0, values.1);
        let own = self.by_account.get(&account).map(changes).filter(|changes| !changes.is_empty());
        let changes = own.or_else(|| Some(changes(&self.standard)).filter(|changes| !changes.is_empty()))?;
        let name: Vec<String> = changes.iter().map(|change| renamed(&change.path, cast)).collect();
        Some((name.join(", "), in_words(&changes, cast)))
    }
}

/// All values in words, or none if one of them is not known.
fn in_words(changes: &[ValueChange], cast: &Cast<'_>) -> Option<(String, String)> {
    let all = |of: fn(&ValueChange) -> &Option<Value>| -> Option<String> {
        let words: Option<Vec<String>> =
            changes.iter().map(|change| of(change).as_ref().map(|value| word(value, cast))).collect();
        words.map(|words| words.join(", "))
    };
    Some((all(|change| &change.before)?, all(|change| &change.after)?))
}

fn word(value: &Value, cast: &Cast<'_>) -> String {
    match value {
        Value::Uint(number) => grouped(&number.to_string()),
        Value::Address(account) if cast.knows(*account) => cast.name(*account),
        other => other.to_string(),
    }
}

/// A path with accounts by their names: `balances[0x12…ab]`.
fn renamed(path: &str, cast: &Cast<'_>) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find("[0x") {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let end = after.find(']').unwrap_or(after.len());
        let account = after[..end].parse::<Address>().ok().filter(|account| cast.knows(*account));
        out.push_str(&account.map_or_else(|| after[..end].to_owned(), |account| cast.name(account)));
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}
