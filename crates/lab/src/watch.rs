//! The rules looking at a story, as they look at a live chain.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use case::{Alert, HeldAnnouncement};
use detect::{Announcements, Detectors, RuleText, Scope, built_in, read_rules};
use engine::Lens;
use facts::{AccountId, BlockFacts};

use crate::{Declared, Mined, World};

/// A set of rules over a scope.
#[derive(Clone)]
pub struct Rules(Arc<Detectors>);

impl Rules {
    /// The default rules without any configuration.
    ///
    /// # Errors
    /// If a rule is not right.
    pub fn bare() -> Result<Self> {
        let cards = read_rules(built_in())?;
        Ok(Self(Arc::new(Detectors::new(cards, Scope::everything())?)))
    }

    /// The default rules for a protocol that names its contracts and declares its invariants.
    ///
    /// # Errors
    /// If a rule is not right.
    pub fn declared(contracts: &[(facts::Address, String)], declared: &[Declared]) -> Result<Self> {
        let own = declared.iter().map(|invariant| RuleText {
            folder: invariant.folder.clone(),
            card: invariant.card.clone(),
            page: "What the protocol declares of itself.".to_owned(),
            ..RuleText::default()
        });
        let cards = read_rules(built_in().into_iter().chain(own))?;
        let chain = World::chain()?.id;
        let account = |(address, name): &(facts::Address, String)| {
            (AccountId { chain: chain.clone(), address: *address }, name.clone())
        };
        let scope = Scope::protecting(contracts.iter().map(account));
        Ok(Self(Arc::new(Detectors::new(cards, scope)?)))
    }

    /// The rules themselves.
    pub fn detectors(&self) -> Arc<Detectors> {
        Arc::clone(&self.0)
    }

    /// Rules that somebody else made.
    pub fn of(detectors: Detectors) -> Self {
        Self(Arc::new(detectors))
    }
}

/// An alert, and how long it took from the end of execution until it was there.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The alert.
    pub alert: Alert,
    /// Over all transactions of its block.
    pub after: Duration,
}

/// A lens, and what came of it.
pub struct Watch {
    lens: Lens,
    /// Alerts in order.
    pub alerts: Vec<Seen>,
    /// Transactions that were looked at.
    pub txs: u64,
    /// Blocks that were looked at.
    pub blocks: u64,
    /// Time spent on execution and on rules.
    pub spent: (Duration, Duration),
    /// How many contracts were tried out, and the longest that one took.
    pub trials: (u64, Duration),
    /// What was announced so far.
    announced: Vec<HeldAnnouncement>,
}

impl Watch {
    /// The rules with an empty memory.
    ///
    /// # Errors
    /// If the chain is not one that can be watched.
    pub fn new(rules: &Rules) -> Result<Self> {
        let lens = Lens::new(World::chain()?, Arc::clone(&rules.0))?;
        Ok(Self {
            lens,
            alerts: Vec::new(),
            txs: 0,
            blocks: 0,
            spent: (Duration::ZERO, Duration::ZERO),
            trials: (0, Duration::ZERO),
            announced: Vec::new(),
        })
    }

    /// Looks at a block, and gives its facts back.
    ///
    /// # Errors
    /// If the memory cannot take it.
    pub fn see(&mut self, mined: Mined, world: &mut World) -> Result<BlockFacts> {
        let Mined { mut traced, spent, announced } = mined;
        // Who declares nothing announces nothing.
        if !announced.is_empty() && !self.lens.detectors().scope().is_everything() {
            self.announced.extend(announced);
            self.lens.know(Arc::new(Announcements::new(self.announced.clone())));
        }
        traced.facts.observed = world.observe(&self.lens);
        self.txs += traced.facts.txs.len() as u64;
        self.blocks += 1;
        self.spent.0 += spent;
        let start = Instant::now();
        let looked = self.lens.nose((traced, spent))?;
        let after = start.elapsed();
        self.spent.1 += after;
        self.alerts.extend(looked.alerts.into_iter().map(|(_, alert)| Seen { alert, after }));
        for (rule, question) in looked.questions {
            let start = Instant::now();
            let foreseen = world.pursue(&mut self.lens, &rule, question)?;
            let after = start.elapsed();
            self.trials.0 += 1;
            self.trials.1 = self.trials.1.max(after);
            self.alerts.extend(foreseen.into_iter().map(|(_, alert)| Seen { alert, after }));
        }
        Ok(looked.facts)
    }
}
