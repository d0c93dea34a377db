//! A transaction in words: calls, movements and writes with the names that are known. Text of strangers in it is escaped
//! where it was decoded; names of an inventory are as their author wrote them.

use std::collections::BTreeMap;

use atlas::{Chain, Protocol, Selectors};
use facts::{
    AccountId, Address, Asset, AssetId, B256, Bytes, ChangeKind, FlowKind, Frame, FrameKind, FrameStatus, Log,
    Selector, Sight, TxFacts, U256,
};
use serde::Serialize;

use super::{decimal, transaction::SeenTx};

/// What a transaction did. Amounts are decimal strings in base units, assets CAIP-19, accounts CAIP-10.
#[derive(Debug, Serialize)]
pub struct TransactionReport {
    /// The chain.
    pub chain: facts::ChainId,
    /// Height of its block.
    pub block: u64,
    /// Hash of its block.
    pub block_hash: B256,
    /// The block's time, seconds since 1970 UTC.
    pub timestamp: u64,
    /// The transaction.
    pub tx: B256,
    /// How it was seen.
    pub sight: Sight,
    /// What cannot be seen in this way.
    pub cannot_see: Vec<&'static str>,
    /// What could not be seen, or is not proved, and why.
    pub blind: Vec<String>,
    /// What it did, if it could be seen.
    #[serde(flatten)]
    pub told: Option<Told>,
}

/// What a transaction did.
#[derive(Debug, Serialize)]
pub struct Told {
    /// Index in the block.
    pub index: u32,
    /// Sender.
    pub from: AccountId,
    /// Recipient, or none for a creation.
    pub to: Option<AccountId>,
    /// How it ended.
    pub status: FrameStatus,
    /// Why, if it failed and said so.
    pub reason: Option<String>,
    /// Gas used.
    pub gas_used: u64,
    /// Wei paid for a unit of gas.
    pub gas_price: String,
    /// Calls and creations in the order they began.
    pub calls: Vec<CallRow>,
    /// Movements of value that lasted, in order.
    pub flows: Vec<FlowRow>,
    /// What accounts gained and lost, without fees.
    pub net: Vec<NetRow>,
    /// Storage writes that lasted and changed something, in order.
    pub writes: Vec<WriteRow>,
    /// Events, in order.
    pub events: Vec<EventRow>,
    /// Changes of who may do what.
    pub changes: Vec<ChangeRow>,
    /// Contracts that were created.
    pub created: Vec<AccountId>,
    /// Names of those that are ours.
    pub names: BTreeMap<AccountId, String>,
}

/// A call or creation.
#[derive(Debug, Serialize)]
pub struct CallRow {
    /// How deep it is; zero for the transaction itself.
    pub depth: u16,
    /// How its code came to run.
    pub kind: FrameKind,
    /// Who called.
    pub from: AccountId,
    /// Whose storage and balance it acts on.
    pub to: AccountId,
    /// Whose code ran, where that is another account.
    pub code: Option<AccountId>,
    /// Wei sent along.
    pub value: String,
    /// The function and its arguments, where the function is known.
    pub function: Option<String>,
    /// The first four bytes of the call data, where it has them.
    pub selector: Option<Selector>,
    /// Bytes of call data or init code.
    pub input_bytes: usize,
    /// What it returned; nothing is kept of a creation's code.
    pub output: Option<Bytes>,
    /// How it ended.
    pub status: FrameStatus,
    /// Why, if it failed and said so.
    pub reason: Option<String>,
    /// Gas used.
    pub gas_used: u64,
    /// Whether what it did lasts.
    pub effective: bool,
}

/// A movement of value.
#[derive(Debug, Serialize)]
pub struct FlowRow {
    /// What moved.
    pub asset: AssetId,
    /// Whose it was.
    pub from: AccountId,
    /// Whose it is.
    pub to: AccountId,
    /// How much.
    #[serde(serialize_with = "decimal")]
    pub amount: U256,
    /// How the movement shows itself.
    pub kind: FlowKind,
}

/// What an account gained or lost of an asset.
#[derive(Debug, Serialize)]
pub struct NetRow {
    /// The account.
    pub account: AccountId,
    /// The asset.
    pub asset: AssetId,
    /// How much more came in than went out.
    #[serde(serialize_with = "decimal")]
    pub gained: U256,
    /// How much more went out than came in.
    #[serde(serialize_with = "decimal")]
    pub lost: U256,
}

/// A storage write.
#[derive(Debug, Serialize)]
pub struct WriteRow {
    /// Whose storage.
    pub account: AccountId,
    /// The slot.
    pub slot: B256,
    /// The value before.
    pub before: B256,
    /// The value after.
    pub after: B256,
}

/// An event.
#[derive(Debug, Serialize)]
pub struct EventRow {
    /// Who wrote it.
    pub account: AccountId,
    /// Its signature, where it is known.
    pub event: Option<String>,
    /// Its topics.
    pub topics: Vec<B256>,
    /// The rest.
    pub data: Bytes,
}

/// A change of who may do what.
#[derive(Debug, Serialize)]
pub struct ChangeRow {
    /// The contract whose rules changed.
    pub contract: AccountId,
    /// What changed.
    pub kind: ChangeKind,
    /// The value before, where known.
    pub before: Option<B256>,
    /// The value after.
    pub after: B256,
    /// Whether an event announced it.
    pub announced: bool,
}

/// What things are called.
pub struct Words<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// Functions, events and errors.
    pub selectors: &'a Selectors,
    /// Contracts.
    pub protocol: Option<&'a Protocol>,
}

impl Words<'_> {
    /// Tells what was seen of the transaction `hash`.
    pub fn tell(&self, hash: B256, seen: SeenTx) -> TransactionReport {
        TransactionReport {
            chain: self.chain.id.clone(),
            block: seen.block.number,
            block_hash: seen.block.hash,
            timestamp: seen.timestamp,
            tx: hash,
            sight: seen.sight,
            cannot_see: seen.sight.cannot_see().to_vec(),
            blind: seen.blind.into_iter().map(|blind| blind.why).collect(),
            told: seen.facts.map(|facts| self.told(facts)),
        }
    }

    fn told(&self, facts: TxFacts) -> Told {
        let account = |address| self.account(address);
        let asset = |asset: &Asset| AssetId::of(&self.chain.id, asset, self.chain.slip44);
        let first = facts.frames.first();
        let names = self.names(&facts);
        Told {
            index: facts.index,
            from: account(facts.from),
            to: facts.to.map(account),
            status: facts.status(),
            reason: first.and_then(|frame| self.reason(frame)),
            gas_used: facts.gas_used,
            gas_price: facts.gas_price.to_string(),
            calls: facts.frames.iter().map(|frame| self.call(frame)).collect(),
            flows: facts
                .flows
                .iter()
                .map(|flow| FlowRow {
                    asset: asset(&flow.asset),
                    from: account(flow.from),
                    to: account(flow.to),
                    amount: flow.amount,
                    kind: flow.kind,
                })
                .collect(),
            net: facts
                .net
                .iter()
                .filter(|net| net.gain() != net.loss())
                .map(|net| NetRow {
                    account: account(net.account),
                    asset: asset(&net.asset),
                    gained: net.gain(),
                    lost: net.loss(),
                })
                .collect(),
            writes: facts
                .writes
                .iter()
                .map(|write| WriteRow {
                    account: account(write.address),
                    slot: write.slot.into(),
                    before: write.before.into(),
                    after: write.after.into(),
                })
                .collect(),
            events: facts.logs.into_iter().map(|log| self.event(log)).collect(),
            changes: facts
                .changes
                .iter()
                .map(|change| ChangeRow {
                    contract: account(change.contract),
                    kind: change.kind,
                    before: change.before,
                    after: change.after,
                    announced: change.announced,
                })
                .collect(),
            created: facts.codes.iter().map(|code| account(code.address)).collect(),
            names,
        }
    }

    fn call(&self, frame: &Frame) -> CallRow {
        let creates = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
        let decoded = if creates { None } else { self.selectors.decode_call(&frame.input) };
        CallRow {
            depth: frame.depth,
            kind: frame.kind,
            from: self.account(frame.caller),
            to: self.account(frame.target),
            code: (frame.code != frame.target && !creates).then(|| self.account(frame.code)),
            value: frame.value.to_string(),
            function: decoded.map(|call| call.to_string()),
            selector: frame.selector(),
            input_bytes: frame.input.len(),
            output: (!creates).then(|| frame.output.clone()),
            status: frame.status,
            reason: self.reason(frame),
            gas_used: frame.gas_used,
            effective: frame.effective,
        }
    }

    fn event(&self, log: Log) -> EventRow {
        let known = log.topics.first().and_then(|topic| self.selectors.topic(*topic));
        EventRow {
            account: self.account(log.address),
            event: known.map(ToString::to_string),
            topics: log.topics,
            data: log.data,
        }
    }

    fn reason(&self, frame: &Frame) -> Option<String> {
        (frame.status == FrameStatus::Revert).then(|| self.selectors.decode_revert(&frame.output).to_string())
    }

    fn account(&self, address: Address) -> AccountId {
        AccountId { chain: self.chain.id.clone(), address }
    }

    /// Names of contracts of ours that took part.
    fn names(&self, facts: &TxFacts) -> BTreeMap<AccountId, String> {
        let called = facts.frames.iter().flat_map(|frame| [frame.caller, frame.target, frame.code]);
        let moved = facts.flows.iter().flat_map(|flow| [flow.from, flow.to]);
        let wrote = facts.logs.iter().map(|log| log.address).chain(facts.writes.iter().map(|write| write.address));
        let name = |address| {
            let contract = self.protocol?.contract_at(&self.account(address))?;
            Some((contract.account.clone(), contract.name.clone()))
        };
        called.chain(moved).chain(wrote).filter_map(name).collect()
    }
}
