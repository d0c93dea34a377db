//! State, always of one block and named by its hash: a height could mean another block a moment later.

use std::collections::{BTreeMap, VecDeque};

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::Node;
use crate::{
    Endpoint, RpcError,
    endpoint::{AtOnce, Size, raw},
    line::Request,
    wire::Whole,
};

/// Slots in one question. The specification names no limit; geth, reth, Nethermind, Besu and Erigon all have this one.
const SLOTS_MAX: usize = 1_024;

/// An account as it was after a block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Code; empty for an account without code.
    pub code: Bytes,
}

/// Nodes of the state trie and of an account's storage trie that prove what stands in them (EIP-1186), as the node gave
/// them: whether they prove anything is for whoever holds the state root to find out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateProof {
    /// From the state root to the account.
    account_proof: Vec<Bytes>,
    #[serde(default)]
    storage_proof: Vec<SlotProof>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
struct SlotProof {
    proof: Vec<Bytes>,
}

impl StateProof {
    /// All its nodes.
    pub fn into_nodes(self) -> impl Iterator<Item = Bytes> {
        self.account_proof.into_iter().chain(self.storage_proof.into_iter().flat_map(|slot| slot.proof))
    }
}

impl Node {
    /// Proofs of accounts and their slots after the block `hash`, in the order asked.
    pub async fn proofs(&self, hash: B256, of: &[(Address, Vec<U256>)]) -> Result<Vec<StateProof>, RpcError> {
        const METHOD: &str = "eth_getProof";
        self.ask(|endpoint| async move {
            let mut requests = Vec::with_capacity(of.len());
            for (address, slots) in of {
                let slots: Vec<B256> = slots.iter().map(|slot| B256::from(*slot)).collect();
                requests.push(Request { method: METHOD, params: raw((address, slots, at(hash)))? });
            }
            let mut proofs = Vec::with_capacity(of.len());
            for answer in endpoint.ask_all(requests, Size::Large).await? {
                proofs.push(endpoint.read::<StateProof>(METHOD, &answer?)?);
            }
            Ok(proofs)
        })
        .await
    }

    /// An account after the block `hash`.
    pub async fn account(&self, hash: B256, address: Address) -> Result<Account, RpcError> {
        let mut accounts = self.accounts(hash, &[address]).await?;
        Ok(accounts.pop().unwrap_or_default())
    }

    /// Accounts after the block `hash`, in the order asked. One endpoint answers all of them.
    pub async fn accounts(&self, hash: B256, addresses: &[Address]) -> Result<Vec<Account>, RpcError> {
        self.ask(|endpoint| {
            let (whole, parts) = (whole(endpoint, hash, addresses), in_parts(endpoint, hash, addresses));
            endpoint.at_once_or(AtOnce::Accounts, whole, parts)
        })
        .await
    }

    /// Storage slots after the block `hash`, in the order asked. One endpoint answers all of them.
    pub async fn slots(&self, hash: B256, slots: &[(Address, U256)]) -> Result<Vec<U256>, RpcError> {
        self.ask(|endpoint| async move {
            let singly = one_by_one(endpoint, hash, slots);
            if slots.len() < 2 {
                return singly.await;
            }
            endpoint.at_once_or(AtOnce::Slots, together(endpoint, hash, slots), singly).await
        })
        .await
    }

    /// The hash at a height, on which every endpoint that has the block agrees.
    pub async fn block_hash(&self, number: u64) -> Result<B256, RpcError> {
        let agreement = self.agree(number).await?;
        let missing = || RpcError::Missing { endpoint: self.chain.to_string(), what: format!("block `{number}`") };
        agreement.ok_or_else(missing)
    }
}

/// Accounts by one question each, which reth and anvil answer.
async fn whole(endpoint: &Endpoint, hash: B256, addresses: &[Address]) -> Result<Vec<Account>, RpcError> {
    const METHOD: &str = "eth_getAccountInfo";
    let ask = |address| Ok(Request { method: METHOD, params: raw((address, at(hash)))? });
    let requests = addresses.iter().map(ask).collect::<Result<Vec<_>, RpcError>>()?;
    let answers = endpoint.ask_all(requests, Size::Large).await?;
    let accounts = answers.into_iter().map(|answer| {
        let told: AccountInfo = endpoint.read(METHOD, &answer?)?;
        Ok(Account { balance: told.balance.0, nonce: told.nonce.0, code: told.code })
    });
    accounts.collect()
}

/// Slots by one question for many of them, as the execution API has it since 2026.
async fn together(endpoint: &Endpoint, hash: B256, slots: &[(Address, U256)]) -> Result<Vec<U256>, RpcError> {
    const METHOD: &str = "eth_getStorageValues";
    let mut requests = Vec::new();
    for part in slots.chunks(SLOTS_MAX) {
        let mut asked: BTreeMap<Address, Vec<B256>> = BTreeMap::new();
        part.iter().for_each(|(address, slot)| asked.entry(*address).or_default().push(B256::from(*slot)));
        requests.push(Request { method: METHOD, params: raw((asked, at(hash)))? });
    }
    let mut values = Vec::with_capacity(slots.len());
    for (part, answer) in slots.chunks(SLOTS_MAX).zip(endpoint.ask_all(requests, Size::Large).await?) {
        let mut told: BTreeMap<Address, VecDeque<Whole<U256>>> = endpoint.read(METHOD, &answer?)?;
        for (address, _) in part {
            let value = told.get_mut(address).and_then(VecDeque::pop_front);
            values.push(value.ok_or_else(|| endpoint.shape(METHOD, "a value for each slot", "fewer"))?.0);
        }
        if told.values().any(|left| !left.is_empty()) {
            return Err(endpoint.shape(METHOD, "a value for each slot", "more"));
        }
    }
    Ok(values)
}

/// Slots by the question that every node answers.
async fn one_by_one(endpoint: &Endpoint, hash: B256, slots: &[(Address, U256)]) -> Result<Vec<U256>, RpcError> {
    const METHOD: &str = "eth_getStorageAt";
    let mut requests = Vec::with_capacity(slots.len());
    for (address, slot) in slots {
        requests.push(Request { method: METHOD, params: raw((address, B256::from(*slot), at(hash)))? });
    }
    let mut values = Vec::with_capacity(slots.len());
    for answer in endpoint.ask_all(requests, Size::Small).await? {
        values.push(endpoint.read::<Whole<U256>>(METHOD, &answer?)?.0);
    }
    Ok(values)
}

/// An account as `eth_getAccountInfo` tells it.
#[derive(Deserialize)]
struct AccountInfo {
    balance: Whole<U256>,
    nonce: Whole<u64>,
    code: Bytes,
}

/// Accounts by the three questions that every node answers.
async fn in_parts(endpoint: &Endpoint, hash: B256, addresses: &[Address]) -> Result<Vec<Account>, RpcError> {
    const METHODS: [&str; 3] = ["eth_getBalance", "eth_getTransactionCount", "eth_getCode"];
    let mut requests = Vec::with_capacity(addresses.len() * 3);
    for address in addresses {
        for method in METHODS {
            requests.push(Request { method, params: raw((address, at(hash)))? });
        }
    }
    let answers: Vec<Box<RawValue>> =
        endpoint.ask_all(requests, Size::Large).await?.into_iter().collect::<Result<_, _>>()?;
    let mut accounts = Vec::with_capacity(addresses.len());
    for three in answers.chunks(3) {
        let [balance, nonce, code] = three else {
            return Err(endpoint.shape("eth_getBalance", "an answer to each request", "fewer"));
        };
        accounts.push(Account {
            balance: endpoint.read::<Whole<U256>>(METHODS[0], balance)?.0,
            nonce: endpoint.read::<Whole<u64>>(METHODS[1], nonce)?.0,
            code: endpoint.read(METHODS[2], code)?,
        });
    }
    Ok(accounts)
}

/// A block by hash, as EIP-1898 writes it. It need not be on the chain any more: what we read belongs to the block
/// that we execute, and whether that one still counts is the follower's question.
pub(super) fn at(hash: B256) -> Value {
    json!({ "blockHash": hash })
}
