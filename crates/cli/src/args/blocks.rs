//! Which blocks to look at again.

use std::path::PathBuf;

use clap::Args;
use facts::ChainId;

use super::Height;

/// Recorded blocks, or a stretch of a chain.
#[derive(Debug, Args)]
pub struct BlocksArgs {
    /// Witness files or folders of them.
    #[arg(required_unless_present = "rpc", conflicts_with = "rpc")]
    pub paths: Vec<PathBuf>,
    /// A node to read blocks and state from, instead of files; more of them stand in for it.
    #[arg(long, value_name = "URL", requires = "from")]
    pub rpc: Vec<String>,
    /// The first block to read from the node.
    #[arg(long, value_name = "N", requires = "rpc")]
    pub from: Option<u64>,
    /// The last block to read from the node, or `latest`.
    #[arg(long, value_name = "M", requires = "rpc", default_value = "latest")]
    pub to: Height,
    /// The chain, if the node is not to be asked which it serves.
    #[arg(long, value_name = "CAIP-2", requires = "rpc")]
    pub chain: Option<ChainId>,
}
