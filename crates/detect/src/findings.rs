//! From what a detector says to alerts: the common part of an alert is filled in here, and the flood is dammed.

use std::collections::BTreeMap;

use case::{Alert, Basis, Bearing, Confidence, Evidence, EvidenceKind, Fingerprint, Loss, RuleRef, Severity};
use facts::{AccountId, Address, Asset, AssetId, B256, BlockRef, Question, U256};

use crate::{
    ChainView, Detector, Scope,
    announced::{About, Deed},
    card::Named,
};

/// The kind of what could not be seen: no attack, and therefore not in the taxonomy.
pub(crate) const BLIND: &str = "sight/blind";

/// Alerts of one rule about one transaction. An attack needs one; a sweep over many victims needs a few more.
pub(crate) const ALERTS_PER_TX: usize = 16;
/// Alerts of one rule in one block. What is beyond becomes one alert that says so.
pub(crate) const ALERTS_PER_BLOCK: usize = 128;
/// Questions of one rule in one block: each costs an execution.
pub(crate) const QUESTIONS_PER_BLOCK: usize = 16;
/// Pieces of evidence, attackers, victims or losses of one alert; what a finding is given beyond them is not kept.
const PARTS: usize = 64;
/// Characters of a message or of a piece of evidence.
const SAYS: usize = 600;

/// What came of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The alerts, transaction by transaction in order of rule ids, then those of the block.
    pub alerts: Vec<Alert>,
    /// What the rules want to know, with the rule that asks.
    pub questions: Vec<(String, Question)>,
}

/// One finding in a detector's own words.
#[derive(Debug, Clone)]
#[must_use = "a finding says nothing until it is raised"]
pub struct Finding {
    subject: Address,
    kind: Option<String>,
    severity: Option<Severity>,
    confidence: Option<Confidence>,
    basis: Basis,
    key: Vec<String>,
    evidence: Vec<(EvidenceKind, Option<u32>, String)>,
    /// Facts of earlier transactions.
    earlier: Vec<(B256, EvidenceKind, String)>,
    attackers: Vec<Address>,
    victims: Vec<Address>,
    losses: Vec<(Address, Asset, U256, Option<u16>)>,
    message: String,
    /// What it is about, to be held against what is announced.
    deed: Option<Deed>,
    bearing: Option<Bearing>,
}

impl Finding {
    /// A finding about an account, with one sentence for a person.
    pub fn about(subject: Address, message: impl Into<String>) -> Self {
        Self {
            subject,
            kind: None,
            severity: None,
            confidence: None,
            basis: Basis::Mined,
            key: Vec::new(),
            evidence: Vec::new(),
            earlier: Vec::new(),
            attackers: Vec::new(),
            victims: Vec::new(),
            losses: Vec::new(),
            message: message.into(),
            deed: None,
            bearing: None,
        }
    }

    /// A kind other than the card's own. It has to stand on the card under `also`.
    pub fn kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// Says that something could not be seen, whatever the card is about.
    pub(crate) fn blind(mut self) -> Self {
        self.kind = Some(BLIND.to_owned());
        self
    }

    /// Says that it is about this deed and nothing else, so that an announcement of just that can excuse it.
    pub(crate) fn deed(mut self, deed: Option<Deed>) -> Self {
        self.deed = deed;
        self
    }

    /// What it is about, if that can be announced. Of losses that are not all told nobody knows.
    fn is_about(&self) -> Option<About> {
        if let Some(deed) = self.deed {
            return Some(About::Deed(deed));
        }
        let are_all = !self.losses.is_empty() && self.losses.len() < PARTS;
        let lost = || self.losses.iter().map(|(account, asset, amount, _)| (*account, *asset, *amount)).collect();
        are_all.then(|| About::Losses(lost()))
    }

    /// Says how it bears on an announcement.
    pub(crate) fn bearing(mut self, bearing: Bearing) -> Self {
        self.bearing = Some(bearing);
        self
    }

    /// A severity other than the card's, which is `severity` for a protected contract and `elsewhere` for others.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// A confidence other than the card's.
    pub fn confidence(mut self, percent: u8) -> Self {
        self.confidence = Some(Confidence::new(percent));
        self
    }

    /// Says that it has not happened, or not yet.
    pub fn basis(mut self, basis: Basis) -> Self {
        self.basis = basis;
        self
    }

    /// Tells two matters with the same rule and subject apart. By default they are the same matter.
    pub fn key(mut self, part: impl ToString) -> Self {
        self.key.push(part.to_string());
        self
    }

    /// One fact of another transaction that it rests on.
    pub fn evidence_of(mut self, tx: B256, kind: EvidenceKind, says: impl Into<String>) -> Self {
        if self.earlier.len() < PARTS {
            self.earlier.push((tx, kind, says.into()));
        }
        self
    }

    /// One fact it rests on.
    pub fn evidence(mut self, kind: EvidenceKind, frame: Option<u32>, says: impl Into<String>) -> Self {
        if self.evidence.len() < PARTS {
            self.evidence.push((kind, frame, says.into()));
        }
        self
    }

    /// Who seems to have done it.
    pub fn attacker(mut self, account: Address) -> Self {
        if self.attackers.len() < PARTS {
            self.attackers.push(account);
        }
        self
    }

    /// Who seems to have suffered it.
    pub fn victim(mut self, account: Address) -> Self {
        if self.victims.len() < PARTS {
            self.victims.push(account);
        }
        self
    }

    /// What was lost: of which account, how much, and which share of its holding in basis points where that is known.
    pub fn loss(mut self, account: Address, asset: Asset, amount: U256, share_bp: Option<u16>) -> Self {
        if self.losses.len() < PARTS {
            self.losses.push((account, asset, amount, share_bp));
        }
        self
    }
}

/// Where a detector puts what it found.
pub struct Findings<'a> {
    /// Whose findings. Its card is far away among a hundred thousand, and asked for by whoever has something to say.
    pub(crate) speaker: &'a dyn Detector,
    /// Which instance of the card, if it has any.
    pub(crate) named: Option<&'a Named>,
    pub(crate) rule: u32,
    pub(crate) chain: &'a ChainView,
    pub(crate) block: &'a BlockRef,
    pub(crate) timestamp: u64,
    pub(crate) tx: Option<B256>,
    pub(crate) scope: &'a Scope,
    pub(crate) alerts: &'a mut Vec<Alert>,
    /// The places of alerts that yield to announcements, and what they are about.
    pub(crate) abouts: &'a mut Vec<(usize, About)>,
    pub(crate) questions: &'a mut Vec<(String, Question)>,
    pub(crate) tallies: &'a mut Tallies,
    pub(crate) in_tx: usize,
}

/// What the rules said that said something, by their number.
pub(crate) type Tallies = BTreeMap<u32, RuleTally>;

/// What one rule said in a block so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleTally {
    alerts: usize,
    questions: usize,
    held_back: usize,
    /// The transactions in which the rule fired; none stands for the block.
    pub(crate) fired: Vec<Option<B256>>,
    /// The worst of the alerts that were held back.
    worst: Option<Alert>,
}

impl Findings<'_> {
    /// Notes that the rule's condition held here, whether or not it says so.
    pub(crate) fn fired(&mut self) {
        let tally = self.tallies.entry(self.rule).or_default();
        if tally.fired.last() != Some(&self.tx) {
            tally.fired.push(self.tx);
        }
    }

    /// Raises a finding as an alert.
    pub fn raise(&mut self, finding: Finding) {
        let about = self.speaker.card().yields_to_announcements.then(|| finding.is_about()).flatten();
        let alert = self.alert(finding);
        let tally = self.tallies.entry(self.rule).or_default();
        if self.in_tx < ALERTS_PER_TX && tally.alerts < ALERTS_PER_BLOCK {
            self.in_tx += 1;
            tally.alerts += 1;
            self.abouts.extend(about.map(|about| (self.alerts.len(), about)));
            self.alerts.push(alert);
            return;
        }
        tally.hold_back(alert);
    }

    /// Asks for an execution. What comes of it is handed to the same rule ([`crate::Detector::answered`]).
    pub fn ask(&mut self, question: Question) {
        let tally = self.tallies.entry(self.rule).or_default();
        if tally.questions < QUESTIONS_PER_BLOCK {
            tally.questions += 1;
            let rule = self.rule().id;
            self.questions.push((rule, question));
            return;
        }
        let says = format!("more than {QUESTIONS_PER_BLOCK} questions in one block; the rest were not asked");
        let alert = self.alert(Finding::about(Address::ZERO, says).severity(Severity::Low));
        self.tallies.entry(self.rule).or_default().hold_back(alert);
    }

    /// The rule that speaks: its card's id, or its card's and its own.
    pub(crate) fn rule(&self) -> RuleRef {
        self.named.map_or_else(|| self.speaker.card().rule(), Named::rule)
    }

    /// The alert that a finding becomes.
    pub(crate) fn alert(&self, finding: Finding) -> Alert {
        let card = self.speaker.card();
        let account = |address: Address| AccountId { chain: self.chain.id.clone(), address };
        let accounts = |mut addresses: Vec<Address>| {
            let mut seen = Vec::new();
            addresses.retain(|address| {
                let is_new = !seen.contains(address);
                seen.push(*address);
                is_new
            });
            addresses.into_iter().map(account).collect::<Vec<_>>()
        };
        let (severity, elsewhere) = self
            .named
            .map_or((card.severity, card.severity_elsewhere), |named| (named.severity, named.severity_elsewhere));
        let usual = if self.scope.protects(&self.chain.id, finding.subject) { severity } else { elsewhere };
        let rule = self.rule();
        let kind = finding
            .kind
            .filter(|kind| card.described.also.contains(kind) || kind == BLIND)
            .unwrap_or_else(|| card.described.kind.clone());
        let evidence = finding.evidence.into_iter();
        let losses = finding.losses.into_iter();
        Alert {
            family: card.described.family.clone(),
            fingerprint: fingerprint(&rule.id, &account(finding.subject), &kind, &finding.key),
            rule,
            kind,
            subject: account(finding.subject),
            severity: finding.severity.unwrap_or(usual),
            confidence: finding.confidence.unwrap_or(card.confidence),
            seen_at: self.block.clone(),
            block_time: self.timestamp,
            basis: finding.basis,
            tx: self.tx,
            evidence: evidence
                .map(|(kind, frame, says)| Evidence { kind, tx: self.tx, frame, says: cut(says) })
                .chain(finding.earlier.into_iter().map(|(tx, kind, says)| Evidence {
                    kind,
                    tx: Some(tx),
                    frame: None,
                    says: cut(says),
                }))
                .collect(),
            attackers: accounts(finding.attackers),
            victims: accounts(finding.victims),
            losses: losses
                .map(|(holder, asset, amount, share_bp)| Loss {
                    account: account(holder),
                    asset: AssetId::of(&self.chain.id, &asset, self.chain.slip44),
                    amount,
                    share_bp,
                })
                .collect(),
            message: cut(finding.message),
            announcement: finding.bearing,
        }
    }
}

impl RuleTally {
    /// The worst that was held back.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.worst.as_ref().map(|alert| alert.severity)
    }

    fn hold_back(&mut self, alert: Alert) {
        self.held_back += 1;
        if self.worst.as_ref().is_none_or(|worst| worst.severity < alert.severity) {
            self.worst = Some(alert);
        }
    }

    /// The alert that stands for all that was held back, if anything was.
    pub(crate) fn overflow(&mut self) -> Option<Alert> {
        let mut alert = self.worst.take()?;
        let says = format!("{} findings of rule {} in this block were held back", self.held_back, alert.rule.id);
        alert.fingerprint = Fingerprint(format!("{}|overflow", alert.fingerprint.0));
        alert.message = cut(format!("{says}; the worst of them: {}", alert.message));
        alert.evidence.push(Evidence { kind: EvidenceKind::Blind, tx: None, frame: None, says });
        Some(alert)
    }
}

/// Rule, subject, kind and what else the detector named, so that the same matter reads the same in every block.
fn fingerprint(rule: &str, subject: &AccountId, kind: &str, key: &[String]) -> Fingerprint {
    let mut text = format!("{rule}|{subject}|{kind}");
    for part in key.iter().take(PARTS) {
        text.push('|');
        text.extend(part.chars().take(SAYS));
    }
    Fingerprint(text)
}

pub(crate) fn cut(text: String) -> String {
    match text.char_indices().nth(SAYS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
