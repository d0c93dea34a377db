//! What the API says of a case, as far as it is printed. Words that this program does not know are printed as they came.

use std::collections::BTreeMap;

use case::{Ctx, Digest, Entry, Stream};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub struct Summary {
    pub id: String,
    pub title: String,
    pub severity: String,
    pub kind: String,
    pub subject: String,
    pub phase: String,
    pub standing: String,
    pub resolution: Option<String>,
    pub drill: bool,
    pub opened_at: String,
    pub losses: Vec<Amount>,
    pub alerts_standing: u64,
    pub steps_waiting: u64,
    pub names: Names,
}

#[derive(Deserialize)]
pub struct Incident {
    #[serde(flatten)]
    pub summary: Summary,
    pub attackers: Vec<String>,
    pub victims: Vec<String>,
    pub txs: Vec<String>,
    pub alerts: Vec<Alert>,
    pub plan: Option<Plan>,
}

#[derive(Deserialize)]
pub struct Amount {
    pub asset: String,
    pub amount: String,
}

#[derive(Default, Deserialize)]
pub struct Names {
    pub assets: BTreeMap<String, AssetName>,
    pub accounts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub struct AssetName {
    pub symbol: String,
    pub decimals: u8,
}

#[derive(Deserialize)]
pub struct Alert {
    pub rule: String,
    pub severity: String,
    pub confidence: u8,
    pub block: Block,
    pub message: String,
    pub withdrawn: bool,
    pub mark: Option<String>,
}

#[derive(Deserialize)]
pub struct Block {
    pub number: u64,
}

#[derive(Deserialize)]
pub struct Plan {
    pub digest: String,
    pub playbook: String,
    pub made_at: String,
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
pub struct Step {
    pub id: String,
    pub title: String,
    pub call: Call,
    pub undo: Option<Call>,
    pub harm: String,
    pub limits: Limits,
    pub status: String,
    pub reason: Option<String>,
    pub txs: Vec<String>,
    pub approvals_needed: u8,
    pub approvals: Vec<Approval>,
    pub waiting: bool,
    pub rehearsal: Option<Rehearsal>,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Call {
    Contract { account: String, function: String, value: String, signer: String },
    Webhook { endpoint: String },
}

#[derive(Deserialize)]
pub struct Limits {
    pub gas: u64,
    pub fee_per_gas: String,
    pub until: String,
}

#[derive(Deserialize)]
pub struct Approval {
    pub by: Actor,
    pub at: String,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    Person { name: String },
    Machine { name: String },
    Policy { name: String },
}

#[derive(Deserialize)]
pub struct Rehearsal {
    pub verdict: String,
    pub why: Option<String>,
    pub on: Option<Block>,
    pub gas_used: u64,
    pub effects: Vec<String>,
}

#[derive(Deserialize)]
pub struct Line {
    pub stream: Stream,
    pub seq: u64,
    pub prev: Digest,
    pub who: Actor,
    pub why: String,
    pub at: case::Timestamp,
    pub kind: String,
    pub payload: Value,
}

impl Line {
    /// The line as the book has it.
    pub fn entry(&self) -> Entry {
        let who = match &self.who {
            Actor::Person { name } => case::Actor::Person(name.clone()),
            Actor::Machine { name } => case::Actor::Machine(name.clone()),
            Actor::Policy { name } => case::Actor::Policy(name.clone()),
        };
        Entry {
            stream: self.stream.clone(),
            seq: self.seq,
            prev: self.prev,
            ctx: Ctx { who, why: self.why.clone(), now: self.at },
            kind: self.kind.clone(),
            payload: self.payload.clone(),
        }
    }
}
