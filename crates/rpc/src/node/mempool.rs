//! Transactions that wait to be mined, as far as a node tells of them. Anybody fills a mempool, so that nothing here grows
//! with it: what is too much is counted and left out.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use alloy_primitives::B256;
use facts::Keyed;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Node, blocks::is_null};
use crate::{
    Endpoint, RpcError,
    endpoint::{Size, raw},
    line::Request,
    wire::{self, Waiting, Whole},
};

const FILTER: &str = "eth_newPendingTransactionFilter";
const CHANGES: &str = "eth_getFilterChanges";
const BODY: &str = "eth_getTransactionByHash";
const BY_NUMBER: &str = "eth_getBlockByNumber";

/// Transactions that are asked for at one look. A public mempool has some twenty new ones a second.
const BODIES_MAX: usize = 64;
/// Hashes that wait to be asked for.
const QUEUE_MAX: usize = 2_048;
/// Hashes that are known to have been told: a block that is being made is told whole at each look.
const KNOWN_MAX: usize = 16_384;
/// Transactions of a block that is being made.
const BLOCK_MAX: usize = 4_096;

/// What one look has brought.
#[derive(Debug, Default)]
pub struct Glimpse {
    /// The endpoint that was asked.
    pub endpoint: String,
    /// Transactions that were not told before, each proved by its hash and from the one who signed it.
    pub waiting: Vec<Waiting>,
    /// How many were told that are none.
    pub refused: u64,
    /// Why the last of those is none.
    pub why: Option<String>,
    /// How many there was no room for.
    pub left_out: u64,
}

/// A node's mempool, looked at again and again.
pub struct Mempool {
    node: Arc<Node>,
    watching: Option<Watching>,
    queue: VecDeque<B256>,
    known: Known,
}

/// Which endpoint is asked, and how.
struct Watching {
    endpoint: Arc<Endpoint>,
    way: Way,
}

enum Way {
    /// By a filter that the endpoint keeps, under its own name for it.
    Filter(Box<RawValue>),
    /// By the block that it is making.
    Block,
}

/// The newest hashes that were told.
#[derive(Default)]
struct Known {
    held: HashSet<B256, Keyed>,
    order: VecDeque<B256>,
}

impl Known {
    /// Whether it is new.
    fn take(&mut self, hash: B256) -> bool {
        if !self.held.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > KNOWN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.held.remove(&oldest);
        }
        true
    }
}

/// A block that is being made.
#[derive(Deserialize)]
struct Making {
    number: Option<Whole<u64>>,
    transactions: Vec<Box<RawValue>>,
}

impl Mempool {
    /// The mempool of the healthiest endpoint that tells of one; nothing is asked yet.
    pub fn new(node: Arc<Node>) -> Self {
        Self { node, watching: None, queue: VecDeque::new(), known: Known::default() }
    }

    /// What has come since the last look.
    ///
    /// # Errors
    /// [`RpcError::Unsupported`] if no endpoint tells of its mempool, else why the last of them could not be asked. The next
    /// look begins anew.
    pub async fn look(&mut self) -> Result<Glimpse, RpcError> {
        let mut glimpse = Glimpse::default();
        let watching = match self.watching.take() {
            Some(watching) => watching,
            None => self.begin(&mut glimpse).await?,
        };
        watching.endpoint.name().clone_into(&mut glimpse.endpoint);
        match &watching.way {
            Way::Filter(filter) => {
                let told: Vec<B256> = watching.endpoint.ask(CHANGES, [filter], Size::Pending).await?;
                for hash in told {
                    if self.queue.len() >= QUEUE_MAX {
                        glimpse.left_out += 1;
                    } else if self.known.take(hash) {
                        self.queue.push_back(hash);
                    }
                }
                self.bodies(&watching.endpoint, &mut glimpse).await?;
            }
            Way::Block => self.block(&watching.endpoint, &mut glimpse).await?,
        }
        self.watching = Some(watching);
        Ok(glimpse)
    }

    /// Finds an endpoint that tells of its mempool, and what waits there already.
    async fn begin(&mut self, glimpse: &mut Glimpse) -> Result<Watching, RpcError> {
        let unsupported = RpcError::Unsupported { endpoint: self.node.chain.to_string(), method: FILTER.into() };
        let mut last: Option<RpcError> = None;
        let order: Vec<Arc<Endpoint>> = self.node.order().into_iter().cloned().collect();
        for endpoint in order {
            let way = match endpoint.ask_raw(FILTER, [(); 0], Size::Small).await {
                Ok(filter) => Way::Filter(filter),
                Err(error) if error.is_silence() => {
                    last = Some(error);
                    continue;
                }
                Err(_) => Way::Block,
            };
            // A filter tells what comes after it. What is in the block being made already is worth one look.
            match (self.block(&endpoint, glimpse).await, &way) {
                (Ok(()), _) | (Err(_), Way::Filter(_)) => return Ok(Watching { endpoint, way }),
                (Err(error), Way::Block) if error.is_silence() => last = Some(error),
                (Err(_), Way::Block) => {}
            }
        }
        Err(last.unwrap_or(unsupported))
    }

    /// Asks for transactions whose hashes are known.
    async fn bodies(&mut self, endpoint: &Endpoint, glimpse: &mut Glimpse) -> Result<(), RpcError> {
        // Whoever follows the chain asks the same endpoint, and comes first.
        let share = usize::try_from(endpoint.rate() / 8).unwrap_or(usize::MAX).clamp(1, BODIES_MAX);
        let hashes: Vec<B256> = self.queue.drain(..share.min(self.queue.len())).collect();
        let mut requests = Vec::with_capacity(hashes.len());
        for hash in &hashes {
            requests.push(Request { method: BODY, params: raw([hash])? });
        }
        for (hash, answer) in hashes.iter().zip(endpoint.ask_all(requests, Size::Pending).await?) {
            // One that is not there any more was replaced or dropped.
            match answer {
                Ok(json) if is_null(&json) => {}
                Ok(json) => self.read(&json, Some(*hash), glimpse),
                Err(error) => refuse(glimpse, error.to_string()),
            }
        }
        Ok(())
    }

    async fn block(&mut self, endpoint: &Endpoint, glimpse: &mut Glimpse) -> Result<(), RpcError> {
        let newest: Whole<u64> = endpoint.ask("eth_blockNumber", [(); 0], Size::Small).await?;
        let json = endpoint.ask_raw(BY_NUMBER, ("pending", true), Size::Pending).await?;
        let making: Option<Making> = if is_null(&json) { None } else { Some(endpoint.read(BY_NUMBER, &json)?) };
        // Some nodes answer with their newest block, which is made already.
        let making = making.filter(|making| making.number.is_none_or(|number| number.0 > newest.0));
        let Some(making) = making else {
            return Err(RpcError::Unsupported { endpoint: endpoint.name().into(), method: BY_NUMBER.into() });
        };
        glimpse.left_out += u64::try_from(making.transactions.len().saturating_sub(BLOCK_MAX)).unwrap_or(u64::MAX);
        for json in making.transactions.iter().take(BLOCK_MAX) {
            self.read(json, None, glimpse);
        }
        Ok(())
    }

    fn read(&mut self, json: &RawValue, asked: Option<B256>, glimpse: &mut Glimpse) {
        let chain = self.node.chain.evm_number().unwrap_or_default();
        match wire::waiting(json, chain) {
            Ok(waiting) if asked.is_some() && waiting.block.is_some() => {}
            Ok(waiting) if asked.is_some_and(|asked| asked != waiting.tx.hash) => {
                refuse(glimpse, format!("another transaction was asked for than `{}`", waiting.tx.hash));
            }
            Ok(waiting) if asked.is_some() || self.known.take(waiting.tx.hash) => glimpse.waiting.push(waiting),
            Ok(_) => {}
            Err(error) => refuse(glimpse, error.to_string()),
        }
    }
}

fn refuse(glimpse: &mut Glimpse, why: String) {
    glimpse.refused += 1;
    glimpse.why = Some(why);
}
