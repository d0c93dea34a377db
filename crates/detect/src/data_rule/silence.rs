//! When a rule that fired stays silent about the same matter: for a cool-down, or until its `clear` holds.
//!
//! Room for what is silent is bounded. A matter for which there is none is told again, never kept quiet.

use crate::{
    Fault, Finding, Findings, MemoryView, Span,
    announced::Deed,
    card::ConditionText,
    condition::{
        Bound, Condition,
        expr::{Scene, Trouble},
    },
    memory::{Found, Slot},
    workshop::Bench,
};

/// Matters that one rule is silent about at a time.
const MATTERS: usize = 4_096;

/// How a rule keeps quiet.
#[derive(Debug)]
pub(super) struct Silence {
    clear: Option<Bound<Condition>>,
    cooldown: Option<Slot>,
}

/// What came of an item: a finding, or that a matter is over.
pub(super) struct Hit {
    pub(super) matter: String,
    pub(super) finding: Option<Finding>,
}

impl Hit {
    /// The same, about this deed and nothing else.
    pub(super) fn of(mut self, deed: Option<Deed>) -> Self {
        self.finding = self.finding.map(|finding| finding.deed(deed));
        self
    }
}

/// Matters that have to be cleared before they are told again.
const LATCH: Slot = slot(*b"latched.", Span::Blocks(u64::MAX));

const fn slot(id: [u8; 8], span: Span) -> Slot {
    Slot { id, span, entries_max: 1, keys_max: MATTERS, is_ring: true }
}

impl Silence {
    pub(super) fn build(bench: &mut Bench<'_>, text: &ConditionText) -> Result<Self, Fault> {
        let clear = text.clear.as_ref().map(|clear| bench.condition(clear, text.on)).transpose()?;
        Ok(Self { clear, cooldown: text.cooldown.map(|span| slot(*b"cooldown", span)) })
    }

    pub(super) fn condition(&self) -> Option<&Bound<Condition>> {
        self.clear.as_ref()
    }

    /// Whether the matter at hand is over.
    pub(super) fn clears<'a>(&'a self, scene: &mut Scene<'a>) -> Result<bool, Trouble> {
        self.clear.as_ref().map_or(Ok(false), |clear| clear.holds(scene))
    }

    /// Raises what is new.
    pub(super) fn raise(&self, hits: Vec<Hit>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        for Hit { matter, finding } in hits {
            let key = matter.as_bytes();
            let Some(finding) = finding else {
                memory.set_note(&LATCH, key, None);
                continue;
            };
            out.fired();
            let is_latched = self.clear.is_some() && matches!(memory.note(&LATCH, key), Found::Whole(_));
            let is_cooling = self.cooldown.is_some_and(|slot| matches!(memory.note(&slot, key), Found::Whole(_)));
            if is_latched || is_cooling {
                continue;
            }
            for slot in self.clear.as_ref().map(|_| LATCH).into_iter().chain(self.cooldown) {
                memory.set_note(&slot, key, Some(Box::default()));
            }
            out.raise(finding);
        }
    }
}
