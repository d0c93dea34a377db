//! What a block does to the state outside of its transactions: system calls and withdrawals.

use atlas::Fork;
use facts::{Address, Blind, Block, U256};
use revm::{
    context::{ContextSetters, TxEnv, result::EVMError},
    handler::{Handler, MainnetHandler, SYSTEM_ADDRESS, SystemCallTx},
    primitives::{Bytes, address},
};

use crate::{
    env::Environment,
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
/// The block in which mainnet moved the ether of The DAO and its children (EIP-779).
const DAO_BLOCK: u64 = 1_920_000;

/// What a block moved without any transaction and without any rule that is known here: one block of mainnet. Its
/// list of accounts is not kept, so that the block stays blind rather than looking as if nothing had moved.
pub(crate) fn irregular(env: &Environment, block: &Block) -> Option<Blind> {
    (env.chain_number == 1 && block.header.number == DAO_BLOCK).then(|| {
        Blind::block(format!(
            "block `{DAO_BLOCK}` moved the ether of The DAO outside of any transaction (EIP-779), which is not \
             followed here: read it from EIP-779's own list, and go on with the next block"
        ))
    })
}

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

#[cfg(test)]
mod tests {
    use facts::Header;

    use super::*;

    #[test]
    fn only_the_dao_fork_of_mainnet_moved_money_by_decree() {
        let is_irregular = |chain_number, number| {
            let env = Environment { chain_number, wrapped: Vec::new() };
            let block = Block { header: Header { number, ..Header::default() }, ..Block::default() };
            irregular(&env, &block).is_some()
        };
        assert!(is_irregular(1, 1_920_000));
        assert!(!is_irregular(1, 1_920_001));
        // Ethereum Classic is the chain that did not.
        assert!(!is_irregular(61, 1_920_000));
    }
}
