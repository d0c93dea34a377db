//! Who takes part in a transaction.

use facts::Address;

use crate::Indexed;

impl Indexed<'_> {
    /// Whether an account sent the transaction, was called or called somebody.
    pub fn takes_part(&self, account: Address) -> bool {
        account == self.from || self.frames_of(account).next().is_some() || self.frames_by(account).next().is_some()
    }
}
