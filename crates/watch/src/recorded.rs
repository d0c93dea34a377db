//! Blocks from files: witness files, one block each.
//!
//! A witness file is gzip (or plain) JSON:
//!
//! ```text
//! { "chain": "eip155:1", "block": <eth_getBlockByNumber(n, true)>, "executable": 6,
//!   "pre_state": { "<address>": { "balance", "nonce", "code", "storage" } },
//!   "block_hashes": { "13499797": "0x.." }, "receipts": [ .. ] }
//! ```
//!
//! `executable` says how many transactions from the start of the block the state covers; `receipts` may be missing.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use alloy_primitives::{Address, B256, Bytes, U256};
use async_trait::async_trait;
use facts::{AccountState, Block, ChainId, ChainUpdate, Witness};
use flate2::read::MultiGzDecoder;
use rpc::{
    Form,
    wire::{self, Whole},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use crate::{News, Source, WatchError};

/// A file may unpack to this many bytes; the largest known witnesses have some ten million.
const FILE_MAX: u64 = 512 << 20;
/// How many files one source reads.
const FILES_MAX: usize = 1_000_000;

/// One block from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The chain it is of.
    pub chain: ChainId,
    /// The block with its witness and, where known, receipts.
    pub block: Arc<Block>,
}

/// A source over witness files and folders of them.
///
/// Each file is a chain position of its own: heights have gaps, chains may differ, and nothing is claimed about the
/// parent of a block. Whoever consumes it must not carry state from one commit to the next unless the parent fits,
/// and executes each block on its own witness. Files of a folder come in the order of their heights where their names
/// are numbers, then by name; folders are not searched further down.
pub struct Recorded {
    files: VecDeque<PathBuf>,
    form: Form,
    chain: Option<ChainId>,
}

impl Recorded {
    /// Lists the files; they are read one by one as the source goes on.
    pub fn open(paths: &[PathBuf], form: Form) -> Result<Self, WatchError> {
        let mut files = VecDeque::new();
        for path in paths {
            if !path.is_dir() {
                files.push_back(path.clone());
                continue;
            }
            let mut inside = Vec::new();
            let entries = fs::read_dir(path).map_err(|error| bad(path, format!("cannot be listed: {error}")))?;
            for entry in entries {
                let entry = entry.map_err(|error| bad(path, format!("cannot be listed: {error}")))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.ends_with(".json") || name.ends_with(".json.gz") {
                    inside.push((height(&name), name, entry.path()));
                }
            }
            if inside.is_empty() {
                return Err(bad(path, "holds no witness file: expected names that end in .json or .json.gz".into()));
            }
            inside.sort();
            files.extend(inside.into_iter().map(|(_, _, path)| path));
        }
        if files.len() > FILES_MAX {
            return Err(bad(Path::new("."), format!("more than {FILES_MAX} files: replay them in parts")));
        }
        Ok(Self { files, form, chain: None })
    }

    /// How many files are left.
    pub fn remaining(&self) -> usize {
        self.files.len()
    }

    /// The next block, for callers that do not await.
    pub fn read_next(&mut self) -> Option<Result<Recording, WatchError>> {
        let path = self.files.pop_front()?;
        Some(read(&path, self.form).inspect(|recording| self.chain = Some(recording.chain.clone())))
    }
}

#[async_trait]
impl Source for Recorded {
    async fn next(&mut self) -> Result<Option<News>, WatchError> {
        match self.read_next() {
            Some(recording) => Ok(Some(News::Update(ChainUpdate::Commit(recording?.block)))),
            None => Ok(None),
        }
    }

    fn chain(&self) -> Option<&ChainId> {
        self.chain.as_ref()
    }
}

/// Names that are numbers in front, by height; the rest after them.
fn height(name: &str) -> u64 {
    name.split('.').next().and_then(|stem| stem.parse().ok()).unwrap_or(u64::MAX)
}

#[derive(Deserialize)]
#[serde(expecting = "a witness of one block")]
struct RawWitness {
    chain: ChainId,
    block: Box<RawValue>,
    executable: u32,
    pre_state: BTreeMap<Address, RawAccount>,
    #[serde(default)]
    block_hashes: BTreeMap<Height, B256>,
    #[serde(default)]
    receipts: Option<Box<RawValue>>,
}

/// A height as a key: decimal, or hexadecimal with `0x`. Recordings are written both ways.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Height(u64);

impl<'de> Deserialize<'de> for Height {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let height = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        height.map(Height).map_err(|_| D::Error::custom(format!("`{text}` is not a block height")))
    }
}

#[derive(Deserialize)]
struct RawAccount {
    balance: Whole<U256>,
    nonce: Whole<u64>,
    #[serde(default)]
    code: Bytes,
    #[serde(default)]
    storage: BTreeMap<U256, U256>,
}

impl From<RawAccount> for AccountState {
    fn from(raw: RawAccount) -> Self {
        AccountState { balance: raw.balance.0, nonce: raw.nonce.0, code: raw.code, storage: raw.storage }
    }
}

fn read(path: &Path, form: Form) -> Result<Recording, WatchError> {
    let text = unpack(path)?;
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let raw: RawWitness = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| bad(path, format!("is not a witness file: `{}`: {}", error.path(), error.inner())))?;
    deserializer.end().map_err(|error| bad(path, format!("is not a witness file: {error}")))?;
    let wrong = |error: wire::WireError| bad(path, format!("{error}: fetch the block again from a node"));
    let mut block = wire::block(&raw.block, form).map_err(wrong)?;
    let count = u32::try_from(block.txs.len()).unwrap_or(u32::MAX);
    if raw.executable > count {
        let why = format!("`executable` is `{}` but the block has `{count}` transactions", raw.executable);
        return Err(bad(path, why));
    }
    if let Some(receipts) = raw.receipts.filter(|receipts| receipts.get() != "null") {
        let receipts = wire::receipts(&receipts).map_err(wrong)?;
        if receipts.len() > block.txs.len() {
            let why = format!("has `{}` receipts but `{count}` transactions", receipts.len());
            return Err(bad(path, why));
        }
        block.receipts = Some(Arc::new(receipts));
    }
    block.witness = Some(Arc::new(Witness {
        executable: raw.executable,
        pre_state: raw.pre_state.into_iter().map(|(address, account)| (address, account.into())).collect(),
        block_hashes: raw.block_hashes.into_iter().map(|(height, hash)| (height.0, hash)).collect(),
    }));
    Ok(Recording { chain: raw.chain, block: Arc::new(block) })
}

fn unpack(path: &Path) -> Result<String, WatchError> {
    let file = fs::File::open(path).map_err(|error| bad(path, format!("cannot be opened: {error}")))?;
    let mut reader = BufReader::new(file);
    let packed = std::io::BufRead::fill_buf(&mut reader)
        .map_err(|error| bad(path, format!("cannot be read: {error}")))?
        .starts_with(&[0x1f, 0x8b]);
    let mut text = String::new();
    let read = if packed {
        MultiGzDecoder::new(reader).take(FILE_MAX + 1).read_to_string(&mut text)
    } else {
        reader.take(FILE_MAX + 1).read_to_string(&mut text)
    };
    let size = read.map_err(|error| bad(path, format!("is broken ({error}): copy or record it again")))?;
    if u64::try_from(size).unwrap_or(u64::MAX) > FILE_MAX {
        return Err(bad(path, format!("unpacks to more than {FILE_MAX} bytes: it is no witness of one block")));
    }
    Ok(text)
}

fn bad(path: &Path, why: String) -> WatchError {
    WatchError::Recorded { path: path.display().to_string(), why }
}
