//! The facts of the newest blocks, kept for whoever asks about one of their transactions: they were seen and proved when
//! the block came, and need not be seen again.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use facts::{B256, Block, BlockFacts, BlockRef, TxFacts};

use super::seen::{SeenTx, pick};

/// Bytes of facts that are kept of one chain. A full block of mainnet takes about four million.
const BYTES_MAX: usize = 32 << 20;
/// Blocks that are kept of one chain.
const BLOCKS_MAX: usize = 256;

/// The newest blocks of one chain. Cheap to clone; all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Recent(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// Oldest first.
    blocks: VecDeque<Held>,
    /// Where each transaction is, by the hash of its block.
    places: BTreeMap<B256, B256>,
    bytes: usize,
}

#[derive(Debug)]
struct Held {
    block: Arc<Block>,
    facts: Arc<BlockFacts>,
    bytes: usize,
}

impl Recent {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a block's facts; the oldest make room. What was not seen as well as can be is not kept: it may be seen
    /// better when somebody asks.
    pub fn keep(&self, block: Arc<Block>, facts: BlockFacts) {
        if !facts.blind.is_empty() || facts.sight != facts::Sight::Executed {
            return;
        }
        let bytes = facts.txs.iter().map(weight).sum();
        if bytes > BYTES_MAX {
            return;
        }
        let mut kept = self.kept();
        kept.places.extend(block.txs.iter().map(|tx| (tx.hash, block.header.hash)));
        kept.bytes += bytes;
        kept.blocks.push_back(Held { block, facts: Arc::new(facts), bytes });
        while kept.bytes > BYTES_MAX || kept.blocks.len() > BLOCKS_MAX {
            let Some(oldest) = kept.blocks.pop_front() else { break };
            kept.forget(&oldest);
        }
    }

    /// Forgets the blocks after `to`.
    pub fn revert(&self, to: &BlockRef) {
        let mut kept = self.kept();
        while kept.blocks.back().is_some_and(|held| held.facts.block.number > to.number) {
            if let Some(lost) = kept.blocks.pop_back() {
                kept.forget(&lost);
            }
        }
    }

    /// What was seen of a transaction, if its block is kept.
    pub fn seen(&self, tx: B256) -> Option<SeenTx> {
        let (block, facts) = {
            let kept = self.kept();
            let place = *kept.places.get(&tx)?;
            let held = kept.blocks.iter().rev().find(|held| held.block.header.hash == place)?;
            (Arc::clone(&held.block), Arc::clone(&held.facts))
        };
        let index = block.txs.iter().position(|known| known.hash == tx)?;
        let one = BlockFacts {
            block: facts.block.clone(),
            txs: vec![facts.txs.get(index)?.clone()],
            observed: Vec::new(),
            blind: Vec::new(),
            ..*facts
        };
        pick(one, &block, u32::try_from(index).ok()?).ok()
    }
}

impl Kept {
    fn forget(&mut self, lost: &Held) {
        self.bytes = self.bytes.saturating_sub(lost.bytes);
        for tx in &lost.block.txs {
            if self.places.get(&tx.hash) == Some(&lost.block.header.hash) {
                self.places.remove(&tx.hash);
            }
        }
    }
}

/// About how many bytes the facts of a transaction take.
fn weight(tx: &TxFacts) -> usize {
    let texts: usize = tx.frames.iter().map(|frame| frame.input.len() + frame.output.len()).sum();
    let logs: usize = tx.logs.iter().map(|log| log.data.len() + size_of_val(log.topics.as_slice())).sum();
    size_of_val(tx)
        + texts
        + logs
        + size_of_val(tx.frames.as_slice())
        + size_of_val(tx.logs.as_slice())
        + size_of_val(tx.flows.as_slice())
        + size_of_val(tx.writes.as_slice())
        + size_of_val(tx.reads.as_slice())
        + size_of_val(tx.idle_writes.as_slice())
        + size_of_val(tx.keys.as_slice())
}

#[cfg(test)]
mod tests {
    use facts::{ChainId, Header, Sight, Tx};

    use super::*;

    fn block(number: u64) -> (Arc<Block>, BlockFacts) {
        let hash = B256::with_last_byte(u8::try_from(number).unwrap());
        let header = Header { number, hash, ..Header::default() };
        let txs = vec![Tx { hash: B256::from(facts::U256::from(1_000 + number)), ..Tx::default() }];
        let block = Block { header, txs, ..Block::default() };
        let facts = BlockFacts {
            block: block.at(&ChainId::eip155(1)),
            timestamp: 0,
            sight: Sight::Executed,
            txs: vec![TxFacts { hash: block.txs[0].hash, ..TxFacts::default() }],
            of: 1,
            observed: Vec::new(),
            blind: Vec::new(),
        };
        (Arc::new(block), facts)
    }

    #[test]
    fn what_is_kept_is_the_newest_and_still_on_the_chain() {
        let recent = Recent::default();
        let tx = |number: u64| B256::from(facts::U256::from(1_000 + number));
        for number in 1..=5 {
            let (block, facts) = block(number);
            recent.keep(block, facts);
        }
        assert_eq!(recent.seen(tx(3)).unwrap().block.number, 3);
        recent.revert(&block(3).1.block);
        assert!(recent.seen(tx(4)).is_none() && recent.seen(tx(3)).is_some());
        let (again, facts) = block(4);
        recent.keep(again, facts);
        assert_eq!(recent.seen(tx(4)).unwrap().facts.unwrap().hash, tx(4));
        assert!(recent.seen(tx(9)).is_none());
    }

    #[test]
    fn what_was_not_seen_well_and_what_is_too_much_is_not_kept() {
        let recent = Recent::default();
        let (first, mut facts) = block(1);
        facts.sight = Sight::Calls;
        recent.keep(first, facts);
        let (second, mut facts) = block(2);
        facts.txs[0].reads =
            vec![facts::Read { slot: facts::U256::ZERO, value: facts::U256::ZERO, frame: 0, at: 0 }; 1_000_000];
        recent.keep(second, facts);
        let kept = recent.kept();
        assert_eq!((kept.blocks.len(), kept.places.len(), kept.bytes), (0, 0, 0));
    }
}
