//! What of the code can run, and what the part that can run has in it.
//!
//! Data stands between the code: texts, tables, the code of contracts that are to be created. Bytes there are no
//! instructions. What counts as code is what is run from the start, and every place to jump to whose number stands in
//! such code. Where a jump goes to a place that is computed, every such place counts: a stranger may hide code from
//! this reading only by not having it.

use std::collections::BTreeSet;

use alloy_primitives::U256;

use super::{
    machine::{Machine, Word},
    opcode::{self, op},
    walk::{Code, Lately, Marks},
};

/// What can run.
pub(super) struct Reach {
    /// The instructions that can run, by their places.
    pub(super) live: Marks,
    /// Constants, as they are pushed or shifted into place, ascending.
    pub(super) constants: Vec<(U256, Widths)>,
    /// Which instructions can run, one bit each.
    pub(super) opcodes: [u128; 2],
    /// Constants that code is borrowed from.
    pub(super) delegates: BTreeSet<U256>,
}

/// The widths that a constant was pushed by, one bit each; 0 for one that was shifted into place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Widths(u64);

impl Widths {
    /// One width, of 32 bytes at most.
    pub(super) fn of(width: u8) -> Self {
        Self(1 << width)
    }

    pub(super) fn has(self, width: u8) -> bool {
        self.0 & Self::of(width).0 != 0
    }

    pub(super) fn has_any(self, mut widths: impl Iterator<Item = u8>) -> bool {
        widths.any(|width| self.has(width))
    }
}

pub(super) fn reach(code: &Code<'_>, entries: impl Iterator<Item = usize>, all: Everywhere) -> Reach {
    let mut found = Reach {
        live: Marks::new(code.bytes.len()),
        constants: Vec::new(),
        opcodes: [0; 2],
        delegates: BTreeSet::new(),
    };
    let mut open: Vec<usize> = entries.chain([0]).collect();
    let (mut everywhere, mut lately) = (all, Lately::default());
    let mut is_new = |value: U256, width: u8| {
        let [a, b, c, d] = *value.as_limbs();
        let mix = (a ^ b.rotate_left(16) ^ c.rotate_left(32) ^ d.rotate_left(48) ^ u64::from(width) << 56)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        lately.is_new(mix, (value, width))
    };
    if everywhere == Everywhere::Yes {
        open.extend(code.targets());
    }
    let mut machine = Machine::default();
    while let Some(start) = open.pop() {
        machine.reset();
        for step in code.steps(start) {
            if !found.live.mark(step.at) {
                break;
            }
            let (top, next) = (machine.peek(0), machine.peek(1));
            machine.run(&step);
            found.opcodes[usize::from(step.byte >> 7)] |= 1 << (step.byte & 0x7f);
            match step.byte {
                _ if step.is_push() => {
                    let value = step.value();
                    open.extend(code.target(value));
                    let width = u8::try_from(opcode::push_len(step.byte)).unwrap_or_default();
                    if is_new(value, width) {
                        found.constants.push((value, Widths::of(width)));
                    }
                }
                op::SHL => {
                    if let Word::Const(value) = machine.peek(0)
                        && is_new(value, 0)
                    {
                        found.constants.push((value, Widths::of(0)));
                    }
                }
                op::DELEGATECALL | op::CALLCODE => {
                    if let Word::Const(target) = next {
                        found.delegates.insert(target);
                    }
                }
                op::JUMP | op::JUMPI => match top {
                    Word::Const(value) => open.extend(code.target(value)),
                    Word::Below => {}
                    _ if everywhere == Everywhere::No => {
                        everywhere = Everywhere::Yes;
                        open.extend(code.targets());
                    }
                    _ => {}
                },
                _ => {}
            }
            if opcode::ends_block(step.byte) {
                break;
            }
        }
    }
    found.constants.sort_unstable();
    found.constants.dedup_by(|later, earlier| {
        let is_same = later.0 == earlier.0;
        if is_same {
            earlier.1.0 |= later.1.0;
        }
        is_same
    });
    found
}

/// Whether every place that can be jumped to counts as code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Everywhere {
    Yes,
    No,
}
