//! The instructions of the EVM, as of the Osaka fork.

/// One instruction: its name, and how many words it takes from the stack and puts there.
pub(super) struct Op {
    pub(super) name: &'static str,
    pub(super) takes: u8,
    pub(super) puts: u8,
}

/// Instructions that are asked for by name.
#[allow(missing_docs, reason = "each is the instruction of its name")]
pub mod op {
    pub const STOP: u8 = 0x00;
    pub const ORIGIN: u8 = 0x32;
    pub const EXTCODESIZE: u8 = 0x3b;
    pub const CODECOPY: u8 = 0x39;
    pub const COINBASE: u8 = 0x41;
    pub const SLOAD: u8 = 0x54;
    pub const SSTORE: u8 = 0x55;
    pub const TLOAD: u8 = 0x5c;
    pub const TSTORE: u8 = 0x5d;
    pub const CREATE: u8 = 0xf0;
    pub const CALL: u8 = 0xf1;
    pub const CALLCODE: u8 = 0xf2;
    pub const RETURN: u8 = 0xf3;
    pub const DELEGATECALL: u8 = 0xf4;
    pub const CREATE2: u8 = 0xf5;
    pub const STATICCALL: u8 = 0xfa;
    pub const REVERT: u8 = 0xfd;
    pub const INVALID: u8 = 0xfe;
    pub const SELFDESTRUCT: u8 = 0xff;

    pub(crate) const JUMP: u8 = 0x56;
    pub(crate) const JUMPI: u8 = 0x57;
    pub(crate) const JUMPDEST: u8 = 0x5b;
    pub(crate) const PUSH0: u8 = 0x5f;
    pub(crate) const PUSH1: u8 = 0x60;
    pub(crate) const PUSH20: u8 = 0x73;
    pub(crate) const PUSH32: u8 = 0x7f;
    pub(crate) const SHL: u8 = 0x1b;
}

/// The instruction that this byte stands for; none where it stands for nothing and ends execution.
pub(super) fn of(byte: u8) -> Option<&'static Op> {
    TABLE[usize::from(byte)].as_ref()
}

/// The name of an instruction, or none for a byte that is not one.
pub fn opcode_name(byte: u8) -> Option<&'static str> {
    of(byte).map(|op| op.name)
}

/// How many bytes after this one belong to it.
pub(super) fn push_len(byte: u8) -> usize {
    if (op::PUSH1..=op::PUSH32).contains(&byte) { usize::from(byte - op::PUSH0) } else { 0 }
}

/// Whether execution never goes on to the next byte.
pub(super) fn ends_block(byte: u8) -> bool {
    matches!(byte, op::STOP | op::JUMP | op::RETURN | op::REVERT | op::INVALID | op::SELFDESTRUCT) || of(byte).is_none()
}

static TABLE: [Option<Op>; 256] = table();

/// Written as the yellow paper's appendix H lists them, with those that forks have added.
const NAMED: &[(u8, &str, u8, u8)] = &[
    (0x00, "STOP", 0, 0),
    (0x01, "ADD", 2, 1),
    (0x02, "MUL", 2, 1),
    (0x03, "SUB", 2, 1),
    (0x04, "DIV", 2, 1),
    (0x05, "SDIV", 2, 1),
    (0x06, "MOD", 2, 1),
    (0x07, "SMOD", 2, 1),
    (0x08, "ADDMOD", 3, 1),
    (0x09, "MULMOD", 3, 1),
    (0x0a, "EXP", 2, 1),
    (0x0b, "SIGNEXTEND", 2, 1),
    (0x10, "LT", 2, 1),
    (0x11, "GT", 2, 1),
    (0x12, "SLT", 2, 1),
    (0x13, "SGT", 2, 1),
    (0x14, "EQ", 2, 1),
    (0x15, "ISZERO", 1, 1),
    (0x16, "AND", 2, 1),
    (0x17, "OR", 2, 1),
    (0x18, "XOR", 2, 1),
    (0x19, "NOT", 1, 1),
    (0x1a, "BYTE", 2, 1),
    (0x1b, "SHL", 2, 1),
    (0x1c, "SHR", 2, 1),
    (0x1d, "SAR", 2, 1),
    (0x1e, "CLZ", 1, 1),
    (0x20, "KECCAK256", 2, 1),
    (0x30, "ADDRESS", 0, 1),
    (0x31, "BALANCE", 1, 1),
    (0x32, "ORIGIN", 0, 1),
    (0x33, "CALLER", 0, 1),
    (0x34, "CALLVALUE", 0, 1),
    (0x35, "CALLDATALOAD", 1, 1),
    (0x36, "CALLDATASIZE", 0, 1),
    (0x37, "CALLDATACOPY", 3, 0),
    (0x38, "CODESIZE", 0, 1),
    (0x39, "CODECOPY", 3, 0),
    (0x3a, "GASPRICE", 0, 1),
    (0x3b, "EXTCODESIZE", 1, 1),
    (0x3c, "EXTCODECOPY", 4, 0),
    (0x3d, "RETURNDATASIZE", 0, 1),
    (0x3e, "RETURNDATACOPY", 3, 0),
    (0x3f, "EXTCODEHASH", 1, 1),
    (0x40, "BLOCKHASH", 1, 1),
    (0x41, "COINBASE", 0, 1),
    (0x42, "TIMESTAMP", 0, 1),
    (0x43, "NUMBER", 0, 1),
    (0x44, "PREVRANDAO", 0, 1),
    (0x45, "GASLIMIT", 0, 1),
    (0x46, "CHAINID", 0, 1),
    (0x47, "SELFBALANCE", 0, 1),
    (0x48, "BASEFEE", 0, 1),
    (0x49, "BLOBHASH", 1, 1),
    (0x4a, "BLOBBASEFEE", 0, 1),
    (0x50, "POP", 1, 0),
    (0x51, "MLOAD", 1, 1),
    (0x52, "MSTORE", 2, 0),
    (0x53, "MSTORE8", 2, 0),
    (0x54, "SLOAD", 1, 1),
    (0x55, "SSTORE", 2, 0),
    (0x56, "JUMP", 1, 0),
    (0x57, "JUMPI", 2, 0),
    (0x58, "PC", 0, 1),
    (0x59, "MSIZE", 0, 1),
    (0x5a, "GAS", 0, 1),
    (0x5b, "JUMPDEST", 0, 0),
    (0x5c, "TLOAD", 1, 1),
    (0x5d, "TSTORE", 2, 0),
    (0x5e, "MCOPY", 3, 0),
    (0xa0, "LOG0", 2, 0),
    (0xa1, "LOG1", 3, 0),
    (0xa2, "LOG2", 4, 0),
    (0xa3, "LOG3", 5, 0),
    (0xa4, "LOG4", 6, 0),
    (0xf0, "CREATE", 3, 1),
    (0xf1, "CALL", 7, 1),
    (0xf2, "CALLCODE", 7, 1),
    (0xf3, "RETURN", 2, 0),
    (0xf4, "DELEGATECALL", 6, 1),
    (0xf5, "CREATE2", 4, 1),
    (0xfa, "STATICCALL", 6, 1),
    (0xfd, "REVERT", 2, 0),
    (0xfe, "INVALID", 0, 0),
    (0xff, "SELFDESTRUCT", 1, 0),
];

const PUSHES: [&str; 33] = [
    "PUSH0", "PUSH1", "PUSH2", "PUSH3", "PUSH4", "PUSH5", "PUSH6", "PUSH7", "PUSH8", "PUSH9", "PUSH10", "PUSH11",
    "PUSH12", "PUSH13", "PUSH14", "PUSH15", "PUSH16", "PUSH17", "PUSH18", "PUSH19", "PUSH20", "PUSH21", "PUSH22",
    "PUSH23", "PUSH24", "PUSH25", "PUSH26", "PUSH27", "PUSH28", "PUSH29", "PUSH30", "PUSH31", "PUSH32",
];
const DUPS: [&str; 16] = [
    "DUP1", "DUP2", "DUP3", "DUP4", "DUP5", "DUP6", "DUP7", "DUP8", "DUP9", "DUP10", "DUP11", "DUP12", "DUP13",
    "DUP14", "DUP15", "DUP16",
];
const SWAPS: [&str; 16] = [
    "SWAP1", "SWAP2", "SWAP3", "SWAP4", "SWAP5", "SWAP6", "SWAP7", "SWAP8", "SWAP9", "SWAP10", "SWAP11", "SWAP12",
    "SWAP13", "SWAP14", "SWAP15", "SWAP16",
];

const fn table() -> [Option<Op>; 256] {
    let mut table = [const { None }; 256];
    let mut at = 0;
    while at < NAMED.len() {
        let (byte, name, takes, puts) = NAMED[at];
        table[byte as usize] = Some(Op { name, takes, puts });
        at += 1;
    }
    at = 0;
    while at < 33 {
        table[0x5f + at] = Some(Op { name: PUSHES[at], takes: 0, puts: 1 });
        at += 1;
    }
    // Taking and putting of these two is done by whoever runs them: they look deeper than they take.
    at = 0;
    while at < 16 {
        table[0x80 + at] = Some(Op { name: DUPS[at], takes: 0, puts: 1 });
        table[0x90 + at] = Some(Op { name: SWAPS[at], takes: 0, puts: 0 });
        at += 1;
    }
    table
}
