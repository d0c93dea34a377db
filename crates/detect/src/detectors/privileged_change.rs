//! Who may do what has changed: a role, an owner, an admin, the code behind a proxy.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, B256, Change, ChangeKind};

use crate::{DetectError, Detector, Finding, Findings, MemoryView, RuleCard, TxCtx, Wake, announced::Deed};

pub(crate) const ID: &str = "privileged-change";

/// Speaks about every change, whether the contract announced it or the storage alone proves it.
pub(crate) struct PrivilegedChange {
    card: Arc<RuleCard>,
    unannounced_confidence: u8,
}

impl PrivilegedChange {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let confidence = card.parameters.number("unannounced_confidence", 0..=100)?;
        Ok(Self { unannounced_confidence: u8::try_from(confidence).unwrap_or(100), card })
    }

    fn finding(&self, ctx: &TxCtx<'_>, change: &Change) -> Finding {
        let (kind, what) = words(change.kind);
        let protected = ctx.scope.name(&ctx.chain.id, change.contract);
        let name =
            protected.map_or_else(|| change.contract.to_string(), |name| format!("{name} ({})", change.contract));
        let after = shown(change.after);
        let how = match (change.kind, change.before) {
            (ChangeKind::RoleGranted(role), _) => {
                format!("{what} {} of {name} was granted to {after}", role_name(role))
            }
            (ChangeKind::RoleRevoked(role), _) => {
                format!("{what} {} of {name} was taken from {after}", role_name(role))
            }
            (_, Some(before)) if before.is_zero() => format!("{what} of {name} was set to {after} for the first time"),
            (_, Some(before)) => format!("{what} of {name} changed from {} to {after}", shown(before)),
            (_, None) => format!("{what} of {name} changed to {after}"),
        };
        let (seen_by, silence) =
            if change.announced { (EvidenceKind::Log, "") } else { (EvidenceKind::Storage, ", without an event") };
        let message = format!("{how}{silence}, by {}", ctx.facts.from);
        let is_first = change.before.is_some_and(|before| before.is_zero()) && !is_role(change.kind);
        let mut finding = Finding::about(change.contract, message.clone())
            .kind(if is_first { "access/initializer" } else { kind })
            .key(what)
            .key(change.after)
            .evidence(seen_by, Some(change.frame), message)
            .attacker(ctx.facts.from)
            .deed(Some(Deed::of_change(change)));
        if protected.is_some() {
            finding = finding.victim(change.contract);
        }
        if ctx.scope.is_everything() {
            // Owners change all day somewhere; without a protocol nobody has said which of them matter.
            finding = finding.severity(Severity::Info);
        } else if is_role(change.kind) && !change.announced {
            // A flag under a number and an account may be a role; it may as well be a vote, or a confirmation.
            finding = finding.severity(Severity::Medium);
        }
        if change.announced { finding } else { finding.confidence(self.unannounced_confidence) }
    }
}

impl Detector for PrivilegedChange {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Change]
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        for change in &ctx.facts.changes {
            // A contract that sets itself up while it is created changes nothing that was.
            let is_new = ctx.facts.is_new(change.contract);
            if !is_new && change.before != Some(change.after) {
                out.raise(self.finding(ctx, change));
            }
        }
    }
}

fn is_role(kind: ChangeKind) -> bool {
    matches!(kind, ChangeKind::RoleGranted(_) | ChangeKind::RoleRevoked(_))
}

/// The kind in the taxonomy, and the word for what changed.
fn words(kind: ChangeKind) -> (&'static str, &'static str) {
    match kind {
        ChangeKind::RoleGranted(_) => ("access/role-takeover", "role"),
        ChangeKind::RoleRevoked(_) => ("access/role-takeover", "role"),
        ChangeKind::Owner => ("access/ownership-transfer", "owner"),
        ChangeKind::Admin => ("access/malicious-upgrade", "admin"),
        ChangeKind::Implementation => ("access/malicious-upgrade", "implementation"),
        ChangeKind::Beacon => ("access/malicious-upgrade", "beacon"),
    }
}

/// The role that stands above all others has the zero id.
fn role_name(role: B256) -> String {
    if role.is_zero() { "DEFAULT_ADMIN_ROLE".into() } else { role.to_string() }
}

/// A word that holds an address, as an address.
fn shown(word: B256) -> String {
    if word[..12].iter().all(|byte| *byte == 0) { Address::from_word(word).to_string() } else { word.to_string() }
}
