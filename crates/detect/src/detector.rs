use case::Alert;
use facts::{Address, Answer, B256, BlockFacts, BlockRef, ChainId, Question, Selector, TxFacts, U256};

use crate::{Findings, Indexed, MemoryView, RuleCard, Scope, Woken};

/// A rule at work. It holds its card and its parameters and nothing else: what it wants to keep from block to block
/// goes into the memory it is handed, because that is what a reorg undoes.
pub trait Detector: Send + Sync {
    /// Who it is.
    fn card(&self) -> &RuleCard;

    /// What wakes it. It is asked once; nothing else wakes it later.
    fn wakes(&self) -> Vec<Wake>;

    /// Looks at a transaction that woke it.
    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let (_, _, _) = (ctx, memory, out);
    }

    /// Whether it asks where accounts come from; only then is that remembered.
    fn asks_origins(&self, scope: &Scope) -> bool {
        let _ = scope;
        false
    }

    /// Whether it looks at a transaction after all others, because it takes longer: what they find does not wait for it.
    fn comes_last(&self) -> bool {
        false
    }

    /// Whether it learns from blocks.
    fn learns(&self) -> bool {
        false
    }

    /// Learns from a block, after every rule has looked at all of it.
    fn learn(&self, ctx: &BlockCtx<'_>, lesson: &Lesson<'_>, memory: &mut MemoryView<'_>) {
        let (_, _, _) = (ctx, lesson, memory);
    }

    /// Looks at what came of a question of its own, on the memory as it is after the last block. What it remembers here is
    /// forgotten again: an answer is no part of a block.
    fn answered(&self, ctx: &AnswerCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let (_, _, _) = (ctx, memory, out);
    }

    /// Looks at the block, after all its transactions, if it asked for [`Wake::Block`].
    fn block(&self, ctx: &BlockCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let (_, _, _) = (ctx, memory, out);
    }
}

/// What a rule may learn from in a block, and what it had better not.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// The transactions that woke it, and what of them did.
    pub txs: &'a [(&'a TxFacts, Woken<'a>)],
    /// Transactions in which the rule itself fired, or any rule raised an alert of severity high.
    pub objects_to: &'a [B256],
    /// Whether such an alert was about the block as a whole.
    pub objects_to_block: bool,
}

/// One reason for waking a detector. Several are alternatives.
///
/// A rule that is woken by calls, logs, movements or changes of its choice is told which they were; one that has other
/// reasons as well looks at all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Every transaction. It costs every transaction, too.
    Tx,
    /// A transaction that did more than pay its recipient: many do not.
    Work,
    /// A call to or of this account's code, a log of it, value to or from it, or that it sends or receives the
    /// transaction.
    Address(Address),
    /// The same for any protected contract; nothing when no protocol is given.
    Protected,
    /// The same for any protected contract, and every transaction when no protocol is given.
    InScope,
    /// That it sends or receives the transaction.
    Party(Whose),
    /// A call to an account or of its code, with a selector, however it ends.
    Call(Option<Whose>, Option<Selector>),
    /// A log of an account, with a first topic.
    Log(Option<Whose>, Option<B256>),
    /// Value to or from an account, or of the token that it is.
    Moved {
        /// The account.
        whose: Whose,
        /// The least amount, in base units. Movements of somewhat less may wake the rule as well.
        at_least: U256,
    },
    /// A change of who may do what with an account.
    Changed(Whose),
    /// A call with this selector, wherever it goes and however it ends.
    Selector(Selector),
    /// A log with this first topic.
    Topic(B256),
    /// A movement of value of this shape.
    Flow(FlowShape),
    /// A frame that failed, even one whose caller went on.
    Failure,
    /// A change of who may do what.
    Change,
    /// Deployed code.
    Code,
    /// Code delegated to an account (EIP-7702).
    Delegation,
    /// The end of every block.
    Block,
}

/// Which account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// This one.
    Account(Address),
    /// Any protected contract; none when no protocol is given.
    Protected,
}

/// The shape of a movement of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowShape {
    /// Any movement.
    Any,
    /// Any movement in a transaction that did more than pay its recipient.
    AtWork,
    /// The native coin, at least so much of it, in its smallest unit.
    Native {
        /// The least amount that counts.
        at_least: U256,
    },
    /// A token came into being or ceased to be: a flow from or to the zero address.
    MintOrBurn,
}

/// What a detector may know about the chain. `atlas` has the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainView {
    /// The chain.
    pub id: ChainId,
    /// Coin type of the native coin (SLIP-44), 60 for ether; it names the native asset in CAIP-19.
    pub slip44: u32,
    /// The contracts that wrap the native coin.
    pub wrapped: Vec<Address>,
}

/// One transaction and what surrounds it.
#[derive(Debug, Clone, Copy)]
pub struct TxCtx<'a> {
    /// The chain.
    pub chain: &'a ChainView,
    /// The block.
    pub block: &'a BlockRef,
    /// The block's time, seconds since 1970 UTC.
    pub timestamp: u64,
    /// What is protected.
    pub scope: &'a Scope,
    /// The transaction, with indexes: see [`Indexed`] before searching one of its lists for each item of another.
    pub facts: &'a Indexed<'a>,
    /// What of it woke the rule.
    pub woken: Woken<'a>,
}

impl TxCtx<'_> {
    /// What an account is called: the name of a protected contract, else its address.
    pub fn name(&self, account: Address) -> String {
        self.scope.name(&self.chain.id, account).map_or_else(|| account.to_string(), str::to_owned)
    }

    /// Whether this is a protected contract.
    pub fn protects(&self, account: Address) -> bool {
        self.scope.protects(&self.chain.id, account)
    }

    /// Whether the generic rules look at this account: see [`Scope::covers`].
    pub fn covers(&self, account: Address) -> bool {
        self.scope.covers(&self.chain.id, account)
    }
}

/// The answer to a question that a rule asked, and what surrounds it.
#[derive(Debug, Clone, Copy)]
pub struct AnswerCtx<'a> {
    /// The chain.
    pub chain: &'a ChainView,
    /// What is protected.
    pub scope: &'a Scope,
    /// The question.
    pub question: &'a Question,
    /// What came of it.
    pub answer: &'a Answer,
    /// The transactions that were run for it, each with what all rules would say if it happened next.
    pub runs: &'a [(&'a TxFacts, Vec<Alert>)],
}

/// One block and what surrounds it.
#[derive(Debug, Clone, Copy)]
pub struct BlockCtx<'a> {
    /// The chain.
    pub chain: &'a ChainView,
    /// What is protected.
    pub scope: &'a Scope,
    /// The cards of all rules that run, in order of their ids.
    pub cards: &'a [std::sync::Arc<RuleCard>],
    /// The block.
    pub facts: &'a BlockFacts,
}
