//! What a block does to the state outside of its transactions: system calls and withdrawals.

use atlas::Fork;
use facts::{Address, Blind, Block, U256};
use revm::{
    context::{ContextSetters, TxEnv, result::EVMError},
    handler::{Handler, MainnetHandler, SYSTEM_ADDRESS, SystemCallTx},
    primitives::{Bytes, address},
};

use crate::{
    loupe::Loupe,
    state::{Missing, StateReader, Touched, WarmState},
};

/// EIP-4788.
const BEACON_ROOTS: Address = address!("000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
/// EIP-2935.
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
/// EIP-7002 and EIP-7251, which a block calls after its transactions.
const AFTER_BLOCK: [Address; 2] =
    [address!("00000961Ef480Eb55e80D19ad83579A64c007002"), address!("0000BBdDc7CE488642fb579F8B00f3a590007251")];
/// System calls that precede a block's transactions.
pub(crate) fn before_block<R: StateReader>(
    evm: &mut Loupe<&mut WarmState<R>>,
    block: &Block,
    fork: Fork,
) -> Result<(), Blind> {
    if let Some(root) = block.header.parent_beacon_root.filter(|_| fork >= Fork::Cancun && block.header.number > 0) {
        system_call(evm, BEACON_ROOTS, root.into())?;
    }
    if fork >= Fork::Prague && block.header.number > 0 {
        system_call(evm, HISTORY, block.header.parent.into())?;
    }
    Ok(())
}

/// System calls that follow a block's transactions.
pub(crate) fn after_block<R: StateReader>(evm: &mut Loupe<&mut WarmState<R>>, fork: Fork) -> Result<(), Blind> {
    if fork >= Fork::Prague {
        for contract in AFTER_BLOCK {
            system_call(evm, contract, Bytes::new())?;
        }
    }
    Ok(())
}

fn system_call<R: StateReader>(
    evm: &mut Loupe<&mut WarmState<R>>,
    contract: Address,
    input: Bytes,
) -> Result<(), Blind> {
    evm.ctx().chain.reset();
    evm.ctx().set_tx(TxEnv::new_system_tx_with_caller(SYSTEM_ADDRESS, contract, input));
    MainnetHandler::default()
        .run_system_call(evm)
        .map(|_| ())
        .map_err(|error: EVMError<Missing>| Blind::block(format!("system call to `{contract}` failed: {error}")))
}

/// Withdrawals (EIP-4895) come after everything else.
pub(crate) fn credits<R: StateReader>(
    block: &Block,
    state: &mut WarmState<R>,
    touched: &mut Touched,
) -> Result<(), Missing> {
    for withdrawal in &block.withdrawals {
        let wei = U256::from(withdrawal.amount) * U256::from(1_000_000_000u64);
        if !wei.is_zero() {
            state.credit(withdrawal.address, wei, touched)?;
        }
    }
    Ok(())
}
