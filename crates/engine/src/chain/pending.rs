//! Transactions that wait to be mined: watched for beside the chain, tried while no block waits, and what was said of them
//! taken back when they wait no longer.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use case::{Actor, AlertId, AlertWithdrawn, Basis, Ctx, Draft, Event, Gone, Stream, Timestamp};
use facts::{B256, Block, BlockRef, ChainId, Tx};
use metrics::counter;
use rpc::{Glimpse, Mempool, Node, RpcError};
use store::{AppendRequest, Store};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{ChainLoop, PendingState, held, lines};
use crate::{Foreseen, Looked, loupe::WAIT_BLOCKS};

/// An alert that is over, and why.
type End = (AlertId, Gone);

/// How often a mempool is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long to wait before a node is asked again that could not be asked.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How long to wait before a node is asked again that tells of no mempool: it may be another one by then.
const AFTER_REFUSAL: Duration = Duration::from_secs(600);
/// Looks that were not taken in yet.
const LOOKS_MAX: usize = 4;
/// Transactions of which something is said on one head. Whoever makes alarming ones on purpose has to pay for more blocks.
const TOLD_MAX: usize = 16;
/// Transactions of which something stands said.
const HELD_MAX: usize = 256;
/// Transactions that were mined after something had been said of them, kept for as long as their blocks may be lost.
const MINED_MAX: usize = 256;
/// Lines of the book read at once.
const PAGE: u32 = 256;

/// What a look at the mempool has brought.
pub(super) type Look = Result<Glimpse, RpcError>;

/// The next look at the mempool; never, where it is not watched.
pub(super) async fn next_look(looks: &mut Option<(mpsc::Receiver<Look>, AbortOnDropHandle<()>)>) -> Option<Look> {
    match looks {
        Some((looks, _)) => looks.recv().await,
        None => std::future::pending().await,
    }
}

/// Looks at a node's mempool from now on.
pub(super) fn watch(node: Arc<Node>) -> (mpsc::Receiver<Look>, AbortOnDropHandle<()>) {
    let (tell, looks) = mpsc::channel(LOOKS_MAX);
    let task = tokio::spawn(async move {
        let mut mempool = Mempool::new(node);
        loop {
            let look = mempool.look().await;
            let pause = match &look {
                Ok(_) => LOOK_EVERY,
                Err(RpcError::Unsupported { .. }) => AFTER_REFUSAL,
                Err(_) => AFTER_FAILURE,
            };
            // Whoever follows the chain has stopped.
            if tell.send(look).await.is_err() {
                return;
            }
            tokio::time::sleep(pause).await;
        }
    });
    (looks, AbortOnDropHandle::new(task))
}

/// Something that was said of a transaction while it waited.
struct Expected {
    hash: B256,
    alerts: Vec<AlertId>,
    /// Not known of what was said before a start: then only its block or its age ends it.
    tx: Option<Arc<Tx>>,
    at: BlockRef,
}

/// What was said of transactions that wait.
#[derive(Default)]
pub(super) struct Expectations {
    held: Vec<Expected>,
    mined: VecDeque<(BlockRef, Arc<Tx>)>,
    /// The head on which something was said last, and of how many.
    told: (B256, usize),
    /// A node names other senders than those who signed, and that was said.
    is_lie_told: bool,
}

impl Expectations {
    /// What stands in the book about transactions that may still wait.
    pub(super) async fn restore(store: &Store, chain: &ChainId, head: u64) -> Result<Self> {
        let mut this = Self::default();
        let (mut before, mut first) = (u64::MAX, u64::MAX);
        'book: loop {
            let page = store.alerts(Some(chain), before, PAGE).await?;
            let Some((oldest, _)) = page.last() else { break };
            before = *oldest;
            for (position, entry) in page {
                let Some(Event::AlertRaised(raised)) = entry.event().context("an alert cannot be read")? else {
                    continue;
                };
                if raised.alert.seen_at.number + WAIT_BLOCKS + 1 < head {
                    break 'book;
                }
                if let (Basis::Pending, Some(hash)) = (raised.alert.basis, raised.alert.tx) {
                    first = position;
                    this.hold(hash, raised.id, None, raised.alert.seen_at);
                }
            }
        }
        let mut before = u64::MAX;
        while !this.held.is_empty() && before > first {
            let page = store.of_kind_before("alert.withdrawn/1", before, PAGE).await?;
            let Some((oldest, _)) = page.last() else { break };
            before = *oldest;
            for (_, entry) in page {
                if let Some(Event::AlertWithdrawn(gone)) = entry.event().context("a line cannot be read")? {
                    this.held.iter_mut().for_each(|held| held.alerts.retain(|id| *id != gone.id));
                }
            }
            this.held.retain(|held| !held.alerts.is_empty());
        }
        Ok(this)
    }

    fn hold(&mut self, hash: B256, alert: AlertId, tx: Option<Arc<Tx>>, at: BlockRef) {
        match self.held.iter_mut().find(|held| held.hash == hash) {
            Some(held) => held.alerts.push(alert),
            None => self.held.push(Expected { hash, alerts: vec![alert], tx, at }),
        }
    }

    /// Whether something may be said of a transaction on this head: once of each, and not of too many.
    fn may_tell(&mut self, at: &BlockRef, hash: B256) -> bool {
        if self.held.iter().any(|held| held.hash == hash) || self.held.len() >= HELD_MAX {
            return false;
        }
        if self.told.0 != at.hash {
            self.told = (at.hash, 0);
        }
        self.told.1 += 1;
        self.told.1 <= TOLD_MAX
    }

    /// What becomes of them in a block that was looked at.
    fn ends_in(&self, at: &BlockRef, block: &Block, looked: &Looked) -> Vec<End> {
        let end = |held: &Expected| {
            if block.txs.iter().any(|tx| tx.hash == held.hash) {
                let alerted = looked.alerts.iter().any(|(_, alert)| alert.tx == Some(held.hash));
                return Some(Gone::Mined { at: at.clone(), alerted });
            }
            let waits = held.tx.as_ref()?;
            let by = block.txs.iter().find(|tx| tx.from == waits.from && tx.nonce == waits.nonce);
            by.map(|by| Gone::Replaced { by: by.hash, at: Some(at.clone()) })
        };
        let is_old = |held: &Expected| held.at.number + WAIT_BLOCKS <= at.number;
        let ends = self.held.iter().filter_map(|held| {
            let end = end(held).or_else(|| is_old(held).then(|| Gone::NotMined { at: at.clone() }))?;
            Some((held, end))
        });
        ends.flat_map(|(held, end)| held.alerts.iter().map(move |id| (*id, end.clone()))).collect()
    }

    /// Those that waiting transactions take the place of.
    fn ends_by(&self, txs: &[Arc<Tx>]) -> Vec<End> {
        let end = |held: &Expected| {
            let waits = held.tx.as_ref()?;
            let is_it = |tx: &&Arc<Tx>| tx.from == waits.from && tx.nonce == waits.nonce && tx.hash != waits.hash;
            txs.iter().rfind(is_it).map(|by| Gone::Replaced { by: by.hash, at: None })
        };
        let ends = self.held.iter().filter_map(|held| Some((held, end(held)?)));
        ends.flat_map(|(held, end)| held.alerts.iter().map(move |id| (*id, end.clone()))).collect()
    }

    /// It is written down that these have ended.
    fn ended(&mut self, ends: &[End]) {
        for (id, gone) in ends {
            let Some(place) = self.held.iter().position(|held| held.alerts.contains(id)) else { continue };
            let held = self.held.swap_remove(place);
            if let (Gone::Mined { at, .. }, Some(tx)) = (gone, held.tx) {
                self.mined.push_back((at.clone(), tx));
            }
        }
        let excess = self.mined.len().saturating_sub(MINED_MAX);
        self.mined.drain(..excess);
    }

    /// Blocks after `to` are gone, and with them what was said on their state; the transactions that may wait again.
    fn reverted(&mut self, to: &BlockRef) -> Vec<Arc<Tx>> {
        let is_lost = |at: &BlockRef| at.number > to.number;
        let held = self.held.iter().filter(|held| is_lost(&held.at)).filter_map(|held| held.tx.clone());
        let mined = self.mined.iter().filter(|(at, _)| is_lost(at)).map(|(_, tx)| Arc::clone(tx));
        let again = held.chain(mined).collect();
        self.held.retain(|held| !is_lost(&held.at));
        self.mined.retain(|(at, _)| !is_lost(at));
        again
    }
}

/// The lines that say so.
fn drafts(chain: &ChainId, ends: &[End], now: Timestamp) -> Result<Vec<Draft>> {
    let draft = |(id, why): &End| {
        let ctx = Ctx::new(Actor::machine("watch"), why.to_string(), now);
        let event = Event::AlertWithdrawn(AlertWithdrawn { id: *id, why: why.clone() });
        Draft::new(Stream::Chain(chain.clone()), ctx, &event)
    };
    ends.iter().map(draft).collect::<Result<_, _>>().context("a withdrawal has no canonical form")
}

impl ChainLoop {
    /// Takes in what a look at the mempool has brought.
    pub(super) async fn sighted(&mut self, look: Look, stop: &CancellationToken) -> Result<()> {
        let glimpse = match look {
            Ok(glimpse) => glimpse,
            Err(error) => {
                let state = match error {
                    RpcError::Unsupported { .. } => PendingState::Absent,
                    error => PendingState::Silent(error.to_string()),
                };
                self.mempool_is(state);
                return Ok(());
            }
        };
        self.mempool_is(PendingState::Watched);
        let Glimpse { endpoint, waiting, refused, why, left_out } = glimpse;
        let chain = || self.chain.to_string();
        counter!("breakglass_waiting_total", "chain" => chain()).increment(waiting.len() as u64);
        counter!("breakglass_waiting_refused_total", "chain" => chain()).increment(refused);
        counter!("breakglass_waiting_left_out_total", "chain" => chain()).increment(left_out);
        if let Some(why) = why {
            tracing::debug!(chain = %self.chain, endpoint, refused, why, "what a node calls a transaction is none");
        }
        let lie = waiting.iter().find_map(|one| Some((one.tx.hash, one.named?, one.tx.from)));
        let txs: Vec<Arc<Tx>> = waiting.into_iter().map(|one| Arc::new(one.tx)).collect();
        let ends = self.expected.ends_by(&txs);
        self.end(&ends, stop).await?;
        let tally = self.loupe.waiting();
        let (held, tried, crowded) = (tally.held(), tally.tried(), tally.left_out());
        self.left_out += left_out;
        let left_out = self.left_out.saturating_add(crowded);
        self.status.send_modify(|status| {
            let pending = &mut status.pending;
            (pending.held, pending.tried, pending.left_out) = (held, tried, left_out);
            pending.refused = pending.refused.saturating_add(refused);
        });
        if !txs.is_empty() {
            self.loupe.wait(txs).await?;
        }
        match lie {
            Some((tx, named, signed)) if !self.expected.is_lie_told => {
                self.expected.is_lie_told = true;
                let part = format!("the senders of transactions that wait, by the word of `{endpoint}`");
                let why = format!(
                    "it names `{named}` as the sender of transaction `{tx}`, and the signature is of `{signed}`: do not \
                     trust this node; the one who signed is believed"
                );
                tracing::error!(chain = %self.chain, %tx, %named, %signed, "{part}: {why}");
                self.unsaid.push((part, why));
                self.say(stop).await
            }
            _ => Ok(()),
        }
    }

    /// How the mempool is watched, said once for as long as it is so.
    fn mempool_is(&self, state: PendingState) {
        let is_new = self.status.send_if_modified(|status| {
            let is_new = status.pending.state != state;
            status.pending.state = state.clone();
            is_new
        });
        match state {
            _ if !is_new => {}
            PendingState::Watched => {
                tracing::info!(chain = %self.chain, "transactions that wait to be mined are looked at")
            }
            state => tracing::warn!(chain = %self.chain, "transactions are seen when they are mined: {state}"),
        }
    }

    /// Writes down what rules make of a transaction that waits, if it still may be mined in the next block.
    pub(super) async fn foretold(&mut self, foreseen: Foreseen, tx: Arc<Tx>, stop: &CancellationToken) -> Result<()> {
        let Foreseen { at, alerts, took, .. } = foreseen;
        let is_head = self.status.borrow().head.as_ref() == Some(&at);
        if !is_head || !self.expected.may_tell(&at, tx.hash) {
            tracing::warn!(chain = %self.chain, tx = %tx.hash, alerts = alerts.len(), "not told of before it is mined");
            return Ok(());
        }
        let ids: Vec<AlertId> = alerts.iter().map(|(id, _)| *id).collect();
        tracing::warn!(chain = %self.chain, block = at.number, tx = %tx.hash, alerts = ids.len(),
            took_ms = took.as_millis(), "a transaction that waits to be mined is alarming");
        let drafts = lines::of_foreseen(alerts, (self.clock)())?;
        let append = || self.store.append(AppendRequest { drafts: drafts.clone(), ..AppendRequest::default() });
        let written = held(&self.status, self.clock, stop, append).await;
        if written.context("what was foreseen cannot be written down")?.is_some() {
            ids.into_iter().for_each(|id| self.expected.hold(tx.hash, id, Some(Arc::clone(&tx)), at.clone()));
        }
        Ok(())
    }

    /// Before a block is written down, what was foreseen on the one before it is.
    pub(super) async fn hear_foreseen(&mut self, stop: &CancellationToken) -> Result<()> {
        while let Ok(foreseen) = self.foreseen.try_recv() {
            self.foresee(foreseen, stop).await?;
        }
        Ok(())
    }

    /// What is to be written with a block about those that waited for it, and that.
    pub(super) fn ends_in(&self, at: &BlockRef, block: &Block, looked: &Looked) -> Result<(Vec<End>, Vec<Draft>)> {
        let ends = self.expected.ends_in(at, block, looked);
        let drafts = drafts(&self.chain, &ends, (self.clock)())?;
        Ok((ends, drafts))
    }

    /// It was written.
    pub(super) fn ended(&mut self, ends: &[End]) {
        self.expected.ended(ends);
    }

    /// What was said of these is over.
    async fn end(&mut self, ends: &[End], stop: &CancellationToken) -> Result<()> {
        if ends.is_empty() {
            return Ok(());
        }
        let drafts = drafts(&self.chain, ends, (self.clock)())?;
        let append = || self.store.append(AppendRequest { drafts: drafts.clone(), ..AppendRequest::default() });
        let written = held(&self.status, self.clock, stop, append).await;
        if written.context("that an alert is withdrawn cannot be written down")?.is_some() {
            self.ended(ends);
        }
        Ok(())
    }

    /// Blocks after `to` are gone: what was in them, or was tried on them, may wait again.
    pub(super) async fn wait_again(&mut self, to: &BlockRef) -> Result<()> {
        let again = self.expected.reverted(to);
        if again.is_empty() { Ok(()) } else { self.loupe.wait(again).await }
    }
}
