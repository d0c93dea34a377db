//! The accounts that a block names: those that take part, and those in logs and in what senders and contracts wrote. An
//! account that earlier blocks alone know of is not among them.

use std::collections::BTreeSet;

use facts::{Address, Block, BlockFacts, Log, Receipt, StateRead};

/// Whoever took part, and every word that was said to be read by others and may be an address.
pub(super) fn accounts(block: &Block, read: &StateRead, receipts: &[Receipt]) -> BTreeSet<Address> {
    let touched = read.accounts.keys().chain(&read.absent).copied();
    let inputs = block.txs.iter().flat_map(|tx| words(tx.input.get(4..).unwrap_or_default()));
    let logs = receipts.iter().flat_map(|receipt| receipt.logs.iter().flat_map(of_log));
    touched.chain(inputs).chain(logs).collect()
}

/// Every word of an inner call's arguments that may be an address.
pub(super) fn in_calls(facts: &BlockFacts) -> BTreeSet<Address> {
    let inner = facts.txs.iter().flat_map(|tx| tx.frames.iter().skip(1));
    inner.flat_map(|frame| words(frame.input.get(4..).unwrap_or_default())).collect()
}

fn of_log(log: &Log) -> impl Iterator<Item = Address> {
    log.topics.iter().filter_map(|topic| address(topic.as_slice())).chain(words(&log.data))
}

fn words(data: &[u8]) -> impl Iterator<Item = Address> {
    data.chunks_exact(32).filter_map(address)
}

/// The address in a word that is nothing else.
fn address(word: &[u8]) -> Option<Address> {
    let (padding, address) = word.split_at_checked(12)?;
    padding.iter().all(|byte| *byte == 0).then(|| Address::try_from(address).ok())?
}
