//! What was called on the way to the loss.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Address, B256, Frame, FrameKind, Selector, TxFacts};

use super::Attack;
use crate::value::ancestors;

/// Functions that a draft rests on.
const STEPS_MAX: usize = 24;
/// Contracts that a draft names.
const TARGETS_MAX: usize = 32;
/// Functions that every token has (ERC-20, ERC-721): `transfer`, `transferFrom`, `approve`.
const OF_TOKENS: [[u8; 4]; 3] = [[0xa9, 0x05, 0x9c, 0xbb], [0x23, 0xb8, 0x72, 0xdd], [0x09, 0x5e, 0xa7, 0xb3]];

/// What an attack leaves to be known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// The functions that were called on the way to a loss.
    pub(super) steps: BTreeSet<Selector>,
    /// Whose functions they are.
    pub(super) targets: BTreeSet<Address>,
    /// The shapes of their codes, where they are known.
    pub(super) codes: BTreeSet<B256>,
    /// How often they were called at least in all: half as often is the same attack.
    pub(super) times: u64,
    /// Whether the attacker's contracts made all of these calls.
    pub(super) by_tools: bool,
    /// Whether all of them asked who calls, and let the attackers in.
    pub(super) let_in: bool,
    /// Whether they are nothing but what every token has.
    pub(super) is_plain: bool,
}

/// Which calls count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    /// Those of functions that not every token has.
    Telling,
    /// Those of a token too, by which something left whoever was harmed.
    Plain,
}

impl Shape {
    /// None if nothing that the attackers called led to a loss.
    pub(super) fn of(attack: &Attack<'_>, party: &BTreeSet<Address>) -> Option<Self> {
        Self::by(attack, party, Calls::Telling).or_else(|| Self::by(attack, party, Calls::Plain))
    }

    fn by(attack: &Attack<'_>, party: &BTreeSet<Address>, calls: Calls) -> Option<Self> {
        let (mut steps, mut targets) = (BTreeMap::<Selector, u64>::new(), BTreeSet::new());
        let (mut by_tools, mut let_in) = (true, true);
        for tx in &attack.txs {
            // Whoever the sender calls and who calls on is his tool, unless he is the victim.
            let tool = tx.to.filter(|to| !attack.victims.contains(to) && calls_on(tx, *to, &attack.victims));
            let acts = |account: Address| party.contains(&account) || tool == Some(account);
            for (index, frame) in (0u32..).zip(&tx.frames) {
                let Some(selector) = frame.selector().filter(|_| acts(frame.caller) && !acts(frame.target)) else {
                    continue;
                };
                if frame.kind != FrameKind::Call || !frame.effective {
                    continue;
                }
                let is_plain = OF_TOKENS.contains(&selector.0) && !attack.victims.contains(&frame.target);
                let counts = match calls {
                    Calls::Telling => !is_plain && harms(tx, index, frame, &attack.victims),
                    Calls::Plain => takes(tx, frame, &attack.victims),
                };
                if counts {
                    *steps.entry(selector).or_default() += 1;
                    targets.insert(frame.target);
                    by_tools &= frame.caller != tx.from;
                    let_in &= asks_caller(tx, index, frame);
                }
            }
        }
        // Everybody calls what every token has: it tells something only where there is nothing else.
        let is_plain = steps.keys().all(|step| OF_TOKENS.contains(&step.0));
        if !is_plain {
            steps.retain(|step, _| !OF_TOKENS.contains(&step.0));
        }
        let times = steps.values().sum::<u64>() / 2;
        let codes = targets.iter().filter_map(|target| attack.codes.get(target).copied()).collect();
        let steps: BTreeSet<Selector> = steps.into_keys().take(STEPS_MAX).collect();
        let targets: BTreeSet<Address> = targets.into_iter().take(TARGETS_MAX).collect();
        (!steps.is_empty()).then_some(Self { steps, targets, codes, times, by_tools, let_in, is_plain })
    }
}

/// Whether a contract looked at who called it, itself or in code that it borrows.
fn asks_caller(tx: &TxFacts, index: u32, frame: &Frame) -> bool {
    let inside = tx.frames.get(index as usize..frame.end as usize).unwrap_or_default();
    inside.iter().any(|inner| inner.target == frame.target && inner.caller == frame.caller && inner.asks_caller)
}

/// Whether a recipient of the transaction leads to a victim.
fn calls_on(tx: &TxFacts, tool: Address, victims: &BTreeSet<Address>) -> bool {
    let leads = |index: u32| ancestors(&tx.frames, index).any(|(_, frame)| frame.caller == tool);
    let own = |frame: &Frame| victims.contains(&frame.target);
    let took = tx.frames.iter().any(|frame| frame.caller == tool && takes(tx, frame, victims));
    took || (0u32..).zip(&tx.frames).any(|(index, frame)| own(frame) && leads(index))
}

/// Whether something left a victim while the call was open, or the call was one into a victim.
fn harms(tx: &TxFacts, index: u32, frame: &Frame, victims: &BTreeSet<Address>) -> bool {
    let inside = tx.frames.get(index as usize..frame.end as usize).unwrap_or_default();
    takes(tx, frame, victims)
        || inside.iter().any(|frame| victims.contains(&frame.target) && frame.kind != FrameKind::StaticCall)
}

/// Whether something left a victim while the call was open.
fn takes(tx: &TxFacts, frame: &Frame, victims: &BTreeSet<Address>) -> bool {
    let during = |at: u32| (frame.open..=frame.close).contains(&at);
    tx.flows.iter().any(|flow| victims.contains(&flow.from) && during(flow.at))
}
