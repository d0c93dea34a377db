//! What a condition computes with. There is no floating point and no type that a program could add.

use std::borrow::Cow;

use facts::{Address, B256, BlockRef, Change, Flow, Frame, Log, Selector, TxFacts, U256};

/// A type. Any value of a field that may be absent can be null as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    /// A whole number from zero to 2^256 - 1.
    Number,
    Address,
    Hash,
    Selector,
    Bytes,
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    Null,
    /// An exact fraction, which can be compared.
    Rate,
    Record(Record),
    List(Record),
}

/// The things that have fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Record {
    Tx,
    Block,
    Call,
    Log,
    Flow,
    Change,
    Observed,
}

impl Record {
    /// Its name in a condition.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Record::Tx => "tx",
            Record::Block => "block",
            Record::Call => "call",
            Record::Log => "log",
            Record::Flow => "flow",
            Record::Change => "change",
            Record::Observed => "observed",
        }
    }
}

impl Type {
    /// Its name in a fault.
    pub(crate) fn name(self) -> String {
        match self {
            Type::Bool => "true or false".into(),
            Type::Number => "a number".into(),
            Type::Address => "an address".into(),
            Type::Hash => "a hash".into(),
            Type::Selector => "a selector".into(),
            Type::Bytes => "bytes".into(),
            Type::Text => "a text".into(),
            Type::Word(_) => "a word".into(),
            Type::Null => "null".into(),
            Type::Rate => "a rate".into(),
            Type::Record(record) => format!("a {}", record.name()),
            Type::List(record) => format!("a list of {}s", record.name()),
        }
    }

    /// Whether it can be compared and written into a message.
    pub(crate) fn is_scalar(self) -> bool {
        !matches!(self, Type::Record(_) | Type::List(_) | Type::Rate)
    }
}

/// A record at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item<'a> {
    Tx(&'a TxFacts),
    Block(BlockView<'a>),
    Call(&'a Frame),
    Log(&'a Log),
    Flow(&'a Flow),
    Change(&'a Change),
    Observed(&'a ObservedView<'a>),
}

/// The block around everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockView<'a> {
    pub(crate) block: &'a BlockRef,
    pub(crate) timestamp: u64,
}

/// The answer to a standing question, read as a number.
#[derive(Debug, Clone)]
pub(crate) struct ObservedView<'a> {
    pub(crate) name: &'a str,
    pub(crate) address: Address,
    /// The slot, or the first word of the view's return data; none when the view reverted or returned less.
    pub(crate) value: Option<U256>,
    /// All that was returned.
    pub(crate) data: Cow<'a, [u8]>,
}

/// The items of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Items<'a> {
    Calls(&'a [Frame]),
    Logs(&'a [Log]),
    Flows(&'a [Flow]),
    Changes(&'a [Change]),
}

impl<'a> Items<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Items::Calls(items) => items.len(),
            Items::Logs(items) => items.len(),
            Items::Flows(items) => items.len(),
            Items::Changes(items) => items.len(),
        }
    }

    pub(crate) fn get(self, at: usize) -> Option<Item<'a>> {
        match self {
            Items::Calls(items) => items.get(at).map(Item::Call),
            Items::Logs(items) => items.get(at).map(Item::Log),
            Items::Flows(items) => items.get(at).map(Item::Flow),
            Items::Changes(items) => items.get(at).map(Item::Change),
        }
    }
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(U256),
    Address(Address),
    Hash(B256),
    Selector(Selector),
    Bytes(&'a [u8]),
    Text(Cow<'a, str>),
    /// Numerator and denominator.
    Rate(U256, u64),
    Item(Item<'a>),
    Items(Items<'a>),
}

impl<'a> Value<'a> {
    /// A text that lives as long as the facts or the condition.
    pub(crate) fn text(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }

    /// The same value without a copy of its text.
    pub(crate) fn borrow(&'a self) -> Self {
        match self {
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
            other => other.clone(),
        }
    }

    /// Equality of scalars. The checker lets only values of one type, or null, come here.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(one), Value::Bool(two)) => one == two,
            (Value::Number(one), Value::Number(two)) => one == two,
            (Value::Address(one), Value::Address(two)) => one == two,
            (Value::Hash(one), Value::Hash(two)) => one == two,
            (Value::Selector(one), Value::Selector(two)) => one == two,
            (Value::Bytes(one), Value::Bytes(two)) => one == two,
            (Value::Text(one), Value::Text(two)) => one == two,
            _ => false,
        }
    }
}
