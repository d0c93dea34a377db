//! Attacks of the past as trees of calls, without logs and without state: `{from,to,value,type,input,output,calls}`.

use std::{fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, Result};
use facts::{Address, Block, BlockFacts, BlockRef, Bytes, Header, Tx, U256};
use flate2::read::GzDecoder;
use rpc::CallTrace;
use serde::Deserialize;
use trace::Environment;

/// The largest tree that is read, in bytes of JSON.
const TREE_BYTES_MAX: u64 = 256 << 20;

/// What is known about a tree.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    /// What the incident is called.
    pub name: String,
    /// The day.
    pub date: String,
    /// `ethereum` or `bsc`.
    pub chain: String,
    /// The transaction's hash.
    pub tx: String,
    /// Who is said to have done it.
    pub attacker: Option<String>,
    /// Who is said to have suffered it.
    pub victim: Option<String>,
    /// How it was done, in somebody's words.
    pub category: Option<String>,
    /// What was lost, in somebody's words.
    pub loss: Option<String>,
}

#[derive(Deserialize)]
struct Call {
    from: Address,
    to: Option<Address>,
    value: Option<U256>,
    #[serde(rename = "type")]
    kind: String,
    input: Option<Bytes>,
    output: Option<Bytes>,
    error: Option<String>,
    #[serde(default)]
    calls: Vec<Call>,
}

impl From<Call> for CallTrace {
    fn from(call: Call) -> Self {
        Self {
            kind: call.kind,
            from: call.from,
            to: call.to,
            value: call.value.unwrap_or_default(),
            gas: 0,
            gas_used: 0,
            input: call.input.unwrap_or_default(),
            output: call.output.unwrap_or_default(),
            error: call.error,
            calls: call.calls.into_iter().map(Self::from).collect(),
        }
    }
}

/// The labels of a folder of trees, in order.
///
/// # Errors
/// If its `index.json` cannot be read.
pub fn labels(folder: &Path) -> Result<Vec<Label>> {
    let path = folder.join("index.json");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

/// The contracts that wrap the native coins of the chains of the trees.
fn wrapped() -> Vec<Address> {
    use alloy_primitives::address;
    vec![crate::WETH, address!("bb4CdB9CBd36B01bD1cBaEBF2De08d9173bc095c")]
}

/// The facts of one tree, as of a block of its own.
///
/// # Errors
/// If it cannot be read.
pub fn read(folder: &Path, label: &Label, at: &BlockRef) -> Result<BlockFacts> {
    let path = folder.join(format!("{}.json.gz", label.tx));
    let file = File::open(&path).with_context(|| path.display().to_string())?;
    let mut text = String::new();
    GzDecoder::new(file).take(TREE_BYTES_MAX).read_to_string(&mut text)?;
    // A call of each level nests twice; the EVM goes 1,024 deep.
    let mut json = serde_json::Deserializer::from_str(&text);
    json.disable_recursion_limit();
    let call = Call::deserialize(&mut json).with_context(|| path.display().to_string())?;
    let tx = Tx {
        hash: label.tx.parse()?,
        from: call.from,
        to: call.to.filter(|_| !call.kind.starts_with("CREATE")),
        value: call.value.unwrap_or_default(),
        input: call.input.clone().unwrap_or_default(),
        ..Tx::default()
    };
    let header = Header { number: at.number, hash: at.hash, parent: at.parent, ..Header::default() };
    let block = Block { header, txs: vec![tx], ..Block::default() };
    let env = Environment { chain_number: 1, wrapped: wrapped() };
    trace::from_calls_alone(&env, at, &block, &[call.into()]).map_err(anyhow::Error::msg)
}
