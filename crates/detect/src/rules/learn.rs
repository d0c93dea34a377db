//! From one attack, a rule: what it called, how often, through whom, and what left then.
//!
//! Addresses, amounts and the order of calls are the attacker's to choose; the functions of the victim are not. So a
//! draft rests on the functions that were called on the way to the loss, counted over some blocks for one sender, and on
//! value leaving. Drafts are made from the most general to the most particular, and the first one that honest
//! traffic does not answer to is the one to propose.

#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use facts::{Address, B256, Frame, FrameKind, Selector, TxFacts};

use crate::{RuleText, value::ancestors};

/// Functions that a draft rests on.
const STEPS_MAX: usize = 24;
/// Contracts that a draft names.
const TARGETS_MAX: usize = 32;
/// Functions that every token has (ERC-20, ERC-721): `transfer`, `transferFrom`, `approve`.
const OF_TOKENS: [[u8; 4]; 3] = [[0xa9, 0x05, 0x9c, 0xbb], [0x23, 0xb8, 0x72, 0xdd], [0x09, 0x5e, 0xa7, 0xb3]];

/// An attack that was confirmed, as far as a rule can be learnt from it.
#[derive(Debug, Clone)]
pub struct Attack<'a> {
    /// What it is called: words in kebab case, for the rule's id.
    pub name: String,
    /// The kind of attack, an id of the taxonomy.
    pub kind: String,
    /// Where it is told, such as the case's id.
    pub reference: String,
    /// Its transactions in order.
    pub txs: Vec<&'a TxFacts>,
    /// Who was harmed.
    pub victims: BTreeSet<Address>,
    /// Who did it: senders need not be named.
    pub attackers: BTreeSet<Address>,
    /// The hashes of contracts' codes, where they are known.
    pub codes: BTreeMap<Address, B256>,
}

/// What an attack leaves to be known by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    /// The functions that were called on the way to a loss.
    steps: BTreeSet<Selector>,
    /// Whose functions they are.
    targets: BTreeSet<Address>,
    codes: BTreeSet<B256>,
    /// How often they were called at least in all: half as often is the same attack.
    times: u64,
    /// Whether the attacker's contracts made all of these calls.
    by_tools: bool,
    /// Whether whoever was called is also who lost.
    direct: bool,
}

/// Which of its features a draft asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asks {
    /// That the caller is a contract that the sender had made.
    tools: bool,
    /// How often the functions are called.
    times: bool,
    /// That the contracts are those that were attacked, or run their code.
    targets: bool,
}

/// Why nothing can be learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unlearnable {
    /// Nothing that was called by whoever attacked led to a loss.
    #[error(
        "no call of the attacker's led to value leaving a victim: name its transactions and victims, or write the rule by \
         hand with `breakglass rules new`"
    )]
    NoCalls,
}

/// The drafts of a rule, the most general first.
///
/// # Errors
/// [`Unlearnable`] if the attack shows no calls that a rule could rest on.
pub fn learn(attack: &Attack<'_>) -> Result<Vec<RuleText>, Unlearnable> {
    let shape = Shape::of(attack).ok_or(Unlearnable::NoCalls)?;
    let drafts = shape.drafts();
    Ok(drafts.into_iter().map(|asks| write::rule(attack, &shape, asks)).collect())
}

impl RuleText {
    /// The same draft under an id of its own, and that id: all drafts of an attack are tried at once.
    #[must_use]
    pub fn numbered(&self, which: usize) -> (Self, String) {
        let id = self.folder.rsplit('/').next().unwrap_or_default();
        let own = format!("{id}-{which}");
        let card = self.card.replacen(&format!("id = \"{id}\""), &format!("id = \"{own}\""), 1);
        (Self { folder: format!("learnt/{own}"), card, ..self.clone() }, own)
    }
}

impl Shape {
    fn of(attack: &Attack<'_>) -> Option<Self> {
        let mut party = attack.attackers.clone();
        party.extend(attack.txs.iter().map(|tx| tx.from));
        for tx in &attack.txs {
            party.extend(tx.codes.iter().map(|code| code.address));
        }
        party.retain(|account| !attack.victims.contains(account));
        let (mut steps, mut targets) = (BTreeMap::<Selector, u64>::new(), BTreeSet::new());
        let mut by_tools = true;
        for tx in &attack.txs {
            // Whoever the sender calls and who calls on is his tool, unless he is the victim.
            let tool = tx.to.filter(|to| !attack.victims.contains(to) && calls_on(tx, *to, &attack.victims));
            let acts = |account: Address| party.contains(&account) || tool == Some(account);
            for (index, frame) in (0u32..).zip(&tx.frames) {
                let Some(selector) = frame.selector().filter(|_| acts(frame.caller) && !acts(frame.target)) else {
                    continue;
                };
                let is_own = attack.victims.contains(&frame.target);
                let is_plain = OF_TOKENS.contains(&selector.0) && !is_own;
                if frame.kind != FrameKind::Call
                    || !frame.effective
                    || is_plain
                    || !harms(tx, index, frame, &attack.victims)
                {
                    continue;
                }
                *steps.entry(selector).or_default() += 1;
                targets.insert(frame.target);
                by_tools &= frame.caller != tx.from;
            }
        }
        // Everybody calls what every token has: it tells something only where there is nothing else.
        if steps.keys().any(|step| !OF_TOKENS.contains(&step.0)) {
            steps.retain(|step, _| !OF_TOKENS.contains(&step.0));
        }
        let times = steps.values().sum::<u64>() / 2;
        let codes = targets.iter().filter_map(|target| attack.codes.get(target).copied()).collect();
        let steps: BTreeSet<Selector> = steps.into_keys().take(STEPS_MAX).collect();
        let targets: BTreeSet<Address> = targets.into_iter().take(TARGETS_MAX).collect();
        let lost = |tx: &&TxFacts| tx.flows.iter().any(|flow| targets.contains(&flow.from) && !flow.amount.is_zero());
        let direct = attack.txs.iter().any(lost);
        (!steps.is_empty()).then_some(Self { steps, targets, codes, times, by_tools, direct })
    }

    /// From what any contract of any name would answer to, to what only the attacked ones do.
    fn drafts(&self) -> Vec<Asks> {
        let mut drafts = Vec::new();
        for targets in [false, true] {
            // One function that many contracts have says nothing by itself.
            if !targets && self.steps.len() < 2 {
                continue;
            }
            let often = self.times > self.steps.len() as u64;
            for (tools, times) in [(false, false), (false, true), (true, false), (true, true)] {
                if (!tools || self.by_tools) && (!times || often) {
                    drafts.push(Asks { tools, times, targets });
                }
            }
        }
        drafts
    }
}

/// Whether a recipient of the transaction leads to a victim.
fn calls_on(tx: &TxFacts, tool: Address, victims: &BTreeSet<Address>) -> bool {
    let leads = |index: u32| ancestors(&tx.frames, index).any(|(_, frame)| frame.caller == tool);
    (0u32..).zip(&tx.frames).any(|(index, frame)| victims.contains(&frame.target) && leads(index))
}

/// Whether something left a victim while the call was open, or the call was one into a victim.
fn harms(tx: &TxFacts, index: u32, frame: &Frame, victims: &BTreeSet<Address>) -> bool {
    let during = |at: u32| (frame.open..=frame.close).contains(&at);
    let left = tx.flows.iter().any(|flow| victims.contains(&flow.from) && during(flow.at));
    let inside = tx.frames.get(index as usize..frame.end as usize).unwrap_or_default();
    left || inside.iter().any(|frame| victims.contains(&frame.target) && frame.kind != FrameKind::StaticCall)
}
