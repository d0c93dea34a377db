//! The few instructions that are watched. Each runs revm's own code and notes what it did.

use facts::{Asset, B256, Flow, FlowKind, Read, U256, Write};
use revm::{
    bytecode::opcode,
    context_interface::{Host, JournalTr},
    handler::instructions::EthInstructions,
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult, InstructionResult,
        instructions::{gas_table_spec, host, instruction_table, system, tx_info},
        interpreter::EthInterpreter,
        interpreter_types::InputsTr,
    },
    primitives::hardfork::SpecId,
};

use crate::loupe::{Ctx, Db};

type Ictx<'a, DB> = InstructionContext<'a, Ctx<DB>, EthInterpreter>;

/// The instruction table of a fork, with the watched instructions in their places.
pub(crate) fn watched<DB: Db>(spec: SpecId) -> EthInstructions<EthInterpreter, Ctx<DB>> {
    let mut table = instruction_table::<EthInterpreter, Ctx<DB>>();
    table[opcode::CALLER as usize] = Instruction::new(caller::<DB>);
    table[opcode::ORIGIN as usize] = Instruction::new(origin::<DB>);
    table[opcode::SLOAD as usize] = Instruction::new(sload::<DB>);
    table[opcode::SSTORE as usize] = Instruction::new(sstore::<DB>);
    table[opcode::KECCAK256 as usize] = Instruction::new(keccak256::<DB>);
    table[opcode::SELFDESTRUCT as usize] = Instruction::new(selfdestruct::<DB>);
    table[opcode::LOG0 as usize] = Instruction::new(log::<0, DB>);
    table[opcode::LOG1 as usize] = Instruction::new(log::<1, DB>);
    table[opcode::LOG2 as usize] = Instruction::new(log::<2, DB>);
    table[opcode::LOG3 as usize] = Instruction::new(log::<3, DB>);
    table[opcode::LOG4 as usize] = Instruction::new(log::<4, DB>);
    EthInstructions::new(table, gas_table_spec(spec), spec)
}

fn reborrow<'b, DB: Db>(context: &'b mut Ictx<'_, DB>) -> Ictx<'b, DB> {
    InstructionContext { interpreter: &mut *context.interpreter, host: &mut *context.host }
}

fn caller<DB: Db>(mut context: Ictx<'_, DB>) -> InstructionExecResult {
    context.host.chain.asked_caller();
    system::caller(reborrow(&mut context))
}

fn origin<DB: Db>(mut context: Ictx<'_, DB>) -> InstructionExecResult {
    context.host.chain.asked_origin();
    tx_info::origin(reborrow(&mut context))
}

fn sload<DB: Db>(mut context: Ictx<'_, DB>) -> InstructionExecResult {
    let slot = context.interpreter.stack.peek(0)?;
    host::sload(reborrow(&mut context))?;
    let value = context.interpreter.stack.peek(0)?;
    let recorder = &mut context.host.chain;
    let at = recorder.tick();
    recorder.reads.push(Read { slot, value, frame: recorder.current(), at });
    Ok(())
}

fn sstore<DB: Db>(context: Ictx<'_, DB>) -> InstructionExecResult {
    let slot = context.interpreter.stack.peek(0)?;
    host::sstore_with_gas_accounting(context, |context, address, load| {
        host::sstore_default_gas_accounting(context, address, load)?;
        let (before, after) = (load.data.present_value, load.data.new_value);
        let recorder = &mut context.host.chain;
        let at = recorder.tick();
        let frame = recorder.current();
        if before == after {
            recorder.idle_writes.push(Read { slot, value: after, frame, at });
        } else {
            recorder.writes.push(Write { address, slot, before, after, frame, at });
        }
        Ok(())
    })
}

/// As revm's own, but what is hashed again and again is remembered.
fn keccak256<DB: Db>(context: Ictx<'_, DB>) -> InstructionExecResult {
    let interpreter = &mut *context.interpreter;
    let offset = interpreter.stack.peek(0)?;
    if interpreter.stack.peek(1)? != U256::from(64) {
        return system::keccak256(context);
    }
    let params = context.host.gas_params();
    if !interpreter.gas.record_regular_cost(params.keccak256_cost(64)) {
        return Err(InstructionResult::OutOfGas);
    }
    let offset = usize::try_from(offset).map_err(|_| InstructionResult::InvalidOperandOOG)?;
    interpreter.resize_memory(params, offset, 64)?;
    let memory = interpreter.memory.slice_len(offset, 64);
    let words = [B256::from_slice(&memory[..32]), B256::from_slice(&memory[32..])];
    drop(memory);
    let hash = context.host.chain.hash(words);
    interpreter.stack.pop()?;
    interpreter.stack.set(0, hash.into())
}

fn log<const N: usize, DB: Db>(mut context: Ictx<'_, DB>) -> InstructionExecResult {
    host::log::<N, _>(reborrow(&mut context))?;
    let recorder = &mut context.host.chain;
    let at = recorder.tick();
    recorder.log_marks.push((recorder.current(), at));
    Ok(())
}

fn selfdestruct<DB: Db>(mut context: Ictx<'_, DB>) -> InstructionExecResult {
    let heir = context.interpreter.stack.peek(0)?;
    let own = context.interpreter.input.target_address();
    let amount = context.host.journaled_state.evm_state().get(&own).map_or(U256::ZERO, |account| account.info.balance);
    let result = host::selfdestruct(reborrow(&mut context));
    let to = revm::primitives::Address::from_word(heir.into());
    if result == Err(InstructionResult::SelfDestruct) && !amount.is_zero() && to != own {
        let recorder = &mut context.host.chain;
        let at = recorder.tick();
        recorder.flows.push(Flow {
            asset: Asset::Native,
            from: own,
            to,
            amount,
            kind: FlowKind::SelfDestruct,
            frame: recorder.current(),
            at,
        });
    }
    result
}
