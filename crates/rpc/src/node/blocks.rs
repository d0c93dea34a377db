//! Blocks, heads and receipts.

use std::ops::Range;

use alloy_primitives::B256;
use facts::{Block, BlockRef, Receipt};
use futures_util::{StreamExt as _, stream};
use serde_json::{json, value::RawValue};

use super::Node;
use crate::{
    Endpoint, RpcError,
    endpoint::{Size, raw},
    line::Request,
    trace::{self, CALLS, CallTrace, PRESTATE},
    wire::{self, Shell, WireError},
};

/// A moving name of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// The tip.
    Latest,
    /// Unlikely to be reorged.
    Safe,
    /// Will not be reorged.
    Finalized,
}

impl Tag {
    fn as_str(self) -> &'static str {
        match self {
            Tag::Latest => "latest",
            Tag::Safe => "safe",
            Tag::Finalized => "finalized",
        }
    }
}

/// A block without its transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The block.
    pub at: BlockRef,
    /// Seconds since 1970 UTC.
    pub timestamp: u64,
}

/// Transactions of a block that are asked for with one question where it comes in parts, and how many such questions are
/// asked at a time.
const PART: usize = 25;
const LINES: usize = 3;

const BY_NUMBER: &str = "eth_getBlockByNumber";
const RECEIPTS: &str = "eth_getBlockReceipts";
const BY_HASH: &str = "eth_getBlockByHash";
const TRACE: &str = "debug_traceBlockByHash";

impl Node {
    /// The block that `tag` names now, or none where the chain has none yet (nothing is finalized).
    pub async fn head(&self, tag: Tag) -> Result<Option<Head>, RpcError> {
        self.ask(|endpoint| async move { self.head_of(endpoint, tag).await }).await
    }

    pub(crate) async fn head_of(&self, endpoint: &Endpoint, tag: Tag) -> Result<Option<Head>, RpcError> {
        let json = endpoint.ask_raw(BY_NUMBER, (tag.as_str(), false), Size::Small).await?;
        if is_null(&json) {
            return match tag {
                Tag::Latest => Err(endpoint.shape(BY_NUMBER, "a block", "null")),
                Tag::Safe | Tag::Finalized => Ok(None),
            };
        }
        self.read_head(endpoint, BY_NUMBER, &json).map(Some)
    }

    /// The block at a height with whole transactions, or none beyond the tip.
    pub async fn block_by_number(&self, number: u64) -> Result<Option<Block>, RpcError> {
        self.ask(|endpoint| async move {
            let json = endpoint.ask_raw(BY_NUMBER, (hex(number), true), Size::Large).await?;
            if is_null(&json) {
                return Ok(None);
            }
            let block = self.prove(endpoint, BY_NUMBER, wire::block(&json, self.form))?;
            other_block(endpoint, BY_NUMBER, number, block.header.number)?;
            Ok(Some(block))
        })
        .await
    }

    /// The block of a hash with whole transactions, or none if the endpoint does not know it.
    pub async fn block_by_hash(&self, hash: B256) -> Result<Option<Block>, RpcError> {
        self.block_around(hash, 0, |_| ()).await
    }

    /// The same, for whoever wants its transaction at `index`. Where its transactions come in parts, that one comes first
    /// and those before it after it, and `begun` is shown the block with a quarter of these while the others are on their way.
    /// What it is shown is not proved, and may be shown again by another endpoint.
    pub async fn block_around(&self, hash: B256, index: u64, begun: impl Fn(Block)) -> Result<Option<Block>, RpcError> {
        let begun = &begun;
        self.ask(|endpoint| async move {
            if self.form == wire::Form::Devnet {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                return self.in_parts(endpoint, hash, index, begun).await;
            }
            self.at_once(endpoint, hash).await
        })
        .await
    }

    async fn at_once(&self, endpoint: &Endpoint, hash: B256) -> Result<Option<Block>, RpcError> {
        let json = endpoint.ask_raw(BY_HASH, (hash, true), Size::Large).await?;
        if is_null(&json) {
            return Ok(None);
        }
        let block = self.prove(endpoint, BY_HASH, wire::block(&json, self.form))?;
        other_block(endpoint, BY_HASH, hash, block.header.hash)?;
        Ok(Some(block))
    }

    /// A block of a development node, whose transactions are asked for one by one and on several lines where they are many:
    /// it recovers every sender anew, one after the other for each question, and that takes longer than all the rest.
    async fn in_parts(
        &self,
        endpoint: &Endpoint,
        hash: B256,
        index: usize,
        begun: &impl Fn(Block),
    ) -> Result<Option<Block>, RpcError> {
        const BY_INDEX: &str = "eth_getTransactionByBlockHashAndIndex";
        let json = endpoint.ask_raw(BY_HASH, (hash, false), Size::Large).await?;
        if is_null(&json) {
            return Ok(None);
        }
        let shell = self.prove(endpoint, BY_HASH, Shell::read(&json, self.form))?;
        other_block(endpoint, BY_HASH, hash, shell.header().hash)?;
        if shell.len() <= endpoint.batch_max() {
            return self.at_once(endpoint, hash).await;
        }
        let mut asked = Vec::new();
        let parts = parts(shell.len(), index, PART.min(endpoint.batch_max()));
        for part in &parts {
            let mut requests = Vec::with_capacity(part.len());
            for index in part.clone() {
                requests.push(Request { method: BY_INDEX, params: raw((hash, hex(index as u64)))? });
            }
            asked.push(endpoint.ask_all(requests, Size::Large));
        }
        let mut txs = vec![None; shell.len()];
        let mut coming = stream::iter(asked).buffered(LINES).zip(stream::iter(parts));
        let mut early = Some(begun);
        while let Some((answers, part)) = coming.next().await {
            let first = part.start;
            for (index, json) in part.zip(answers?) {
                txs[index] = Some(self.prove(endpoint, BY_INDEX, shell.tx(&json?, index))?);
            }
            if first <= index - index / 4
                && let Some(begun) = early.take()
            {
                begun(shell.begun(txs.iter().flatten().cloned().collect()));
            }
        }
        let txs = txs.into_iter().flatten().collect();
        self.prove(endpoint, BY_HASH, shell.filled(txs)).map(Some)
    }

    /// References of blocks by height, in the order asked; none for a height beyond the tip.
    pub async fn refs(&self, numbers: &[u64]) -> Result<Vec<Option<BlockRef>>, RpcError> {
        self.ask(|endpoint| async move { self.refs_of(endpoint, numbers).await }).await
    }

    pub(crate) async fn refs_of(
        &self,
        endpoint: &Endpoint,
        numbers: &[u64],
    ) -> Result<Vec<Option<BlockRef>>, RpcError> {
        let mut requests = Vec::with_capacity(numbers.len());
        for number in numbers {
            requests.push(Request { method: BY_NUMBER, params: raw((hex(*number), false))? });
        }
        let answers = endpoint.ask_all(requests, Size::Small).await?;
        let mut refs = Vec::with_capacity(numbers.len());
        for (number, answer) in numbers.iter().zip(answers) {
            let json = answer?;
            refs.push(if is_null(&json) {
                None
            } else {
                let head = self.read_head(endpoint, BY_NUMBER, &json)?;
                other_block(endpoint, BY_NUMBER, *number, head.at.number)?;
                Some(head.at)
            });
        }
        Ok(refs)
    }

    /// Receipts of a block, proved against it: their bloom and, from Byzantium on, their root.
    ///
    /// Asks `eth_getBlockReceipts`, and each transaction's receipt where that is not served.
    pub async fn receipts(&self, block: &Block) -> Result<Vec<Receipt>, RpcError> {
        self.ask(|endpoint| async move {
            let json = match endpoint.ask_raw(RECEIPTS, [block.header.hash], Size::Large).await {
                Err(RpcError::Unsupported { .. }) => single_receipts(endpoint, block).await?,
                other => other?,
            };
            if is_null(&json) {
                let what = format!("receipts of block `{}`", block.header.hash);
                return Err(RpcError::Missing { endpoint: endpoint.name().into(), what });
            }
            let receipts = self.prove(endpoint, RECEIPTS, wire::receipts(&json))?;
            let count_fits = receipts.len() == block.txs.len();
            if self.form != wire::Form::Foreign || !count_fits {
                self.prove(endpoint, RECEIPTS, wire::check_receipts(block, &receipts))?;
            }
            Ok(receipts)
        })
        .await
    }

    /// The state before a block that its transactions touch, from the node's prestate tracer.
    pub async fn prestate(&self, block: &Block) -> Result<facts::PreState, RpcError> {
        self.ask(|endpoint| async move {
            let json = endpoint.ask_raw(TRACE, (block.header.hash, PRESTATE), Size::Trace).await?;
            let states = self.prove(endpoint, TRACE, trace::prestates_from(&json))?;
            let hashes: Vec<_> = states.iter().map(|(hash, _)| *hash).collect();
            one_each(endpoint, block, &hashes)?;
            Ok(trace::merge(states.into_iter().map(|(_, state)| state)))
        })
        .await
    }

    /// The calls of each transaction of a block, from the node's call tracer.
    pub async fn call_traces(&self, block: &Block) -> Result<Vec<CallTrace>, RpcError> {
        self.ask(|endpoint| async move {
            let json = endpoint.ask_raw(TRACE, (block.header.hash, CALLS), Size::Trace).await?;
            let calls = self.prove(endpoint, TRACE, trace::calls_from(&json))?;
            let hashes: Vec<_> = calls.iter().map(|(hash, _)| *hash).collect();
            one_each(endpoint, block, &hashes)?;
            Ok(calls.into_iter().map(|(_, call)| call).collect())
        })
        .await
    }

    /// The calls of one transaction, from the node's call tracer, or from its flat traces where it serves only those.
    pub async fn call_trace(&self, tx: B256) -> Result<CallTrace, RpcError> {
        const NESTED: &str = "debug_traceTransaction";
        const FLAT: &str = "trace_transaction";
        self.ask(|endpoint| async move {
            let nested = match endpoint.ask_raw(NESTED, (tx, CALLS), Size::Trace).await {
                // A tree of more than some sixty calls is refused by the reader of JSON, and may still come flat.
                Ok(json) => self.prove(endpoint, NESTED, trace::call_from(&json)),
                Err(error) => Err(error),
            };
            let error = match nested {
                Ok(call) => return Ok(call),
                Err(error) if error.is_silence() => return Err(error),
                Err(error) => error,
            };
            match endpoint.ask_raw(FLAT, [tx], Size::Trace).await {
                Ok(json) if !is_null(&json) => self.prove(endpoint, FLAT, trace::call_from_flat(&json, tx)),
                _ => Err(error),
            }
        })
        .await
    }

    fn read_head(&self, endpoint: &Endpoint, method: &str, json: &RawValue) -> Result<Head, RpcError> {
        let header = self.prove(endpoint, method, wire::header(json, self.form))?;
        let (chain, number) = (self.chain.clone(), header.number);
        let at = BlockRef { chain, number, hash: header.hash, parent: header.parent };
        Ok(Head { at, timestamp: header.timestamp })
    }

    fn prove<T>(&self, endpoint: &Endpoint, method: &str, read: Result<T, WireError>) -> Result<T, RpcError> {
        read.map_err(|error| {
            let (name, method) = (endpoint.name().to_owned(), method.to_owned());
            endpoint.counted(&method.clone(), RpcError::Unproved { endpoint: name, method, error: Box::new(error) })
        })
    }
}

/// One request for each receipt, put together as a list.
async fn single_receipts(endpoint: &Endpoint, block: &Block) -> Result<Box<RawValue>, RpcError> {
    let mut requests = Vec::with_capacity(block.txs.len());
    for tx in &block.txs {
        requests.push(Request { method: "eth_getTransactionReceipt", params: raw([tx.hash])? });
    }
    let mut list = Vec::with_capacity(block.txs.len());
    for (tx, answer) in block.txs.iter().zip(endpoint.ask_all(requests, Size::Large).await?) {
        let json = answer?;
        if is_null(&json) {
            let what = format!("receipt of transaction `{}`", tx.hash);
            return Err(RpcError::Missing { endpoint: endpoint.name().into(), what });
        }
        list.push(json);
    }
    raw(json!(list))
}

/// A trace has to speak of each transaction of the block, in order.
fn one_each(endpoint: &Endpoint, block: &Block, hashes: &[Option<B256>]) -> Result<(), RpcError> {
    let fits = hashes.len() == block.txs.len()
        && block.txs.iter().zip(hashes).all(|(tx, hash)| hash.is_none_or(|hash| hash == tx.hash));
    if fits {
        return Ok(());
    }
    let expected = format!("traces of the `{}` transactions of block `{}`", block.txs.len(), block.header.number);
    Err(endpoint.shape(TRACE, &expected, &format!("{} traces, or of others", hashes.len())))
}

fn other_block<T: PartialEq + ToString>(endpoint: &Endpoint, method: &str, asked: T, got: T) -> Result<(), RpcError> {
    if asked == got {
        return Ok(());
    }
    let (name, method) = (endpoint.name().to_owned(), method.to_owned());
    let error = RpcError::OtherBlock { endpoint: name, method, asked: asked.to_string(), got: got.to_string() };
    Err(endpoint.counted(BY_NUMBER, error))
}

/// Parts of at most `size` of that many transactions: the one that ends with `index` and all before it, back to the
/// first, then those after it.
fn parts(len: usize, index: usize, size: usize) -> Vec<Range<usize>> {
    let end = len.min(index.saturating_add(1));
    let before = (0..end).rev().step_by(size).map(|last| (last + 1).saturating_sub(size)..last + 1);
    let after = (end..len).step_by(size).map(|first| first..len.min(first + size));
    before.chain(after).collect()
}

pub(super) fn is_null(json: &RawValue) -> bool {
    json.get() == "null"
}

pub(super) fn hex(number: u64) -> String {
    format!("{number:#x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_of_it_once_and_begin_with_the_one_that_is_wanted() {
        for (len, index, size) in [(1, 0, 25), (200, 199, 25), (200, 0, 25), (200, 90, 25), (7, 3, 1), (7, 9, 3)] {
            let parts = parts(len, index, size);
            assert!(parts[0].contains(&index.min(len - 1)), "{parts:?}");
            assert!(parts.iter().all(|part| (1..=size).contains(&part.len())), "{parts:?}");
            let mut all: Vec<usize> = parts.iter().cloned().flatten().collect();
            all.sort_unstable();
            assert_eq!(all, (0..len).collect::<Vec<_>>(), "{parts:?}");
        }
        assert_eq!(parts(10, 5, 4), [2..6, 0..2, 6..10]);
    }
}
