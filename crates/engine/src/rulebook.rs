//! The rules in force, and how others take their place while the service runs.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use case::{Actor, Ctx, DataFile, Draft, Event, RulesRefused, RulesReplaced, Stream, Timestamp};
use detect::{Detectors, Differences};
use store::{AppendRequest, Store};
use tokio::sync::watch as board;

/// Names of each kind that an entry lists; a line of the book has a limit.
const NAMES_MAX: usize = 1_000;
/// Characters of what is wrong with refused rules.
const WHY_MAX: usize = 2_000;

/// What all chains and the desk go by.
#[derive(Clone)]
pub struct InForce {
    /// The rules.
    pub detectors: Arc<Detectors>,
    /// The files that they, the labels they ask and the playbooks come from.
    pub data: Arc<[DataFile]>,
    /// Why others were refused since these took their place.
    pub refused: Option<String>,
}

/// Where rules are replaced. Every chain takes the new ones between two of its blocks: the block under way is finished
/// with those it began with, so that no transaction is looked at twice or not at all.
#[derive(Clone)]
pub struct Rulebook {
    in_force: Arc<board::Sender<InForce>>,
    store: Store,
    clock: fn() -> Timestamp,
}

impl Rulebook {
    /// A book that begins with these rules.
    pub fn new(detectors: Arc<Detectors>, data: Vec<DataFile>, store: Store, clock: fn() -> Timestamp) -> Self {
        Self {
            in_force: Arc::new(board::Sender::new(InForce { detectors, data: data.into(), refused: None })),
            store,
            clock,
        }
    }

    /// What is in force, now and later.
    pub fn read(&self) -> board::Receiver<InForce> {
        self.in_force.subscribe()
    }

    /// Puts other rules in the place of those in force, and writes that down first. `data` is what then shapes a run.
    /// None if all of it is the same.
    ///
    /// # Errors
    /// If the book cannot be written; the rules before then go on.
    pub async fn replace(&self, detectors: Arc<Detectors>, data: Vec<DataFile>) -> Result<Option<Differences>> {
        let differences = detectors.since(&self.in_force.borrow().detectors);
        let was_refused = self.in_force.borrow().refused.is_some();
        let same_data = *self.in_force.borrow().data == *data;
        if differences.is_empty() && same_data && !was_refused {
            return Ok(None);
        }
        let names = |names: &[String]| names.iter().take(NAMES_MAX).cloned().collect();
        let Differences { kept, added, changed, removed } = &differences;
        let entry = RulesReplaced {
            rules: kept + added.len() as u64 + changed.len() as u64,
            kept: *kept,
            added: names(added),
            changed: names(changed),
            removed: names(removed),
            data: data.clone(),
        };
        self.note(&Event::RulesReplaced(entry), "other rules were read").await?;
        self.in_force.send_replace(InForce { detectors, data: data.into(), refused: None });
        Ok(Some(differences))
    }

    /// Says that other rules are not right and that those in force go on.
    ///
    /// # Errors
    /// If the book cannot be written.
    pub async fn refuse(&self, why: &str) -> Result<()> {
        let why: String = why.chars().take(WHY_MAX).collect();
        self.note(&Event::RulesRefused(RulesRefused { why: why.clone() }), "other rules are not right").await?;
        self.in_force.send_modify(|in_force| in_force.refused = Some(why));
        Ok(())
    }

    async fn note(&self, event: &Event, why: &str) -> Result<()> {
        let draft = Draft::new(Stream::Org, Ctx::new(Actor::machine("engine"), why, (self.clock)()), event)?;
        let append = self.store.append(AppendRequest { drafts: vec![draft], ..AppendRequest::default() });
        append.await.context("a change of rules cannot be written down")?;
        Ok(())
    }
}
