//! What one side was, block by block, as far back as a comparison looks.

use std::collections::VecDeque;

use facts::{BlockRef, U256};

/// Blocks whose figures are each kept by themselves: as deep as a reorganisation is walked back.
const RECENT: usize = 256;
/// Figures of one side. A week of blocks with a figure of their own is more; then neighbours are told as one.
const KEPT: usize = 4_096;

/// Which of two figures counts, where a window can only name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Favour {
    /// The highest, of a backing.
    Most,
    /// The lowest, of an issue.
    Least,
}

impl Favour {
    fn of(self, one: U256, other: U256) -> U256 {
        match self {
            Self::Most => one.max(other),
            Self::Least => one.min(other),
        }
    }
}

/// What a side was after one block, and from then on until the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Figure {
    number: u64,
    time: u64,
    value: Option<U256>,
}

/// The figures of one side, oldest first.
#[derive(Debug)]
pub(super) struct Figures {
    favour: Favour,
    kept: VecDeque<Figure>,
    head: Option<BlockRef>,
}

/// What a side was over a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Nobody looked for so long yet.
    Young,
    /// At some time it is not known.
    Blind,
    /// At its most favourable.
    Value(U256),
}

impl Figures {
    pub(super) fn new(favour: Favour) -> Self {
        Self { favour, kept: VecDeque::new(), head: None }
    }

    /// The newest block, and its time.
    pub(super) fn head(&self) -> Option<(&BlockRef, u64)> {
        Some((self.head.as_ref()?, self.kept.back()?.time))
    }

    /// The time of the oldest block that is kept; zero where there is none.
    pub(super) fn first(&self) -> u64 {
        self.kept.front().map_or(0, |first| first.time)
    }

    /// What it is now.
    pub(super) fn newest(&self) -> Option<U256> {
        self.kept.back()?.value
    }

    pub(super) fn take(&mut self, at: &BlockRef, time: u64, value: Option<U256>) {
        // What is not above the last block takes its place: a chain that was begun again further down.
        self.forget_after(at.number.saturating_sub(1));
        // Of blocks that nobody looked at nothing is known.
        if let Some(last) = self.kept.back().filter(|last| last.number + 1 < at.number) {
            self.kept.push_back(Figure { number: last.number + 1, time: last.time, value: None });
        }
        self.kept.push_back(Figure { number: at.number, time, value });
        self.head = Some(at.clone());
        if self.kept.len() > KEPT {
            self.thin();
        }
    }

    /// Whether blocks above `to` were kept.
    pub(super) fn revert(&mut self, to: &BlockRef) -> bool {
        let lost = self.head.as_ref().is_some_and(|head| head.number > to.number);
        if lost {
            self.forget_after(to.number);
            self.head = Some(to.clone());
        }
        lost
    }

    fn forget_after(&mut self, number: u64) {
        while self.kept.back().is_some_and(|last| last.number > number) {
            self.kept.pop_back();
        }
    }

    /// The most favourable it was from `from` to `to`, both in seconds; what it was before `from` holds on until it changed.
    pub(super) fn over(&self, from: u64, to: u64) -> Over {
        let mut best: Option<U256> = None;
        for figure in self.kept.iter().rev().filter(|figure| figure.time <= to) {
            let Some(value) = figure.value else { return Over::Blind };
            let most = best.map_or(value, |best| self.favour.of(best, value));
            if figure.time <= from {
                return Over::Value(most);
            }
            best = Some(most);
        }
        Over::Young
    }

    /// Makes room among the older figures: first where nothing changed, then two neighbours become one at the more
    /// favourable of both, so that less is told rather than something untrue. What is not known stays unknown.
    fn thin(&mut self) {
        let recent = self.kept.split_off(self.kept.len().saturating_sub(RECENT));
        let mut older: VecDeque<Figure> = VecDeque::with_capacity(self.kept.len());
        for figure in self.kept.drain(..) {
            if older.back().is_none_or(|last| last.value != figure.value) {
                older.push_back(figure);
            }
        }
        if older.len() + recent.len() > KEPT - KEPT / 4 {
            let mut pairs = VecDeque::with_capacity(older.len());
            while let Some(first) = older.pop_front() {
                let value = match older.pop_front() {
                    Some(second) => first.value.zip(second.value).map(|(one, other)| self.favour.of(one, other)),
                    None => first.value,
                };
                pairs.push_back(Figure { value, ..first });
            }
            older = pairs;
        }
        older.extend(recent);
        self.kept = older;
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}
