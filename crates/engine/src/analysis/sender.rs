//! Who sent a transaction: recovered from its signature, never believed.

use facts::{Address, Tx};
use report::analysis::Sender;

/// Who signed a transaction; none without a signature that can be checked.
pub fn signed_by(tx: &Tx) -> Option<Address> {
    rpc::wire::sender(tx)
}

/// What the signature says about the sender that the source names.
pub fn checked(tx: &Tx) -> Sender {
    match signed_by(tx) {
        Some(signed) if signed == tx.from => Sender::Proved(signed),
        Some(signed) => Sender::Contradicted { named: tx.from, signed },
        None => Sender::Unproved(tx.from),
    }
}
