//! Whether the chain still stands where the book ends.

use facts::{BlockRef, Header};
use rpc::{Node, Tag};

/// The header of the book's last block, if that is the node's newest block as well: nothing happened while nobody
/// looked, and what was under way in a case goes on at once instead of with the next block.
pub(super) async fn standing_on(node: &Node, last: &BlockRef) -> Option<Header> {
    let standing = async {
        let newest = node.head(Tag::Latest).await?;
        if newest.is_none_or(|newest| newest.at != *last) {
            return Ok(None);
        }
        Ok::<_, rpc::RpcError>(node.block_by_hash(last.hash).await?.map(|block| block.header))
    };
    match standing.await {
        Ok(header) => header,
        Err(error) => {
            tracing::warn!(chain = %last.chain, %error, "the newest block is not known yet: cases wait for the next one");
            None
        }
    }
}
