//! From one attack, a rule: what it called, what that cost whom, and how it was taken.
//!
//! Addresses, amounts and the order of calls are the attacker's to choose; the functions of the victim are not, and nor
//! is that the victim loses. So a draft rests on the functions that were called on the way to the loss, counted over some
//! blocks for one sender, and on what sets that loss apart from honest use of the same functions. Every draft knows the
//! attack again that it was learnt from. They are made from the most general to the most particular, and the first one
//! that honest traffic does not answer to is the one to propose.

mod ask;
mod harm;
mod proof;
mod shape;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use facts::{Address, B256, TxFacts};

use self::{harm::Harm, shape::Shape};
use crate::{DetectError, RuleText};

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
    /// The shapes of contracts' codes ([`atlas::bytecode::shape`]), where they are known.
    pub codes: BTreeMap<Address, B256>,
}

/// Which of its features a draft asks for, beside the harm.
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
#[derive(Debug, thiserror::Error)]
pub enum Unlearnable {
    /// Nothing that was called by whoever attacked led to a loss.
    #[error(
        "no call of the attacker's led to value leaving a victim: name its transactions and victims, or write the rule by \
         hand with `breakglass rules new`"
    )]
    NoCalls,
    /// What the attack shows is not enough to know it again by.
    #[error(
        "one function that many contracts have is all that this attack is known by, and its loss looks like honest use of \
         it: write the rule by hand with `breakglass rules new`"
    )]
    NothingTelling,
    /// A draft is no rule.
    #[error(transparent)]
    NoRule(#[from] DetectError),
}

/// The drafts of a rule, the most general first.
///
/// # Errors
/// [`Unlearnable`] if the attack shows nothing that a rule could rest on.
pub fn learn(attack: &Attack<'_>) -> Result<Vec<RuleText>, Unlearnable> {
    let mut party = attack.attackers.clone();
    party.extend(attack.txs.iter().map(|tx| tx.from));
    for tx in &attack.txs {
        party.extend(tx.codes.iter().map(|code| code.address));
    }
    party.retain(|account| !attack.victims.contains(account));
    let shape = Shape::of(attack, &party).ok_or(Unlearnable::NoCalls)?;
    let harm = Harm::of(attack, &shape, &party).ok_or(Unlearnable::NoCalls)?;
    // Whoever was let in by right does just the same: one function of an office holder's, or one use of an approval.
    let by_right = shape.let_in && shape.steps.len() < 2 && (shape.is_plain || ask::is_of_insiders(&attack.kind));
    if !harm.shows() || by_right {
        return Err(Unlearnable::NothingTelling);
    }
    let mut drafts = Vec::new();
    for asks in drafts_of(&shape, &harm) {
        let draft = write::rule(attack, &shape, &harm, asks);
        if proof::knows(&draft, attack)? {
            drafts.push(draft);
        }
    }
    if drafts.is_empty() { Err(Unlearnable::NothingTelling) } else { Ok(drafts) }
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

/// From what any contract of any name would answer to, to what only the attacked ones do.
fn drafts_of(shape: &Shape, harm: &Harm) -> Vec<Asks> {
    let mut drafts = Vec::new();
    for targets in [false, true] {
        // One function that many contracts have says nothing by itself, unless many people pay at once.
        if !targets && shape.steps.len() < 2 && harm.payers.is_none() {
            continue;
        }
        let often = shape.times > shape.steps.len() as u64;
        for (tools, times) in [(false, false), (false, true), (true, false), (true, true)] {
            if (!tools || shape.by_tools) && (!times || often) {
                drafts.push(Asks { tools, times, targets });
            }
        }
    }
    drafts
}
