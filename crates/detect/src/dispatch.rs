//! Who is woken by a transaction. A transaction that nobody wants costs one look-up or two for each call and log.

use std::hash::Hash;

use facts::{Address, B256, KeyedMap, Selector, TxFacts, U256};

use crate::{Detector, FlowShape, Scope, Wake};

/// Rules that one process runs. The set of those that are awake is this many bits, and lives on the stack.
pub(crate) const MAX_RULES: usize = 512;

/// A set of rules by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Awake([u64; MAX_RULES / 64]);

impl Awake {
    const NONE: Self = Self([0; MAX_RULES / 64]);

    fn add(&mut self, rules: &Self) {
        for (mine, more) in self.0.iter_mut().zip(rules.0) {
            *mine |= more;
        }
    }

    fn set(&mut self, rule: usize) {
        self.0[rule / 64] |= 1 << (rule % 64);
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The rules in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    at * 64 + bit
                })
            })
        })
    }
}

/// The rules by what wakes them.
#[derive(Debug)]
pub(crate) struct Dispatch {
    every_tx: Awake,
    every_block: Awake,
    addresses: KeyedMap<Address, Box<Awake>>,
    selectors: KeyedMap<Selector, Box<Awake>>,
    topics: KeyedMap<B256, Box<Awake>>,
    any_flow: Awake,
    mint_or_burn: Awake,
    native: Vec<(U256, usize)>,
    failure: Awake,
    change: Awake,
    code: Awake,
    delegation: Awake,
}

impl Dispatch {
    /// The index over detectors, of which there are at most [`MAX_RULES`].
    pub(crate) fn new(detectors: &[Box<dyn Detector>], scope: &Scope) -> Self {
        let mut this = Self {
            every_tx: Awake::NONE,
            every_block: Awake::NONE,
            addresses: KeyedMap::default(),
            selectors: KeyedMap::default(),
            topics: KeyedMap::default(),
            any_flow: Awake::NONE,
            mint_or_burn: Awake::NONE,
            native: Vec::new(),
            failure: Awake::NONE,
            change: Awake::NONE,
            code: Awake::NONE,
            delegation: Awake::NONE,
        };
        for (rule, detector) in detectors.iter().enumerate() {
            for wake in detector.wakes() {
                this.add(rule, wake, scope);
            }
        }
        this
    }

    fn add(&mut self, rule: usize, wake: Wake, scope: &Scope) {
        match wake {
            Wake::Tx => self.every_tx.set(rule),
            Wake::Address(address) => index(&mut self.addresses, address, rule),
            Wake::InScope if scope.is_everything() => self.every_tx.set(rule),
            Wake::Protected | Wake::InScope => {
                for account in scope.contracts() {
                    index(&mut self.addresses, account.address, rule);
                }
            }
            Wake::Selector(selector) => index(&mut self.selectors, selector, rule),
            Wake::Topic(topic) => index(&mut self.topics, topic, rule),
            Wake::Flow(FlowShape::Any) => self.any_flow.set(rule),
            Wake::Flow(FlowShape::MintOrBurn) => self.mint_or_burn.set(rule),
            Wake::Flow(FlowShape::Native { at_least }) => self.native.push((at_least, rule)),
            Wake::Failure => self.failure.set(rule),
            Wake::Change => self.change.set(rule),
            Wake::Code => self.code.set(rule),
            Wake::Delegation => self.delegation.set(rule),
            Wake::Block => self.every_block.set(rule),
        }
    }

    /// The rules that look at every block.
    pub(crate) fn of_block(&self) -> &Awake {
        &self.every_block
    }

    /// The rules that this transaction wakes.
    pub(crate) fn of_tx(&self, tx: &TxFacts) -> Awake {
        let mut awake = self.every_tx;
        if !tx.changes.is_empty() {
            awake.add(&self.change);
        }
        if !tx.codes.is_empty() {
            awake.add(&self.code);
        }
        if !tx.delegations.is_empty() {
            awake.add(&self.delegation);
        }
        self.by_calls(tx, &mut awake);
        self.by_logs(tx, &mut awake);
        self.by_flows(tx, &mut awake);
        awake
    }

    fn by_calls(&self, tx: &TxFacts, awake: &mut Awake) {
        let by_address = !self.addresses.is_empty();
        let by_selector = !self.selectors.is_empty();
        let mut failed = false;
        if by_address {
            wake(&self.addresses, &tx.from, awake);
            if let Some(to) = &tx.to {
                wake(&self.addresses, to, awake);
            }
            for change in &tx.changes {
                wake(&self.addresses, &change.contract, awake);
            }
        }
        for frame in &tx.frames {
            failed |= !frame.succeeded();
            if by_address {
                wake(&self.addresses, &frame.target, awake);
                if frame.code != frame.target {
                    wake(&self.addresses, &frame.code, awake);
                }
            }
            if by_selector && let Some(selector) = frame.selector() {
                wake(&self.selectors, &selector, awake);
            }
        }
        if failed {
            awake.add(&self.failure);
        }
    }

    fn by_logs(&self, tx: &TxFacts, awake: &mut Awake) {
        for log in &tx.logs {
            wake(&self.addresses, &log.address, awake);
            if let Some(topic) = log.topics.first() {
                wake(&self.topics, topic, awake);
            }
        }
    }

    fn by_flows(&self, tx: &TxFacts, awake: &mut Awake) {
        if tx.flows.is_empty() {
            return;
        }
        awake.add(&self.any_flow);
        let by_mint = !self.mint_or_burn.is_empty();
        for flow in &tx.flows {
            wake(&self.addresses, &flow.from, awake);
            wake(&self.addresses, &flow.to, awake);
            if by_mint && (flow.from.is_zero() || flow.to.is_zero()) {
                awake.add(&self.mint_or_burn);
            }
            if flow.asset == facts::Asset::Native {
                for (at_least, rule) in &self.native {
                    if flow.amount >= *at_least {
                        awake.set(*rule);
                    }
                }
            }
        }
    }
}

fn index<K: Hash + Eq>(map: &mut KeyedMap<K, Box<Awake>>, key: K, rule: usize) {
    map.entry(key).or_insert_with(|| Box::new(Awake::NONE)).set(rule);
}

fn wake<K: Hash + Eq>(map: &KeyedMap<K, Box<Awake>>, key: &K, awake: &mut Awake) {
    if !map.is_empty()
        && let Some(rules) = map.get(key)
    {
        awake.add(rules);
    }
}
