//! Code that creates: what it will deploy, and the arguments behind it.

use std::ops::Range;

use super::{
    CODE_BYTES_MAX,
    machine::{Machine, Word},
    metadata,
    opcode::{self, op},
    walk::Code,
};

/// Init code taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitCode {
    /// Where the code that it deploys stands in it. Values that are only known while it runs are zero there.
    pub runtime: Range<usize>,
    /// Where its constructor's arguments stand: what is behind all code. Empty when there are none.
    pub arguments: Range<usize>,
}

impl InitCode {
    /// Takes init code apart as compilers put it together: it copies a piece of itself and returns that. `None` when it
    /// does something else, such as computing what it deploys.
    pub fn read(init: &[u8]) -> Option<Self> {
        let code = Code::new(&init[..init.len().min(CODE_BYTES_MAX)]);
        // Every copy of a piece at a known place, before any data can begin.
        let mut machine = Machine::default();
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for step in code.steps(0) {
            if step.byte == op::JUMPDEST {
                machine = Machine::default();
            }
            if let (op::CODECOPY, Word::Const(from), Word::Const(len)) = (step.byte, machine.peek(1), machine.peek(2))
                && let (Ok(from), Ok(len)) = (usize::try_from(from), usize::try_from(len))
                && let Some(end) = from.checked_add(len).filter(|end| *end <= init.len())
                && from > step.at
                && len > 0
            {
                pieces.push(from..end);
            }
            if pieces.first().is_some_and(|piece| step.at >= piece.start) || opcode::of(step.byte).is_none() {
                break;
            }
            machine.run(&step);
        }
        // Arguments are copied by a length that is computed, so a piece of known length is code; the last is deployed.
        let runtime = pieces.pop()?;
        Some(Self { arguments: runtime.end..init.len(), runtime })
    }
}

/// The constructor's arguments in init code that ends in `runtime` and them. `runtime` is the code that came to be, as a
/// node gives it: values that were only known while the init code ran are zero in `init`. `None` when it does not stand
/// there.
pub fn arguments_after<'a>(init: &'a [u8], runtime: &[u8]) -> Option<&'a [u8]> {
    let end = match InitCode::read(init) {
        Some(parts) if like(&init[parts.runtime.clone()], runtime) => parts.runtime.end,
        _ => metadata::last_note_end(init).filter(|end| {
            let start = end.checked_sub(runtime.len());
            start.is_some_and(|start| like(&init[start..*end], runtime))
        })?,
    };
    init.get(end..)
}

/// Whether they are the same but for what was filled in.
fn like(piece: &[u8], runtime: &[u8]) -> bool {
    piece.len() == runtime.len() && piece.iter().zip(runtime).all(|(a, b)| a == b || *a == 0)
}
