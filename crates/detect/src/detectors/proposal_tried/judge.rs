//! What came of carrying a proposal out.

use case::{Alert, Basis, EvidenceKind, Severity};
use facts::{Address, Answer, Ask, B256, ChangeKind, TxFacts, U256};

use super::plan::digest;
use crate::{AnswerCtx, Finding, Findings, MemoryView, findings::BLIND, origins, value::words};

/// Facts that are told of one proposal.
const TOLD: usize = 8;

/// What is kept of a plan until its answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) tx: B256,
    pub(super) contract: Address,
    pub(super) executor: Address,
    pub(super) proposer: Address,
    pub(super) sender: Address,
    pub(super) id: B256,
}

impl Kept {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let accounts = [self.contract, self.executor, self.proposer, self.sender];
        [self.tx.as_slice(), self.id.as_slice(), &accounts.map(|account| account.0.0).concat()].concat()
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(B256::from(*bytes.get(at..)?.first_chunk()?));
        let account = |at: usize| Some(Address::from(*bytes.get(at..)?.first_chunk::<20>()?));
        Some(Self {
            tx: word(0)?,
            id: word(32)?,
            contract: account(64)?,
            executor: account(84)?,
            proposer: account(104)?,
            sender: account(124)?,
        })
    }
}

/// What speaks against a proposal.
#[derive(Debug, Default)]
struct Against {
    says: Vec<String>,
    severity: Option<Severity>,
    victims: Vec<Address>,
}

impl Against {
    fn note(&mut self, severity: Severity, victim: Address, says: String) {
        self.severity = self.severity.max(Some(severity));
        self.victims.push(victim);
        if self.says.len() < TOLD {
            self.says.push(says);
        }
    }
}

/// Tells what a proposal would do for whoever proposed it, or what other rules would say of it.
pub(super) fn judge(ctx: &AnswerCtx<'_>, share_bp_min: u16, memory: &MemoryView<'_>, out: &mut Findings<'_>) {
    let Ask::Run(requests) = &ctx.question.ask else { return };
    let same = digest(requests.iter().map(|call| (call.to.unwrap_or_default(), call.value, &call.input)));
    // The block that it was made in may be gone, and what it left behind with it.
    let Some(kept) = memory.last(&[b"tried", same.as_slice()]).and_then(Kept::of) else { return };
    out.tx = Some(kept.tx);
    let protects = |account: Address| ctx.scope.protects(&ctx.chain.id, account);
    let concerns = protects(kept.contract) || requests.iter().any(|call| call.to.is_some_and(protects));
    if let Answer::Blind(why) = ctx.answer {
        if concerns {
            let says = format!("what the proposal {} would do could not be tried out: {why}", kept.id);
            let finding = Finding::about(kept.contract, says).severity(Severity::Info).basis(Basis::Simulated);
            out.raise(finding.key(kept.id).key("untried"));
        }
        return;
    }
    let mut against = Against::default();
    for (facts, alerts) in ctx.runs {
        power(ctx, facts, &kept, memory, &mut against);
        gains(ctx, facts, (&kept, share_bp_min), memory, &mut against);
        objections(ctx, alerts, &mut against);
    }
    let Some(severity) = against.severity else { return };
    let name = ctx.scope.name(&ctx.chain.id, kept.contract).map_or_else(|| kept.contract.to_string(), str::to_owned);
    let message = format!(
        "it has not happened yet: the proposal {} at {name}, made by {}, would do this: {}",
        kept.id,
        kept.proposer,
        against.says.first().map_or("", String::as_str)
    );
    let finding = Finding::about(kept.contract, message)
        .severity(severity)
        .basis(Basis::Simulated)
        .key(kept.id)
        .key(same)
        .attacker(kept.proposer);
    let finding = against.victims.into_iter().fold(finding, Finding::victim);
    let ran = format!("carried out as {} on the state after the block", kept.executor);
    let finding = finding.evidence(EvidenceKind::Call, None, ran);
    let finding =
        against.says.into_iter().fold(finding, |finding, says| finding.evidence(EvidenceKind::Observed, None, says));
    out.raise(finding);
}

/// How an account belongs to the proposer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    /// It is the proposer.
    Himself,
    /// The proposer made it, as those who work for a protocol do.
    Made,
}

impl Own {
    /// How grave it is that something comes to it, that would be this grave for the proposer himself.
    fn softened(self, severity: Severity) -> Severity {
        match (self, severity) {
            (Self::Himself, severity) => severity,
            (Self::Made, Severity::High | Severity::Critical) => Severity::Medium,
            (Self::Made, _) => Severity::Low,
        }
    }
}

/// Whether an account is the proposer, or was made by the proposer.
fn own(kept: &Kept, memory: &MemoryView<'_>, account: Address) -> Option<Own> {
    if account == kept.contract || account == kept.executor || account.is_zero() {
        return None;
    }
    if account == kept.proposer {
        return Some(Own::Himself);
    }
    (origins::entity(memory, account) == Some(kept.proposer)).then_some(Own::Made)
}

/// Power that would come to the proposer.
fn power(ctx: &AnswerCtx<'_>, facts: &TxFacts, kept: &Kept, memory: &MemoryView<'_>, against: &mut Against) {
    for change in facts.changes.iter().filter(|change| change.before != Some(change.after)) {
        let (what, is_role) = match change.kind {
            ChangeKind::RoleGranted(_) => ("a role", true),
            ChangeKind::Owner => ("the ownership", false),
            ChangeKind::Admin => ("the administration", false),
            // New code is nearly always put in place by whoever proposes it.
            ChangeKind::RoleRevoked(_) | ChangeKind::Implementation | ChangeKind::Beacon => continue,
        };
        let holder = Address::from_word(change.after);
        if let Some(own) = own(kept, memory, holder) {
            let is_ours = ctx.scope.protects(&ctx.chain.id, change.contract);
            let severity = match (own, is_ours) {
                (Own::Himself, false) if is_role => Severity::Medium,
                // Nobody votes for a single person to own what all of them own, if they know.
                (Own::Himself, _) => Severity::High,
                (Own::Made, true) => Severity::Medium,
                (Own::Made, false) => Severity::Low,
            };
            let says =
                format!("{what} of {} would come to {holder}, who is or belongs to the proposer", change.contract);
            against.note(severity, change.contract, says);
        }
    }
}

/// Assets that would come to the proposer out of what the governor, its timelock or a protected contract holds.
fn gains(
    ctx: &AnswerCtx<'_>,
    facts: &TxFacts,
    (kept, share_bp_min): (&Kept, u16),
    memory: &MemoryView<'_>,
    against: &mut Against,
) {
    let rows = facts.net();
    for net in rows.iter().filter(|net| !net.gain().is_zero()) {
        let Some(whose) = own(kept, memory, net.account) else { continue };
        let out_of = rows.iter().filter(|other| other.asset == net.asset && !other.loss().is_zero());
        for other in out_of.filter(|other| own(kept, memory, other.account).is_none()) {
            let amount = net.gain().min(other.loss());
            let share_bp = facts.holding(other.account, &other.asset).and_then(|(before, _)| {
                let share = amount.saturating_mul(U256::from(10_000)).checked_div(before)?;
                Some(u64::try_from(share).unwrap_or(u64::MAX))
            });
            let much = share_bp.is_some_and(|share| share >= u64::from(share_bp_min));
            let is_ours = [kept.contract, kept.executor, other.account]
                .iter()
                .any(|account| ctx.scope.protects(&ctx.chain.id, *account));
            let severity = match (is_ours, much) {
                (true, true) => Severity::High,
                (true, false) | (false, true) => Severity::Medium,
                (false, false) => Severity::Low,
            };
            let minted = other.account.is_zero();
            let from = if minted { "nowhere".to_owned() } else { other.account.to_string() };
            let victim = if minted { net.asset.contract().unwrap_or(kept.contract) } else { other.account };
            let share = share_bp.map_or_else(String::new, |share| format!(", {share} basis points of what it holds"));
            let says = format!("{} would come to {} from {from}{share}", words(amount, &net.asset), net.account);
            against.note(whose.softened(severity), victim, says);
        }
    }
}

/// What other rules would say of it about accounts that are protected.
fn objections(ctx: &AnswerCtx<'_>, alerts: &[Alert], against: &mut Against) {
    let grave = alerts.iter().filter(|alert| alert.severity >= Severity::High && alert.kind != BLIND);
    for alert in grave.filter(|alert| ctx.scope.protects(&ctx.chain.id, alert.subject.address)) {
        // What is decided is often meant to change who may do what.
        if alert.family != "access" {
            let says = format!("{} would say: {}", alert.rule.id, alert.message);
            against.note(Severity::High, alert.subject.address, says);
        }
    }
}
