//! Transactions that a node does not sign for us: blobs (EIP-4844) and delegations (EIP-7702), written out by hand.

use alloy_primitives::{Address, B256, U256, hex, keccak256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;

/// The first accounts of every anvil.
pub const KEYS: [&str; 3] = [
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
];

/// An item of RLP.
pub enum Rlp {
    Bytes(Vec<u8>),
    List(Vec<Rlp>),
}

pub fn number(number: impl TryInto<U256, Error: std::fmt::Debug>) -> Rlp {
    Rlp::Bytes(number.try_into().unwrap().to_be_bytes_trimmed_vec())
}

pub fn bytes(bytes: impl AsRef<[u8]>) -> Rlp {
    Rlp::Bytes(bytes.as_ref().to_vec())
}

fn encode(item: &Rlp) -> Vec<u8> {
    let framed = |base: u8, payload: &[u8]| {
        let mut out = Vec::new();
        if payload.len() < 56 {
            out.push(base + u8::try_from(payload.len()).unwrap());
        } else {
            let length = U256::from(payload.len()).to_be_bytes_trimmed_vec();
            out.push(base + 55 + u8::try_from(length.len()).unwrap());
            out.extend(length);
        }
        out.extend_from_slice(payload);
        out
    };
    match item {
        Rlp::Bytes(one) if one.len() == 1 && one[0] < 0x80 => one.clone(),
        Rlp::Bytes(bytes) => framed(0x80, bytes),
        Rlp::List(items) => framed(0xc0, &items.iter().flat_map(encode).collect::<Vec<_>>()),
    }
}

/// Parity of y, r and s of a key's signature over a hash.
fn signature(key: usize, hash: B256) -> [U256; 3] {
    let signer: PrivateKeySigner = KEYS[key].parse().unwrap();
    let signature = signer.sign_hash_sync(&hash).unwrap();
    [U256::from(u8::from(signature.v())), signature.r(), signature.s()]
}

fn hashed(kind: u8, fields: Vec<Rlp>) -> (B256, Vec<Rlp>) {
    let list = Rlp::List(fields);
    let hash = keccak256([vec![kind], encode(&list)].concat());
    let Rlp::List(fields) = list else { unreachable!("it is a list") };
    (hash, fields)
}

/// What every transaction since EIP-1559 begins with, on the local chain.
fn head(nonce: u64, to: Address, data: &[u8]) -> Vec<Rlp> {
    vec![
        number(31_337),
        number(nonce),
        number(1_000_000_000_u64),
        number(3_000_000_000_u64),
        number(500_000_u64),
        bytes(to),
        number(0),
        bytes(data),
        Rlp::List(Vec::new()),
    ]
}

/// A transaction of `sender` in which `authority` gives its account the code of `code`.
pub fn delegating(sender: (usize, u64), authority: (usize, u64), code: Address, to: Address, data: &[u8]) -> String {
    let (hash, mut tuple) = hashed(0x05, vec![number(31_337), bytes(code), number(authority.1)]);
    tuple.extend(signature(authority.0, hash).map(number));
    let mut fields = head(sender.1, to, data);
    fields.push(Rlp::List(vec![Rlp::List(tuple)]));
    let (hash, mut fields) = hashed(0x04, fields);
    fields.extend(signature(sender.0, hash).map(number));
    hex::encode_prefixed([vec![0x04], encode(&Rlp::List(fields))].concat())
}

/// A transaction that brings one blob of zeros: its commitment and its proof are the point at infinity, which needs no
/// arithmetic. In the form before EIP-7594, with one proof a blob.
pub fn with_blob(sender: (usize, u64), to: Address) -> String {
    let infinity = [&[0xc0][..], &[0; 47]].concat();
    // sha-256 of that point, with the version in place of its first byte.
    let versioned = hex::decode("010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014").unwrap();
    let mut fields = head(sender.1, to, &[]);
    fields.push(number(1_000_000_000_u64));
    fields.push(Rlp::List(vec![bytes(versioned)]));
    let (hash, mut fields) = hashed(0x03, fields);
    fields.extend(signature(sender.0, hash).map(number));
    let wrapped = vec![
        Rlp::List(fields),
        Rlp::List(vec![bytes(vec![0; 131_072])]),
        Rlp::List(vec![bytes(&infinity)]),
        Rlp::List(vec![bytes(&infinity)]),
    ];
    hex::encode_prefixed([vec![0x03], encode(&Rlp::List(wrapped))].concat())
}
