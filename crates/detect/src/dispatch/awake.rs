//! The rules that a transaction wakes, and what of it woke them.

use super::list::List;

/// Notes of one transaction before those of a rule are drawn together. A block of the largest size has fewer events.
const NOTES_MAX: usize = 1 << 16;

/// A kind of thing in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Call = 1,
    Log = 2,
    Flow = 3,
    Change = 4,
}

/// Who is awake: a note for each rule and thing that woke it, in order of rules, kinds and things.
///
/// It lives as long as a block, so that a transaction allocates nothing. A note is the rule's number, then the kind in
/// three bits (zero for the transaction as a whole), then the thing's place in its list.
#[derive(Debug, Default)]
pub(crate) struct Awake {
    notes: Vec<u64>,
    /// How many notes there may be before they are drawn together.
    room: usize,
}

const ITEM_BITS: u32 = 29;
const RULE_BITS: u32 = 32;

impl Awake {
    pub(super) fn clear(&mut self) {
        self.notes.clear();
        self.room = NOTES_MAX;
    }

    /// Wakes rules for the transaction as a whole.
    pub(super) fn whole(&mut self, rules: &List) {
        rules.iter().for_each(|rule| self.note(rule, 0));
    }

    /// Wakes rules for one thing.
    pub(super) fn item(&mut self, rules: &List, kind: Kind, at: u32) {
        rules.iter().for_each(|rule| self.one(rule, kind, at));
    }

    /// Wakes one rule for one thing.
    pub(super) fn one(&mut self, rule: u32, kind: Kind, at: u32) {
        // A transaction with more things than have a number is looked at as a whole.
        let is_numbered = at < 1 << ITEM_BITS;
        self.note(rule, if is_numbered { (kind as u64) << ITEM_BITS | u64::from(at) } else { 0 });
    }

    fn note(&mut self, rule: u32, what: u64) {
        if self.notes.len() >= self.room {
            self.draw_together();
        }
        self.notes.push(u64::from(rule) << RULE_BITS | what);
    }

    /// Many rules were woken by many things: from here on each looks at the transaction as a whole, which is bounded by
    /// the steps it may take.
    #[cold]
    fn draw_together(&mut self) {
        self.notes.iter_mut().for_each(|note| *note = *note >> RULE_BITS << RULE_BITS);
        self.settle();
        self.room = self.notes.len() + NOTES_MAX;
    }

    /// Puts the notes in order, each once.
    pub(super) fn settle(&mut self) {
        // Most transactions wake nobody but those who want them all, and those come in order.
        if !self.notes.is_sorted() {
            self.notes.sort_unstable();
        }
        self.notes.dedup();
    }

    /// The rules in order, each with what woke it.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (u32, Woken<'_>)> {
        let of = |note: u64| u32::try_from(note >> RULE_BITS).unwrap_or(u32::MAX);
        let groups = self.notes.chunk_by(move |one, two| of(*one) == of(*two));
        groups.filter_map(move |notes| Some((of(*notes.first()?), Woken(notes))))
    }
}

/// What of a transaction woke a rule.
#[derive(Debug, Clone, Copy, Default)]
pub struct Woken<'a>(&'a [u64]);

impl<'a> Woken<'a> {
    /// The same again, from its notes.
    pub(crate) fn of(notes: &'a [u64]) -> Self {
        Self(notes)
    }

    /// What can be kept of it until the end of the block.
    pub(crate) fn notes(self) -> &'a [u64] {
        self.0
    }

    /// The places of the calls, logs, flows or changes that woke it, in order; none if it is to look at all of them.
    pub(crate) fn by(self, kind: Kind) -> Option<impl Iterator<Item = usize> + 'a> {
        let notes = self.0;
        let is_whole = notes.first().is_none_or(|first| kind_of(*first) == 0);
        let mine = notes.iter().filter(move |note| kind_of(**note) == kind as u64);
        let item = |note: &u64| usize::try_from(note & ((1 << ITEM_BITS) - 1)).unwrap_or(usize::MAX);
        (!is_whole).then(|| mine.map(item))
    }
}

fn kind_of(note: u64) -> u64 {
    (note & u64::from(u32::MAX)) >> ITEM_BITS
}
