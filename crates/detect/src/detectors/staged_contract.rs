//! A contract that looks made to attack is put in place: before anything is taken, its code names what it is for.
//!
//! No sign is proof. Each has a weight, and what an honest bot shows as well weighs little; the sum decides whether a
//! person is told, and whether the contract is tried out on the head. What it then takes is judged by the other rules.

mod signs;
#[cfg(test)]
mod tests;
mod trial;

use std::sync::Arc;

use atlas::{Bytecode, Callbacks, bytecode::op};
use case::{EvidenceKind, Severity};
use facts::{Ask, Budget, Code, Overrides, Probe, Question, Selector, U256};

use crate::{
    AnswerCtx, DetectError, Detector, Finding, Findings, MemoryView, RuleCard, Scope, TxCtx, Wake, Whose,
    dispatch::Kind,
};
use signs::{Fresh, Weighed};

pub(crate) const ID: &str = "staged-contract";

/// Contracts of one transaction whose code is read. A factory that makes more of them makes copies.
const CODES_MAX: usize = 32;
/// Addresses that are tried as arguments: those of protected contracts, then those in the code.
const ACCOUNTS_MAX: usize = 12;
/// What a trial may cost: the gas of a dozen blocks, the reads that are answered within the time, and the time itself, which
/// leaves as much again for a last run that has begun and for judging what was seen.
const TRIAL: Budget = Budget { gas: 400_000_000, reads: 64, time_ms: Some(400) };
/// Where the functions of protected contracts that were seen called are remembered.
const CALLED: &[&[u8]] = &[b"called"];

/// Judges fresh contracts.
pub(crate) struct StagedContract {
    card: Arc<RuleCard>,
    callbacks: Callbacks,
    score_trial: u64,
    score_medium: u64,
    score_high: u64,
    similarity_bp_min: u16,
}

impl StagedContract {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let number = |name| card.parameters.number(name, 1..=100);
        let (score_trial, score_medium, score_high) =
            (number("score_trial")?, number("score_medium")?, number("score_high")?);
        let similarity_bp_min = card.parameters.basis_points("similarity_bp_min")?;
        Ok(Self { callbacks: Callbacks::embedded(), score_trial, score_medium, score_high, similarity_bp_min, card })
    }
}

impl Detector for StagedContract {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Code, Wake::Call(Some(Whose::Protected), None)]
    }

    /// Where funds come from is remembered for those who have something to protect: it costs every transaction.
    fn asks_origins(&self, scope: &Scope) -> bool {
        !scope.is_everything()
    }

    /// To read code takes as long as all other rules together.
    fn comes_last(&self) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        note_calls(ctx, memory);
        if !ctx.facts.succeeded() {
            return;
        }
        let mut read = Vec::new();
        for code in &ctx.facts.codes {
            // Copies are judged once.
            if read.contains(&code.hash) || self.is_ours(ctx, code) {
                continue;
            }
            if read.len() == CODES_MAX {
                let says =
                    format!("more than {CODES_MAX} contracts in one transaction; the code of the rest was not read");
                out.raise(Finding::about(code.address, says).severity(Severity::Info).key("unread"));
                break;
            }
            read.push(code.hash);
            self.fresh(ctx, code, memory, out);
        }
    }

    fn answered(&self, ctx: &AnswerCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        trial::judge(ctx, memory, out);
    }
}

impl StagedContract {
    /// What a protected contract makes belongs to the protocol, and so does what it is sent to make.
    fn is_ours(&self, ctx: &TxCtx<'_>, code: &Code) -> bool {
        let ours = |account| ctx.protects(account);
        ours(code.creator) || ours(code.address) || ours(ctx.facts.from)
    }

    fn fresh(&self, ctx: &TxCtx<'_>, code: &Code, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let Some(frame) = ctx.facts.frames.get(code.frame as usize) else { return };
        if frame.clipped || (frame.output.is_empty() && code.size > 0) {
            let says =
                format!("the code of {}, just deployed, could not be seen whole and was not judged", code.address);
            out.raise(Finding::about(code.address, says).severity(Severity::Info).key("unseen"));
            return;
        }
        let read = Bytecode::of_hash(&frame.output, code.hash);
        let fresh = Fresh { code, read: &read, runtime: &frame.output, init: &frame.input };
        let weighed = self.weigh(ctx, &fresh, memory);
        if weighed.score >= self.score_trial && can_act(&read) {
            trial::remember(memory, ctx.facts, code);
            out.ask(self.trial(ctx, &fresh, &weighed));
        }
        if let Some(severity) = self.severity(ctx.scope, &weighed) {
            out.raise(finding(ctx, code, &weighed, severity));
        }
    }

    /// How bad it is. What concerns nobody who is protected is a remark, unless the same code attacked before.
    fn severity(&self, scope: &Scope, weighed: &Weighed) -> Option<Severity> {
        let several = weighed.signs.len() >= 3;
        if weighed.concerns.is_empty() {
            let told = weighed.is_known || (scope.is_everything() && weighed.score >= self.score_medium && several);
            return told.then_some(if weighed.is_known { Severity::Medium } else { Severity::Low });
        }
        match weighed.score {
            score if score >= self.score_high && weighed.is_hostile && several => Some(Severity::High),
            // A new account that integrates the protocol shows as much without either of these.
            score if score >= self.score_medium && several && (weighed.can_borrow || weighed.is_hostile) => {
                Some(Severity::Medium)
            }
            _ => None,
        }
    }

    /// The question what it can do: as its sender, with what it seems to be made for.
    fn trial(&self, ctx: &TxCtx<'_>, fresh: &Fresh<'_>, weighed: &Weighed) -> Question {
        let (sender, contract) = (ctx.facts.from, fresh.code.address);
        let mut accounts = weighed.concerns.clone();
        accounts.extend(ctx.scope.on(&ctx.chain.id));
        accounts.extend(fresh.read.addresses.iter().copied());
        let mut known = Vec::new();
        accounts.retain(|account| {
            !known.contains(account) && {
                known.push(*account);
                true
            }
        });
        accounts.truncate(ACCOUNTS_MAX);
        accounts.extend([sender, contract]);
        let coin = U256::from(1_000_000_000_000_000_000_u64);
        let numbers = [U256::ONE, U256::from(8), U256::from(100), coin, coin * U256::from(1_000)];
        let words = accounts.iter().map(|account| U256::from_be_bytes(account.into_word().0)).chain(numbers);
        // Functions that every token has are tried last.
        let mut functions: Vec<Selector> = fresh.read.functions.iter().map(|(selector, _)| *selector).collect();
        functions.sort_by_key(|selector| signs::is_common(*selector));
        let probe = Probe { contract, from: sender, functions, words: words.collect(), values: vec![coin] };
        Question { at: ctx.block.clone(), overrides: Overrides::default(), ask: Ask::Probe(probe), budget: TRIAL }
    }
}

fn finding(ctx: &TxCtx<'_>, code: &Code, weighed: &Weighed, severity: Severity) -> Finding {
    let subject = weighed.concerns.first().copied().unwrap_or(code.address);
    let about = match weighed.concerns.len() {
        0 => String::new(),
        1 => format!(" on {subject}"),
        n => format!(" on {subject} and {} more", n - 1),
    };
    let (sender, contract, count) = (ctx.facts.from, code.address, weighed.signs.len());
    let message = format!(
        "{sender} put {contract} in place, which looks made for an attack{about}: {count} signs, weight {}",
        weighed.score
    );
    let mut finding = Finding::about(subject, message).severity(severity).key(contract);
    for sign in &weighed.signs {
        finding = finding.evidence(EvidenceKind::Code, Some(code.frame), sign.says.clone());
    }
    [sender, code.creator, contract].into_iter().fold(finding, Finding::attacker)
}

/// Remembers which functions of protected contracts are called: whoever attacks them calls some of them too.
fn note_calls(ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>) {
    let mut note = |at: usize| {
        let Some(frame) = ctx.facts.frames.get(at) else { return };
        let (ours, selector) = (ctx.protects(frame.target), frame.selector());
        if let Some(selector) = selector.filter(|selector| ours && !signs::is_common(*selector)) {
            memory.insert(CALLED, selector.as_slice());
        }
    };
    match ctx.woken.by(Kind::Call) {
        Some(places) => places.for_each(&mut note),
        None if ctx.scope.is_everything() => {}
        None => (0..ctx.facts.frames.len()).for_each(note),
    }
}

/// Whether the code can reach anybody else at all.
fn can_act(read: &Bytecode) -> bool {
    [op::CALL, op::CALLCODE, op::DELEGATECALL, op::SELFDESTRUCT, op::CREATE, op::CREATE2]
        .into_iter()
        .any(|op| read.has(op))
}
