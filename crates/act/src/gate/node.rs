//! The gate through `rpc`.

use async_trait::async_trait;
use facts::{Address, B256, Bytes, U256};
use rpc::{Node, Nonce, RpcError, Tag};

use super::{Fees, Gate, GateError, Height, Mined};

/// Blocks whose tips are looked at, about a minute of Ethereum.
const BLOCKS: u64 = 5;
/// Nine of ten units of gas in a block paid at most this tip.
const PERCENTILE: u8 = 90;

impl From<RpcError> for GateError {
    fn from(error: RpcError) -> Self {
        match error {
            RpcError::Refused { code, message, .. } => Self::Rebuffed { code, message },
            RpcError::WrongChain { got, .. } => Self::OtherChain(got),
            other => Self::Lost(other.to_string()),
        }
    }
}

/// State is that of the newest block, pinned by its hash.
#[async_trait]
impl Gate for Node {
    async fn chain_id(&self) -> Result<u64, GateError> {
        // Every connection is asked for its chain before it answers anything else.
        self.head(Tag::Latest).await?;
        self.chain().evm_number().ok_or_else(|| GateError::Lost(format!("`{}` is not an EVM chain", self.chain())))
    }

    async fn nonce(&self, account: Address, height: Height) -> Result<u64, GateError> {
        let which = match height {
            Height::Latest => Nonce::Latest,
            Height::Pending => Nonce::Pending,
        };
        Ok(Node::nonce(self, account, which).await?)
    }

    async fn fees(&self) -> Result<Fees, GateError> {
        match self.fee_history(BLOCKS, &[PERCENTILE]).await {
            Ok(history) if history.base_fees.last().is_some_and(|base| *base > 0) => {
                let tips = history.rewards.iter().flatten().copied();
                Ok(Fees { base_fee: history.base_fees.last().copied(), suggestion: tips.max().unwrap_or(0) })
            }
            // Chains without EIP-1559 answer zeros, or not at all.
            Ok(_) | Err(RpcError::Unsupported { .. }) => {
                Ok(Fees { base_fee: None, suggestion: self.gas_price().await? })
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn balance(&self, account: Address) -> Result<U256, GateError> {
        Ok(self.account(newest(self).await?, account).await?.balance)
    }

    async fn has_code(&self, account: Address) -> Result<bool, GateError> {
        Ok(!self.account(newest(self).await?, account).await?.code.is_empty())
    }

    async fn send_raw(&self, raw: Bytes) -> Result<B256, GateError> {
        Ok(self.send_raw_transaction(&raw).await?)
    }

    async fn receipt(&self, tx: B256) -> Result<Option<Mined>, GateError> {
        let Some(landed) = self.transaction_receipt(tx).await? else { return Ok(None) };
        let success = landed
            .receipt
            .success
            .ok_or_else(|| GateError::Lost(format!("the receipt of `{tx}` does not say whether it succeeded")))?;
        // After a reorg in between the receipt is of a block that no longer counts.
        let block = self.refs(&[landed.block_number]).await?.pop().flatten();
        let block = block.filter(|block| block.hash == landed.block_hash).ok_or_else(|| {
            GateError::Lost(format!("block `{}` of `{tx}` is not on the chain any more", landed.block_hash))
        })?;
        Ok(Some(Mined { block, success, gas_used: landed.gas_used }))
    }

    async fn transaction_known(&self, tx: B256) -> Result<bool, GateError> {
        Ok(Node::transaction_known(self, tx).await?)
    }
}

async fn newest(node: &Node) -> Result<B256, GateError> {
    let head = node.head(Tag::Latest).await?;
    head.map(|head| head.at.hash).ok_or_else(|| GateError::Lost("the node has no newest block".to_owned()))
}
