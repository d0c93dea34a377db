//! The ledger of each case: what was lost and where it went. It is worked out beside the desk, started only when nothing
//! more urgent is to be done, and written down when it differs from what the case says already.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use atlas::Atlas;
use case::{
    Actor, Alert, AlertId, CaseId, Ctx, Digest, Draft, Event, Exhibit, Incident, LossesAssessed, MoneyTraced, Stream,
    Unseen,
};
use facts::{B256, BlockRef, ChainId, TxFacts};
use recover::Assessment;
use respond::Action;
use store::{Store, StoreError};
use tokio_util::task::AbortOnDropHandle;

use super::{Desk, passes};
use crate::BlockRecord;

/// Transactions of one case that are read for its ledger. An attack that needs more is told by its first ones, and the
/// rest are named as not looked at.
const TXS_MAX: usize = 256;
/// Bytes of evidence that are read for one ledger: they are parsed in memory.
const BYTES_MAX: usize = 64 << 20;

/// What the desk knows about ledgers.
pub(super) struct Ledgers {
    /// The alerts that each case's ledger was last worked out from.
    basis: BTreeMap<CaseId, Vec<AlertId>>,
    /// What is being worked out.
    under_way: Option<(CaseId, Vec<AlertId>, AbortOnDropHandle<Result<Worked>>)>,
    /// The coin type of each chain's own coin.
    coins: Arc<BTreeMap<ChainId, u32>>,
}

struct Worked {
    losses: LossesAssessed,
    money: MoneyTraced,
}

impl Default for Ledgers {
    fn default() -> Self {
        let coins = Atlas::embedded().chains().map(|chain| (chain.id.clone(), chain.slip44)).collect();
        Self { basis: BTreeMap::new(), under_way: None, coins: Arc::new(coins) }
    }
}

/// Whether an action is something to carry out now, and not only to wait for a chain or a person.
pub(super) fn is_urgent(action: &Action) -> bool {
    !matches!(
        action,
        Action::Wait { .. } | Action::AskPeople { .. } | Action::NoPlan { .. } | Action::AwaitOutcome { .. }
    )
}

impl Desk {
    /// Writes down what has been worked out, and begins with the next case whose alerts have changed.
    pub(super) async fn keep_ledgers(&mut self) -> Result<()> {
        let is_done = self.ledgers.under_way.as_ref().is_some_and(|(.., work)| work.is_finished());
        if is_done && let Some((id, basis, work)) = self.ledgers.under_way.take() {
            match work.await.context("the ledger could not be worked out").and_then(|worked| worked) {
                Ok(worked) => self.write_ledger(&id, basis, worked).await?,
                Err(error) => {
                    if !passes(&error) {
                        // Trying the same again would keep other cases waiting.
                        self.ledgers.basis.insert(id.clone(), basis);
                    }
                    self.say_once(&id, "ledger", format!("what was lost is not known: {error:#}"));
                }
            }
        }
        if self.ledgers.under_way.is_none() {
            self.begin_ledger();
        }
        Ok(())
    }

    fn begin_ledger(&mut self) {
        let is_due = |incident: &&Incident| {
            let held = self.ledgers.basis.get(&incident.id);
            // A case that was closed before we started rests; one that we saw closed may still lose a block.
            (incident.is_open() || held.is_some()) && held != Some(&basis(incident))
        };
        let Some(incident) = self.casebook.incidents().iter().find(is_due).cloned() else { return };
        let (id, basis) = (incident.id.clone(), basis(&incident));
        let work = work_out(self.store.clone(), Arc::clone(&self.ledgers.coins), incident);
        self.ledgers.under_way = Some((id, basis, AbortOnDropHandle::new(tokio::spawn(work))));
    }

    async fn write_ledger(&mut self, id: &CaseId, worked_from: Vec<AlertId>, worked: Worked) -> Result<()> {
        let Some(incident) = self.casebook.incidents().iter().find(|held| held.id == *id) else { return Ok(()) };
        if basis(incident) != worked_from {
            return Ok(());
        }
        let drafts = drafts(incident, worked, (self.clock)())?;
        let written = if drafts.is_empty() { Ok(()) } else { self.write(drafts).await };
        if let Err(error) = written {
            if passes(&error) {
                return Err(error);
            }
            // A ledger that cannot be written must not stop the hands.
            tracing::error!(case = %id, error = format!("{error:#}"), "what was lost is not written down");
        }
        self.ledgers.basis.insert(id.clone(), worked_from);
        Ok(())
    }
}

/// The alerts that a ledger rests on.
fn basis(incident: &Incident) -> Vec<AlertId> {
    incident.alerts.iter().filter(|held| !held.withdrawn).map(|held| held.id).collect()
}

/// What the case does not say yet.
fn drafts(incident: &Incident, worked: Worked, now: case::Timestamp) -> Result<Vec<Draft>> {
    let Worked { losses, money } = worked;
    let of_nothing = losses.txs.is_empty() && losses.rows.is_empty() && losses.unseen.is_empty();
    let losses_are_new = match &incident.ledger.losses {
        Some(held) => *held != losses,
        None => !of_nothing,
    };
    let money_is_new = match &incident.ledger.money {
        Some(held) => *held != money,
        None => !money.trails.is_empty() || !money.unseen.is_empty(),
    };
    let why = format!("{} alerts stand", incident.standing_alerts().count());
    let draft = |room: &str, event: &Event| {
        Draft::new(Stream::Case(incident.id.clone()), Ctx::new(Actor::machine(room), why.as_str(), now), event)
    };
    let mut drafts = Vec::new();
    if losses_are_new {
        drafts.push(draft("recover", &Event::LossesAssessed(Box::new(losses)))?);
    }
    if money_is_new {
        drafts.push(draft("follow", &Event::MoneyTraced(Box::new(money)))?);
    }
    Ok(drafts)
}

async fn work_out(store: Store, coins: Arc<BTreeMap<ChainId, u32>>, incident: Incident) -> Result<Worked> {
    let evidence = Evidence::of(&store, &incident).await?;
    let worked = tokio::task::spawn_blocking(move || {
        let (exhibits, mut unseen) = evidence.exhibits(&coins);
        unseen.extend(exhibits.iter().filter_map(Exhibit::unseen));
        let Assessment { losses, taken } = recover::assess(&incident, &exhibits, unseen.clone());
        let money = follow::trace(&incident, &exhibits, &taken, unseen);
        Worked { losses, money }
    });
    worked.await.context("the ledger could not be worked out")
}

/// What the book keeps of a case's transactions.
struct Evidence {
    wanted: BTreeMap<B256, (BlockRef, u64)>,
    pieces: Vec<(BlockRef, Vec<u8>)>,
    unseen: Vec<Unseen>,
}

impl Evidence {
    async fn of(store: &Store, incident: &Incident) -> Result<Self> {
        let mut found = Self { wanted: BTreeMap::new(), pieces: Vec::new(), unseen: Vec::new() };
        let mut alerts: Vec<&Alert> =
            incident.standing_alerts().filter(|alert| alert.tx.is_some() && alert.basis.is_mined()).collect();
        alerts.sort_by_key(|alert| (alert.block_time, alert.seen_at.number));
        for alert in alerts {
            let Some(tx) = alert.tx else { continue };
            if found.wanted.len() < TXS_MAX || found.wanted.contains_key(&tx) {
                found.wanted.insert(tx, (alert.seen_at.clone(), alert.block_time));
            } else {
                let why = format!("only the first {TXS_MAX} transactions of a case are looked at");
                found.unseen.push(Unseen { tx: Some(tx), why });
            }
        }
        let mut blocks: Vec<BlockRef> = found.wanted.values().map(|(block, _)| block.clone()).collect();
        blocks.sort_by(|a, b| (&a.chain, a.number, a.hash).cmp(&(&b.chain, b.number, b.hash)));
        blocks.dedup();
        let mut left = BYTES_MAX;
        for block in blocks {
            for digest in store.evidence_of(&block).await? {
                found.take(store, &block, &digest, &mut left).await?;
            }
        }
        Ok(found)
    }

    async fn take(&mut self, store: &Store, block: &BlockRef, digest: &Digest, left: &mut usize) -> Result<()> {
        match store.evidence(digest).await {
            // A block's record is for whoever executes it again; its facts are kept beside it.
            Ok(Some(bytes)) if BlockRecord::is_one(&bytes) => {}
            Ok(Some(bytes)) if bytes.len() <= *left => {
                *left -= bytes.len();
                self.pieces.push((block.clone(), bytes));
            }
            Ok(Some(_)) => {
                let why = format!("evidence {digest} is not read: a ledger is made of {BYTES_MAX} bytes at most");
                self.unseen.push(Unseen { tx: None, why });
            }
            Ok(None) => {
                let why = format!("evidence {digest} is named in the book and not in it: restore it from a copy");
                self.unseen.push(Unseen { tx: None, why });
            }
            Err(error @ StoreError::Corrupt { .. }) => {
                self.unseen.push(Unseen { tx: None, why: format!("{error}; restore it from a copy") });
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// The transactions with their facts, and what is missing of them.
    fn exhibits(self, coins: &BTreeMap<ChainId, u32>) -> (Vec<Exhibit>, Vec<Unseen>) {
        let Self { wanted, pieces, mut unseen } = self;
        let mut exhibits = Vec::new();
        let mut seen = BTreeSet::new();
        for (block, bytes) in pieces {
            // Other evidence may be kept with a block one day; what is missing is named below.
            let Ok(tx) = serde_json::from_slice::<TxFacts>(&bytes) else { continue };
            let Some((at, time)) = wanted.get(&tx.hash).filter(|(at, _)| *at == block) else { continue };
            if seen.insert(tx.hash) {
                let slip44 = coins.get(&at.chain).copied().unwrap_or(60);
                exhibits.push(Exhibit { at: at.clone(), time: *time, slip44, tx });
            }
        }
        for (tx, (block, _)) in wanted.iter().filter(|(tx, _)| !seen.contains(*tx)) {
            let why = format!("its facts are not in the book: replay block {} to see it", block.number);
            unseen.push(Unseen { tx: Some(*tx), why });
        }
        (exhibits, unseen)
    }
}
