//! What stays the same of a contract's code wherever it is deployed.
//!
//! A deployment fills in what the code was not compiled with: immutables stand behind `PUSH32`, addresses of libraries
//! behind `PUSH20` (the Solidity documentation, "Immutables" and "Library Linking"), and the compiler's note at the end
//! changes with a comment. The same contract on another chain differs in nothing else.

use alloy_primitives::B256;
use sha2::{Digest, Sha256};

use super::{
    CODE_BYTES_MAX,
    form::FORWARDER_BYTES_MAX,
    metadata,
    opcode::{op, push_len},
};

/// SHA-256 of code with zeros for immutables and addresses of libraries, and without the compiler's note. Of code so short
/// that it may be a mere forwarder, of all of it: there the address is what tells one from another.
///
/// Two contracts that differ in nothing but constants of 32 bytes have one shape. Vyper puts immutables behind the code;
/// they are part of it here.
pub fn shape(bytes: &[u8]) -> B256 {
    // Not keccak-256, which no processor has an instruction for: every deployment that is seen comes by here.
    let mut hasher = Sha256::new();
    if bytes.len() <= FORWARDER_BYTES_MAX || bytes.len() > CODE_BYTES_MAX {
        hasher.update(bytes);
        return B256::new(hasher.finalize().into());
    }
    let (code_len, _) = metadata::split(bytes);
    let code = &bytes[..code_len];
    let (mut from, mut at) = (0, 0);
    while let Some(&byte) = code.get(at) {
        let next = (at + 1 + push_len(byte)).min(code.len());
        if matches!(byte, op::PUSH20 | op::PUSH32) {
            hasher.update(&code[from..=at]);
            hasher.update(&[0; 32][..next - at - 1]);
            from = next;
        }
        at = next;
    }
    hasher.update(&code[from..]);
    B256::new(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code of some length that pushes a word and an address.
    fn code(word: u8, address: u8, selector: u8) -> Vec<u8> {
        let mut code = vec![op::PUSH32];
        code.extend([word; 32]);
        code.push(op::PUSH20);
        code.extend([address; 20]);
        code.extend([op::PUSH1 + 3, selector, 2, 3, 4]);
        code.resize(FORWARDER_BYTES_MAX + 1, op::JUMPDEST);
        code
    }

    #[test]
    fn what_a_deployment_fills_in_makes_no_difference() {
        let plain = shape(&code(0, 0, 1));
        assert_eq!(shape(&code(7, 9, 1)), plain);
        assert_ne!(shape(&code(0, 0, 2)), plain);
    }

    #[test]
    fn the_compilers_note_makes_no_difference() {
        let noted = |hash: u8| {
            let note = [&b"\xa2\x64ipfs\x58\x22"[..], &[hash; 34], b"\x64solc\x43\x00\x08\x1a", &[0, 0x33]].concat();
            [code(0, 0, 1), note].concat()
        };
        assert_eq!(shape(&noted(1)), shape(&noted(2)));
        assert_eq!(shape(&noted(1)), shape(&code(0, 0, 1)));
    }

    #[test]
    fn forwarders_are_told_apart_by_whom_they_forward_to() {
        let forwarder = |to: u8| [&[op::PUSH20][..], &[to; 20], &[0x5a, 0xf4]].concat();
        assert_ne!(shape(&forwarder(1)), shape(&forwarder(2)));
    }
}
