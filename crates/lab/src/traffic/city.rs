//! Where honest people live: their keys, their purses, what they have allowed, and what is still to be done.

use std::collections::{BTreeMap, BTreeSet};

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use anyhow::{Context as _, Result};
use facts::{Address, B256, Bytes, U256};

use super::{Kind, chance::Chance, places::Places};
use crate::{
    Artifacts, EXCHANGE, Mined, Send, WETH, World,
    arg::{call_data, encode},
    ether,
};

/// Transactions of a block: between these two.
const BLOCK_TXS: (u64, u64) = (150, 200);
/// Blocks that follow one another as usual, before some hours pass in which nothing is told.
const EPISODE_BLOCKS: u64 = 25;
/// What a transaction may cost in fees, in wei: 16 million gas at a few times the base fee.
const FEE_MAX: u64 = 50_000_000_000_000_000;

/// Something that is to be done later.
pub(super) type Errand = Box<dyn FnOnce(&mut City<'_>) -> Result<()>>;
/// Is shown every block, with the kind of each of its transactions.
pub(super) type Onlooker<'a> = dyn FnMut(Mined, &mut World, &[&'static str]) -> Result<()> + 'a;

/// The town, its chain, and its people.
pub(super) struct City<'a> {
    pub(super) world: World,
    pub(super) artifacts: &'a Artifacts,
    pub(super) chance: Chance,
    pub(super) places: Places,
    people: Vec<PrivateKeySigner>,
    salt: String,
    kind: &'static str,
    waiting: Vec<&'static str>,
    full: usize,
    agenda: BTreeMap<u64, Vec<(&'static str, Errand)>>,
    /// What an account holds at least, in wei.
    purses: BTreeMap<Address, U256>,
    /// What accounts have spent in the block that is being filled.
    spent: BTreeMap<Address, U256>,
    allowed: BTreeSet<(Address, Address, Address)>,
    busy: BTreeSet<Address>,
    onlooker: Box<Onlooker<'a>>,
    told: u64,
}

impl<'a> City<'a> {
    /// An empty town on a chain of its own.
    ///
    /// # Errors
    /// If the chain cannot be made.
    pub(super) fn new(
        artifacts: &'a Artifacts,
        (seed, world): (u64, u64),
        onlooker: impl FnMut(Mined, &mut World, &[&'static str]) -> Result<()> + 'a,
    ) -> Result<Self> {
        Ok(Self {
            world: World::new(&[EXCHANGE], &[(WETH, artifacts.get("WETH9")?.deployed_bytecode.clone())])?,
            artifacts,
            chance: Chance::new(seed, world),
            places: Places::default(),
            people: Vec::new(),
            salt: format!("town {world} of seed {seed}"),
            kind: "founding",
            waiting: Vec::new(),
            full: 0,
            agenda: BTreeMap::new(),
            purses: BTreeMap::new(),
            spent: BTreeMap::new(),
            allowed: BTreeSet::new(),
            busy: BTreeSet::new(),
            onlooker: Box::new(onlooker),
            told: 0,
        })
    }

    /// Transactions that were told.
    pub(super) fn told(&self) -> u64 {
        self.told
    }

    /// Lets something of this kind happen.
    ///
    /// # Errors
    /// Those of what happens.
    pub(super) fn act(&mut self, kind: &Kind) -> Result<()> {
        self.named(kind.name, |city| (kind.act)(city).with_context(|| kind.name))
    }

    /// What is sent inside is of this kind.
    pub(super) fn named<T>(&mut self, kind: &'static str, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.kind, kind);
        let done = act(self);
        self.kind = before;
        done
    }

    /// Does something so many blocks later, under the kind of now.
    pub(super) fn later(&mut self, blocks: u64, errand: impl FnOnce(&mut City<'_>) -> Result<()> + 'static) {
        let at = self.height() + blocks.max(1);
        self.agenda.entry(at).or_default().push((self.kind, Box::new(errand)));
    }

    /// The height of the block that is being filled.
    pub(super) fn height(&self) -> u64 {
        self.world.head().number + 1
    }

    /// Its time, seconds since 1970 UTC.
    pub(super) fn time(&self) -> u64 {
        self.world.next_time()
    }

    /// Whether the block has as many transactions as it should.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= self.full
    }

    /// Ends the block, shows it, and begins the next one with what was put off until then.
    ///
    /// # Errors
    /// If it cannot be made, or an errand fails.
    pub(super) fn mine(&mut self) -> Result<()> {
        let mined = self.world.mine()?;
        let kinds = std::mem::take(&mut self.waiting);
        self.told += kinds.len() as u64;
        (self.onlooker)(mined, &mut self.world, &kinds)?;
        self.spent.clear();
        self.busy.clear();
        let (least, most) = BLOCK_TXS;
        self.full = usize::try_from(self.chance.between(least, most))?;
        let height = self.height();
        if height.is_multiple_of(EPISODE_BLOCKS) {
            let seconds = self.chance.between(2 * 3600, 8 * 3600);
            self.world.wait(seconds);
        }
        while let Some(entry) = self.agenda.first_entry()
            && *entry.key() <= height
        {
            for (kind, errand) in entry.remove() {
                self.named(kind, |city| errand(city).with_context(|| kind))?;
            }
        }
        Ok(())
    }

    /// A new inhabitant with a key and without means.
    pub(super) fn newcomer(&mut self) -> usize {
        let id = self.people.len();
        let seed = keccak256(format!("inhabitant {id} of {}", self.salt));
        // A hash is a valid key but for one in 2^128.
        let key =
            PrivateKeySigner::from_bytes(&seed).unwrap_or_else(|_| unreachable!("a hash below the curve's order"));
        self.people.push(key);
        id
    }

    /// Somebody, not everybody as often, who has not acted in this block where there is such a one.
    pub(super) fn someone(&mut self) -> (usize, Address) {
        let len = self.people.len() as u64;
        let mut last = (0, Address::ZERO);
        for _ in 0..8 {
            // The lower of two: early inhabitants are busier.
            let (a, b) = (self.chance.below(len), self.chance.below(len));
            let id = usize::try_from(a.min(b)).unwrap_or_default();
            last = (id, self.at(id));
            if self.busy.insert(last.1) {
                break;
            }
        }
        last
    }

    /// An inhabitant's account.
    pub(super) fn at(&self, id: usize) -> Address {
        self.people.get(id).map(PrivateKeySigner::address).unwrap_or_default()
    }

    /// An account that nobody has heard of and whose key is elsewhere.
    pub(super) fn stranger(&mut self) -> Address {
        Address::from_word(keccak256(self.chance.word().to_be_bytes::<32>()))
    }

    /// An inhabitant's signature over a digest: r, s, v, with `v` 27 or 28.
    ///
    /// # Errors
    /// If there is no such inhabitant.
    pub(super) fn sign(&self, id: usize, digest: B256) -> Result<Bytes> {
        let key = self.people.get(id).context("nobody of this number")?;
        Ok(key.sign_hash_sync(&digest)?.as_bytes().into())
    }

    /// Sends a transaction, for whose fees the sender gets coins of an exchange if it has none.
    pub(super) fn send(&mut self, send: Send) -> B256 {
        self.afford(send.from, send.value + U256::from(FEE_MAX));
        self.put(send)
    }

    /// Sends a transaction of a sender whose means are known to be enough.
    pub(super) fn put(&mut self, send: Send) -> B256 {
        self.waiting.push(self.kind);
        self.world.send(send)
    }

    /// Makes sure that an account can spend so many wei from now on, and takes them off its purse.
    pub(super) fn afford(&mut self, from: Address, need: U256) {
        if from == EXCHANGE {
            return;
        }
        let mut purse = self.purses.get(&from).copied().unwrap_or_default();
        let spent = self.spent.get(&from).copied().unwrap_or_default();
        if purse < need {
            // An account whose balance cannot be read counts as empty: it gets more than it needs.
            purse = self.world.balance(from).unwrap_or_default().saturating_sub(spent);
        }
        if purse < need {
            let value = need * U256::from(2) + self.dollars(0, 500);
            let before = std::mem::replace(&mut self.kind, "exchange pays out coins");
            self.put(Send { from: EXCHANGE, to: Some(from), value, ..Send::default() });
            self.kind = before;
            purse += value;
        }
        self.purses.insert(from, purse - need);
        self.spent.insert(from, spent + need);
    }

    /// Calls a function of this signature, such as `deposit(uint256)`.
    pub(super) fn call(&mut self, from: Address, to: Address, signature: &str, args: Vec<DynSolValue>) -> B256 {
        self.pay(from, to, U256::ZERO, signature, args)
    }

    /// The same with coins sent along.
    pub(super) fn pay(
        &mut self,
        from: Address,
        to: Address,
        value: U256,
        signature: &str,
        args: Vec<DynSolValue>,
    ) -> B256 {
        self.send(Send { from, to: Some(to), value, input: call_data(signature, args), ..Send::default() })
    }

    /// Deploys a contract of `contracts/scenarios` by its name.
    ///
    /// # Errors
    /// If there is no such contract.
    pub(super) fn deploy(&mut self, from: Address, contract: &str, args: Vec<DynSolValue>) -> Result<Address> {
        let code = &self.artifacts.get(contract)?.bytecode;
        let input: Bytes = [code.as_ref(), &encode(args)].concat().into();
        let address = self.world.next_creation(from);
        self.send(Send { from, to: None, input, ..Send::default() });
        Ok(address)
    }

    /// The last block's answer to a view, as words of 32 bytes.
    ///
    /// # Errors
    /// If the call fails.
    pub(super) fn view(&mut self, to: Address, signature: &str, args: Vec<DynSolValue>) -> Result<Vec<U256>> {
        let data = self.world.view(to, call_data(signature, args)).with_context(|| signature.to_owned())?;
        Ok(data.chunks(32).map(|word| U256::from_be_slice(word)).collect())
    }

    /// The first word of it.
    ///
    /// # Errors
    /// If the call fails or answers nothing.
    pub(super) fn read(&mut self, to: Address, signature: &str, args: Vec<DynSolValue>) -> Result<U256> {
        self.view(to, signature, args)?.first().copied().with_context(|| format!("`{signature}` answers nothing"))
    }

    /// Lets `owner` allow `spender` to take this much of a token, unless it has allowed everything before.
    pub(super) fn allow(&mut self, owner: Address, token: Address, spender: Address, amount: U256) {
        if self.allowed.contains(&(owner, token, spender)) {
            return;
        }
        // Tether's allowance must be zero before it is changed: nobody leaves a part of it.
        let all = self.places.is_tether(token) || self.chance.percent(60);
        if all {
            self.allowed.insert((owner, token, spender));
        }
        let value = if all { U256::MAX } else { amount };
        let before = std::mem::replace(&mut self.kind, "approval");
        self.call(owner, token, "approve(address,uint256)", crate::args![spender, value]);
        self.kind = before;
    }

    /// Says that an owner has taken back what it allowed; none if it allowed nothing without bound.
    pub(super) fn disallow(&mut self) -> Option<(Address, Address, Address)> {
        let index = self.chance.index(self.allowed.len());
        let taken = self.allowed.iter().nth(index).copied()?;
        (!self.busy.contains(&taken.0)).then_some(taken).filter(|taken| self.allowed.remove(taken))
    }

    /// An amount of a coin worth so many dollars by the price of reference.
    pub(super) fn dollars(&self, coin: usize, dollars: u64) -> U256 {
        match self.places.coins.get(coin) {
            Some(coin) => U256::from(dollars) * U256::from(100) * coin.unit / U256::from(coin.price_cents.max(1)),
            // Before there are coins: two thousand dollars each.
            None => ether(1) * U256::from(dollars) / U256::from(2000),
        }
    }
}
