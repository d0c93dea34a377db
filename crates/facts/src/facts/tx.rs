//! One transaction.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

use super::{Asset, Flow, Frame, FrameStatus, NetChange, net};

/// Everything seen of one transaction.
///
/// Events of different kinds (frames, logs, writes, reads, flows) share one order: the field `at`, and `open` and
/// `close` of a frame. Logs, flows, writes, reads, codes and changes list only what lasted; frames list everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TxFacts {
    /// Index in the block.
    pub index: u32,
    /// Transaction hash; zero for a transaction that only a question ran.
    pub hash: B256,
    /// Sender.
    pub from: Address,
    /// Recipient, or none for a creation.
    pub to: Option<Address>,
    /// Sender's nonce.
    pub nonce: u64,
    /// Gas limit.
    pub gas_limit: u64,
    /// Gas used, with intrinsic gas and after refunds.
    pub gas_used: u64,
    /// What the sender paid for a unit of gas, in wei.
    pub gas_price: u128,
    /// Calls and creations in the order they began. The first is the transaction itself.
    #[serde(default)]
    pub frames: Vec<Frame>,
    /// Logs in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<Log>,
    /// Movements of value in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<Flow>,
    /// Native balances, before and after, of accounts that took part in native flows, ordered by account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub balances: Vec<(Address, U256, U256)>,
    /// Storage writes that changed a value, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<Write>,
    /// Storage reads, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Read>,
    /// Storage writes that left the value as it was, in order: whoever writes what is there already may have meant to
    /// write over what was there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idle_writes: Vec<Read>,
    /// 64-byte inputs that were hashed: where slots of mappings come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<MappingKey>,
    /// Code that was deployed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// Changes of who may do what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Accounts that were given foreign code (EIP-7702).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegations: Vec<Delegation>,
}

impl TxFacts {
    /// How the transaction ended.
    pub fn status(&self) -> FrameStatus {
        self.frames.first().map_or(FrameStatus::Success, |frame| frame.status)
    }

    /// Whether it succeeded.
    pub fn succeeded(&self) -> bool {
        self.status() == FrameStatus::Success
    }

    /// Whether it paid its recipient, if that, and did nothing else that can be seen.
    pub fn is_payment(&self) -> bool {
        let is_own = |flow: &Flow| flow.from == self.from;
        let is_still = self.logs.is_empty() && self.reads.is_empty() && self.writes.is_empty() && self.keys.is_empty();
        self.frames.len() <= 1
            && self.flows.iter().all(is_own)
            && is_still
            && self.idle_writes.is_empty()
            && self.codes.is_empty()
            && self.changes.is_empty()
            && self.delegations.is_empty()
    }

    /// What `account` held of `asset` before and after the transaction, where that can be proved: for the native
    /// coin from the account itself, for a token from the write to its balance mapping. `None` means unknown.
    pub fn holding(&self, account: Address, asset: &Asset) -> Option<(U256, U256)> {
        let token = match asset {
            Asset::Native => {
                let at = self.balances.binary_search_by_key(&account, |(address, ..)| *address).ok()?;
                let (_, before, after) = self.balances[at];
                return Some((before, after));
            }
            Asset::Erc20(token) => *token,
            Asset::Erc721(..) | Asset::Erc1155(..) => return None,
        };
        let mut named = self.keys.iter().filter(|key| key.names(account)).peekable();
        // Most who hold something were not looked up: that is found out sooner than what they gained.
        named.peek()?;
        let net = self.net_of(account, asset)?;
        let (gain, loss) = (net.gain(), net.loss());
        named.find_map(|key| {
            let slot = U256::from_be_bytes(key.hash.0);
            let mut writes = self.writes.iter().filter(|write| write.address == token && write.slot == slot);
            let first = writes.next()?;
            let before = first.before;
            let after = writes.next_back().unwrap_or(first).after;
            // Allowances and time stamps live under the same account; only a balance moves by just that amount.
            let fits = if loss > gain {
                before.checked_sub(after) == Some(loss)
            } else {
                after.checked_sub(before) == Some(gain)
            };
            fits.then_some((before, after))
        })
    }

    /// What each account received and sent of each asset, ordered by account and asset: worked out of the flows.
    pub fn net(&self) -> Vec<NetChange> {
        net(&self.flows)
    }

    /// What `account` received and sent of `asset`; none if it had no part in any flow of it to or from others.
    pub fn net_of(&self, account: Address, asset: &Asset) -> Option<NetChange> {
        let takes_part = |flow: &&Flow| flow.asset == *asset && (flow.from == account || flow.to == account);
        net(self.flows.iter().filter(takes_part)).into_iter().find(|row| row.account == account)
    }
}

/// A log (event) as a contract wrote it. Its text is hostile until it is escaped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Log {
    /// The contract that wrote it.
    pub address: Address,
    /// Up to four topics; the first names the event.
    pub topics: Vec<B256>,
    /// The rest of the arguments.
    pub data: Bytes,
    /// Index of the frame that wrote it.
    #[serde(default)]
    pub frame: u32,
    /// Position in the transaction's order of events.
    #[serde(default)]
    pub at: u32,
}

/// A storage write that changed a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Whose storage.
    pub address: Address,
    /// The slot.
    pub slot: U256,
    /// The value just before this write.
    pub before: U256,
    /// The value just after it.
    pub after: U256,
    /// Index of the frame that wrote.
    pub frame: u32,
    /// Position in the transaction's order of events.
    pub at: u32,
}

/// A storage access that changed nothing. The storage is that of the frame's target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The slot.
    pub slot: U256,
    /// What was in it.
    #[serde(default)]
    pub value: U256,
    /// Index of the frame that made it.
    pub frame: u32,
    /// Position in the transaction's order of events.
    pub at: u32,
}

/// A hash of 64 bytes: `keccak256(key . base)` is the slot of a mapping's entry in Solidity; Vyper turns them round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingKey {
    /// The hash.
    pub hash: B256,
    /// The two words that were hashed.
    pub words: [B256; 2],
}

impl MappingKey {
    /// Whether one of the words is this address.
    pub fn names(&self, account: Address) -> bool {
        let word = account.into_word();
        self.words.contains(&word)
    }
}

/// Code that was deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Where.
    pub address: Address,
    /// Who created it: the contract or sender that ran the creation.
    pub creator: Address,
    /// keccak-256 of the deployed code.
    pub hash: B256,
    /// Its size in bytes.
    pub size: u32,
    /// Index of the creating frame.
    pub frame: u32,
}

/// A change of who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The contract whose rules changed.
    pub contract: Address,
    /// What changed.
    pub kind: ChangeKind,
    /// The value before, where known. Addresses are left-padded.
    pub before: Option<B256>,
    /// The value after. For a role, the account.
    pub after: B256,
    /// Whether the contract announced it by an event; the storage write alone proves it otherwise.
    pub announced: bool,
    /// Index of the frame in which it happened.
    pub frame: u32,
    /// Position in the transaction's order of events.
    pub at: u32,
}

/// What kind of privilege changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A role was granted (AccessControl); the role's id.
    RoleGranted(B256),
    /// A role was revoked; the role's id.
    RoleRevoked(B256),
    /// The owner (ERC-173).
    Owner,
    /// The proxy's admin (EIP-1967).
    Admin,
    /// The code behind a proxy (EIP-1967, EIP-1822).
    Implementation,
    /// The beacon that names the code behind a proxy (EIP-1967).
    Beacon,
}

/// An account that was given foreign code (EIP-7702).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The account, recovered from its signature.
    pub account: Address,
    /// The code it runs from now on; zero takes the delegation away.
    pub code: Address,
    /// The account's nonce as it signed: how many transactions and delegations of its own there were before.
    #[serde(default)]
    pub nonce: u64,
}
