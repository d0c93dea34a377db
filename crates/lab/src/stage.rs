//! Where a story is played: actors with names, contracts by name, and a note of which transactions were the attack.

mod announce;
mod keys;

pub(crate) use self::keys::delegation_digest;

use std::collections::BTreeMap;

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use alloy_signer_local::PrivateKeySigner;
use anyhow::{Context as _, Result, ensure};
use facts::{Address, B256, Bytes, U256};

use crate::{
    Artifacts, Mined, Send, Variation, WETH, World,
    arg::{call_data, encode},
    args,
};

/// Who gives every actor its first coins, as an exchange would.
pub const EXCHANGE: Address = Address::repeat_byte(0xe1);
/// Coins that an actor begins with, in whole ones.
const POCKET: u64 = 100_000;

/// What a transaction of the story is to whoever has to tell attacks from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Honest, or preparation that harms nobody.
    Honest,
    /// What an attacker does before the first harm: deploys, funds, approves.
    Preparation,
    /// The attack.
    Attack,
}

/// A transaction of the story.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its hash.
    pub hash: B256,
    /// Who sent it.
    pub from: Address,
    /// What it is.
    pub role: Role,
}

/// An invariant that a protocol would declare of itself, as the text of a rule's card.
#[derive(Debug, Clone)]
pub struct Declared {
    /// `family/rule-id`.
    pub folder: String,
    /// `rule.toml`.
    pub card: String,
}

type Watcher<'a> = dyn FnMut(Mined, &mut World) -> Result<()> + 'a;

/// The stage.
pub struct Stage<'a> {
    world: World,
    artifacts: &'a Artifacts,
    /// How the story is to be played.
    pub variation: Variation,
    actors: BTreeMap<String, PrivateKeySigner>,
    role: Role,
    /// Every transaction with its role, in order.
    pub told: Vec<Told>,
    /// Is handed every block, in order, once it is made.
    watcher: Box<Watcher<'a>>,
    /// Contracts of the protocol that is attacked, with their names, for whoever declares them.
    pub protected: Vec<(Address, String)>,
    /// What the protocol declares of itself.
    pub declared: Vec<Declared>,
    noise: u64,
    outcomes: BTreeMap<B256, bool>,
    /// Transactions that failed, in words, for whoever writes the story.
    pub failures: Vec<String>,
}

impl<'a> Stage<'a> {
    /// An empty stage. `watcher` is handed every block as it is made.
    ///
    /// # Errors
    /// If the chain cannot be made.
    pub fn new(
        artifacts: &'a Artifacts,
        variation: Variation,
        watcher: impl FnMut(Mined, &mut World) -> Result<()> + 'a,
    ) -> Result<Self> {
        Ok(Self {
            world: World::new(&[EXCHANGE], &[(WETH, artifacts.get("WETH9")?.deployed_bytecode.clone())])?,
            artifacts,
            variation,
            actors: BTreeMap::new(),
            role: Role::Honest,
            told: Vec::new(),
            watcher: Box::new(watcher),
            protected: Vec::new(),
            declared: Vec::new(),
            noise: 0,
            outcomes: BTreeMap::new(),
            failures: Vec::new(),
        })
    }

    /// An amount of the story, as the variation scales it. Use it for whatever the attacker is free to choose and for
    /// the means of the victim alike.
    pub fn amount(&self, base: U256) -> U256 {
        base * U256::from(self.variation.times) / U256::from(self.variation.over)
    }

    /// The account of this name: a key of its own, and coins from an exchange when it is heard of first.
    pub fn actor(&mut self, name: &str) -> Address {
        if let Some(signer) = self.actors.get(name) {
            return signer.address();
        }
        let signer = self.key(name);
        let address = signer.address();
        self.actors.insert(name.to_owned(), signer);
        let value = ether(POCKET);
        self.push(Send { from: EXCHANGE, to: Some(address), value, ..Send::default() }, Role::Honest);
        address
    }

    /// An account of this name that nobody has given anything.
    pub fn stranger(&mut self, name: &str) -> Address {
        let signer = self.key(name);
        let address = signer.address();
        self.actors.entry(name.to_owned()).or_insert(signer);
        address
    }

    /// Where the attacker wants the loot: its own account, or another one where the variation says so.
    pub fn payee(&mut self, attacker: Address) -> Address {
        if self.variation.payee { self.stranger("payee") } else { attacker }
    }

    /// Deploys a contract of `contracts/scenarios` by its name.
    ///
    /// # Errors
    /// If there is no such contract.
    pub fn deploy(&mut self, from: Address, contract: &str, args: Vec<DynSolValue>) -> Result<Address> {
        let code = &self.artifacts.get(contract)?.bytecode;
        let input: Bytes = [code.as_ref(), &encode(args)].concat().into();
        let address = self.world.next_creation(from);
        self.push(Send { from, to: None, input, ..Send::default() }, self.role);
        Ok(address)
    }

    /// Deploys the attacker's contract, which takes no arguments for its construction, as the variation wants it:
    /// plainly, or behind a proxy.
    ///
    /// # Errors
    /// If there is no such contract.
    pub fn deploy_attack(&mut self, attacker: Address, contract: &str) -> Result<Address> {
        let code = self.deploy(attacker, contract, args![])?;
        if !self.variation.cloned {
            return Ok(code);
        }
        let (head, tail) = (hex("3d602d80600a3d3981f3363d3d373d3d3d363d73"), hex("5af43d82803e903d91602b57fd5bf3"));
        let input = [head.as_slice(), code.as_slice(), &tail].concat().into();
        let address = self.world.next_creation(attacker);
        self.push(Send { from: attacker, to: None, input, ..Send::default() }, self.role);
        Ok(address)
    }

    /// Calls a function of this signature, such as `deposit(uint256)`.
    pub fn call(&mut self, from: Address, to: Address, signature: &str, args: Vec<DynSolValue>) -> B256 {
        self.pay(from, to, U256::ZERO, signature, args)
    }

    /// The same with coins sent along.
    pub fn pay(&mut self, from: Address, to: Address, value: U256, signature: &str, args: Vec<DynSolValue>) -> B256 {
        self.push(Send { from, to: Some(to), value, input: call_data(signature, args), ..Send::default() }, self.role)
    }

    /// Sends coins.
    pub fn transfer(&mut self, from: Address, to: Address, value: U256) -> B256 {
        self.push(Send { from, to: Some(to), value, ..Send::default() }, self.role)
    }

    /// Sends anything.
    pub fn send(&mut self, send: Send) -> B256 {
        self.push(send, self.role)
    }

    /// The attacker uses its contract, as the variation wants it: directly, or through a relay.
    ///
    /// # Errors
    /// If the relay is not compiled.
    pub fn strike(
        &mut self,
        attacker: Address,
        contract: Address,
        value: U256,
        signature: &str,
        args: Vec<DynSolValue>,
    ) -> Result<B256> {
        if !self.variation.relayed {
            return Ok(self.pay(attacker, contract, value, signature, args));
        }
        let relay = self.deploy(attacker, "Relay", args![])?;
        let data = call_data(signature, args);
        Ok(self.pay(attacker, relay, value, "relay(address,bytes)", args![contract, data]))
    }

    /// The attacker deploys and uses a contract: in one transaction where the variation says so, else in two with
    /// a block between them.
    ///
    /// # Errors
    /// If a contract is not compiled or a block cannot be made.
    pub fn deploy_and_strike(
        &mut self,
        attacker: Address,
        contract: &str,
        value: U256,
        signature: &str,
        args: Vec<DynSolValue>,
    ) -> Result<Address> {
        if self.variation.launched {
            let code = self.artifacts.get(contract)?.bytecode.clone();
            let data = call_data(signature, args);
            let launcher = self.world.next_creation(attacker);
            let input = encode(args![code, data]);
            let input = [self.artifacts.get("Launcher")?.bytecode.as_ref(), &input].concat().into();
            self.push(Send { from: attacker, to: None, value, input, ..Send::default() }, Role::Attack);
            return Ok(launcher.create(1));
        }
        let before = std::mem::replace(&mut self.role, Role::Preparation);
        let at = self.deploy_attack(attacker, contract)?;
        self.mine()?;
        self.role = before;
        self.attack(|stage| stage.strike(attacker, at, value, signature, args).map(|_| ()))?;
        Ok(at)
    }

    /// What is played inside is the attack.
    ///
    /// # Errors
    /// Those of the play.
    pub fn attack<T>(&mut self, play: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.as_role(Role::Attack, play)
    }

    /// What is played inside prepares the attack and harms nobody yet.
    ///
    /// # Errors
    /// Those of the play.
    pub fn preparing<T>(&mut self, play: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.as_role(Role::Preparation, play)
    }

    fn as_role<T>(&mut self, role: Role, play: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = std::mem::replace(&mut self.role, role);
        let played = play(self);
        self.role = before;
        played
    }

    /// Ends the block.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn mine(&mut self) -> Result<()> {
        let mined = self.world.mine()?;
        let txs = &mined.traced.facts.txs;
        self.outcomes.extend(txs.iter().map(|tx| (tx.hash, tx.succeeded())));
        self.failures.extend(txs.iter().filter(|tx| !tx.succeeded()).map(|tx| {
            // The last frame that failed is the deepest: nothing begins after it.
            let said = tx.frames.iter().rev().find(|frame| !frame.succeeded()).map(|frame| {
                let (function, said) = (frame.selector(), String::from_utf8_lossy(&frame.output));
                format!("{function:?} of {} called by {}: {:?} {said:?}", frame.target, frame.caller, frame.status)
            });
            format!("{} to {:?}: {}", tx.from, tx.to, said.unwrap_or_default())
        }));
        (self.watcher)(mined, &mut self.world)
    }

    /// Lets so many blocks pass in which others go about their business.
    ///
    /// # Errors
    /// If one cannot be made.
    pub fn pass(&mut self, blocks: u64) -> Result<()> {
        for _ in 0..blocks {
            self.chatter();
            self.mine()?;
        }
        Ok(())
    }

    /// Lets so many seconds pass.
    pub fn wait(&mut self, seconds: u64) {
        self.world.wait(seconds);
    }

    /// The time of the next block, seconds since 1970 UTC.
    pub fn next_time(&self) -> u64 {
        self.world.next_time()
    }

    /// The height of the next block.
    pub fn next_height(&self) -> u64 {
        self.world.head().number + 1
    }

    /// The address that a creation by `from` gets, if it is the next thing it sends.
    pub fn next_creation(&self, from: Address) -> Address {
        self.world.next_creation(from)
    }

    /// Between two parts of an attack: a block ends, and where the variation says so others act meanwhile.
    ///
    /// # Errors
    /// If a block cannot be made.
    pub fn between_parts(&mut self) -> Result<()> {
        if self.variation.noisy {
            self.mine()?;
            return self.pass(3);
        }
        self.mine()
    }

    fn chatter(&mut self) {
        for _ in 0..3 {
            self.noise += 1;
            let to = Address::from_word(keccak256(format!("bystander {} {}", self.noise, self.variation.salt)));
            let value = U256::from(self.noise) * U256::from(1_000_000_000_000_000u64);
            self.push(Send { from: EXCHANGE, to: Some(to), value, ..Send::default() }, Role::Honest);
        }
    }

    /// The last block's answer to a view, as words of 32 bytes.
    ///
    /// # Errors
    /// If the call fails.
    pub fn view(&mut self, to: Address, signature: &str, args: Vec<DynSolValue>) -> Result<Vec<U256>> {
        ensure!(self.world.waiting() == 0, "a view sees the last block: mine what waits first");
        let data = self.world.view(to, call_data(signature, args)).with_context(|| signature.to_owned())?;
        Ok(data.chunks(32).map(|word| U256::from_be_slice(word)).collect())
    }

    /// What an account holds of the native coin after the last block, in wei.
    ///
    /// # Errors
    /// If it cannot be found out.
    pub fn balance(&mut self, of: Address) -> Result<U256> {
        ensure!(self.world.waiting() == 0, "a balance is that of the last block: mine what waits first");
        self.world.balance(of)
    }

    /// Whether a transaction of an earlier block succeeded; none if there was no such one.
    pub fn succeeded(&self, tx: B256) -> Option<bool> {
        self.outcomes.get(&tx).copied()
    }

    /// Says that this contract is one of the protocol that is attacked, under its name.
    pub fn protect(&mut self, address: Address, name: &str) {
        self.protected.push((address, name.to_owned()));
    }

    /// Says what the protocol declares of itself: the card of a rule, with its id `invariant/<id>`.
    pub fn declare(&mut self, id: &str, card: String) {
        self.declared.push(Declared { folder: format!("invariant/{id}"), card });
    }

    fn push(&mut self, send: Send, role: Role) -> B256 {
        let from = send.from;
        let hash = self.world.send(send);
        self.told.push(Told { hash, from, role });
        hash
    }
}

/// Whole coins of 10^18.
pub fn ether(coins: u64) -> U256 {
    U256::from(coins) * U256::from(1_000_000_000_000_000_000u64)
}

fn hex(text: &str) -> Vec<u8> {
    alloy_primitives::hex::decode(text).unwrap_or_else(|_| unreachable!("a constant"))
}
