//! Blocks that are lost: below the first that was told, and below everything that is remembered.

use serde_json::json;
use store::StoreError;

use crate::{
    anvil::Anvil,
    followed::{Followed, chain},
};

/// Every block of the book that stands is the node's, without a gap, up to `head`.
async fn agrees(followed: &Followed, node: &Anvil, from: u64, head: u64) -> Result<(), StoreError> {
    let mut ring = followed.store.ring(&chain(), 256).await?;
    ring.reverse();
    assert_eq!(ring.iter().map(|block| block.number).collect::<Vec<_>>(), (from..=head).collect::<Vec<_>>());
    for block in ring {
        assert_eq!(block.hash.to_string(), node.hash(block.number).await, "block {}", block.number);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_below_the_first_block_that_was_told_is_followed() {
    let Some(node) = Anvil::start(&[]) else { return };
    node.mine(10).await;
    let mut followed = Followed::start(&node.ws(), None).await;
    followed.reach(10, &node.hash(10).await).await;
    node.ask("anvil_reorg", json!([3, []])).await;
    node.mine(1).await;
    followed.reach(11, &node.hash(11).await).await;
    agrees(&followed, &node, 8, 11).await.unwrap();
    let mut followed = followed.restart(&node.ws()).await;
    node.mine(1).await;
    followed.reach(12, &node.hash(12).await).await;
    agrees(&followed, &node, 8, 12).await.unwrap();
    assert!(followed.said().await.is_empty());
    followed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_chain_under_the_same_name_is_told_and_followed_on() {
    let Some(node) = Anvil::start(&["--timestamp", "1700000000"]) else { return };
    let port = node.port;
    node.mine(4).await;
    let mut followed = Followed::start(&node.ws(), None).await;
    followed.reach(4, &node.hash(4).await).await;
    node.mine(4).await;
    followed.reach(8, &node.hash(8).await).await;
    node.stop();

    let node = Anvil::start_on(port, &["--timestamp", "1750000000"]).unwrap();
    node.mine(9).await;
    followed.reach(9, &node.hash(9).await).await;
    let said = followed.said().await;
    let deep = said.iter().find(|line| line.contains("reorganised below block"));
    assert!(deep.is_some_and(|line| line.contains("check that the endpoints serve the right chain")), "{said:#?}");
    assert!(
        !said.iter().any(|line| line.split_once(' ').is_some_and(|(_, says)| says == "withdrawn")),
        "what is said of the watch stands: {said:#?}"
    );
    agrees(&followed, &node, 1, 9).await.unwrap();
    let mut followed = followed.restart(&node.ws()).await;
    node.mine(1).await;
    followed.reach(10, &node.hash(10).await).await;
    followed.stop().await;
}
