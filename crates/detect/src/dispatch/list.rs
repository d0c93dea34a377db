//! Lists of rules: most have one or two, and there are as many lists as there are accounts.

use facts::U256;

/// Rules in order, each once.
#[derive(Debug, Default)]
pub(super) struct List(Vec<u32>);

impl List {
    /// Adds a rule. Rules come in order, so that one that is there already is the last.
    pub(super) fn add(&mut self, rule: u32) {
        if self.0.last() != Some(&rule) {
            // Most lists stay as short as they begin.
            if self.0.is_empty() {
                self.0.reserve_exact(1);
            }
            self.0.push(rule);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }
}

/// Rules that want amounts from some least one on. Kept by its bits, which are little to hold and let through less than
/// twice what is wanted.
#[derive(Debug, Default)]
pub(super) struct Graded(Vec<(u16, u32)>);

impl Graded {
    pub(super) fn add(&mut self, at_least: U256, rule: u32) {
        if self.0.is_empty() {
            self.0.reserve_exact(1);
        }
        self.0.push((bits(at_least), rule));
    }

    /// Puts them in order, when all are there.
    pub(super) fn settle(&mut self) {
        self.0.sort_unstable();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rules that may want this amount.
    pub(super) fn each(&self, amount: U256, see: impl FnMut(u32)) {
        if self.0.is_empty() {
            return;
        }
        let bits = bits(amount);
        self.0.iter().take_while(|(least, _)| *least <= bits).map(|(_, rule)| *rule).for_each(see);
    }
}

fn bits(amount: U256) -> u16 {
    u16::try_from(amount.bit_len()).unwrap_or(u16::MAX)
}

/// Rules that want any call or log of an account, and those that want one of a name: a selector, a first topic.
#[derive(Debug)]
pub(super) struct Named<K> {
    any: List,
    /// In order of names.
    named: Vec<(K, List)>,
}

impl<K> Default for Named<K> {
    fn default() -> Self {
        Self { any: List::default(), named: Vec::new() }
    }
}

impl<K: Ord> Named<K> {
    pub(super) fn add(&mut self, name: Option<K>, rule: u32) {
        let Some(name) = name else { return self.any.add(rule) };
        let at = self.named.binary_search_by(|(known, _)| known.cmp(&name)).unwrap_or_else(|at| {
            self.named.insert(at, (name, List::default()));
            at
        });
        self.named[at].1.add(rule);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.any.is_empty() && self.named.is_empty()
    }

    /// Both kinds of rules for something of this name.
    pub(super) fn each(&self, name: Option<&K>, mut see: impl FnMut(&List)) {
        see(&self.any);
        if let Some(name) = name
            && let Ok(at) = self.named.binary_search_by(|(known, _)| known.cmp(name))
        {
            see(&self.named[at].1);
        }
    }
}
