//! Which functions the code answers to.
//!
//! Compilers begin a contract by comparing the selector with each of its functions: one after the other, by halves, or
//! by a table. The comparisons are followed from the first instruction, both ways at every fork, without entering the
//! functions. No block is entered twice, so the walk is as long as the code at most.

use std::collections::BTreeMap;

use alloy_primitives::Selector;

use super::{
    machine::{Known, Machine, Word},
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
    let mut walk =
        Walk { code, found: Dispatch::default(), seen: Marks::new(code.bytes.len()), open: Vec::new(), lost: None };
    let mut machine = Machine::default();
    walk.run(0, &Known::default(), &mut machine);
    if let Some(table) = walk.lost.take() {
        walk.found.computed = true;
        for at in code.targets() {
            walk.run(at, &table, &mut machine);
        }
    }
    walk.found
}

struct Walk<'a, 'b> {
    code: &'a Code<'b>,
    found: Dispatch,
    seen: Marks,
    open: Vec<(usize, Known)>,
    /// What was known at the first jump that went nobody knows where.
    lost: Option<Known>,
}

impl Walk<'_, '_> {
    /// Walks from a place on, and whatever that opens.
    fn run(&mut self, start: usize, known: &Known, machine: &mut Machine) {
        machine.recall(known);
        self.block(start, machine);
        while let Some((start, known)) = self.open.pop() {
            machine.recall(&known);
            self.block(start, machine);
        }
    }

    /// Walks from a place to where it ends or forks for good.
    fn block(&mut self, start: usize, machine: &mut Machine) {
        for step in self.code.steps(start) {
            if step.byte == op::JUMPDEST && !self.seen.mark(step.at) {
                break;
            }
            let (to, condition) = (machine.peek(0), machine.peek(1));
            machine.run(&step);
            match step.byte {
                op::JUMP => {
                    match self.place(to) {
                        Some(to) => self.open(to, machine),
                        None if self.lost.is_none() => self.lost = Some(machine.known()),
                        None => {}
                    }
                    break;
                }
                op::JUMPI => match condition {
                    Word::Is(selector) => self.function(selector, self.place(to)),
                    Word::Not(selector) => {
                        self.function(selector, Some(step.next()));
                        self.place(to).into_iter().for_each(|to| self.open(to, machine));
                        break;
                    }
                    _ => self.place(to).into_iter().for_each(|to| self.open(to, machine)),
                },
                byte if opcode::ends_block(byte) => break,
                _ => {}
            }
        }
    }

    fn open(&mut self, to: usize, machine: &Machine) {
        // Every place to jump to is entered once.
        if !self.seen.has(to) {
            self.open.push((to, machine.known()));
        }
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
