//! Value that moved.

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};

/// What kind of value moved. The chain is that of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asset {
    /// The chain's own coin, in its smallest unit.
    Native,
    /// A fungible token by its contract.
    Erc20(Address),
    /// One token of a collection.
    Erc721(Address, U256),
    /// One id of a multi-token.
    Erc1155(Address, U256),
}

impl Asset {
    /// The token's contract; none for the native coin.
    pub fn contract(&self) -> Option<Address> {
        match *self {
            Asset::Native => None,
            Asset::Erc20(token) | Asset::Erc721(token, _) | Asset::Erc1155(token, _) => Some(token),
        }
    }
}

/// How a movement of value shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowKind {
    /// Native value carried by a call or a creation.
    Call,
    /// Native value left behind by a self-destruct.
    SelfDestruct,
    /// A token's own transfer event; mints come from the zero address, burns go to it.
    Event,
    /// Native coin wrapped: the wrapped token appears, from the zero address.
    Wrap,
    /// Wrapped token unwrapped: it disappears, to the zero address.
    Unwrap,
}

/// One movement of value. Only movements that took effect are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// What moved.
    pub asset: Asset,
    /// Whose it was; zero for a mint.
    pub from: Address,
    /// Whose it is; zero for a burn.
    pub to: Address,
    /// How much, in base units.
    pub amount: U256,
    /// How the movement shows itself.
    pub kind: FlowKind,
    /// Index of the frame in which it happened.
    pub frame: u32,
    /// Position in the transaction's order of events.
    pub at: u32,
}

/// What an account received and sent of one asset over a whole transaction. Fees for gas are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetChange {
    /// The account.
    pub account: Address,
    /// The asset.
    pub asset: Asset,
    /// Sum of what came in. Saturates: only a token that lies about amounts gets there.
    pub received: U256,
    /// Sum of what went out. Saturates likewise.
    pub sent: U256,
}

impl NetChange {
    /// How much more came in than went out; zero if less.
    pub fn gain(&self) -> U256 {
        self.received.saturating_sub(self.sent)
    }

    /// How much more went out than came in; zero if less.
    pub fn loss(&self) -> U256 {
        self.sent.saturating_sub(self.received)
    }
}
