//! What nodes and recordings say.

use std::sync::LazyLock;

use rpc::{Form, wire};
use serde_json::value::RawValue;

use super::{TempFile, text};

static MAINNET: LazyLock<(facts::ChainId, trace::Environment)> = LazyLock::new(|| {
    let atlas = atlas::Atlas::embedded();
    let chain = atlas.chain(&facts::ChainId::eip155(1)).expect("the atlas knows mainnet");
    (chain.id.clone(), trace::Environment::of(chain).expect("mainnet is an EVM chain"))
});

pub fn block(data: &[u8]) {
    let Some(json) = text(data).and_then(|text| serde_json::from_str::<&RawValue>(text).ok()) else { return };
    for form in [Form::Ethereum, Form::Devnet, Form::Foreign] {
        if let Ok(block) = wire::block(json, form) {
            // Whatever was proved can be written and read again.
            if form == Form::Ethereum {
                let bytes =
                    wire::raw::transactions_bytes(&block.txs).expect("transactions that were proved have a form");
                assert_eq!(wire::raw::transactions_from(&bytes).expect("what was written is read"), block.txs);
            }
            block.txs.iter().for_each(|tx| _ = wire::sender(tx));
        }
        drop(wire::header(json, form));
    }
    drop(wire::receipts(json));
    drop(wire::waiting(json, 1));
}

pub fn calls(data: &[u8]) {
    let Some(json) = text(data).and_then(|text| serde_json::from_str::<&RawValue>(text).ok()) else { return };
    let nested = wire::call_from(json).ok();
    let flat = wire::call_from_flat(json, facts::B256::ZERO).ok();
    let of_block = wire::calls_from(json).unwrap_or_default().into_iter().map(|(_, call)| call);
    drop(wire::prestates_from(json));
    let (id, env) = &*MAINNET;
    for call in nested.into_iter().chain(flat).chain(of_block) {
        let block = facts::Block { txs: vec![facts::Tx::default()], ..Default::default() };
        let at = block.at(id);
        drop(trace::from_calls_alone(env, &at, &block, &[call]));
    }
}

pub fn rlp(data: &[u8]) {
    if let Ok(header) = wire::raw::header_from(data) {
        assert_eq!(wire::raw::header_bytes(&header), data, "a header has one form");
    }
    if let Ok(txs) = wire::raw::transactions_from(data) {
        assert_eq!(wire::raw::transactions_bytes(&txs).expect("what was read can be written"), data);
        drop(wire::raw::receipts_from(&txs, data));
    }
    if let Ok(list) = wire::raw::withdrawals_from(data) {
        assert_eq!(wire::raw::withdrawals_bytes(&list), data);
    }
    if let Ok(list) = wire::raw::list_from("list", data) {
        assert_eq!(wire::raw::list_bytes(&list), data);
    }
}

pub fn recording(data: &[u8]) {
    // A packed file of a few bytes may hold half a gigabyte, which is bounded and would take all the time there is.
    if data.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let file = TempFile::new("block.json", data);
    let mut source = watch::Recorded::open(std::slice::from_ref(&file.0), Form::Ethereum).expect("the file is there");
    while let Some(read) = source.read_next() {
        drop(read);
    }
}
