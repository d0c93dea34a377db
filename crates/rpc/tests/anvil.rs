//! The door in front of a real node.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[allow(dead_code)]
#[path = "../../watch/tests/live/anvil.rs"]
mod anvil;
#[allow(dead_code)]
#[path = "../../watch/tests/live/fake.rs"]
mod fake;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use alloy_primitives::{Address, B256, Bytes, U256, address, hex};
use anvil::Anvil;
use facts::{ChainId, TxRequest};
use fake::{Spoil, fake};
use rpc::{Blocking, Called, EndpointConfig, Form, Node, NodeOptions, Nonce, Recorder, RpcError, Served, Tag};
use serde_json::{Value, json};

const BEEF: Address = address!("0x000000000000000000000000000000000000beef");
const STORE: Address = address!("0x0000000000000000000000000000000000005704");

fn node(url: &str, options: NodeOptions) -> Arc<Node> {
    Arc::new(Node::new(ChainId::eip155(31337), vec![EndpointConfig::new(url)], options).unwrap())
}

/// A contract that stores its call value in slot 0 and logs it; without value it reverts with the bytes `dead`.
async fn scene() -> Option<Anvil> {
    let anvil = Anvil::start(&["--no-mining"])?;
    let code = hex::encode_prefixed(assemble());
    anvil.ask("anvil_setCode", json!([STORE, code])).await;
    anvil.mine(1).await;
    let accounts = anvil.ask("eth_accounts", json!([])).await;
    let tx = json!([{ "from": accounts[0], "to": STORE, "value": "0x2a", "gas": "0x186a0" }]);
    anvil.ask("eth_sendTransaction", tx).await;
    anvil.send(7).await;
    anvil.mine(1).await;
    Some(anvil)
}

fn assemble() -> Vec<u8> {
    let mut code = hex!("34 60 0f 57").to_vec(); // CALLVALUE PUSH1 15 JUMPI
    code.extend(hex!("61 dead 5f 52 60 02 60 1e fd")); // PUSH2 dead PUSH0 MSTORE PUSH1 2 PUSH1 30 REVERT
    code.extend(hex!("00")); // padding up to 15
    assert_eq!(code.len(), 15);
    code.extend(hex!("5b 34 5f 55 34 5f 52 60 20 5f a0 00")); // JUMPDEST, slot 0 = value, log it, STOP
    code
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn state_is_pinned_by_hash() {
    let Some(anvil) = scene().await else { return };
    for url in [anvil.http(), anvil.ws()] {
        let node = node(&url, NodeOptions::default());
        let refs = node.refs(&[1, 2, 99]).await.unwrap();
        let (before, after) = (refs[0].as_ref().unwrap().hash, refs[1].as_ref().unwrap().hash);
        assert_eq!(refs[2], None, "a height beyond the tip");
        let slot = (STORE, U256::ZERO);
        assert_eq!(node.slots(before, &[slot]).await.unwrap(), [U256::ZERO]);
        assert_eq!(node.slots(after, &[slot, (BEEF, U256::from(1))]).await.unwrap(), [U256::from(42), U256::ZERO]);
        let accounts = node.accounts(after, &[STORE, BEEF]).await.unwrap();
        assert_eq!(accounts[0].code, Bytes::from(assemble()));
        assert_eq!((accounts[0].balance, accounts[1].balance), (U256::from(42), U256::from(7)));
        assert_eq!(node.account(before, BEEF).await.unwrap().balance, U256::ZERO);
        let unknown = node.accounts(B256::repeat_byte(1), &[BEEF]).await.unwrap_err();
        assert!(matches!(unknown, RpcError::Missing { .. }), "{unknown}");
        let blocking = Blocking::new(node.clone(), tokio::runtime::Handle::current());
        let read =
            tokio::task::spawn_blocking(move || (blocking.state(after, &[BEEF], &[slot]), blocking.block_hash(2)));
        let (state, hash) = read.await.unwrap();
        let (accounts, slots) = state.unwrap();
        assert_eq!((accounts[0].balance, slots, hash.unwrap()), (U256::from(7), vec![U256::from(42)], after));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_receipts_and_traces_fit_together() {
    let Some(anvil) = scene().await else { return };
    let node = node(&anvil.http(), NodeOptions::default());
    let block = node.block_by_number(2).await.unwrap().unwrap();
    assert_eq!(node.block_by_hash(block.header.hash).await.unwrap().unwrap(), block);
    // More transactions than fit into one batch are asked for apart, and are the same block.
    let limits = rpc::Limits { batch: 1, ..rpc::Limits::default() };
    let sparing = EndpointConfig { limits, ..EndpointConfig::new(anvil.http()) };
    let sparing = Node::new(ChainId::eip155(31337), vec![sparing], NodeOptions::default()).unwrap();
    assert_eq!(sparing.block_by_hash(block.header.hash).await.unwrap().unwrap(), block);
    for (index, tx) in block.txs.iter().enumerate() {
        let shown = std::sync::Mutex::new(Vec::new());
        let around = sparing.block_around(block.header.hash, index as u64, |part| shown.lock().unwrap().push(part));
        assert_eq!(around.await.unwrap().unwrap(), block);
        let shown = shown.into_inner().unwrap();
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].header, block.header);
        assert_eq!(shown[0].txs, std::slice::from_ref(tx), "{index}");
    }
    let beyond = sparing.block_around(block.header.hash, 7, |_| ()).await;
    assert_eq!(beyond.unwrap().unwrap(), block, "a place that the block does not have");
    assert_eq!(node.block_by_number(3).await.unwrap(), None);
    assert_eq!(node.block_by_hash(B256::repeat_byte(1)).await.unwrap(), None);
    let receipts = node.receipts(&block).await.unwrap();
    assert_eq!(receipts.len(), 2);
    let logs: usize = receipts.iter().map(|receipt| receipt.logs.len()).sum();
    assert_eq!(logs, 1);
    let state = node.prestate(&block).await.unwrap();
    assert_eq!(state[&STORE].code, Bytes::from(assemble()));
    assert_eq!(state[&STORE].storage[&U256::ZERO], U256::ZERO, "the slot before the block");
    assert_eq!(state[&BEEF].balance, U256::ZERO, "the balance before the block");
    let calls = node.call_traces(&block).await.unwrap();
    let stored = calls.iter().find(|call| call.to == Some(STORE)).unwrap();
    assert_eq!((stored.kind.as_str(), stored.value, &stored.error), ("CALL", U256::from(42), &None));
    let landed = node.transaction_receipt(block.txs[0].hash).await.unwrap().unwrap();
    assert_eq!((landed.block_number, landed.block_hash), (2, block.header.hash));
    assert_eq!(node.transaction_receipt(B256::repeat_byte(1)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_return_or_revert_and_fees_are_told() {
    let Some(anvil) = scene().await else { return };
    let node = node(&anvil.ws(), NodeOptions::default());
    let head = node.head(Tag::Latest).await.unwrap().unwrap();
    let call = TxRequest { to: Some(STORE), value: U256::from(0), ..TxRequest::default() };
    let reverted = node.call(head.at.hash, &call).await.unwrap();
    assert!(matches!(&reverted, Called::Reverted { data, .. } if data.as_ref() == hex!("dead")), "{reverted:?}");
    let view = TxRequest { to: Some(BEEF), ..TxRequest::default() };
    assert_eq!(node.call(head.at.hash, &view).await.unwrap(), Called::Returned(Bytes::new()));
    let fees = node.fee_history(2, &[50]).await.unwrap();
    assert_eq!((fees.base_fees.len(), fees.rewards.len()), (3, 2));
    assert!(node.gas_price().await.unwrap() > 0);
    let sender = node.block_by_number(2).await.unwrap().unwrap().txs[0].from;
    assert_eq!(node.nonce(sender, Nonce::Latest).await.unwrap(), 2);
    assert_eq!(node.estimate_gas(&view).await.unwrap(), 21_000);
    let refused = node.send_raw_transaction(&Bytes::from_static(b"nonsense")).await.unwrap_err();
    assert!(matches!(refused, RpcError::Refused { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn capabilities_are_probed_with_shapes() {
    let Some(anvil) = scene().await else { return };
    let node = node(&anvil.ws(), NodeOptions::default());
    let served = node.capabilities().await.unwrap();
    assert!(served.client_version.starts_with("anvil"), "{served:?}");
    assert!(served.new_heads);
    assert_eq!(
        [served.block_receipts, served.prestate, served.call_tracer, served.finalized],
        [Served::Yes; 4],
        "{served:?}"
    );
    assert_eq!(served.anvil_fork.as_deref(), Some("Bpo1"));
    assert!(served.fork_config.is_some());
    let mut heads = node.heads().await.unwrap();
    anvil.mine(1).await;
    assert_eq!(heads.next().await.unwrap().unwrap().number, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_answers_as_the_node_did() {
    let Some(anvil) = scene().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl.gz");
    let recorder = Arc::new(Recorder::create(&path).unwrap());
    let live = node(&anvil.http(), NodeOptions { recorder: Some(recorder.clone()), ..NodeOptions::default() });
    let block = live.block_by_number(2).await.unwrap().unwrap();
    let slots = live.slots(block.header.hash, &[(STORE, U256::ZERO)]).await.unwrap();
    recorder.finish().unwrap();
    drop(anvil);
    let replay = node(&format!("recording:{}", path.display()), NodeOptions::default());
    assert_eq!(replay.block_by_number(2).await.unwrap().unwrap(), block);
    assert_eq!(replay.slots(block.header.hash, &[(STORE, U256::ZERO)]).await.unwrap(), slots);
    let unasked = replay.block_by_number(1).await.unwrap_err().to_string();
    assert!(unasked.contains("holds no answer to `eth_getBlockByNumber` with [\"0x1\",true]"), "{unasked}");
    assert!(Recorder::create(&path).is_err(), "a recording is never overwritten");
    assert!(broken_recording(folder.path()).contains("line 1: "), "{}", broken_recording(folder.path()));
}

fn broken_recording(folder: &Path) -> String {
    let path = folder.join("broken.jsonl.gz");
    std::fs::write(&path, b"no gzip").unwrap();
    let config = EndpointConfig::new(format!("recording:{}", path.display()));
    Node::new(ChainId::eip155(1), vec![config], NodeOptions::default()).err().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_tell_much_at_once_tells_it_bit_by_bit() {
    const AT_ONCE: [&str; 2] = ["eth_getAccountInfo", "eth_getStorageValues"];
    let Some(anvil) = scene().await else { return };
    let best = node(&anvil.http(), NodeOptions::default());
    let after = best.refs(&[2]).await.unwrap()[0].as_ref().unwrap().hash;
    let accounts = best.accounts(after, &[STORE, BEEF]).await.unwrap();
    assert_eq!(accounts[0].code, Bytes::from(assemble()));
    let of = [(STORE, U256::from(1)), (BEEF, U256::ZERO), (STORE, U256::ZERO)];
    let slots = best.slots(after, &of).await.unwrap();
    assert!(!slots[2].is_zero() && slots[..2] == [U256::ZERO; 2], "{slots:?}");
    // Not every node says in the same words that it does not know a question.
    let short = json!({ STORE.to_string(): ["0x0"], BEEF.to_string(): ["0x0"] });
    let long = json!({ STORE.to_string(): ["0x0", "0x1", "0x2"], BEEF.to_string(): ["0x0"] });
    let answers = [
        Spoil::Unsupported,
        Spoil::Result(Value::Null),
        Spoil::Result(json!({ "balance": "0x0" })),
        Spoil::Result(short),
        Spoil::Result(long),
    ];
    for spoil in answers {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let rule = move |method: &str, _: &Value, _: &Value| {
            if !AT_ONCE.contains(&method) {
                return Spoil::Keep;
            }
            count.fetch_add(1, Ordering::SeqCst);
            spoil.clone()
        };
        let other = node(&fake(anvil.http(), rule).await, NodeOptions::default());
        for _ in 0..2 {
            assert_eq!(other.accounts(after, &[STORE, BEEF]).await.unwrap(), accounts);
            assert_eq!(other.slots(after, &of).await.unwrap(), slots);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 3, "it is asked once: for two accounts, and for all slots");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_names_its_chain_and_strangers_are_refused() {
    let Some(anvil) = Anvil::start(&[]) else { return };
    let found = Node::found(vec![EndpointConfig::new(anvil.http())], None, |_| Form::Ethereum).await.unwrap();
    assert_eq!(*found.chain(), ChainId::eip155(31337));
    let solana: ChainId = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp".parse().unwrap();
    let error = Node::new(solana, vec![EndpointConfig::new(anvil.http())], NodeOptions::default()).err().unwrap();
    assert!(error.to_string().contains("only EVM chains"), "{error}");
    assert!(Node::new(ChainId::eip155(1), Vec::new(), NodeOptions::default()).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_in_addresses_are_in_no_error() {
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let Some(anvil) = Anvil::start(&[]) else { return };
    // Nobody listens on the first port; anvil refuses a path it does not know.
    for url in [
        format!("http://me:SECRET@127.0.0.1:{port}/SECRET?key=SECRET"),
        format!("ws://127.0.0.1:{port}/SECRET"),
        format!("{}/SECRET/path", anvil.http()),
        format!("ws://me:SECRET@127.0.0.1:{port}"),
        "ipc:/nowhere/SECRET/node.ipc".to_owned(),
    ] {
        let backoff = rpc::Backoff { retries: 0, ..rpc::Backoff::default() };
        let options = NodeOptions { backoff, ..NodeOptions::default() };
        let error = match Node::new(ChainId::eip155(31337), vec![EndpointConfig::new(&url)], options) {
            Ok(node) => node.head(Tag::Latest).await.unwrap_err(),
            Err(error) => error,
        };
        let told = format!("{error} {error:?}");
        println!("{told}");
        assert!(!told.contains("SECRET"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_keep_to_the_rate() {
    let Some(anvil) = scene().await else { return };
    let limits = rpc::Limits { requests_per_second: 10, batch: 1, ..rpc::Limits::default() };
    let config = EndpointConfig { limits, ..EndpointConfig::new(anvil.http()) };
    let node = Node::new(ChainId::eip155(31337), vec![config], NodeOptions::default()).unwrap();
    let began = std::time::Instant::now();
    let heights = vec![1; 15];
    assert_eq!(node.refs(&heights).await.unwrap().len(), 15);
    // One more request asks for the chain; sixteen at ten a second need a second window.
    assert!(began.elapsed() >= std::time::Duration::from_millis(900), "{:?}", began.elapsed());
}
