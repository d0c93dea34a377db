//! What the code of a contract says of itself, without running it.
//!
//! The bytes are a stranger's: one pass over them, and everything found is at most as long as they are. What is found is
//! evidence and not proof: code can compute an address or a selector that does not stand in it, and can hold some that
//! it never uses.

mod constants;
mod dispatch;
mod fingerprint;
mod form;
mod init;
mod listing;
mod machine;
mod metadata;
mod opcode;
mod reach;
mod shape;
mod walk;

use alloy_primitives::{Address, B256, Selector, keccak256};

pub use fingerprint::{Fingerprint, FingerprintError};
pub use form::{Form, MinimalProxy, Standard};
pub use init::{InitCode, arguments_after};
pub use listing::{Line, listing};
pub use metadata::{Compiler, Metadata, SourceHash};
pub use opcode::{op, opcode_name};
pub use shape::shape;

use reach::Everywhere;
use walk::Code;

/// How much of code is read, in bytes. Ethereum allows 24,576, and 49,152 for init code; other chains allow more.
pub const CODE_BYTES_MAX: usize = 1 << 20;

/// What stands in the code of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytecode {
    /// keccak-256 of all of it.
    pub hash: B256,
    /// Its length in bytes, with whatever the compiler left behind it.
    pub len: usize,
    /// Whether it is longer than [`CODE_BYTES_MAX`] and only its beginning was read.
    pub clipped: bool,
    /// Whether it is code of its own, or stands for the code of another.
    pub form: Form,
    /// Where the compiler's note begins, or the end.
    pub code_len: usize,
    /// The compiler's note. Whoever deployed it can have written anything.
    pub metadata: Option<Metadata>,
    /// The functions it answers to, ascending, each with the place of its code where that is plain.
    pub functions: Vec<(Selector, Option<u32>)>,
    /// Other constants of four bytes, ascending: functions that it calls, errors, interface ids; and numbers that look so.
    pub mentions: Vec<Selector>,
    /// Constants that look like addresses, ascending. To ask for an address that is known use [`Bytecode::addresses_in`].
    pub addresses: Vec<Address>,
    /// Other constants of 32 bytes that are no round numbers, ascending: topics of events, slots, roles.
    pub words: Vec<B256>,
    /// Whether it goes on at computed places, so that what follows was looked for everywhere.
    pub computed_jumps: bool,
    /// For comparing it with other code.
    pub fingerprint: Fingerprint,
    opcodes: [u128; 2],
}

impl Bytecode {
    /// Reads deployed code.
    pub fn read(bytes: &[u8]) -> Self {
        Self::of_hash(bytes, keccak256(bytes))
    }

    /// The same of code whose keccak-256 is known.
    pub fn of_hash(bytes: &[u8], hash: B256) -> Self {
        let read = &bytes[..bytes.len().min(CODE_BYTES_MAX)];
        let (code_len, metadata) = if read.len() == bytes.len() { metadata::split(read) } else { (read.len(), None) };
        let foreign = form::declared(read);
        // A designator and the other formats that begin with 0xef are not instructions.
        let code = Code::new(if foreign.is_some() { &[] } else { &read[..code_len] });
        let dispatch = dispatch::follow(&code);
        let entries = dispatch.functions.values().copied().flatten();
        let all = if dispatch.computed { Everywhere::Yes } else { Everywhere::No };
        let reach = reach::reach(&code, entries, all);
        let dispatched = |selector: &Selector| dispatch.functions.contains_key(selector);
        let found = constants::sort(&reach.constants, dispatched);
        let form = foreign.unwrap_or_else(|| form::of(read, &reach, !dispatch.functions.is_empty()));
        let place = |at: usize| u32::try_from(at).ok();
        Self {
            hash,
            len: bytes.len(),
            clipped: read.len() < bytes.len(),
            form,
            code_len,
            metadata,
            mentions: found.selectors,
            addresses: found.addresses,
            words: found.words,
            computed_jumps: dispatch.computed,
            fingerprint: Fingerprint::of(&code, &reach.live),
            opcodes: reach.opcodes,
            functions: dispatch.functions.into_iter().map(|(selector, at)| (selector, at.and_then(place))).collect(),
        }
    }

    /// Whether it answers to this function.
    pub fn answers(&self, selector: Selector) -> bool {
        self.functions.binary_search_by_key(&selector, |(known, _)| *known).is_ok()
    }

    /// Whether this instruction can run.
    pub fn has(&self, opcode: u8) -> bool {
        self.opcodes[usize::from(opcode >> 7)] >> (opcode & 0x7f) & 1 == 1
    }

    /// Every address for which `known` holds, with the place where its 20 bytes stand, in order of place. All the bytes
    /// are looked through, data and arguments behind init code too, so that one that stands there is found wherever it
    /// is; leading zeros that a compiler left out of a push are put back.
    pub fn addresses_in(bytes: &[u8], known: impl Fn(&Address) -> bool) -> Vec<(usize, Address)> {
        let bytes = &bytes[..bytes.len().min(CODE_BYTES_MAX)];
        let mut found = Vec::new();
        for (at, window) in bytes.windows(Address::len_bytes()).enumerate() {
            let address = Address::from_slice(window);
            if known(&address) {
                found.push((at, address));
            }
        }
        for step in Code::new(bytes).steps(0).filter(|step| (10..20).contains(&step.data.len())) {
            let address = Address::left_padding_from(step.data);
            if known(&address) {
                found.push((step.at + 1, address));
            }
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests;
