//! Signatures that contracts checked, as the precompiled contract for it was asked.

use facts::{Address, B256, Frame, U256};

use crate::Indexed;

/// The precompiled contract that recovers a signer (`ecrecover`).
pub(crate) const RECOVERS: Address = Address::with_last_byte(1);
/// The order of the curve secp256k1 (SEC 2).
const ORDER: U256 = U256::from_limbs([0xbfd2_5e8c_d036_4141, 0xbaae_dce6_af48_a03b, u64::MAX - 1, u64::MAX]);

/// A signature that a contract had recovered, and accepted as far as that can be seen: what it did with it lasts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked {
    /// The call of the precompiled contract.
    pub(crate) frame: u32,
    /// Who asked.
    pub(crate) by: Address,
    pub(crate) digest: B256,
    pub(crate) r: B256,
    pub(crate) s: U256,
    pub(crate) signer: Address,
}

impl Checked {
    fn of(index: u32, frame: &Frame) -> Option<Self> {
        let word = |at: usize| frame.input.get(at..at + 32).map(B256::from_slice);
        let signer = B256::try_from(frame.output.get(..32)?).ok()?;
        (frame.effective && frame.target == RECOVERS && !signer.is_zero()).then_some(Self {
            frame: index,
            by: frame.caller,
            digest: word(0)?,
            r: word(64)?,
            s: word(96)?.into(),
            signer: Address::from_word(signer),
        })
    }

    /// The other of the two numbers with which the same signature is accepted.
    pub(crate) fn other_form(&self) -> U256 {
        ORDER.saturating_sub(self.s)
    }
}

/// All of a transaction, in order.
pub(crate) fn checked<'a>(facts: &'a Indexed<'_>) -> impl Iterator<Item = Checked> + 'a {
    facts.frames_of(RECOVERS).filter_map(|(index, frame)| Checked::of(index, frame))
}

/// Who checked a signature of this account.
pub(crate) fn signed_by(facts: &Indexed<'_>, account: Address) -> Option<Address> {
    checked(facts).find(|checked| checked.signer == account).map(|checked| checked.by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_curve() {
        let order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141".parse::<U256>().unwrap();
        assert_eq!(ORDER, order);
    }
}
