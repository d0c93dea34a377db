//! One of go-ethereum's cases: a transaction, the state it finds, and what a tracer said of it.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use alloy_consensus::{Transaction as _, TxEnvelope, transaction::SignerRecoverable as _};
use alloy_eips::eip2718::Decodable2718 as _;
use atlas::Fork;
use facts::{
    AccessItem, AccountState, Address, Authorization, Block, Bytes, ChainId, FlowKind, Header, Signature, Tx, TxFacts,
    U256, Witness,
};
use serde_json::Value;
use trace::{Environment, NoReader, Prover, Tracer, WarmState};

/// A case and what we saw of it.
pub struct Case {
    /// Folder and file, without the ending.
    pub name: String,
    /// What go-ethereum's tracer said.
    pub result: Value,
    /// The tracer's options.
    pub config: Value,
    pub fork: Fork,
    pub header: Header,
    pub state: Witness,
    pub tx: Tx,
    pub seen: TxFacts,
}

impl Case {
    /// Reads a case and runs its transaction.
    pub fn read(kind: &str, file: &Path) -> Self {
        let case: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let context = &case["context"];
        let config = &case["genesis"]["config"];
        let fork = fork(config, word(&context["number"]).to(), word(&context["timestamp"]).to());
        let header = Header {
            number: word(&context["number"]).to(),
            timestamp: word(&context["timestamp"]).to(),
            gas_limit: word(&context["gasLimit"]).to(),
            difficulty: word(&context["difficulty"]),
            beneficiary: address(&context["miner"]),
            base_fee: (!context["baseFeePerGas"].is_null()).then(|| word(&context["baseFeePerGas"]).to()),
            excess_blob_gas: (fork >= Fork::Cancun).then_some(0),
            ..Header::default()
        };
        let mut state = Witness { executable: 1, ..Witness::default() };
        for (address, held) in case["genesis"]["alloc"].as_object().unwrap() {
            state.pre_state.insert(address.parse().unwrap(), account(held));
        }
        let tx = transaction(&bytes(&case["input"]));
        let seen = run(config["chainId"].as_u64().unwrap(), fork, &header, &state, &tx);
        Self {
            name: format!("{kind}/{}", file.file_stem().unwrap().to_str().unwrap()),
            result: case["result"].clone(),
            config: case["tracerConfig"].clone(),
            fork,
            header,
            state,
            tx,
            seen,
        }
    }

    /// Whether the tracer was told to do this.
    pub fn asks(&self, option: &str) -> bool {
        self.config[option] == Value::Bool(true)
    }

    /// What this frame did, in order: the calls it made and the self-destruct it ended by.
    pub fn children(&self, index: u32) -> Vec<Child<'_>> {
        let mut children = Vec::new();
        for (child, frame) in (0u32..).zip(&self.seen.frames) {
            if frame.parent == Some(index) {
                children.push((frame.open, Child::Frame(child)));
            }
        }
        for flow in self.seen.flows.iter().filter(|flow| flow.kind == FlowKind::SelfDestruct && flow.frame == index) {
            children.push((flow.at, Child::End(flow)));
        }
        children.sort_by_key(|(at, _)| *at);
        children.into_iter().map(|(_, child)| child).collect()
    }

    /// Every account that is named by who sent, who was called and whose code ran, who was paid, and who signed.
    pub fn named(&self) -> BTreeSet<Address> {
        let frames = self.seen.frames.iter().flat_map(|frame| [frame.caller, frame.target, frame.code]);
        let flows = self.seen.flows.iter().flat_map(|flow| [flow.from, flow.to]);
        let delegations = self.seen.delegations.iter().map(|given| given.account);
        let ends = [self.seen.from, self.header.beneficiary];
        frames.chain(flows).chain(delegations).chain(ends).collect()
    }
}

/// Something that a frame did.
pub enum Child<'a> {
    Frame(u32),
    End(&'a facts::Flow),
}

/// A number that may be a JSON number, a decimal or a hexadecimal string; zero where it is absent.
pub fn word(value: &Value) -> U256 {
    value.as_str().map_or_else(|| U256::from(value.as_u64().unwrap_or_default()), |text| text.parse().unwrap())
}

pub fn address(value: &Value) -> Address {
    value.as_str().map_or(Address::ZERO, |text| text.parse().unwrap())
}

pub fn bytes(value: &Value) -> Bytes {
    value.as_str().map_or_else(Bytes::new, |text| text.parse().unwrap())
}

/// The entries of a JSON object; none where it is absent.
pub fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn account(held: &Value) -> AccountState {
    AccountState {
        balance: word(&held["balance"]),
        nonce: word(&held["nonce"]).to(),
        code: bytes(&held["code"]),
        storage: entries(&held["storage"]).map(|(slot, value)| (slot.parse().unwrap(), word(value))).collect(),
    }
}

fn transaction(raw: &Bytes) -> Tx {
    let envelope = TxEnvelope::decode_2718(&mut raw.as_ref()).unwrap();
    let access = envelope.access_list().into_iter().flat_map(|list| list.iter());
    let signed = envelope.authorization_list().into_iter().flatten();
    Tx {
        hash: *envelope.tx_hash(),
        kind: envelope.tx_type() as u8,
        from: envelope.recover_signer().unwrap(),
        to: envelope.to(),
        nonce: envelope.nonce(),
        value: envelope.value(),
        input: envelope.input().clone(),
        gas_limit: envelope.gas_limit(),
        gas_price: envelope.max_fee_per_gas(),
        priority_fee: envelope.max_priority_fee_per_gas(),
        chain_id: envelope.chain_id(),
        access_list: access
            .map(|item| AccessItem { address: item.address, slots: item.storage_keys.clone() })
            .collect(),
        blob_hashes: envelope.blob_versioned_hashes().map(<[_]>::to_vec).unwrap_or_default(),
        blob_fee: envelope.max_fee_per_blob_gas(),
        authorizations: signed
            .map(|signed| Authorization {
                chain_id: signed.chain_id,
                address: signed.address,
                nonce: signed.nonce,
                signature: Signature { r: signed.r(), s: signed.s(), y_parity: signed.y_parity() },
            })
            .collect(),
        ..Tx::default()
    }
}

fn run(chain: u64, fork: Fork, header: &Header, state: &Witness, tx: &Tx) -> TxFacts {
    let block = Block {
        header: header.clone(),
        // Two transactions in the block, one of them covered: the header of a case proves nothing, so nothing is
        // compared.
        txs: vec![tx.clone(), Tx::default()],
        receipts: Some(Arc::default()),
        witness: Some(Arc::new(state.clone())),
        ..Block::default()
    };
    let at = block.at(&ChainId::eip155(chain));
    let environment = Environment { chain_number: chain, wrapped: Vec::new() };
    let mut warm = WarmState::new(Zeros, at.parent).with_witness(state);
    let mut traced = Tracer::witnessed(&environment, &at, &block, fork, &mut warm, &mut Prover::default());
    assert_eq!(traced.facts.txs.len(), 1, "{:?}", traced.facts.blind);
    traced.facts.txs.remove(0)
}

/// go-ethereum's cases leave out slots that are zero.
struct Zeros;

impl trace::StateReader for Zeros {
    fn fetch(
        &mut self,
        _: facts::B256,
        _: &[Address],
        slots: &[(Address, U256)],
    ) -> Result<trace::Fetched, trace::ReadError> {
        Ok(trace::Fetched { accounts: Vec::new(), slots: vec![U256::ZERO; slots.len()] })
    }

    fn block_hash(&mut self, at: facts::B256, number: u64) -> Result<facts::B256, trace::ReadError> {
        NoReader.block_hash(at, number)
    }
}

fn fork(config: &Value, number: u64, timestamp: u64) -> Fork {
    let by_block = [
        ("homesteadBlock", Fork::Homestead),
        ("eip150Block", Fork::Tangerine),
        ("eip158Block", Fork::SpuriousDragon),
        ("byzantiumBlock", Fork::Byzantium),
        ("constantinopleBlock", Fork::Constantinople),
        ("petersburgBlock", Fork::Petersburg),
        ("istanbulBlock", Fork::Istanbul),
        ("berlinBlock", Fork::Berlin),
        ("londonBlock", Fork::London),
    ];
    let by_time = [("shanghaiTime", Fork::Shanghai), ("cancunTime", Fork::Cancun), ("pragueTime", Fork::Prague)];
    // go-ethereum reads the names of keys without regard to case, and one case relies on it.
    let named = |key: &str| config.as_object().unwrap().iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    let reached = |key: &str, now: u64| named(key).and_then(|(_, at)| at.as_u64()).is_some_and(|at| at <= now);
    let mut fork = Fork::Frontier;
    for (key, next) in by_block {
        if reached(key, number) {
            fork = next;
        }
    }
    for (key, next) in by_time {
        if reached(key, timestamp) {
            fork = next;
        }
    }
    fork
}
