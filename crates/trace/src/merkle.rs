//! Proofs of state: what a trie of nodes says of an account or slot, from a state root down.
//!
//! Nodes are those of the yellow paper's Merkle Patricia tries, as `eth_getProof` gives them (EIP-1186), known by their
//! keccak-256. Whoever adds a node proves nothing by it: a walk begins at a root that a header vouches for and goes on
//! by hashes, so a node that does not belong is never reached.

use std::collections::BTreeMap;

use alloy_rlp::{Decodable, RlpDecodable};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, nodes::TrieNode};
use facts::{AccountState, Address, B256, Bytes, U256};
use revm::primitives::{KECCAK_EMPTY, keccak256};

/// Steps of one walk: a path has 64 nibbles, and a node inside a node is a step too.
const STEPS_MAX: usize = 130;

/// Why something is not proved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// A node on the way is not among those that were given.
    #[error("node `{0}` of the trie is not there")]
    Missing(B256),
    /// A node on the way cannot be read.
    #[error("node `{0}` of the trie cannot be read: {1}")]
    Broken(B256, String),
    /// The trie says something else.
    #[error("{what} is `{given}`, and `{proved}` by the proof")]
    Other {
        /// What is compared.
        what: String,
        /// What was said.
        given: String,
        /// What the trie says.
        proved: String,
    },
}

/// An account as the state trie holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, RlpDecodable)]
pub struct Leaf {
    /// Nonce.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Root of its storage.
    pub storage_root: B256,
    /// keccak-256 of its code.
    pub code_hash: B256,
}

/// Nodes of tries, by their hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nodes(BTreeMap<B256, Bytes>);

impl Nodes {
    /// Takes a node.
    pub fn add(&mut self, node: Bytes) {
        self.0.insert(keccak256(&node), node);
    }

    /// The nodes in the order of their hashes.
    pub fn in_order(&self) -> impl Iterator<Item = &Bytes> {
        self.0.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The account at `address`; none if the trie proves that there is none.
    ///
    /// # Errors
    /// If a node is missing or broken.
    pub fn account(&self, state_root: B256, address: Address) -> Result<Option<Leaf>, Unproved> {
        let Some(value) = self.walk(state_root, keccak256(address))? else { return Ok(None) };
        alloy_rlp::decode_exact::<Leaf>(value.as_slice())
            .map(Some)
            .map_err(|error| Unproved::Broken(state_root, error.to_string()))
    }

    /// The value of a slot; zero if the trie proves that there is none.
    ///
    /// # Errors
    /// If a node is missing or broken.
    pub fn slot(&self, storage_root: B256, slot: U256) -> Result<U256, Unproved> {
        let Some(value) = self.walk(storage_root, keccak256(B256::from(slot)))? else { return Ok(U256::ZERO) };
        alloy_rlp::decode_exact::<U256>(value.as_slice())
            .map_err(|error| Unproved::Broken(storage_root, error.to_string()))
    }

    /// Proves an account with all its slots.
    ///
    /// # Errors
    /// [`Unproved`], also if the trie says something else.
    pub fn prove(&self, state_root: B256, address: Address, given: &AccountState) -> Result<(), Unproved> {
        let leaf = self.account(state_root, address)?;
        let missing = Leaf { nonce: 0, balance: U256::ZERO, storage_root: EMPTY_ROOT_HASH, code_hash: KECCAK_EMPTY };
        let is_there = leaf.is_some();
        let leaf = leaf.unwrap_or(missing);
        let code_hash = if given.code.is_empty() { KECCAK_EMPTY } else { keccak256(&given.code) };
        same(address, "existence", true, is_there)?;
        same(address, "nonce", given.nonce, leaf.nonce)?;
        same(address, "balance", given.balance, leaf.balance)?;
        same(address, "code hash", code_hash, leaf.code_hash)?;
        for (slot, value) in &given.storage {
            let proved = self.slot(leaf.storage_root, *slot)?;
            same(address, &format!("slot {slot:#x}"), *value, proved)?;
        }
        Ok(())
    }

    /// Proves that there is no account.
    ///
    /// # Errors
    /// [`Unproved`], also if there is one.
    pub fn prove_absent(&self, state_root: B256, address: Address) -> Result<(), Unproved> {
        same(address, "existence", false, self.account(state_root, address)?.is_some())
    }

    /// The value at the end of a key's path; none if the path ends before.
    fn walk(&self, root: B256, key: B256) -> Result<Option<Vec<u8>>, Unproved> {
        if root == EMPTY_ROOT_HASH {
            return Ok(None);
        }
        let path = Nibbles::unpack(key);
        let mut at = 0;
        let mut hash = root;
        let mut node = self.decode(root)?;
        for _ in 0..STEPS_MAX {
            let next = match node {
                TrieNode::EmptyRoot => return Ok(None),
                TrieNode::Leaf(leaf) => return Ok((path.slice(at..) == leaf.key).then_some(leaf.value)),
                TrieNode::Extension(extension) => {
                    if !path.slice(at..).starts_with(&extension.key) {
                        return Ok(None);
                    }
                    at += extension.key.len();
                    extension.child
                }
                TrieNode::Branch(branch) => {
                    let Some(nibble) = path.get(at) else { return Ok(None) };
                    let children = branch.as_ref();
                    let child = children.children().find(|(index, _)| *index == nibble).and_then(|(_, child)| child);
                    let Some(child) = child.cloned() else { return Ok(None) };
                    at += 1;
                    child
                }
            };
            // A child shorter than a hash stands in its parent whole.
            node = match next.as_hash() {
                Some(child) => {
                    hash = child;
                    self.decode(child)?
                }
                None => read(hash, &next)?,
            };
        }
        Err(Unproved::Broken(root, "its paths do not end".to_owned()))
    }

    fn decode(&self, hash: B256) -> Result<TrieNode, Unproved> {
        read(hash, self.0.get(&hash).ok_or(Unproved::Missing(hash))?)
    }
}

fn read(hash: B256, mut bytes: &[u8]) -> Result<TrieNode, Unproved> {
    TrieNode::decode(&mut bytes).map_err(|error| Unproved::Broken(hash, error.to_string()))
}

fn same<T: PartialEq + std::fmt::Display>(account: Address, of: &str, given: T, proved: T) -> Result<(), Unproved> {
    if given == proved {
        return Ok(());
    }
    let what = format!("{of} of `{account}`");
    Err(Unproved::Other { what, given: given.to_string(), proved: proved.to_string() })
}

#[cfg(test)]
mod tests {
    use alloy_rlp::Encodable as _;
    use alloy_trie::{HashBuilder, proof::ProofRetainer};

    use super::*;

    /// A trie of small values, with the proofs of some keys: existing or not.
    fn trie(held: &BTreeMap<B256, Vec<u8>>, asked: &[B256]) -> (B256, Nodes) {
        let retainer = ProofRetainer::new(asked.iter().map(|key| Nibbles::unpack(*key)).collect());
        let mut builder = HashBuilder::default().with_proof_retainer(retainer);
        for (key, value) in held {
            builder.add_leaf(Nibbles::unpack(*key), value);
        }
        let root = builder.root();
        let mut nodes = Nodes::default();
        for (_, node) in builder.take_proof_nodes().into_inner() {
            nodes.add(node);
        }
        (root, nodes)
    }

    fn leaf(nonce: u64, storage_root: B256) -> Vec<u8> {
        let mut payload = Vec::new();
        nonce.encode(&mut payload);
        U256::from(7).encode(&mut payload);
        storage_root.encode(&mut payload);
        KECCAK_EMPTY.encode(&mut payload);
        let mut out = Vec::new();
        alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut out);
        out.extend(payload);
        out
    }

    fn address(number: u16) -> Address {
        Address::from_word(B256::from(U256::from(number) + U256::from(0x1_0000)))
    }

    #[test]
    fn what_is_there_and_what_is_not_are_both_proved_and_neither_is_invented() {
        let slots: BTreeMap<B256, Vec<u8>> = (1..40u64)
            .map(|slot| (keccak256(B256::from(U256::from(slot))), alloy_rlp::encode(U256::from(slot))))
            .collect();
        let asked: Vec<B256> = (1..60u64).map(|slot| keccak256(B256::from(U256::from(slot)))).collect();
        let (storage_root, storage) = trie(&slots, &asked);
        let accounts: BTreeMap<B256, Vec<u8>> =
            (0..300u16).map(|n| (keccak256(address(n)), leaf(u64::from(n), storage_root))).collect();
        let asked: Vec<B256> = (290..310u16).map(|n| keccak256(address(n))).collect();
        let (root, mut nodes) = trie(&accounts, &asked);
        storage.in_order().for_each(|node| nodes.add(node.clone()));

        let mut given = AccountState { balance: U256::from(7), nonce: 295, ..AccountState::default() };
        given.storage =
            (1..60u64).map(|slot| (U256::from(slot), U256::from(if slot < 40 { slot } else { 0 }))).collect();
        assert_eq!(nodes.prove(root, address(295), &given), Ok(()));
        assert_eq!(nodes.prove_absent(root, address(305)), Ok(()));
        assert!(nodes.prove_absent(root, address(295)).unwrap_err().to_string().contains("existence"));
        assert!(
            nodes.prove(root, address(305), &AccountState::default()).unwrap_err().to_string().contains("existence")
        );
        let rich = AccountState { balance: U256::from(8), ..given.clone() };
        assert!(nodes.prove(root, address(295), &rich).unwrap_err().to_string().starts_with("balance of"));
        given.storage.insert(U256::from(3), U256::from(4));
        assert!(nodes.prove(root, address(295), &given).unwrap_err().to_string().starts_with("slot 0x3 of"));
        assert!(matches!(nodes.prove_absent(B256::ZERO, address(305)), Err(Unproved::Missing(_))));
        assert_eq!(nodes.account(EMPTY_ROOT_HASH, address(1)), Ok(None));
    }

    #[test]
    fn a_node_that_leads_round_in_circles_or_is_rubbish_is_broken() {
        let rubbish = Bytes::from_static(&[0xc3, 0x01, 0x02]);
        let mut nodes = Nodes::default();
        nodes.add(rubbish.clone());
        assert!(matches!(nodes.slot(keccak256(&rubbish), U256::ZERO), Err(Unproved::Broken(..))));
    }
}
