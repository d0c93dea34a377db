//! Transactions and blocks that need more than a call: delegations, blobs, what a block does before its first transaction,
//! and what the transactions before it did.

use alloy_primitives::{Address, U256, address, hex};
use expect_test::expect;
use facts::FrameStatus;
use serde_json::json;

use crate::{
    analysed,
    anvil::Anvil,
    lore, part,
    scene::{Scene, call, word},
    signed::{delegating, with_blob},
    told,
};

async fn sent(node: &Anvil, raw: &str) -> String {
    node.ask("eth_sendRawTransaction", json!([raw])).await.as_str().unwrap().to_owned()
}

async fn receipt(node: &Anvil, tx: &str) -> serde_json::Value {
    node.ask("eth_getTransactionReceipt", json!([tx])).await
}

async fn nonce(node: &Anvil, account: Address) -> u64 {
    crate::scene::number(&node.ask("eth_getTransactionCount", json!([account, "latest"])).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_given_foreign_code() {
    let Some(scene) = Scene::set().await else { return };
    let (sender, victim) = (scene.accounts[2], scene.accounts[0]);
    let nonces = (nonce(&scene.node, sender).await, nonce(&scene.node, victim).await);
    // The victim's account runs the thief's code from now on, and is called at once.
    let raw = delegating(
        (2, nonces.0),
        (0, nonces.1),
        scene.thief,
        victim,
        &hex::decode(&call("owner()", &[])[2..]).unwrap(),
    );
    let tx = sent(&scene.node, &raw).await;
    scene.node.mine(1).await;
    assert_eq!(receipt(&scene.node, &tx).await["type"], "0x4");
    let analysis = analysed(&scene.node, lore(None, &["Attacker"]), &tx, &[]).await;
    assert_eq!(analysis.blind, Vec::<String>::new());
    let text = told(&analysis);
    assert!(text.contains("form        set-code transaction (EIP-7702)"), "{text}");
    expect![[r#"
        STORY
          - 0x3C44…93BC called the function owner of 0xf39F…2266. [#0]
          * 0xf39F…2266 runs the code of 0x663F…6602 from now on (EIP-7702): whoever calls it acts with all
            that it has. [#0]
          - It cost 0.000051… ETH of gas.
        DELEGATIONS (EIP-7702)
          0xf39F…2266  runs the code of 0x663F…6602
        CALLS
          #0 0xf39F…2266 owner() → 0x3C44…93BC
    "#]]
    .assert_eq(&[part(&text, "STORY"), part(&text, "DELEGATIONS"), part(&text, "CALLS")].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blobs_cost_what_they_cost() {
    let Some(node) = Anvil::start(&["--no-mining", "--hardfork", "prague"]) else { return };
    let scene = Scene::on(node, None).await;
    let sender = scene.accounts[2];
    let tx = sent(&scene.node, &with_blob((2, nonce(&scene.node, sender).await), scene.thief)).await;
    scene.node.mine(1).await;
    let receipt = receipt(&scene.node, &tx).await;
    assert_eq!(receipt["type"], "0x3", "{receipt}");
    let analysis = analysed(&scene.node, lore(None, &[]), &tx, &[]).await;
    assert_eq!(analysis.blind, Vec::<String>::new());
    let fees = &analysis.told.as_ref().unwrap().fees;
    let field =
        |name: &str| U256::from_str_radix(receipt[name].as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    assert_eq!(fees.blobs, field("blobGasUsed") * field("blobGasPrice"));
    assert_eq!(fees.gas, field("gasUsed") * field("effectiveGasPrice"));
    expect![[r#"
        STORY
          - 0x3C44…93BC called 0x663F…6602 without a function, and brought 1 blob. [#0]
          - It cost 0.000032… ETH of gas and 0.00000000000013… ETH for blobs.
    "#]]
    .assert_eq(part(&told(&analysis), "STORY"));
}

/// Code that answers with what another contract answers to the same words.
fn asks(contract: Address) -> String {
    // PUSH0s, CALLDATASIZE, CALLDATACOPY; STATICCALL(gas, contract, 0, calldatasize, 0, 32); MSTORE the outcome; SSTORE.
    let code = format!("365f5f3760205f365f73{contract:x}5afa505f515f5500");
    let length = code.len() / 2;
    format!("0x60{length:02x}80600a5f395ff3fe{code}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_writes_before_its_first_transaction() {
    let Some(scene) = Scene::set().await else { return };
    let deployer = scene.accounts[0];
    // EIP-2935: the hash of the block before, which the block itself has just written down.
    let history = address!("0000F90827F1C53a10cb7A02335B175320002935");
    let code = scene.node.ask("eth_getCode", json!([history, "latest"])).await;
    let asker = scene.create(deployer, &asks(history)).await;
    let height = scene.node.height().await;
    let tx = scene.send(0, Some(asker), 0, &format!("0x{}", word(height))).await;
    scene.node.mine(1).await;
    let analysis = analysed(&scene.node, lore(None, &[]), &tx, &[]).await;
    assert_eq!(analysis.blind, Vec::<String>::new());
    let told = analysis.told.unwrap();
    assert_eq!(told.status, FrameStatus::Success);
    let answered = told.calls.iter().find(|call| call.to.address == history).and_then(|call| call.output.clone());
    let answered = answered.unwrap_or_default();
    if code == "0x" {
        println!("this node has no history contract: what it answers is nothing, here as there");
        assert!(answered.is_empty());
    } else {
        assert_eq!(hex::encode_prefixed(&answered), scene.node.hash(height).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_before_it_in_its_block_is_done_first() {
    let Some(scene) = Scene::set().await else { return };
    // In one block: somebody puts ether in, and takes more out than there was before.
    scene.send(3, Some(scene.vault), 300 * crate::scene::ETHER, &call("depositEther()", &[])).await;
    let out =
        scene.send(3, Some(scene.vault), 0, &call("withdrawEther(uint256)", &[word(450 * crate::scene::ETHER)])).await;
    scene.node.mine(1).await;
    assert_eq!(receipt(&scene.node, &out).await["transactionIndex"], "0x1");
    let analysis = analysed(&scene.node, lore(None, &["Vault"]), &out, &[]).await;
    assert_eq!((analysis.blind, analysis.told.unwrap().status), (Vec::new(), FrameStatus::Success));
}
