//! What this installation protects, and what it has to respond with.

use std::collections::BTreeSet;

use atlas::{Contract, Protocol};
use case::Incident;
use facts::AccountId;

/// What is protected, and whom it can reach: names only, no address of a webhook and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The inventory.
    pub protocol: Protocol,
    /// The names of the signers.
    pub signers: BTreeSet<String>,
    /// The names of the webhooks.
    pub webhooks: BTreeSet<String>,
}

impl Installation {
    /// The protected contracts that standing alerts of an incident name as subject or victim, in the inventory's order.
    pub fn victims<'a>(&'a self, incident: &Incident) -> Vec<&'a Contract> {
        let named: BTreeSet<&AccountId> =
            incident.standing_alerts().flat_map(|alert| alert.victims.iter().chain([&alert.subject])).collect();
        self.protocol.contracts().iter().filter(|contract| named.contains(&contract.account)).collect()
    }

    /// The protected accounts, for triage.
    pub fn protected(&self) -> BTreeSet<AccountId> {
        self.protocol.contracts().iter().map(|contract| contract.account.clone()).collect()
    }
}
