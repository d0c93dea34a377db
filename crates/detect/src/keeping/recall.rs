use std::cell::RefCell;

use atlas::LabelKinds;
use facts::{Address, B256, ChainId, U256};

use super::Keeping;
use crate::{
    MemoryView, Scope,
    card::Subject,
    condition::{
        expr::Trouble,
        look::{Mind, Origin, Part},
        types::Value,
    },
    origins,
};

/// What a rule remembers, for a condition to ask.
pub(crate) struct Recall<'a> {
    pub(super) keeping: &'a Keeping,
    pub(super) memory: &'a MemoryView<'a>,
    pub(super) cited: RefCell<Vec<Stepped>>,
    scope: &'a Scope,
    chain: &'a ChainId,
}

/// A step of a sequence that a condition rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stepped {
    pub(crate) name: String,
    pub(crate) on: Subject,
    pub(crate) block: u64,
    pub(crate) tx: B256,
}

impl<'a> Recall<'a> {
    pub(crate) fn new(keeping: &'a Keeping, memory: &'a MemoryView<'a>, scope: &'a Scope, chain: &'a ChainId) -> Self {
        Self { keeping, memory, cited: RefCell::default(), scope, chain }
    }

    /// The steps that were rested on since this was last asked.
    pub(crate) fn cited(&self) -> Vec<Stepped> {
        self.cited.take()
    }
}

impl Mind for Recall<'_> {
    fn window(&self, at: usize, key: &[u8]) -> Result<Value<'static>, Trouble> {
        self.window_value(at, key)
    }

    fn sequence(&self, at: usize, key: &[u8]) -> Result<bool, Trouble> {
        self.sequence_is_complete(at, key)
    }

    fn baseline(&self, at: usize, part: Part, key: &[u8], of: &[U256]) -> Result<Value<'static>, Trouble> {
        self.baseline_part(at, part, key, of)
    }

    fn origin(&self, what: Origin, of: Address) -> Value<'static> {
        origins::of(self.memory, what, of)
    }

    fn labelled(&self, account: Address, kinds: LabelKinds) -> bool {
        self.scope.labelled(self.chain, account, kinds)
    }
}
