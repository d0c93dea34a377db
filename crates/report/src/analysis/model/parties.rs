//! Who took part, and the single steps of frames that were asked for.

use facts::{AccountId, Bytes};
use serde::Serialize;

/// An account that took part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AccountRow {
    /// What it is called here: its name in `protocol.toml`, its first label, what it does in the transaction.
    pub name: Option<String>,
    /// The address, shortened so that no two of this transaction look the same.
    pub short: String,
    /// What it does in the transaction: `sender`, `recipient`, `created`, `builder`, `token`, `pool`, `precompile`.
    pub roles: Vec<&'static str>,
    /// What others call it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelRow>,
    /// The code that it hands its calls on to, if it is a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub implementation: Option<AccountId>,
    /// By which standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<&'static str>,
    /// Bytes of its code, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_bytes: Option<usize>,
    /// Functions that its code tells apart, for code that nothing else is known of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
}

/// What somebody calls an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelRow {
    /// The name.
    pub name: String,
    /// Who says so.
    pub source: String,
    /// When.
    pub date: Option<String>,
}

/// A token as it calls itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRow {
    /// Its symbol. A stranger wrote it.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

/// Steps of one frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepsRow {
    /// The frame.
    pub frame: u32,
    /// How many steps it had.
    pub of: u64,
    /// The first of them.
    pub steps: Vec<StepRow>,
}

/// One instruction. Words are hexadecimal without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepRow {
    /// Where in the code.
    pub pc: u32,
    /// The instruction's name.
    pub op: String,
    /// Gas left before it.
    pub gas: u64,
    /// What it cost. For a call or creation that includes the gas it hands on.
    pub cost: u64,
    /// The top of the stack before it, topmost first.
    pub stack: Vec<String>,
    /// How many words the stack held.
    pub stack_len: u32,
    /// Bytes of memory before it.
    pub memory_len: u32,
    /// Where in memory it wrote, and what stood there afterwards.
    pub memory: Option<(u32, Bytes)>,
    /// The slot it read or wrote, and the value there afterwards.
    pub storage: Option<(String, String)>,
}
