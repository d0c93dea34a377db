//! Which functions the code answers to.
//!
//! Compilers begin a contract by comparing the selector with each of its functions: one after the other, by halves, or
//! by a table. The comparisons are followed from the first instruction, both ways at every fork, without entering the
//! functions. No block is entered twice, so the walk is as long as the code at most.

use std::collections::BTreeMap;

use alloy_primitives::Selector;

use super::{
    machine::{Machine, Word},
    opcode::{self, op},
    walk::{Code, Marks},
};

/// What the walk found.
#[derive(Default)]
pub(super) struct Dispatch {
    /// Each function with the place where it begins, where that is known.
    pub(super) functions: BTreeMap<Selector, Option<usize>>,
    /// Whether a place to go on was computed, as jump tables do. What follows was then looked for everywhere.
    pub(super) computed: bool,
}

pub(super) fn follow(code: &Code<'_>) -> Dispatch {
    let mut walk = Walk { code, found: Dispatch::default(), seen: Marks::new(code.bytes.len()), open: Vec::new() };
    walk.open.push((0, Machine::default()));
    if let Some(table) = walk.run() {
        walk.found.computed = true;
        for at in code.targets() {
            walk.open.push((at, table.clone()));
            walk.run();
        }
    }
    walk.found
}

struct Walk<'a, 'b> {
    code: &'a Code<'b>,
    found: Dispatch,
    seen: Marks,
    open: Vec<(usize, Machine)>,
}

impl Walk<'_, '_> {
    /// Walks what is open; the state at the first jump that went nobody knows where.
    fn run(&mut self) -> Option<Machine> {
        let mut lost = None;
        while let Some((start, mut machine)) = self.open.pop() {
            for step in self.code.steps(start) {
                if step.byte == op::JUMPDEST && !self.seen.mark(step.at) {
                    break;
                }
                let (to, condition) = (machine.peek(0), machine.peek(1));
                machine.run(&step);
                match step.byte {
                    op::JUMP => {
                        match self.place(to) {
                            Some(to) => self.open.push((to, machine)),
                            None => lost = lost.or(Some(machine)),
                        }
                        break;
                    }
                    op::JUMPI => match condition {
                        Word::Is(selector) => self.function(selector, self.place(to)),
                        Word::Not(selector) => {
                            self.function(selector, Some(step.next()));
                            self.open.extend(self.place(to).map(|to| (to, machine)));
                            break;
                        }
                        _ => self.open.extend(self.place(to).map(|to| (to, machine.clone()))),
                    },
                    byte if opcode::ends_block(byte) => break,
                    _ => {}
                }
            }
        }
        lost
    }

    fn place(&self, to: Word) -> Option<usize> {
        match to {
            Word::Const(value) => self.code.target(value),
            _ => None,
        }
    }

    fn function(&mut self, selector: Selector, begins: Option<usize>) {
        let known = self.found.functions.entry(selector).or_insert(begins);
        *known = known.or(begins);
    }
}
