use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use alloy_primitives::Selector;
use atlas::{AttackerCode, LabelKinds, Selectors};
use facts::{AccountId, Address, ChainId, KeyedMap};

/// What is protected: the contracts of a protocol by name, or everything when no protocol is given.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    protected: KeyedMap<Address, Vec<(ChainId, String)>>,
    in_order: Vec<AccountId>,
    functions: Selectors,
    labels: Option<Arc<dyn Labels>>,
    attacker_code: Option<Arc<AttackerCode>>,
}

/// Who is known to be what: `atlas` has the labels, with their sources and dates.
pub trait Labels: std::fmt::Debug + Send + Sync {
    /// The kinds that an account of a chain is known to be.
    fn kinds(&self, chain: &ChainId, account: Address) -> LabelKinds;

    /// All that is said of these accounts, as a file of labels; empty if that is nothing.
    fn excerpt(&self, accounts: &BTreeSet<Address>) -> String;
}

impl Labels for atlas::Labels {
    fn kinds(&self, chain: &ChainId, account: Address) -> LabelKinds {
        atlas::Labels::kinds(self, chain, account)
    }

    fn excerpt(&self, accounts: &BTreeSet<Address>) -> String {
        atlas::Labels::excerpt(self, accounts)
    }
}

impl Scope {
    /// No protocol is given: every contract is in scope for the generic rules, and none is known by name.
    pub fn everything() -> Self {
        Self::default()
    }

    /// The contracts of one or more protocols, by their names in `protocol.toml`.
    pub fn protecting(contracts: impl IntoIterator<Item = (AccountId, String)>) -> Self {
        let mut scope = Self::default();
        for (account, name) in contracts {
            if scope.name(&account.chain, account.address).is_none() {
                scope.protected.entry(account.address).or_default().push((account.chain.clone(), name));
                scope.in_order.push(account);
            }
        }
        scope.in_order.sort();
        scope
    }

    /// The same, with functions called by their names in what the rules say.
    #[must_use]
    pub fn naming(mut self, functions: Selectors) -> Self {
        self.functions = functions;
        self
    }

    /// The same, with labels in place of those in the binary, for the rules that ask for them.
    #[must_use]
    pub fn labelling(mut self, labels: Arc<dyn Labels>) -> Self {
        self.labels = Some(labels);
        self
    }

    /// The same, with these codes that attacked before in place of those in the binary.
    #[must_use]
    pub fn knowing(mut self, attacker_code: Arc<AttackerCode>) -> Self {
        self.attacker_code = Some(attacker_code);
        self
    }

    /// Code that attacked before: what was given, or else what is in the binary.
    pub(crate) fn attacker_code(&self) -> &AttackerCode {
        static EMBEDDED: LazyLock<AttackerCode> = LazyLock::new(AttackerCode::embedded);
        self.attacker_code.as_deref().unwrap_or(&EMBEDDED)
    }

    /// Whether an account is known to be of one of these kinds, by the labels that were given or else by those in the
    /// binary.
    pub(crate) fn labelled(&self, chain: &ChainId, account: Address, kinds: LabelKinds) -> bool {
        self.labels().kinds(chain, account).any_of(kinds)
    }

    /// Who is known to be what: by the labels that were given, or else by those in the binary.
    pub fn labels(&self) -> &dyn Labels {
        static EMBEDDED: LazyLock<atlas::Labels> = LazyLock::new(atlas::Labels::embedded);
        self.labels.as_deref().unwrap_or(&*EMBEDDED)
    }

    /// What a function is called: its signature where it is known, else its selector.
    pub fn function(&self, selector: Selector) -> String {
        self.functions.selector(selector).map_or_else(|| selector.to_string(), ToString::to_string)
    }

    /// Whether no protocol is given.
    pub fn is_everything(&self) -> bool {
        self.in_order.is_empty()
    }

    /// The name of a protected contract.
    pub fn name(&self, chain: &ChainId, address: Address) -> Option<&str> {
        let here = self.protected.get(&address)?.iter().find(|(on, _)| on == chain)?;
        Some(&here.1)
    }

    /// Whether this is a protected contract.
    pub fn protects(&self, chain: &ChainId, address: Address) -> bool {
        self.name(chain, address).is_some()
    }

    /// Whether the generic rules look at this account: a protected contract, or any when no protocol is given.
    pub fn covers(&self, chain: &ChainId, address: Address) -> bool {
        self.is_everything() || self.protects(chain, address)
    }

    /// The protected contracts on `chain`, ordered by address.
    pub fn on<'a>(&'a self, chain: &'a ChainId) -> impl Iterator<Item = Address> + 'a {
        self.in_order.iter().filter(move |account| account.chain == *chain).map(|account| account.address)
    }

    /// All protected contracts, ordered by chain and address.
    pub fn contracts(&self) -> &[AccountId] {
        &self.in_order
    }
}
