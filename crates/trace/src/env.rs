//! The circumstances in which a block runs: its fork, its header, its transactions, in revm's words.

use atlas::Fork;
use facts::{Address, Authorization, Header, Tx, TxRequest, U256};
use revm::{
    context::{
        BlockEnv, CfgEnv, TxEnv,
        either::Either,
        transaction::{AccessList, AccessListItem, SignedAuthorization},
    },
    primitives::{TxKind, hardfork::SpecId},
};

/// What about a chain shapes execution and the reading of its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// EIP-155 number.
    pub chain_number: u64,
    /// Contracts that wrap the native coin, whose deposits and withdrawals are flows without a transfer event.
    pub wrapped: Vec<Address>,
}

impl Environment {
    /// The circumstances on this chain; `None` for a chain that is not an EVM chain.
    pub fn of(chain: &atlas::Chain) -> Option<Self> {
        Some(Self { chain_number: chain.id.evm_number()?, wrapped: chain.wrapped_native.clone() })
    }

    pub(crate) fn cfg(&self, fork: Fork) -> CfgEnv {
        let mut cfg = CfgEnv::new_with_spec(spec(fork)).with_chain_id(self.chain_number);
        cfg.tx_chain_id_check = true;
        cfg.blob_base_fee_update_fraction = Some(blob_fraction(fork));
        cfg.max_blobs_per_tx = None;
        cfg
    }

    pub(crate) fn block(&self, fork: Fork, header: &Header) -> BlockEnv {
        let mut block = BlockEnv {
            number: U256::from(header.number),
            beneficiary: header.beneficiary,
            timestamp: U256::from(header.timestamp),
            gas_limit: header.gas_limit,
            basefee: header.base_fee.unwrap_or_default(),
            difficulty: header.difficulty,
            prevrandao: (fork >= Fork::Paris).then_some(header.mix_hash),
            ..BlockEnv::default()
        };
        match header.excess_blob_gas {
            Some(excess) => block.set_blob_excess_gas_and_price(excess, blob_fraction(fork)),
            None => block.blob_excess_gas_and_price = None,
        }
        block
    }
}

/// The price of a unit of blob gas in a block, in wei (EIP-4844); none before Cancun.
pub fn blob_price(fork: Fork, header: &Header) -> Option<u128> {
    let mut block = BlockEnv::default();
    block.set_blob_excess_gas_and_price(header.excess_blob_gas?, blob_fraction(fork));
    block.blob_excess_gas_and_price.map(|blobs| blobs.blob_gasprice)
}

/// revm's name for a fork. Forks that changed nothing in execution share one with their predecessor.
pub(crate) fn spec(fork: Fork) -> SpecId {
    match fork {
        Fork::Frontier | Fork::FrontierThawing => SpecId::FRONTIER,
        Fork::Homestead | Fork::Dao => SpecId::HOMESTEAD,
        Fork::Tangerine => SpecId::TANGERINE,
        Fork::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
        Fork::Byzantium => SpecId::BYZANTIUM,
        // Mainnet never ran Constantinople without Petersburg, and revm has no name for it alone.
        Fork::Constantinople | Fork::Petersburg => SpecId::PETERSBURG,
        Fork::Istanbul | Fork::MuirGlacier => SpecId::ISTANBUL,
        Fork::Berlin => SpecId::BERLIN,
        Fork::London | Fork::ArrowGlacier | Fork::GrayGlacier => SpecId::LONDON,
        Fork::Paris => SpecId::MERGE,
        Fork::Shanghai => SpecId::SHANGHAI,
        Fork::Cancun => SpecId::CANCUN,
        Fork::Prague => SpecId::PRAGUE,
        Fork::Osaka | Fork::Bpo1 | Fork::Bpo2 => SpecId::OSAKA,
        Fork::Amsterdam => SpecId::AMSTERDAM,
    }
}

/// The blob base fee's update fraction (EIP-4844, EIP-7691, EIP-7892).
fn blob_fraction(fork: Fork) -> u64 {
    match fork {
        Fork::Amsterdam | Fork::Bpo2 => 11_684_671,
        Fork::Bpo1 => 8_346_193,
        Fork::Prague | Fork::Osaka => 5_007_716,
        _ => 3_338_477,
    }
}

/// A transaction of a block.
pub(crate) fn tx(tx: &Tx) -> TxEnv {
    TxEnv {
        tx_type: tx.kind,
        caller: tx.from,
        gas_limit: tx.gas_limit,
        gas_price: tx.gas_price,
        kind: tx.to.map_or(TxKind::Create, TxKind::Call),
        value: tx.value,
        data: tx.input.clone(),
        nonce: tx.nonce,
        chain_id: tx.chain_id,
        access_list: AccessList(
            tx.access_list
                .iter()
                .map(|item| AccessListItem { address: item.address, storage_keys: item.slots.clone() })
                .collect(),
        ),
        gas_priority_fee: tx.priority_fee,
        blob_hashes: tx.blob_hashes.clone(),
        max_fee_per_blob_gas: tx.blob_fee.unwrap_or_default(),
        authorization_list: tx.authorizations.iter().map(|signed| Either::Left(authorization(signed))).collect(),
    }
}

fn authorization(signed: &Authorization) -> SignedAuthorization {
    let inner = revm::context::transaction::Authorization {
        chain_id: signed.chain_id,
        address: signed.address,
        nonce: signed.nonce,
    };
    let signature = &signed.signature;
    SignedAuthorization::new_unchecked(inner, signature.y_parity, signature.r, signature.s)
}

/// A transaction that nobody signed, at no price.
pub(crate) fn request(request: &TxRequest, nonce: u64, chain_number: u64, gas_limit: u64) -> TxEnv {
    TxEnv {
        tx_type: 0,
        caller: request.from,
        gas_limit,
        gas_price: 0,
        kind: request.to.map_or(TxKind::Create, TxKind::Call),
        value: request.value,
        data: request.input.clone(),
        nonce,
        chain_id: Some(chain_number),
        access_list: AccessList::default(),
        gas_priority_fee: None,
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: Vec::new(),
    }
}
