//! What governors and timelocks say they will do, read out of their events.

use alloy_primitives::{B256, b256, keccak256};
use facts::{Address, Bytes, KeyedMap, Log, TxRequest, U256};

/// `ProposalCreated(uint256,address,address[],uint256[],string[],bytes[],uint256,uint256,string)`, of most governors.
pub(super) const PROPOSAL_CREATED: B256 = b256!("7d84a6263ae0d98d3329bd7b46bb4e8d6f98cd35a7adb45c274c8b7fd5ebd5e0");
/// `CallScheduled(bytes32,uint256,address,uint256,bytes,bytes32,uint256)`, of OpenZeppelin's timelock.
pub(super) const CALL_SCHEDULED: B256 = b256!("4cf4410cc57040e44862ef0f45f3dd5a5e02db8eb8add648d4b0e236f1d07dca");
/// `QueueTransaction(bytes32,address,uint256,string,bytes,uint256)`, of Compound's timelock.
pub(super) const QUEUE_TRANSACTION: B256 = b256!("76e2796dc3a81d57b0e8504b647febcbeeb5f4af818e164f11eef8131a6a763f");

/// Calls of one plan that are tried.
const CALLS_MAX: usize = 32;
/// Bytes of one call's data.
const DATA_MAX: usize = 1 << 16;

/// What is to be done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// Who says so.
    pub(super) contract: Address,
    /// Its number there.
    pub(super) id: B256,
    /// Who proposed it, if the event says.
    pub(super) proposer: Option<Address>,
    /// Where in the transaction it was said.
    pub(super) frame: u32,
    /// Recipient, wei and call data of each call.
    pub(super) calls: Vec<(Address, U256, Bytes)>,
}

impl Plan {
    /// The plans in these logs. What is scheduled call by call under one number is one plan.
    pub(super) fn all<'a>(logs: impl Iterator<Item = &'a Log>) -> Vec<Self> {
        let mut plans: Vec<Self> = Vec::new();
        let mut places: KeyedMap<(Address, B256), usize> = KeyedMap::default();
        for plan in logs.filter_map(Self::of) {
            let at = *places.entry((plan.contract, plan.id)).or_insert(plans.len());
            match plans.get_mut(at) {
                Some(known) => known.calls.extend(plan.calls),
                None => plans.push(plan),
            }
        }
        plans.retain(|plan| !plan.calls.is_empty() && plan.calls.len() <= CALLS_MAX);
        plans
    }

    fn of(log: &Log) -> Option<Self> {
        let data = &log.data[..];
        let said = |id, proposer, calls| Self { contract: log.address, id, proposer, frame: log.frame, calls };
        let topic = |at: usize| log.topics.get(at).copied();
        match *log.topics.first()? {
            PROPOSAL_CREATED => {
                let (targets, values) = (items(data, 2)?, items(data, 3)?);
                let (signatures, inputs) = (items(data, 4)?, items(data, 5)?);
                let count = word(targets, 0).and_then(number)?;
                if count > CALLS_MAX {
                    return None;
                }
                let call = |at: usize| {
                    let signature = bytes(signatures.get(32..)?, at)?;
                    let input = bytes(inputs.get(32..)?, at)?;
                    Some((account(word(targets, 1 + at)?), value(word(values, 1 + at)?), call_data(signature, input)))
                };
                let calls = (0..count).map(call).collect::<Option<_>>()?;
                Some(said(word(data, 0)?, Some(account(word(data, 1)?)), calls))
            }
            CALL_SCHEDULED => {
                let call = (account(word(data, 0)?), value(word(data, 1)?), call_data(&[], bytes(data, 2)?));
                Some(said(topic(1)?, None, vec![call]))
            }
            QUEUE_TRANSACTION => {
                let input = call_data(bytes(data, 1)?, bytes(data, 2)?);
                // Compound's timelock numbers calls and not plans: those of one transaction belong together.
                Some(said(B256::ZERO, None, vec![(account(topic(2)?), value(word(data, 0)?), input)]))
            }
            _ => None,
        }
    }

    /// What it would be to carry it out, as this account.
    pub(super) fn requests(&self, from: Address) -> Vec<TxRequest> {
        let call = |(to, value, input): &(Address, U256, Bytes)| TxRequest {
            from,
            to: Some(*to),
            value: *value,
            input: input.clone(),
            gas_limit: None,
        };
        self.calls.iter().map(call).collect()
    }

    /// What tells it from others, wherever it is said: a governor's proposal is the same when its timelock queues it.
    pub(super) fn digest(&self) -> B256 {
        digest(self.calls.iter().map(|(to, value, input)| (*to, *value, input)))
    }
}

/// See [`Plan::digest`].
pub(super) fn digest<'a>(calls: impl Iterator<Item = (Address, U256, &'a Bytes)>) -> B256 {
    let mut text = Vec::new();
    for (to, value, input) in calls {
        text.extend(to);
        text.extend(value.to_be_bytes::<32>());
        text.extend(keccak256(input));
    }
    keccak256(text)
}

/// With a signature, the data is that of the arguments alone.
fn call_data(signature: &[u8], input: &[u8]) -> Bytes {
    let selector = keccak256(signature);
    let selector = if signature.is_empty() { &[] } else { &selector[..4] };
    Bytes::from([selector, input].concat())
}

/// The part of the data to which the word at a place points.
fn items(data: &[u8], at: usize) -> Option<&[u8]> {
    data.get(word(data, at).and_then(number)?..)
}

/// The bytes to which the word at a place points.
fn bytes(data: &[u8], at: usize) -> Option<&[u8]> {
    let from = items(data, at)?;
    let length = word(from, 0).and_then(number).filter(|length| *length <= DATA_MAX)?;
    from.get(32..32 + length)
}

fn word(data: &[u8], at: usize) -> Option<B256> {
    Some(B256::from(*data.get(at.checked_mul(32)?..)?.first_chunk()?))
}

fn number(word: B256) -> Option<usize> {
    usize::try_from(U256::from_be_bytes(word.0)).ok()
}

fn account(word: B256) -> Address {
    Address::from_word(word)
}

fn value(word: B256) -> U256 {
    U256::from_be_bytes(word.0)
}
