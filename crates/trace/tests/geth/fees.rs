//! What a transaction's gas cost its sender and gave its block's beneficiary, which our balances leave out.

use facts::{Address, U256};

use crate::case::Case;

/// Gas of one blob.
const GAS_PER_BLOB: u64 = 131_072;

/// An account's native balance before the transaction, as the chain has it; `None` where our facts do not tell it.
pub fn before(case: &Case, account: Address) -> Option<U256> {
    let (_, before, _) = case.seen.balances.iter().find(|(known, ..)| *known == account)?;
    let (paid, given) = fees(case, account);
    Some(*before + paid - given)
}

/// What gas cost this account, and what it was given for gas.
pub fn fees(case: &Case, account: Address) -> (U256, U256) {
    let (seen, header) = (&case.seen, &case.header);
    let used = U256::from(seen.gas_used);
    let (mut paid, mut given) = (U256::ZERO, U256::ZERO);
    if account == seen.from {
        // The blob base fee of a block without excess is one wei.
        paid = used * U256::from(seen.gas_price) + U256::from(GAS_PER_BLOB * case.tx.blob_hashes.len() as u64);
    }
    if account == header.beneficiary {
        given = used * U256::from(seen.gas_price - u128::from(header.base_fee.unwrap_or_default()));
    }
    (paid, given)
}
