//! Code as a row of instructions, and where it may jump to.

use alloy_primitives::U256;

use super::opcode::{self, op};

/// How many things are held against what comes.
const PLACES: usize = 1 << 10;

/// One instruction where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) at: usize,
    pub(super) byte: u8,
    /// What it pushes; shorter than its name says at the end of the code, where zeros are read.
    pub(super) data: &'a [u8],
}

impl Step<'_> {
    pub(super) fn is_push(&self) -> bool {
        (op::PUSH0..=op::PUSH32).contains(&self.byte)
    }

    /// The number it pushes.
    pub(super) fn value(&self) -> U256 {
        let missing = opcode::push_len(self.byte) - self.data.len();
        let value = if self.data.len() <= 8 {
            U256::from(self.data.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)))
        } else {
            let mut word = [0; 32];
            word[32 - self.data.len()..].copy_from_slice(self.data);
            U256::from_be_bytes(word)
        };
        if missing == 0 { value } else { value << (8 * missing) }
    }

    pub(super) fn next(&self) -> usize {
        self.at + 1 + self.data.len()
    }
}

/// Code, with the places that a jump may go to.
pub(super) struct Code<'a> {
    pub(super) bytes: &'a [u8],
    targets: Marks,
}

impl<'a> Code<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut targets = Marks::new(bytes.len());
        let code = Self { bytes, targets: Marks::new(0) };
        for step in code.steps(0) {
            if step.byte == op::JUMPDEST {
                targets.mark(step.at);
            }
        }
        Self { targets, ..code }
    }

    /// The instructions from a place on, whether they are ever run or not.
    pub(super) fn steps(&self, from: usize) -> impl Iterator<Item = Step<'a>> + use<'a> {
        let bytes = self.bytes;
        let mut at = from;
        std::iter::from_fn(move || {
            let (&byte, rest) = bytes.get(at..)?.split_first()?;
            let data = &rest[..opcode::push_len(byte).min(rest.len())];
            let step = Step { at, byte, data };
            at = step.next();
            Some(step)
        })
    }

    /// Every place that a jump may go to.
    pub(super) fn targets(&self) -> impl Iterator<Item = usize> {
        (0..self.bytes.len()).filter(|at| self.targets.has(*at))
    }

    /// This number as a place that a jump may go to.
    pub(super) fn target(&self, value: U256) -> Option<usize> {
        usize::try_from(value).ok().filter(|at| self.targets.has(*at))
    }
}

/// What came lately, one of a kind in each place: code says the same things over and over, and what was said a moment ago
/// need not be sorted again. It forgets, so what is new here may have been seen before.
pub(super) struct Lately<T>(Vec<Option<T>>);

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self(std::iter::repeat_with(|| None).take(PLACES).collect())
    }
}

impl<T: PartialEq> Lately<T> {
    /// Whether this was not seen lately; `mix` puts it in its place by its upper bits.
    pub(super) fn is_new(&mut self, mix: u64, thing: T) -> bool {
        let place = usize::try_from(mix >> 54).unwrap_or_default() % PLACES;
        let thing = Some(thing);
        let is_new = self.0[place] != thing;
        if is_new {
            self.0[place] = thing;
        }
        is_new
    }
}

/// A set of places in code.
pub(super) struct Marks(Vec<u64>);

impl Marks {
    pub(super) fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Marks it; whether it was not marked before.
    pub(super) fn mark(&mut self, at: usize) -> bool {
        let fresh = !self.has(at);
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
        fresh
    }
}
