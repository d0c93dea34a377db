//! The accounts that a transaction names in any way that a rule can read.

use facts::{Address, TxFacts};

/// Who took part, and every word of what was said that may be an address; some more than once.
pub(super) fn accounts(tx: &TxFacts) -> impl Iterator<Item = Address> {
    let frames = tx.frames.iter().flat_map(|frame| {
        let arguments = frame.input.get(4..).unwrap_or_default();
        [frame.caller, frame.target, frame.code].into_iter().chain(words(arguments))
    });
    let flows = tx.flows.iter().flat_map(|flow| [flow.from, flow.to]);
    let logs = tx.logs.iter().flat_map(|log| {
        let topics = log.topics.iter().filter_map(|topic| address(topic.as_slice()));
        std::iter::once(log.address).chain(topics).chain(words(&log.data))
    });
    let changes = tx.changes.iter().flat_map(|change| {
        let values = [change.before, Some(change.after)].into_iter().flatten();
        std::iter::once(change.contract).chain(values.filter_map(|value| address(value.as_slice())))
    });
    let delegations = tx.delegations.iter().flat_map(|delegation| [delegation.account, delegation.code]);
    [Some(tx.from), tx.to]
        .into_iter()
        .flatten()
        .chain(frames)
        .chain(flows)
        .chain(logs)
        .chain(changes)
        .chain(delegations)
}

fn words(data: &[u8]) -> impl Iterator<Item = Address> {
    data.chunks_exact(32).filter_map(address)
}

/// The address in a word that is none but for its last twenty bytes.
fn address(word: &[u8]) -> Option<Address> {
    let (padding, address) = word.split_at_checked(12)?;
    let address = Address::try_from(address).ok()?;
    (padding.iter().all(|byte| *byte == 0) && !address.is_zero()).then_some(address)
}
