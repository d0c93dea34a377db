//! Where accounts come from, as far as it was seen: who created them, who funded them, which code they run.
//!
//! One drawer of the memory for all rules. It is kept only while a rule asks, and what was not seen is not known.

use facts::{Address, Asset, B256, TxFacts};

use crate::{
    MemoryView,
    condition::{look::Origin, types::Value},
};

/// The drawer's name; no rule has a name like it.
pub(crate) const DRAWER: &str = "~origins";
/// Bytes of creator, sender and code hash; the shape of the code follows where the code was whole.
const MADE: usize = 72;

/// Learns what a transaction shows.
pub(crate) fn learn(tx: &TxFacts, memory: &mut MemoryView<'_>) {
    for code in &tx.codes {
        // What was deployed is what the creation returned, unless only a part of that was kept.
        let whole = tx.frames.get(code.frame as usize).filter(|frame| frame.output.len() == code.size as usize);
        let shape = whole.map(|frame| atlas::bytecode::shape(&frame.output));
        let shape = shape.as_ref().map_or(&[][..], |shape| shape.as_slice());
        let made = [code.creator.as_slice(), tx.from.as_slice(), code.hash.as_slice(), shape].concat();
        memory.set_last(&[b"made", code.address.as_slice()], &made);
    }
    let native = tx.flows.iter().filter(|flow| flow.asset == Asset::Native && !flow.amount.is_zero());
    for flow in native {
        let key: &[&[u8]] = &[b"funded", flow.to.as_slice()];
        // Who had something before was funded by somebody else, whom we did not see.
        let had_some = tx.holding(flow.to, &Asset::Native).is_some_and(|(before, _)| !before.is_zero());
        if !had_some && memory.last(key).is_none() {
            memory.set_last(key, flow.from.as_slice());
        }
    }
}

/// Who sent the transaction that created a contract, if it was seen.
pub(crate) fn entity(memory: &MemoryView<'_>, contract: Address) -> Option<Address> {
    let made = memory.last_of(DRAWER, &[b"made", contract.as_slice()]).filter(|made| made.len() >= MADE)?;
    Some(Address::from_slice(&made[20..40]))
}

/// What is known of where an account comes from; null if nothing is.
pub(crate) fn of(memory: &MemoryView<'_>, what: Origin, account: Address) -> Value<'static> {
    let made = || memory.last_of(DRAWER, &[b"made", account.as_slice()]).filter(|made| made.len() >= MADE);
    let address = |bytes: &[u8]| Value::Address(Address::from_slice(bytes));
    match what {
        Origin::Creator => made().map_or(Value::Null, |made| address(&made[..20])),
        Origin::Entity => Value::Address(entity(memory, account).unwrap_or(account)),
        Origin::CodeHash => made().map_or(Value::Null, |made| Value::Hash(B256::from_slice(&made[40..MADE]))),
        Origin::CodeShape => {
            let shape = made().filter(|made| made.len() == MADE + 32);
            shape.map_or(Value::Null, |made| Value::Hash(B256::from_slice(&made[MADE..])))
        }
        Origin::Funder => {
            let funder = memory.last_of(DRAWER, &[b"funded", account.as_slice()]).filter(|funder| funder.len() == 20);
            funder.map_or(Value::Null, address)
        }
    }
}
