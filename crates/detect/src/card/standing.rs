use facts::{Address, Ask, BlockRef, Budget, Bytes, ChainId, Overrides, Question, TxRequest, U256};
use serde::Serialize;

/// A question that a rule wants answered after every block of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingQuestion {
    /// Its full name, `rule/question`, as in [`facts::Observed`].
    pub name: String,
    /// The chain.
    pub chain: ChainId,
    /// The contract.
    pub address: Address,
    pub(crate) ask: Asked,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Asked {
    Slot(U256),
    View(Bytes),
}

impl StandingQuestion {
    /// What a look at one slot or one view call may cost.
    const BUDGET: Budget = Budget { gas: 10_000_000, reads: 200 };

    /// The question after block `at`, with its name, if it is about that chain.
    pub(crate) fn at(&self, at: &BlockRef) -> Option<(String, Question)> {
        if self.chain != at.chain {
            return None;
        }
        let ask = match &self.ask {
            Asked::Slot(slot) => Ask::Slot { address: self.address, slot: *slot },
            Asked::View(input) => {
                Ask::View(TxRequest { to: Some(self.address), input: input.clone(), ..TxRequest::default() })
            }
        };
        let question = Question { at: at.clone(), overrides: Overrides::default(), ask, budget: Self::BUDGET };
        Some((self.name.clone(), question))
    }
}
