//! As much of the EVM's stack as can be known without running it: constants, and what becomes of the selector.

use alloy_primitives::{Selector, U256};

use super::{
    opcode::{self, op},
    walk::Step,
};

/// The deepest word that is remembered. An instruction reaches 17 deep.
const STACK_MAX: usize = 24;
/// Places for them in a ring: a power of two.
const ROOM: usize = 32;

/// What is known of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Const(U256),
    /// The first word of the call data.
    Calldata,
    /// Its first four bytes, at the low end.
    Selector,
    /// Its first four bytes, at the high end.
    SelectorHigh,
    /// Not zero if the selector is this one.
    Is(Selector),
    /// Not zero if the selector is another one.
    Not(Selector),
    /// Whether the selector is above or below some other, as a binary search asks.
    Order,
    /// What stood on the stack when the walk began.
    Below,
    /// The outcome of something that is not followed.
    Computed,
}

#[derive(Debug)]
pub(super) struct Machine {
    ring: [Word; ROOM],
    /// Behind the top word, counted round and round.
    top: usize,
    /// Words that are remembered.
    len: usize,
    /// Whether the selector stands at the low end of the first word of memory, as old Vyper puts it.
    kept: bool,
}

/// What a machine knew at some place, to go on from there later.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Deepest first.
    words: Box<[Word]>,
    kept: bool,
}

impl Default for Machine {
    fn default() -> Self {
        Self { ring: [Word::Below; ROOM], top: 0, len: 0, kept: false }
    }
}

impl Machine {
    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        (self.len, self.kept) = (0, false);
    }

    /// What it knows now.
    pub(super) fn known(&self) -> Known {
        Known { words: (0..self.len).rev().map(|depth| self.peek(depth)).collect(), kept: self.kept }
    }

    /// Knows just this.
    pub(super) fn recall(&mut self, known: &Known) {
        self.reset();
        known.words.iter().for_each(|word| self.push(*word));
        self.kept = known.kept;
    }

    /// A word by its depth; the top is 0.
    pub(super) fn peek(&self, depth: usize) -> Word {
        if depth < self.len { self.ring[self.at(depth)] } else { Word::Below }
    }

    fn at(&self, depth: usize) -> usize {
        self.top.wrapping_sub(depth + 1) % ROOM
    }

    fn pop(&mut self) -> Word {
        let word = self.peek(0);
        self.drop(1);
        word
    }

    fn drop(&mut self, count: usize) {
        self.top = self.top.wrapping_sub(count);
        self.len = self.len.saturating_sub(count);
    }

    fn push(&mut self, word: Word) {
        self.ring[self.top % ROOM] = word;
        self.top = self.top.wrapping_add(1);
        self.len = (self.len + 1).min(STACK_MAX);
    }

    /// Does what an instruction does to the stack. Jumps only take what they take.
    pub(super) fn run(&mut self, step: &Step<'_>) {
        if step.is_push() {
            return self.push(Word::Const(step.value()));
        }
        match step.byte {
            0x80..=0x8f => return self.push(self.peek(usize::from(step.byte - 0x80))),
            0x90..=0x9f => return self.swap(usize::from(step.byte - 0x8f)),
            _ => {}
        }
        let Some(known) = opcode::of(step.byte) else { return };
        if known.takes == 2 && known.puts == 1 {
            let (a, b) = (self.pop(), self.pop());
            return self.push(binary(step.byte, a, b));
        }
        let top = self.peek(0);
        let put = match (step.byte, top) {
            (0x15, top) => is_zero(top),
            (0x19, Word::Const(value)) => Word::Const(!value),
            (0x35, Word::Const(U256::ZERO)) => Word::Calldata,
            (0x51, Word::Const(U256::ZERO)) if self.kept => Word::Selector,
            _ => Word::Computed,
        };
        if step.byte == 0x52
            && let Word::Const(to) = top
            && to < U256::from(32)
        {
            self.kept = to == U256::from(28) && self.peek(1) == Word::Calldata
                || to.is_zero() && self.peek(1) == Word::Selector;
        }
        self.drop(usize::from(known.takes));
        for _ in 0..known.puts {
            self.push(put);
        }
    }

    fn swap(&mut self, depth: usize) {
        while self.len <= depth {
            let below = self.at(self.len);
            self.ring[below] = Word::Below;
            self.len += 1;
        }
        let (one, other) = (self.at(0), self.at(depth));
        self.ring.swap(one, other);
    }
}

fn is_zero(word: Word) -> Word {
    match word {
        Word::Const(value) => flag(value.is_zero()),
        Word::Selector | Word::SelectorHigh => Word::Is(Selector::ZERO),
        Word::Is(selector) => Word::Not(selector),
        Word::Not(selector) => Word::Is(selector),
        Word::Order => Word::Order,
        _ => Word::Computed,
    }
}

/// `a` was on top.
fn binary(byte: u8, a: Word, b: Word) -> Word {
    const HIGH: usize = 224;
    match (a, b) {
        (Word::Const(a), Word::Const(b)) => fold(byte, a, b).map_or(Word::Computed, Word::Const),
        (Word::Selector | Word::SelectorHigh, Word::Const(value))
        | (Word::Const(value), Word::Selector | Word::SelectorHigh) => {
            let is_high = a == Word::SelectorHigh || b == Word::SelectorHigh;
            let low = if is_high { value >> HIGH } else { value };
            match byte {
                // Equality and its two negations.
                0x14 | 0x03 | 0x18 if low <= U256::from(u32::MAX) && (!is_high || low << HIGH == value) => {
                    let [.., w, x, y, z] = low.to_be_bytes::<32>();
                    let selector = Selector::from([w, x, y, z]);
                    if byte == 0x14 { Word::Is(selector) } else { Word::Not(selector) }
                }
                0x10 | 0x11 => Word::Order,
                0x16 if low & U256::from(u32::MAX) == U256::from(u32::MAX) => {
                    if is_high {
                        Word::SelectorHigh
                    } else {
                        Word::Selector
                    }
                }
                0x1c if a == Word::Const(U256::from(HIGH)) && is_high => Word::Selector,
                0x1b if a == Word::Const(U256::from(HIGH)) && !is_high => Word::SelectorHigh,
                0x04 if is_high && value == U256::ONE << HIGH => Word::Selector,
                _ => Word::Computed,
            }
        }
        (Word::Const(value), Word::Calldata) | (Word::Calldata, Word::Const(value)) => match byte {
            0x1c if a == Word::Const(U256::from(HIGH)) => Word::Selector,
            0x04 if a == Word::Calldata && value == U256::ONE << HIGH => Word::Selector,
            0x16 if value == U256::from(u32::MAX) << HIGH => Word::SelectorHigh,
            _ => Word::Computed,
        },
        // `a and b` of conditions: what must hold of the selector still must.
        (Word::Is(selector), _) | (_, Word::Is(selector)) if byte == 0x16 => Word::Is(selector),
        _ => Word::Computed,
    }
}

fn fold(byte: u8, a: U256, b: U256) -> Option<U256> {
    let shifted = |by: U256| usize::try_from(by).ok().filter(|by| *by < 256);
    Some(match byte {
        0x01 => a.wrapping_add(b),
        0x02 => a.wrapping_mul(b),
        0x03 => a.wrapping_sub(b),
        0x04 => a.checked_div(b).unwrap_or_default(),
        // Powers of two are how old compilers shift. Others are not worth their time.
        0x0a if a == U256::from(2) => shifted(b).map_or(U256::ZERO, |by| U256::ONE << by),
        0x10 => truth(a < b),
        0x11 => truth(a > b),
        0x14 => truth(a == b),
        0x16 => a & b,
        0x17 => a | b,
        0x18 => a ^ b,
        op::SHL => shifted(a).map_or(U256::ZERO, |by| b << by),
        0x1c => shifted(a).map_or(U256::ZERO, |by| b >> by),
        _ => return None,
    })
}

fn truth(holds: bool) -> U256 {
    U256::from(u8::from(holds))
}

fn flag(holds: bool) -> Word {
    Word::Const(truth(holds))
}
