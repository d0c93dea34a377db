//! Single instructions, of frames that somebody asked to see.

use alloy_primitives::{Bytes, U256};
use serde::{Deserialize, Serialize};

/// The steps of one frame.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// The frame's index.
    pub frame: u32,
    /// Its steps in order, as many as were kept.
    pub steps: Vec<Step>,
    /// How many steps the frame had in all.
    pub of: u64,
}

/// One instruction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where in the code.
    pub pc: u32,
    /// Its opcode.
    pub op: u8,
    /// Its name; empty for an opcode that is none.
    pub name: String,
    /// Gas left before it.
    pub gas: u64,
    /// What it cost. For a call or creation that includes the gas it hands on.
    pub cost: u64,
    /// The top of the stack before it, topmost first.
    pub stack: Vec<U256>,
    /// How many words the stack held.
    pub stack_len: u32,
    /// Bytes of memory before it.
    pub memory_len: u32,
    /// Where in memory it wrote, and what stood there afterwards.
    pub memory: Option<(u32, Bytes)>,
    /// The slot it read or wrote, and the value there afterwards.
    pub storage: Option<(U256, U256)>,
}
