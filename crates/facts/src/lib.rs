//! The words of the chain: what a block, a transaction and a finding about them are called everywhere else.
//!
//! Everything here is plain data. There is no node, no clock, no database and no EVM in this crate, and no
//! decision either: `trace` fills these structs, `detect` and the pure rooms read them, `store` keeps them.
//!
//! Read first: [`ChainUpdate`] (what the eyes report), [`BlockFacts`] with [`TxFacts`] (what the loupe saw),
//! [`Question`] (how a pure room asks for execution).

mod block;
mod facts;
mod hash;
mod id;
mod question;
mod sight;
mod state;

pub use block::{AccessItem, Authorization, Block, BlockRef, ChainUpdate, Header, Receipt, Signature, Tx, Withdrawal};
pub use facts::{
    Asset, BlockFacts, Change, ChangeKind, Code, Delegation, Flow, FlowKind, Frame, FrameKind, FrameStatus, Log,
    MappingKey, NetChange, Observed, Read, Step, Steps, TxFacts, Write, net,
};
pub use hash::{Keyed, KeyedMap};
pub use id::{AccountId, AssetId, ChainId, IdError};
pub use question::{Answer, Ask, Budget, Overrides, Probe, Probed, Question, Ran, TxRequest};
pub use sight::{Blind, Scope, Sight};
pub use state::{AccountState, PreState, StateRead, Witness};

/// 256-bit amounts, addresses and hashes are alloy's own types, named here once so that rooms agree.
pub use alloy_primitives::{Address, B64, B256, Bloom, Bytes, Selector, U256};
