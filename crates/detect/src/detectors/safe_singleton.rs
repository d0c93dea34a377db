//! The code behind a Safe is another one: the first slot of its storage was written.
//!
//! A Safe is a small proxy that keeps the address of its code in slot zero. A delegate call that its owners signed for
//! something else may write there, and from then on the wallet obeys whoever wrote the new code.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, B256, Frame, FrameKind, Selector, U256, Write};

use crate::{
    DetectError, Detector, Finding, Findings, Indexed, MemoryView, RuleCard, Scope, TxCtx, Wake, indexed::is_name,
    origins,
};

pub(crate) const ID: &str = "safe-singleton-changed";

/// `execTransaction(..)`, `execTransactionFromModule(..)`, `execTransactionFromModuleReturnData(..)` and
/// `changeMasterCopy(address)`: every way in which a Safe comes to write its first slot.
const DOORS: [[u8; 4]; 4] =
    [[0x6a, 0x76, 0x12, 0x02], [0x46, 0x87, 0x21, 0xa7], [0x52, 0x29, 0x07, 0x3f], [0x7d, 0xe7, 0xed, 0xef]];
/// Wallets of one transaction that are told of.
const WALLETS_MAX: usize = 8;

/// Finds Safes with other code.
pub(crate) struct SafeSingleton {
    card: Arc<RuleCard>,
    releases: Vec<Address>,
}

impl SafeSingleton {
    pub(crate) fn new(card: Arc<RuleCard>) -> Result<Self, DetectError> {
        let address = |text: &String| {
            let what = || card.parameters.fault("releases", format!("`{text}` is not an address"), "");
            text.parse::<Address>().map_err(|_| what())
        };
        let releases = card.parameters.texts("releases")?.iter().map(address).collect::<Result<_, _>>()?;
        Ok(Self { releases, card })
    }
}

impl Detector for SafeSingleton {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        DOORS.map(|selector| Wake::Selector(Selector::new(selector))).to_vec()
    }

    fn asks_origins(&self, _: &Scope) -> bool {
        true
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let facts = ctx.facts;
        if facts.writes.iter().all(|write| !write.slot.is_zero()) {
            return;
        }
        let first_slots = facts.changed().filter(|(first, _)| first.slot.is_zero());
        let swapped = first_slots.filter(|(first, last)| is_swapped(facts, first, last));
        for (first, last) in swapped.take(WALLETS_MAX) {
            out.raise(self.finding(ctx, memory, (first, last)));
        }
    }
}

impl SafeSingleton {
    fn finding(&self, ctx: &TxCtx<'_>, memory: &MemoryView<'_>, (first, last): (&Write, &Write)) -> Finding {
        let (safe, before, after) = (first.address, account(first.before), account(last.after));
        let name = ctx.name(safe);
        let maker = origins::entity(memory, after);
        let is_release = self.releases.contains(&after);
        let is_same = maker.is_some() && maker == origins::entity(memory, before);
        let (usual, elsewhere, confidence, what) = match maker {
            _ if is_release => (Severity::Medium, Severity::Info, 60, "a release of Safe".to_owned()),
            Some(maker) if is_same => {
                (Severity::Medium, Severity::Low, 60, format!("put in place by {maker}, who made the code before, too"))
            }
            // Those who migrate many wallets seldom make the code and carry it in by the same key.
            Some(maker) => {
                let elsewhere = if maker == ctx.facts.from { Severity::High } else { Severity::Medium };
                (Severity::Critical, elsewhere, 80, format!("which {maker} put in place while this watch was looking"))
            }
            None => (Severity::Critical, Severity::Medium, 75, "no known release of Safe".to_owned()),
        };
        let severity = if ctx.protects(safe) { usual } else { elsewhere };
        let says = format!("the code of the Safe {name} was {before} and is now {after}, {what}");
        let finding = Finding::about(safe, says.clone())
            .severity(severity)
            .confidence(confidence)
            .key(after)
            .victim(safe)
            .attacker(ctx.facts.from)
            .evidence(EvidenceKind::Storage, Some(last.frame), says);
        let code = Some(after).filter(|_| !is_release && !is_same);
        [code, code.and(maker)].into_iter().flatten().fold(finding, Finding::attacker)
    }
}

/// Whether the account that was written to ran, until then, the code that its first slot named, and names other code now.
fn is_swapped(facts: &Indexed<'_>, first: &Write, last: &Write) -> bool {
    let (proxy, code) = (first.address, account(first.before));
    let names_code = is_name(&first.before.into()) && is_name(&last.after.into()) && first.before != last.after;
    let runs = |frame: &Frame| frame.kind == FrameKind::DelegateCall && frame.code == code && frame.open < first.at;
    names_code && !facts.is_new(proxy) && facts.frames_of(proxy).any(|(_, frame)| runs(frame))
}

fn account(word: U256) -> Address {
    Address::from_word(B256::from(word))
}
