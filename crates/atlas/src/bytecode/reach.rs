//! What of the code can run, and what the part that can run has in it.
//!
//! Data stands between the code: texts, tables, the code of contracts that are to be created. Bytes there are no
//! instructions. What counts as code is what is run from the start, and every place to jump to whose number stands in
//! such code. Where a jump goes to a place that is computed, every such place counts: a stranger may hide code from
//! this reading only by not having it.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::U256;

use super::{
    machine::{Machine, Word},
    opcode::{self, op},
    walk::{Code, Marks},
};

/// What can run.
pub(super) struct Reach {
    /// The instructions that can run, by their places.
    pub(super) live: Marks,
    /// Constants, as they are pushed or shifted into place, each with the width it was pushed by; 0 for a shifted one.
    pub(super) constants: BTreeMap<U256, BTreeSet<u8>>,
    /// Which instructions can run, one bit each.
    pub(super) opcodes: [u128; 2],
    /// Constants that code is borrowed from.
    pub(super) delegates: BTreeSet<U256>,
}

pub(super) fn reach(code: &Code<'_>, entries: impl Iterator<Item = usize>, all: Everywhere) -> Reach {
    let mut found = Reach {
        live: Marks::new(code.bytes.len()),
        constants: BTreeMap::new(),
        opcodes: [0; 2],
        delegates: BTreeSet::new(),
    };
    let mut open: Vec<usize> = entries.chain([0]).collect();
    let mut everywhere = all;
    if everywhere == Everywhere::Yes {
        open.extend(code.targets());
    }
    while let Some(start) = open.pop() {
        let mut machine = Machine::default();
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
                    found.constants.entry(value).or_default().insert(width);
                }
                op::SHL => {
                    if let Word::Const(value) = machine.peek(0) {
                        found.constants.entry(value).or_default().insert(0);
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
    found
}

/// Whether every place that can be jumped to counts as code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Everywhere {
    Yes,
    No,
}
