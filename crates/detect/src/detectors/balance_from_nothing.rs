//! A token's books gave an account more than its transfers, mints and burns say.
//!
//! The mapping of balances shows itself: where an entry under an account's name changes by just what its transfers come
//! to, it is that mapping. Another entry of it that grew by more was written by something that no event tells of, or by a
//! sum that did not fit.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, B256, KeyedMap, U256, Write};

use crate::{
    DetectError, Detector, Finding, Findings, FlowShape, Indexed, MemoryView, RuleCard, TxCtx, Wake, indexed::is_name,
    value::words,
};

pub(crate) const ID: &str = "balance-from-nothing";

/// Tokens of one transaction that are looked into.
const TOKENS_MAX: usize = 16;

/// Finds balances that nothing explains.
pub(crate) struct BalanceFromNothing {
    card: Arc<RuleCard>,
}

/// An entry before and after, and who it is of.
struct Entry<'a> {
    account: Address,
    first: &'a Write,
    after: U256,
}

impl BalanceFromNothing {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        Ok(Self { card })
    }
}

impl Detector for BalanceFromNothing {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Flow(FlowShape::AtWork)]
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if facts.keys.is_empty() || facts.writes.is_empty() || !facts.succeeded() {
            return;
        }
        let mappings = mappings(facts);
        if mappings.is_empty() {
            return;
        }
        let mut unexplained: KeyedMap<Address, Unexplained> = KeyedMap::default();
        for entry in entries(facts, &mappings) {
            let token = entry.first.address;
            let sums = unexplained.entry(token).or_default();
            let net = facts.net_of(entry.account, &Asset::Erc20(token));
            let (received, sent) = net.map_or_else(Default::default, |net| (net.received, net.sent));
            let is = entry.after.saturating_add(sent);
            let should = entry.first.before.saturating_add(received);
            sums.less = sums.less.saturating_add(should.saturating_sub(is));
            let more = is.saturating_sub(should);
            if more > sums.more {
                (sums.more, sums.of, sums.frame) = (more, entry.account, entry.first.frame);
            }
        }
        let mut found: Vec<_> = unexplained.into_iter().filter(|(_, sums)| !sums.more.is_zero()).collect();
        found.sort_unstable_by_key(|(token, _)| *token);
        for (token, sums) in found.into_iter().take(TOKENS_MAX) {
            if ctx.covers(token) && is_from_nothing(ctx, token, &sums) {
                out.raise(finding(ctx, token, &sums));
            }
        }
    }
}

/// What the entries of one token have more, and less, than its movements explain.
#[derive(Default)]
struct Unexplained {
    /// The largest surplus.
    more: U256,
    of: Address,
    frame: u32,
    /// All that is missing elsewhere: what was taken by one and given to another without a word is no new token.
    less: U256,
}

/// The mapping of balances of each token that showed it, by the word that it was hashed with.
fn mappings(facts: &Indexed<'_>) -> KeyedMap<Address, B256> {
    let mut found: KeyedMap<Address, B256> = KeyedMap::default();
    for net in facts.net().iter().filter(|net| net.gain() != net.loss() && !net.account.is_zero()) {
        let Asset::Erc20(token) = net.asset else { continue };
        if found.contains_key(&token) || facts.is_new(token) {
            continue;
        }
        if let Some(mapping) = facts.holding_mapping(net.account, token) {
            found.insert(token, mapping);
        }
    }
    found
}

/// Entries of these mappings that were written.
fn entries<'a>(facts: &'a Indexed<'_>, mappings: &KeyedMap<Address, B256>) -> impl Iterator<Item = Entry<'a>> {
    facts.changed().filter_map(|(first, last)| {
        let mapping = mappings.get(&first.address)?;
        let key = facts.key(first.slot)?;
        let [one, other] = &key.words;
        let name = if other == mapping {
            one
        } else if one == mapping {
            other
        } else {
            return None;
        };
        // A small number is no account.
        let account = is_name(name).then(|| Address::from_word(*name))?;
        Some(Entry { account, first, after: last.after })
    })
}

/// Whether a surplus is worth a word, and neither a fee that was moved silently, nor in the books of what there is in all,
/// nor paid for to the token itself.
fn is_from_nothing(ctx: &TxCtx<'_>, token: Address, sums: &Unexplained) -> bool {
    let facts = ctx.facts;
    let moved = facts.flows.iter().filter(|flow| flow.asset == Asset::Erc20(token)).map(|flow| flow.amount).max();
    let more = sums.more.saturating_sub(sums.less);
    if more < moved.unwrap_or_default() / U256::from(2) || ctx.chain.wrapped.contains(&token) {
        return false;
    }
    let is_paid = facts.net_rows(token).iter().any(|net| !net.gain().is_zero() && net.asset.contract() != Some(token));
    // Either the total knows of it, or it was released from somewhere else in the token's books: a stake, a lock.
    let is_booked = |(first, last): (&Write, &Write)| {
        let grew = facts.key(first.slot).is_none().then(|| last.after.checked_sub(first.before)).flatten();
        let fell = || first.before.checked_sub(last.after).is_some_and(|fell| fell >= more);
        first.address == token && (grew.is_some_and(|grew| grew >= sums.more) || fell())
    };
    !is_paid && !facts.changed().any(is_booked)
}

fn finding(ctx: &TxCtx<'_>, token: Address, sums: &Unexplained) -> Finding {
    let name = ctx.name(token);
    let more = words(sums.more, &Asset::Erc20(token));
    let message = format!("{} has more of {name} than all transfers and mints gave it", sums.of);
    let says = format!("the balance of {} grew by {more} that no movement explains, and nor does the total", sums.of);
    let finding = Finding::about(token, message).victim(token).attacker(ctx.facts.from).attacker(sums.of).evidence(
        EvidenceKind::Storage,
        Some(sums.frame),
        says,
    );
    if ctx.protects(token) { finding.severity(Severity::Critical) } else { finding }
}
