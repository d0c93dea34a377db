//! Storage before and after, slot by slot, with whatever name can be had for a slot: from a layout, from the standards, or
//! from how its place was computed in this very transaction.

mod named;

use std::collections::BTreeMap;

use facts::{Address, B256, MappingKey, TxFacts, U256};

use self::named::Named;
use super::{cast::Cast, material::Material, model::SlotRow};

/// How deep mappings of mappings are followed. Contracts in use nest two or three.
const NESTED_MAX: usize = 4;
/// Slots beside a hashed one that still belong to it: members of a struct, elements of a short array.
const BESIDE_MAX: u64 = 32;
/// Slots of plain variables are small; a larger number is a place that was computed.
const PLAIN_MAX: u64 = 0x1_0000;

/// Every slot that ended up different, ordered by account and by when it was first written.
pub(super) fn slots(material: &Material<'_>, cast: &Cast<'_>, facts: &TxFacts) -> Vec<SlotRow> {
    let mut rows: Vec<(Address, U256, SlotRow)> = Vec::new();
    let mut at: BTreeMap<(Address, U256), usize> = BTreeMap::new();
    for write in &facts.writes {
        let index = *at.entry((write.address, write.slot)).or_insert_with(|| {
            let row = SlotRow {
                account: cast.id(write.address),
                slot: write.slot.into(),
                name: None,
                before: write.before.into(),
                after: write.after.into(),
                read: None,
                writes: 0,
                frame: write.frame,
            };
            rows.push((write.address, write.slot, row));
            rows.len() - 1
        });
        let row = &mut rows[index].2;
        row.after = write.after.into();
        row.writes += 1;
        row.frame = write.frame;
    }
    rows.retain(|(.., row)| row.before != row.after);
    rows.sort_by_key(|(address, ..)| *address);
    let keys: BTreeMap<B256, &MappingKey> = facts.keys.iter().map(|key| (key.hash, key)).collect();
    let layouts = Named::of(material, cast, rows.iter().map(|(account, ..)| *account), &facts.keys);
    let named = rows.into_iter().map(|(account, slot, mut row)| {
        let told = layouts.read(account, slot, (row.before.into(), row.after.into()), cast);
        (row.name, row.read) = match told {
            Some((name, read)) => (Some(name), read),
            None => (
                standard(slot).map(str::to_owned).or_else(|| reached(slot, &keys, cast)),
                read(row.before, row.after, cast),
            ),
        };
        row
    });
    named.collect()
}

/// Slots that standards give a name.
fn standard(slot: U256) -> Option<&'static str> {
    let word = format!("{slot:#066x}");
    Some(match word.as_str() {
        "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc" => "implementation (EIP-1967)",
        "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103" => "admin (EIP-1967)",
        "0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50" => "beacon (EIP-1967)",
        "0xc5f16f0fcc639fa48a6947836d9850f504798523bf8c9a3a87d5876cf622bcf7" => "implementation (EIP-1822)",
        "0x9016d09d72d40fdae2fd8ceac6b6234c7706214fd39c1cd1e609a0528c199300" => "owner (ERC-7201 Ownable)",
        "0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00" => "initialized (ERC-7201 Initializable)",
        "0xcd5ed15c6e187e77e9aee88184c21f4f2182ab5827cb3b7e07fbedcd63f03300" => "paused (ERC-7201 Pausable)",
        "0x9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f00" => "entered (ERC-7201 ReentrancyGuard)",
        _ => return None,
    })
}

/// How a slot was reached: `mapping at slot 3 [0x12…ab]`, where its place was hashed in this transaction.
fn reached(slot: U256, keys: &BTreeMap<B256, &MappingKey>, cast: &Cast<'_>) -> Option<String> {
    if slot < U256::from(PLAIN_MAX) {
        return Some(format!("slot {slot}"));
    }
    let (key, beside) = (0..=BESIDE_MAX).find_map(|beside| {
        let base = slot.checked_sub(U256::from(beside))?;
        Some((*keys.get(&B256::from(base))?, beside))
    })?;
    let mut path = Vec::new();
    let mut at = key;
    for _ in 0..NESTED_MAX {
        // Solidity hashes the key before the base, Vyper after it; the base is a small number or another hash.
        let is_base = |word: &B256| U256::from_be_bytes(word.0) < U256::from(PLAIN_MAX) || keys.contains_key(word);
        let [first, second] = &at.words;
        let (inner, base) = match (is_base(first), is_base(second)) {
            (_, true) => (first, second),
            (true, false) => (second, first),
            (false, false) => break,
        };
        path.push(format!("[{}]", key_text(*inner, cast)));
        match keys.get(base) {
            Some(outer) => at = outer,
            None => {
                path.reverse();
                let beside = if beside == 0 { String::new() } else { format!(" + {beside}") };
                return Some(format!("slot {}{}{beside}", U256::from_be_bytes(base.0), path.concat()));
            }
        }
    }
    None
}

fn key_text(word: B256, cast: &Cast<'_>) -> String {
    let number = U256::from_be_bytes(word.0);
    if word[..12].iter().all(|byte| *byte == 0) && number > U256::from(u64::MAX) {
        return cast.name(Address::from_word(word));
    }
    if number < U256::from(u64::MAX) { number.to_string() } else { format!("{number:#x}") }
}

/// Both values as people read them: addresses that take part by their names, numbers that look like numbers in decimal.
fn read(before: B256, after: B256, cast: &Cast<'_>) -> Option<(String, String)> {
    let one = |word: B256| {
        let number = U256::from_be_bytes(word.0);
        let address = Address::from_word(word);
        let looks_like_one = word[..12].iter().all(|byte| *byte == 0) && word[12] != 0;
        if looks_like_one && cast.knows(address) {
            return Some(cast.name(address));
        }
        // Above this it is rarely an amount: packed fields, hashes, texts.
        (number.bit_len() <= 128).then(|| super::amounts::grouped(&number.to_string()))
    };
    Some((one(before)?, one(after)?))
}
