//! Plain revm on the same state: what execution costs when nobody watches. Benchmarks measure against it.

use atlas::Fork;
use facts::Block;
use revm::{Context, ExecuteEvm, MainBuilder, MainContext};

use crate::{Environment, Missing, StateReader, WarmState, env};

/// Executes the covered transactions of a block and returns the gas they used. The state is not changed.
///
/// # Errors
/// If state is missing or a transaction does not execute.
pub fn execute<R: StateReader>(
    environment: &Environment,
    block: &Block,
    fork: Fork,
    state: &mut WarmState<R>,
) -> Result<u64, String> {
    let executable = block.witness.as_ref().map_or(block.txs.len(), |witness| witness.executable as usize);
    let mut evm = Context::mainnet()
        .with_db(state)
        .with_cfg(environment.cfg(fork))
        .with_block(environment.block(fork, &block.header))
        .build_mainnet();
    let mut gas = 0;
    for tx in block.txs.iter().take(executable) {
        let result = evm
            .transact_one(env::tx(tx))
            .map_err(|error: revm::context::result::EVMError<Missing>| error.to_string())?;
        gas += result.tx_gas_used();
    }
    evm.finalize();
    Ok(gas)
}
