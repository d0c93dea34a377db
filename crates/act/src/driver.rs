//! What every way to act has in common, and what the drivers' common exam asks of it.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use case::{IdempotencyKey, Step};
use facts::{B256, BlockRef, ChainId, TxRequest};
use jiff::Timestamp;

use crate::ActError;

/// What a driver binds itself to before it acts: JSON that stands in the book's `case.intent/1`. From the step, the key
/// and this alone a fresh process can find out what came of the step. It holds no secret.
pub type Binding = serde_json::Value;

/// Which attempt at the same effect this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempt<'a> {
    /// How many times the fee has been raised; 0 for the first attempt.
    pub bump: u8,
    /// Transactions of earlier attempts, as far as they are known.
    pub earlier: &'a [B256],
}

/// A step was handed to the world. Whether it had its effect is for [`Driver::outcome`] to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The transaction to look for, where there is one; known even when the answer was lost.
    pub tx: Option<B256>,
    /// What the world answered, without secrets, for the book.
    pub says: String,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The world knows nothing of it. It may be submitted (again) with the same binding.
    NotSent,
    /// It is under way.
    Pending {
        /// Its transactions that a node knows.
        txs: Vec<B256>,
        /// How many transactions of the same signer have to go first.
        behind: u64,
        /// What it waits for, for a person.
        says: String,
    },
    /// It had its effect. Blocks may vanish again: ask anew after a reorg.
    Done {
        /// The transaction, where there is one.
        tx: Option<B256>,
        /// The block, where there is one.
        block: Option<BlockRef>,
    },
    /// It ran and failed on chain; the nonce is spent.
    Reverted {
        /// The transaction.
        tx: B256,
        /// The block.
        block: BlockRef,
        /// As much as a receipt tells.
        why: String,
    },
    /// It can no longer happen, because something else took its place.
    Superseded {
        /// What took its place.
        why: String,
    },
    /// It was looked for, and what was found does not decide it. Never to be read as [`Outcome::NotSent`].
    Unknown {
        /// Why, and what a person can do.
        why: String,
    },
}

/// One way to act. Every driver passes the common exam in `tests/drivers/exam.rs`.
#[async_trait]
pub trait Driver: Send + Sync {
    /// The name steps call it by, such as `contract-call`.
    fn name(&self) -> &str;

    /// The transactions a step amounts to, for the rehearsal; empty for a step that touches no chain. Pure.
    ///
    /// # Errors
    /// [`ActError::Refused`] if the step is not for this driver or names something that is not configured.
    fn calls(&self, step: &Step) -> Result<Vec<(ChainId, TxRequest)>, ActError>;

    /// Chooses everything that is left to choose. Nothing is sent, and binding the same key again sets nothing more aside.
    ///
    /// # Errors
    /// If the step is not to be taken, not now, or the world could not be asked.
    async fn bind(&self, step: &Step, key: &IdempotencyKey, now: Timestamp) -> Result<Binding, ActError>;

    /// Has the effect, at most once per key and binding however often it is called. The intent must stand in the book
    /// before this.
    ///
    /// # Errors
    /// If nothing was handed to the world. An answer that was lost is not an error: see [`Sent::tx`].
    async fn submit(
        &self,
        step: &Step,
        key: &IdempotencyKey,
        binding: &Binding,
        attempt: &Attempt<'_>,
        now: Timestamp,
    ) -> Result<Sent, ActError>;

    /// What came of it. Sends nothing that has an effect.
    ///
    /// # Errors
    /// If the world could not be asked.
    async fn outcome(
        &self,
        step: &Step,
        key: &IdempotencyKey,
        binding: &Binding,
        earlier: &[B256],
        now: Timestamp,
    ) -> Result<Outcome, ActError>;

    /// The bound step will not be taken after all: what was set aside for it is free again.
    async fn abandon(&self, _step: &Step, _key: &IdempotencyKey, _binding: &Binding) {}
}

/// Refuses a step whose time is over.
pub(crate) fn in_time(step: &Step, now: Timestamp) -> Result<(), ActError> {
    if now <= step.limits.until {
        return Ok(());
    }
    Err(ActError::refused(step, format!("it was to be taken until {}, and it is {now}; plan again", step.limits.until)))
}

/// The drivers of this installation by name.
#[derive(Clone, Default)]
pub struct Drivers(BTreeMap<String, Arc<dyn Driver>>);

impl Drivers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this driver too. A later driver of the same name replaces an earlier one.
    #[must_use]
    pub fn with(mut self, driver: Arc<dyn Driver>) -> Self {
        self.0.insert(driver.name().to_owned(), driver);
        self
    }

    /// The driver that takes this step.
    ///
    /// # Errors
    /// [`ActError::Refused`] if there is none of that name.
    pub fn of(&self, step: &Step) -> Result<&Arc<dyn Driver>, ActError> {
        self.0.get(&step.driver).ok_or_else(|| {
            let known = self.names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none" } else { &known };
            ActError::refused(step, format!("there is no driver `{}`; known drivers: {known}", step.driver))
        })
    }

    /// Their names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl std::fmt::Debug for Drivers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
