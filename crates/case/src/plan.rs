//! Plans: what is to be done, with no choices left open, known by its digest.

use facts::{Address, BlockRef, Bytes, ChainId, U256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CaseId, DataFile, Digest, DigestError};

/// How far a machine may go alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harm {
    /// Nothing on chain changes: a message, a page.
    None,
    /// It can be taken back by the step's undo.
    Reversible,
    /// It cannot be taken back.
    Irreversible,
}

/// One thing to do in the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Call {
    /// Send a transaction that calls a contract.
    Contract {
        /// On which chain.
        chain: ChainId,
        /// To which contract.
        to: Address,
        /// The function in words, such as `pause()`.
        function: String,
        /// The call data.
        data: Bytes,
        /// Wei to send along.
        value: U256,
        /// The name of the signer in this installation.
        signer: String,
    },
    /// Post a signed message to a webhook.
    Webhook {
        /// The name of the webhook in this installation; its address and secret never enter the book.
        endpoint: String,
        /// The message.
        body: serde_json::Value,
    },
}

/// What must hold at the moment a step is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precondition {
    /// The rehearsal on the head succeeded.
    RehearsalSucceeds,
    /// An earlier step of the same plan is done.
    Done {
        /// That step's id.
        step: String,
    },
}

/// How much a step may cost, and until when it may be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Gas limit.
    pub gas: u64,
    /// Highest fee per gas in wei, bumps included.
    pub fee_per_gas: U256,
    /// Highest number of times it is sent again with a higher fee.
    pub bumps: u8,
    /// After this moment it is no longer taken.
    pub until: Timestamp,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its id within the plan.
    pub id: String,
    /// What it does, for a person.
    pub title: String,
    /// The driver that takes it.
    pub driver: String,
    /// What is done.
    pub call: Call,
    /// What must hold.
    #[serde(default)]
    pub needs: Vec<Precondition>,
    /// How far a machine may go alone.
    harm: Harm,
    /// How it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undo: Option<Call>,
    /// How many people must approve when no policy does.
    pub approvals: u8,
    /// Cost and time.
    pub limits: Limits,
}

impl Step {
    /// A step. Without an undo nothing is reversible, whatever the playbook says; and what needs nobody's leave
    /// must not be a transaction.
    #[expect(clippy::too_many_arguments, reason = "a step leaves no choice open, so nothing may have a default")]
    pub fn new(
        id: String,
        title: String,
        driver: String,
        call: Call,
        needs: Vec<Precondition>,
        declared: Harm,
        undo: Option<Call>,
        approvals: u8,
        limits: Limits,
    ) -> Self {
        let harm = match (&call, declared) {
            (Call::Contract { .. }, Harm::None | Harm::Reversible) if undo.is_none() => Harm::Irreversible,
            (Call::Contract { .. }, Harm::None) => Harm::Reversible,
            (_, harm) => harm,
        };
        Self { id, title, driver, call, needs, harm, undo, approvals, limits }
    }

    /// How far a machine may go alone.
    pub fn harm(&self) -> Harm {
        // A step read back from the book is held to the same law as a new one.
        match (&self.call, self.harm) {
            (Call::Contract { .. }, Harm::None | Harm::Reversible) if self.undo.is_none() => Harm::Irreversible,
            (Call::Contract { .. }, Harm::None) => Harm::Reversible,
            (_, harm) => harm,
        }
    }

    /// How it is taken back.
    pub fn undo(&self) -> Option<&Call> {
        self.undo.as_ref()
    }
}

/// What is to be done about a case. Immutable: a change of mind is another plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The case.
    pub case: CaseId,
    /// The playbook it was made from.
    pub playbook: DataFile,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Digest of the case as it stood when the plan was made.
    pub based_on: Digest,
    /// When it was made, in UTC.
    pub made_at: Timestamp,
}

impl Plan {
    /// What the plan is known by: approvals and rehearsals name it.
    ///
    /// # Errors
    /// If JSON cannot write it, which does not happen for a well-formed plan.
    pub fn digest(&self) -> Result<Digest, DigestError> {
        Digest::of(self)
    }

    /// The step of this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// Names an effect: the same key never has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(pub Digest);

impl IdempotencyKey {
    /// The key of a step of a plan.
    pub fn of(plan: &Digest, step: &str) -> Self {
        Self(Digest::of_bytes(format!("breakglass/effect/1\n{plan}\n{step}").as_bytes()))
    }
}

/// What came of trying a step out on the head, before it is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The block whose state it was tried on; none for a step that touches no chain.
    pub on: Option<BlockRef>,
    /// What came of it.
    pub verdict: Verdict,
    /// Gas it used.
    #[serde(default)]
    pub gas_used: u64,
    /// What it changed, in words, most telling first.
    #[serde(default)]
    pub effects: Vec<String>,
}

/// What a rehearsal showed. Not having been able to rehearse is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "why")]
pub enum Verdict {
    /// It works.
    Succeeds,
    /// It would fail, and why.
    Fails(String),
    /// It could not be tried, and why.
    Blind(String),
}
