//! Conditions of rules in data.

use facts::Selector;

/// The selector of a function's signature, such as `transfer(address,uint256)`.
pub(crate) fn selector_of(signature: &str) -> Result<Selector, String> {
    Ok(Selector::from_slice(&alloy_primitives::keccak256(signature.as_bytes())[..4]))
}
