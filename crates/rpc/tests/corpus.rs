//! Real blocks: everything that their headers promise has to follow from our words.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{fs, io::Read, path::PathBuf};

use facts::{Block, Receipt};
use rpc::{
    Form,
    wire::{self, raw},
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Byzantium on mainnet: receipts carry a status from here on.
const BYZANTIUM: u64 = 4_370_000;

#[derive(Deserialize)]
struct Witness {
    block: Box<RawValue>,
    executable: usize,
    receipts: Box<RawValue>,
}

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("BREAKGLASS_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no corpus at {} (set BREAKGLASS_CORPUS)", folder.display());
        return None;
    }
    Some(folder)
}

fn read(path: &PathBuf) -> Witness {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What the chain hashes says all that we know of a block, senders among it.
fn there_and_back(block: &Block, receipts: &[Receipt]) {
    let mut header = raw::header_from(&raw::header_bytes(&block.header)).unwrap();
    assert_eq!(header.ommers, block.header.ommers.min(1));
    header.ommers = block.header.ommers;
    assert_eq!(header, block.header);
    let txs = raw::transactions_bytes(&block.txs).unwrap();
    assert_eq!(raw::transactions_from(&txs).unwrap(), block.txs);
    assert_eq!(raw::withdrawals_from(&raw::withdrawals_bytes(&block.withdrawals)).unwrap(), block.withdrawals);
    match raw::receipts_bytes(&block.txs, receipts) {
        Some(bytes) => assert_eq!(raw::receipts_from(&block.txs, &bytes).unwrap(), receipts),
        None => assert!(block.header.number < BYZANTIUM),
    }
    raw::check(block).unwrap();
}

#[test]
fn mainnet_blocks_prove_themselves() {
    let Some(corpus) = corpus() else { return };
    let mut files: Vec<_> = fs::read_dir(corpus.join("mainnet")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.push(corpus.join("exploits/2021-10-27-cream.json.gz"));
    let (mut blocks, mut txs, mut roots, mut senders) = (0, 0, 0, 0);
    for path in files {
        let witness = read(&path);
        // Block hash, each transaction's hash, transactions root and withdrawals root are proved in here.
        let block = wire::block(&witness.block, Form::Ethereum).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let receipts = wire::receipts(&witness.receipts).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        blocks += 1;
        txs += block.txs.len();
        if let Some(last) = block.txs.last() {
            assert_eq!(wire::sender(last), Some(last.from), "{path:?}");
            senders += 1;
        }
        there_and_back(&block, &receipts);
        let whole = witness.executable == block.txs.len();
        if whole && block.header.number >= BYZANTIUM {
            wire::check_receipts(&block, &receipts).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            roots += 1;
        }
    }
    println!("{blocks} blocks, {txs} transactions, {roots} receipts roots, {senders} senders");
    assert!(blocks >= 43 && txs > 11_135 && roots >= 30, "{blocks} blocks, {txs} txs, {roots} roots");
}

#[test]
fn recorded_receipts_of_a_node_are_read() {
    #[derive(Deserialize)]
    struct Case {
        response: Answer,
    }
    #[derive(Deserialize)]
    struct Answer {
        result: Option<Box<RawValue>>,
    }
    let Some(corpus) = corpus() else { return };
    let mut lists = 0;
    let mut seen = 0;
    for entry in fs::read_dir(corpus.join("rpc/eth_getBlockReceipts")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let cases: Vec<Case> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for case in cases {
            let Some(result) = case.response.result.filter(|result| result.get() != "null") else { continue };
            let receipts = wire::receipts(&result).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            lists += 1;
            seen += receipts.len();
        }
    }
    println!("{lists} lists, {seen} receipts");
    assert!(lists > 0 && seen > 0);
}
