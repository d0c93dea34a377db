//! Slots that standards fix, by what stands in them.

use alloy_primitives::{B256, b256};

/// EIP-1967: the code behind a proxy. `keccak256("eip1967.proxy.implementation") - 1`.
pub const IMPLEMENTATION: B256 = b256!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");
/// EIP-1967: the beacon that names the code. `keccak256("eip1967.proxy.beacon") - 1`.
pub const BEACON: B256 = b256!("a3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50");
/// EIP-1967: who may change the code. `keccak256("eip1967.proxy.admin") - 1`.
pub const ADMIN: B256 = b256!("b53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103");
/// EIP-1822: the code behind a proxy. `keccak256("PROXIABLE")`.
pub const PROXIABLE: B256 = b256!("c5f16f0fcc639fa48a6947836d9850f504798523bf8c9a3a87d5876cf622bcf7");
/// OpenZeppelin before EIP-1967: the code. `keccak256("org.zeppelinos.proxy.implementation")`.
pub const ZOS_IMPLEMENTATION: B256 = b256!("7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3");
/// OpenZeppelin before EIP-1967: the admin. `keccak256("org.zeppelinos.proxy.admin")`.
pub const ZOS_ADMIN: B256 = b256!("10d6a54a4754c8869d6886b5f5d7fbfa5b4522237ea5c60d11bc4e7a1ff9390b");
/// EIP-2535: where the reference implementations keep the facets. `keccak256("diamond.standard.diamond.storage")`.
pub const DIAMOND: B256 = b256!("c8fcad8db84d3cc18b4c41d551ea0ee66dd599cde068d998e57d5e09332c131c");

const KNOWN: [(B256, &str); 7] = [
    (IMPLEMENTATION, "EIP-1967 implementation"),
    (BEACON, "EIP-1967 beacon"),
    (ADMIN, "EIP-1967 admin"),
    (PROXIABLE, "EIP-1822 implementation"),
    (ZOS_IMPLEMENTATION, "OpenZeppelin implementation, before EIP-1967"),
    (ZOS_ADMIN, "OpenZeppelin admin, before EIP-1967"),
    (DIAMOND, "EIP-2535 facets"),
];

/// What stands in this slot, by a standard.
pub fn known_slot(slot: B256) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == slot).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{U256, keccak256};

    use super::*;

    #[test]
    fn the_slots_are_what_their_names_hash_to() {
        let less = |text: &str| B256::from(U256::from_be_bytes(keccak256(text).0) - U256::ONE);
        assert_eq!(IMPLEMENTATION, less("eip1967.proxy.implementation"));
        assert_eq!(BEACON, less("eip1967.proxy.beacon"));
        assert_eq!(ADMIN, less("eip1967.proxy.admin"));
        assert_eq!(PROXIABLE, keccak256("PROXIABLE"));
        assert_eq!(ZOS_IMPLEMENTATION, keccak256("org.zeppelinos.proxy.implementation"));
        assert_eq!(ZOS_ADMIN, keccak256("org.zeppelinos.proxy.admin"));
        assert_eq!(DIAMOND, keccak256("diamond.standard.diamond.storage"));
        assert_eq!(known_slot(IMPLEMENTATION), Some("EIP-1967 implementation"));
        assert_eq!(known_slot(B256::ZERO), None);
    }
}
