//! A world of a few accounts, and what revm says happens in it.

use std::collections::BTreeMap;

use atlas::Fork;
use facts::{AccountState, Address, Bytes, U256};
use revm::{
    Context, DatabaseCommit, InspectEvm, Inspector, MainBuilder, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, ContextTr, TxEnv, result::ExecutionResult},
    database::{CacheDB, EmptyDB},
    interpreter::{
        CallInputs, CallOutcome, CreateInputs, CreateOutcome, InterpreterResult, interpreter::EthInterpreter,
    },
    primitives::{TxKind, hardfork::SpecId},
    state::{AccountInfo, EvmState},
};

use crate::program::Program;

/// Accounts with code.
pub const CODES: usize = 4;
/// Accounts without, which send.
pub const SENDERS: usize = 2;
/// Everybody has this much.
const BALANCE: u64 = 1_000;

/// Addresses: contracts, senders, two that are nobody yet, a precompiled contract, and where CREATE2 may lead.
pub fn accounts() -> Vec<Address> {
    let known = (1..=CODES + SENDERS + 2).map(|nth| Address::repeat_byte(0xc0 + u8::try_from(nth).unwrap()));
    known.chain([Address::with_last_byte(4)]).collect()
}

/// A transaction: who sends how much to whom.
#[derive(Debug, Clone)]
pub struct Sent {
    pub from: usize,
    pub to: Option<usize>,
    pub value: u64,
}

/// What revm says of one transaction.
pub struct Told {
    pub result: ExecutionResult,
    pub calls: Vec<Call>,
    /// What it left, by account.
    pub state: EvmState,
}

/// A call or creation as an Inspector sees it.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub depth: usize,
    pub caller: Address,
    pub target: Address,
    pub code: Address,
    pub value: U256,
    pub input: Bytes,
    pub output: Bytes,
    pub succeeded: bool,
    pub is_create: bool,
}

/// The world as revm keeps it.
pub struct World {
    pub db: CacheDB<EmptyDB>,
    nonces: BTreeMap<Address, u64>,
}

impl World {
    pub fn new(programs: &[Program]) -> Self {
        let mut db = CacheDB::new(EmptyDB::default());
        for (nth, address) in accounts().into_iter().take(CODES + SENDERS).enumerate() {
            let code = programs.get(nth).map(|program| program.assemble(&accounts()));
            let code = Bytecode::new_raw(code.unwrap_or_default());
            let info =
                AccountInfo { nonce: u64::from(nth < CODES), balance: U256::from(BALANCE), ..AccountInfo::default() };
            db.insert_account_info(address, info.with_code(code));
        }
        Self { db, nonces: BTreeMap::new() }
    }

    /// An account as it is now.
    pub fn account(&self, address: Address) -> AccountState {
        let Some(held) = self.db.cache.accounts.get(&address) else { return AccountState::default() };
        let code = self.db.cache.contracts.get(&held.info.code_hash).map(Bytecode::original_bytes);
        AccountState {
            balance: held.info.balance,
            nonce: held.info.nonce,
            code: code.unwrap_or_default(),
            storage: held.storage.iter().map(|(slot, value)| (*slot, *value)).collect(),
        }
    }

    /// The next nonce of a sender.
    pub fn nonce(&mut self, from: Address) -> u64 {
        let nonce = self.nonces.entry(from).or_default();
        *nonce += 1;
        *nonce - 1
    }

    /// Runs a transaction and keeps what it did.
    pub fn run(&mut self, fork: Fork, block: &BlockEnv, tx: &TxEnv) -> Told {
        let mut cfg = CfgEnv::new_with_spec(spec(fork));
        cfg.tx_chain_id_check = true;
        let context = Context::mainnet().with_db(&mut self.db).with_cfg(cfg).with_block(block.clone());
        let mut evm = context.build_mainnet_with_inspector(Watch::default());
        let ran = evm.inspect_tx(tx.clone()).unwrap();
        let calls = std::mem::take(&mut evm.inspector.calls);
        drop(evm);
        self.db.commit(ran.state.clone());
        Told { result: ran.result, calls, state: ran.state }
    }
}

/// The transaction in revm's words, at no price.
pub fn tx_env(sent: &Sent, nonce: u64, input: Bytes) -> TxEnv {
    let kind = sent.to.map_or(TxKind::Create, |to| TxKind::Call(accounts()[to]));
    TxEnv {
        caller: accounts()[sent.from],
        kind,
        nonce,
        value: U256::from(sent.value),
        gas_limit: 1_000_000,
        gas_price: 0,
        data: input,
        chain_id: Some(1),
        ..TxEnv::default()
    }
}

fn spec(fork: Fork) -> SpecId {
    match fork {
        Fork::Homestead => SpecId::HOMESTEAD,
        Fork::Tangerine => SpecId::TANGERINE,
        Fork::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
        Fork::Byzantium => SpecId::BYZANTIUM,
        Fork::Petersburg => SpecId::PETERSBURG,
        Fork::Istanbul => SpecId::ISTANBUL,
        Fork::Berlin => SpecId::BERLIN,
        Fork::London => SpecId::LONDON,
        Fork::Shanghai => SpecId::SHANGHAI,
        Fork::Cancun => SpecId::CANCUN,
        Fork::Prague => SpecId::PRAGUE,
        other => panic!("no random blocks of {other:?}"),
    }
}

/// Writes down calls as revm's own Inspector tells them.
#[derive(Default)]
struct Watch {
    calls: Vec<Call>,
    open: Vec<usize>,
}

impl Watch {
    fn end(&mut self, result: &InterpreterResult) -> &mut Call {
        let at = self.open.pop().unwrap();
        let call = &mut self.calls[at];
        call.succeeded = result.is_ok();
        call.output = result.output.clone();
        call
    }
}

impl<CTX: ContextTr> Inspector<CTX, EthInterpreter> for Watch {
    fn call(&mut self, context: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let call = Call {
            depth: self.open.len(),
            caller: inputs.caller,
            target: inputs.target_address,
            code: inputs.bytecode_address,
            value: inputs.value.transfer().unwrap_or_default(),
            input: inputs.input.bytes(context),
            ..Call::default()
        };
        self.open.push(self.calls.len());
        self.calls.push(call);
        None
    }

    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.end(&outcome.result);
    }

    fn create(&mut self, _: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        let call = Call {
            depth: self.open.len(),
            caller: inputs.caller(),
            value: inputs.value(),
            input: inputs.init_code().clone(),
            is_create: true,
            ..Call::default()
        };
        self.open.push(self.calls.len());
        self.calls.push(call);
        None
    }

    fn create_end(&mut self, _: &mut CTX, _: &CreateInputs, outcome: &mut CreateOutcome) {
        let address = outcome.address.filter(|_| outcome.result.is_ok());
        let call = self.end(&outcome.result);
        call.target = address.unwrap_or_default();
    }
}
