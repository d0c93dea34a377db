//! Every instruction of the frames that somebody asked to see. The only place with an Inspector: it costs twenty to forty
//! times as much as execution, which nobody minds who looks at one frame.

use atlas::Fork;
use facts::{Block, Bytes, Step, Steps, U256};
use revm::{
    Context, InspectEvm, Inspector, MainBuilder, MainContext,
    bytecode::opcode::{self, OpCode},
    context::{JournalTr, result::EVMError},
    handler::FrameResult,
    interpreter::{
        FrameInput, Interpreter,
        interpreter::EthInterpreter,
        interpreter_types::{Jumps, MemoryTr},
    },
};

use crate::{
    env::{self, Environment},
    loupe::Loupe,
    state::{Missing, StateReader, WarmState},
    system::before_block,
    tx::run,
};

/// Steps that are kept of one frame. A loop that burns a block's gas has ten million.
const STEPS_MAX: usize = 20_000;
/// Words of the stack that are kept of a step. No instruction looks further down.
const STACK_MAX: usize = 17;
/// Bytes of memory that are kept of a step.
const MEMORY_MAX: usize = 64;

/// Runs the transaction at `index` of a block after those before it, and tells the steps of `frames`. `state` stands
/// after the parent block, or where the block came with a witness as its transactions find it; it is used up.
///
/// # Errors
/// If state is missing, or the block is not as long.
pub fn steps<R: StateReader>(
    environment: &Environment,
    block: &Block,
    fork: Fork,
    state: &mut WarmState<R>,
    index: u32,
    frames: &[u32],
) -> Result<Vec<Steps>, String> {
    let header = &block.header;
    let from_parent = block.witness.as_ref().is_none_or(|witness| witness.pre_state.is_empty());
    let mut evm = Loupe::new(&mut *state, environment.cfg(fork), environment.block(fork, header));
    if from_parent {
        before_block(&mut evm, block, fork).map_err(|blind| blind.why)?;
    }
    for (before, tx) in (0..index).zip(&block.txs) {
        run(&mut evm, environment, header.base_fee, before, tx)?;
        // As when the block is executed: before EIP-161 the journal cannot tell a destroyed account from an empty one.
        if fork < Fork::SpuriousDragon {
            let journal = &mut evm.ctx().journaled_state;
            let changes = journal.finalize();
            journal.db_mut().commit(&changes);
        }
    }
    let changes = evm.ctx().journaled_state.finalize();
    drop(evm);
    state.commit(&changes);
    let tx = block.txs.get(index as usize).ok_or_else(|| format!("the block has no transaction {index}"))?;
    let mut watch = Watch { wanted: frames, ..Watch::default() };
    let mut evm = Context::mainnet()
        .with_db(state)
        .with_cfg(environment.cfg(fork))
        .with_block(environment.block(fork, header))
        .build_mainnet_with_inspector(&mut watch);
    evm.inspect_one_tx(env::tx(tx)).map_err(|error: EVMError<Missing>| error.to_string())?;
    drop(evm);
    Ok(watch.kept)
}

/// Watches instructions go by. Frames are counted as the recorder counts them.
#[derive(Default)]
struct Watch<'a> {
    wanted: &'a [u32],
    next: u32,
    open: Vec<u32>,
    kept: Vec<Steps>,
    /// Where the step under way is kept, and what has to be looked at when it is done.
    under_way: Option<(usize, Option<Touch>)>,
}

/// What an instruction touches.
#[derive(Clone, Copy)]
enum Touch {
    Memory(usize, usize),
    Read(U256),
    Written(U256, U256),
}

impl Watch<'_> {
    /// The frame that runs, if its steps are wanted.
    fn place(&mut self) -> Option<usize> {
        let frame = *self.open.last()?;
        if !self.wanted.contains(&frame) {
            return None;
        }
        if let Some(at) = self.kept.iter().position(|held| held.frame == frame) {
            return Some(at);
        }
        self.kept.push(Steps { frame, ..Steps::default() });
        Some(self.kept.len() - 1)
    }
}

impl<C> Inspector<C, EthInterpreter> for Watch<'_> {
    fn frame_start(&mut self, _: &mut C, _: &mut FrameInput) -> Option<FrameResult> {
        self.open.push(self.next);
        self.next += 1;
        None
    }

    fn frame_end(&mut self, _: &mut C, _: &FrameInput, _: &mut FrameResult) {
        self.open.pop();
    }

    fn step(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        self.under_way = None;
        let Some(at) = self.place() else { return };
        let held = &mut self.kept[at];
        held.of += 1;
        if held.steps.len() >= STEPS_MAX {
            return;
        }
        let op = interpreter.bytecode.opcode();
        let stack = interpreter.stack.data();
        let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        held.steps.push(Step {
            pc: short(interpreter.bytecode.pc()),
            op,
            name: OpCode::new(op).map_or_else(|| format!("invalid {op:#04x}"), |op| op.as_str().to_owned()),
            gas: interpreter.gas.remaining(),
            cost: 0,
            stack: stack.iter().rev().take(STACK_MAX).copied().collect(),
            stack_len: short(stack.len()),
            memory_len: short(interpreter.memory.size()),
            memory: None,
            storage: None,
        });
        self.under_way = Some((at, touch(op, stack)));
    }

    fn step_end(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        let Some((at, touch)) = self.under_way.take() else { return };
        let Some(step) = self.kept[at].steps.last_mut() else { return };
        step.cost = step.gas.saturating_sub(interpreter.gas.remaining());
        match touch {
            Some(Touch::Read(slot)) => {
                step.storage = interpreter.stack.data().last().map(|value| (slot, *value));
            }
            Some(Touch::Written(slot, value)) => step.storage = Some((slot, value)),
            Some(Touch::Memory(from, len)) => {
                let len = len.min(MEMORY_MAX);
                let held = from.checked_add(len).is_some_and(|end| end <= interpreter.memory.size());
                if held && len > 0 {
                    let bytes = Bytes::copy_from_slice(&interpreter.memory.slice(from..from + len));
                    step.memory = Some((u32::try_from(from).unwrap_or(u32::MAX), bytes));
                }
            }
            None => {}
        }
    }
}

/// What an instruction will touch, by what is on the stack.
fn touch(op: u8, stack: &[U256]) -> Option<Touch> {
    let top = |down: usize| stack.len().checked_sub(down + 1).and_then(|at| stack.get(at)).copied();
    let small = |down: usize| usize::try_from(top(down)?).ok();
    Some(match op {
        opcode::SLOAD => Touch::Read(top(0)?),
        opcode::SSTORE => Touch::Written(top(0)?, top(1)?),
        opcode::MSTORE => Touch::Memory(small(0)?, 32),
        opcode::MSTORE8 => Touch::Memory(small(0)?, 1),
        opcode::CALLDATACOPY | opcode::CODECOPY | opcode::RETURNDATACOPY | opcode::MCOPY => {
            Touch::Memory(small(0)?, small(2)?)
        }
        opcode::EXTCODECOPY => Touch::Memory(small(1)?, small(3)?),
        _ => return None,
    })
}
