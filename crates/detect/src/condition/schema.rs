//! Every field a condition can read: one table for the checker, for evaluation and for the documentation.

use std::borrow::Cow;

use facts::{Asset, ChangeKind, FlowKind, Frame, FrameKind, FrameStatus, Selector, U256};

use super::types::{Item, Items, Record, Type, Value};

/// A field of a record.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) of: Type,
    /// Whether it may be null.
    pub(crate) null: bool,
    pub(crate) says: &'static str,
    /// Reads it; none means that it was not seen.
    pub(crate) read: for<'a> fn(&Item<'a>) -> Option<Value<'a>>,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The fields of a record, in the order in which they are documented.
pub(crate) fn fields(record: Record) -> &'static [Field] {
    match record {
        Record::Tx => TX,
        Record::Block => BLOCK,
        Record::Call => CALL,
        Record::Log => LOG,
        Record::Flow => FLOW,
        Record::Change => CHANGE,
        Record::Observed => OBSERVED,
    }
}

/// A field by name.
pub(crate) fn field(record: Record, name: &str) -> Option<&'static Field> {
    fields(record).iter().find(|field| field.name == name)
}

const KINDS: &[&str] = &["call", "call-code", "delegate-call", "static-call", "create", "create2"];
const STATUSES: &[&str] = &["success", "revert", "out-of-gas", "refused", "fault"];
const ASSETS: &[&str] = &["native", "erc20", "erc721", "erc1155"];
const FLOWS: &[&str] = &["call", "self-destruct", "event", "wrap", "unwrap"];
const CHANGES: &[&str] = &["role-granted", "role-revoked", "owner", "admin", "implementation", "beacon"];

macro_rules! fields {
    ($record:ident($it:ident) { $($name:literal: $of:expr, $null:literal, $says:literal => $read:expr;)* }) => {
        &[$(Field {
            name: $name,
            of: $of,
            null: $null,
            says: $says,
            read: |item| match item { Item::$record($it) => $read, _ => None },
        }),*]
    };
}

static TX: &[Field] = fields!(Tx(it) {
    "hash": Type::Hash, false, "transaction hash" => Some(Value::Hash(it.hash));
    "index": Type::Number, false, "position in the block" => number(it.index);
    "from": Type::Address, false, "sender" => Some(Value::Address(it.from));
    "to": Type::Address, true, "recipient; null for a creation" => Some(it.to.map_or(Value::Null, Value::Address));
    "nonce": Type::Number, false, "sender's nonce" => number(it.nonce);
    "value": Type::Number, false, "wei sent along" => it.frames.first().map(|call| Value::Number(call.value));
    "input": Type::Bytes, false, "call data" => it.frames.first().and_then(|call| whole(call, &call.input));
    "selector": Type::Selector, true, "first four bytes of the call data" => it.frames.first().map(selector);
    "gas_used": Type::Number, false, "gas used, after refunds" => number(it.gas_used);
    "gas_price": Type::Number, false, "wei paid for a unit of gas" => Some(Value::Number(U256::from(it.gas_price)));
    "succeeded": Type::Bool, false, "whether it succeeded" => it.frames.first().map(|call| Value::Bool(call.succeeded()));
    "calls": Type::List(Record::Call), false, "calls and creations, failed ones too; the first is the transaction itself"
        => (!it.frames.is_empty()).then_some(Value::Items(Items::Calls(&it.frames)));
    "logs": Type::List(Record::Log), false, "logs that lasted" => Some(Value::Items(Items::Logs(&it.logs)));
    "flows": Type::List(Record::Flow), false, "movements of value that lasted" => Some(Value::Items(Items::Flows(&it.flows)));
    "changes": Type::List(Record::Change), false, "changes of who may do what" => Some(Value::Items(Items::Changes(&it.changes)));
});

static BLOCK: &[Field] = fields!(Block(it) {
    "number": Type::Number, false, "height" => number(it.block.number);
    "timestamp": Type::Number, false, "seconds since 1970 UTC" => number(it.timestamp);
    "chain": Type::Text, false, "CAIP-2 id, such as `eip155:1`" => Some(Value::text(it.block.chain.as_str()));
});

static CALL: &[Field] = fields!(Call(it) {
    "kind": Type::Word(KINDS), false, "how the code came to run" => Some(Value::text(call_kind(it.kind)));
    "from": Type::Address, false, "`msg.sender` as the code sees it" => Some(Value::Address(it.caller));
    "to": Type::Address, false, "the account whose storage it acts on" => Some(Value::Address(it.target));
    "code": Type::Address, false, "the account whose code runs" => Some(Value::Address(it.code));
    "value": Type::Number, false, "wei that moved with it" => Some(Value::Number(it.value));
    "selector": Type::Selector, true, "first four bytes of the input; null for a creation or less input" => Some(selector(it));
    "input": Type::Bytes, false, "call data or init code" => whole(it, &it.input);
    "output": Type::Bytes, false, "return data, revert data or deployed code" => whole(it, &it.output);
    "depth": Type::Number, false, "zero for the transaction itself" => number(it.depth);
    "gas_used": Type::Number, false, "gas used" => number(it.gas_used);
    "status": Type::Word(STATUSES), false, "how it ended" => Some(Value::text(call_status(it.status)));
    "succeeded": Type::Bool, false, "whether it returned" => Some(Value::Bool(it.succeeded()));
    "effective": Type::Bool, false, "whether what it did lasts" => Some(Value::Bool(it.effective));
    "error": Type::Selector, true, "selector of the error it reverted with; null if none" => Some(error(it));
    "reason": Type::Text, false, "text of `Error(string)` it reverted with; empty if none" => Some(Value::Text(reason(it)));
});

static LOG: &[Field] = fields!(Log(it) {
    "address": Type::Address, false, "the contract that wrote it" => Some(Value::Address(it.address));
    "topic0": Type::Hash, true, "the event" => Some(it.topics.first().map_or(Value::Null, |topic| Value::Hash(*topic)));
    "topic1": Type::Hash, true, "first indexed argument" => Some(it.topics.get(1).map_or(Value::Null, |topic| Value::Hash(*topic)));
    "topic2": Type::Hash, true, "second indexed argument" => Some(it.topics.get(2).map_or(Value::Null, |topic| Value::Hash(*topic)));
    "topic3": Type::Hash, true, "third indexed argument" => Some(it.topics.get(3).map_or(Value::Null, |topic| Value::Hash(*topic)));
    "data": Type::Bytes, false, "the other arguments" => Some(Value::Bytes(&it.data));
});

static FLOW: &[Field] = fields!(Flow(it) {
    "asset": Type::Word(ASSETS), false, "what kind of value" => Some(Value::text(asset(&it.asset)));
    "token": Type::Address, true, "the token's contract; null for the native coin" => Some(it.asset.contract().map_or(Value::Null, Value::Address));
    "id": Type::Number, true, "token id; null for what has none" => Some(token_id(&it.asset));
    "from": Type::Address, false, "whose it was; zero for a mint" => Some(Value::Address(it.from));
    "to": Type::Address, false, "whose it is; zero for a burn" => Some(Value::Address(it.to));
    "amount": Type::Number, false, "how much, in base units" => Some(Value::Number(it.amount));
    "kind": Type::Word(FLOWS), false, "how it shows itself" => Some(Value::text(flow_kind(it.kind)));
});

static CHANGE: &[Field] = fields!(Change(it) {
    "contract": Type::Address, false, "the contract whose rules changed" => Some(Value::Address(it.contract));
    "kind": Type::Word(CHANGES), false, "what changed" => Some(Value::text(change_kind(it.kind)));
    "role": Type::Hash, true, "the role; null for what is no role" => Some(role(it.kind));
    "before": Type::Hash, true, "the value before; null where it is not known" => Some(it.before.map_or(Value::Null, Value::Hash));
    "after": Type::Hash, false, "the value after; for a role, the account" => Some(Value::Hash(it.after));
    "announced": Type::Bool, false, "whether an event says so" => Some(Value::Bool(it.announced));
});

static OBSERVED: &[Field] = fields!(Observed(it) {
    "name": Type::Text, false, "the standing question, as on the card" => Some(Value::text(it.name));
    "address": Type::Address, false, "the contract that was asked" => Some(Value::Address(it.address));
    "value": Type::Number, true, "the slot or first returned word; null when the view failed" => Some(it.value.map_or(Value::Null, Value::Number));
});

fn number<'a>(number: impl Into<u64>) -> Option<Value<'a>> {
    Some(Value::Number(U256::from(number.into())))
}

/// Call data, unless only a part of it was kept.
fn whole<'a>(call: &Frame, bytes: &'a [u8]) -> Option<Value<'a>> {
    (!call.clipped).then_some(Value::Bytes(bytes))
}

fn selector<'a>(call: &Frame) -> Value<'a> {
    call.selector().map_or(Value::Null, Value::Selector)
}

fn error<'a>(call: &Frame) -> Value<'a> {
    let is_revert = call.status == FrameStatus::Revert;
    let bytes = call.output.first_chunk::<4>().filter(|_| is_revert);
    bytes.map_or(Value::Null, |bytes| Value::Selector(Selector::from(*bytes)))
}

/// Bytes of a revert reason that are read; what is longer is cut.
const REASON_BYTES: usize = 1024;

/// The text of `Error(string)`: selector, offset, length, text. Hostile until escaped.
pub(crate) fn reason(call: &Frame) -> Cow<'_, str> {
    const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
    let text = (call.status == FrameStatus::Revert)
        .then(|| call.output.strip_prefix(&ERROR))
        .flatten()
        .filter(|data| data.get(..32).is_some_and(|offset| U256::from_be_slice(offset) == U256::from(32)))
        .and_then(|data| {
            let length = usize::try_from(U256::from_be_slice(data.get(32..64)?)).ok()?;
            data.get(64..)?.get(..length.min(REASON_BYTES))
        });
    text.map_or(Cow::Borrowed(""), String::from_utf8_lossy)
}

fn call_kind(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Call => "call",
        FrameKind::CallCode => "call-code",
        FrameKind::DelegateCall => "delegate-call",
        FrameKind::StaticCall => "static-call",
        FrameKind::Create => "create",
        FrameKind::Create2 => "create2",
    }
}

fn call_status(status: FrameStatus) -> &'static str {
    match status {
        FrameStatus::Success => "success",
        FrameStatus::Revert => "revert",
        FrameStatus::OutOfGas => "out-of-gas",
        FrameStatus::Refused => "refused",
        FrameStatus::Fault => "fault",
    }
}

fn asset(asset: &Asset) -> &'static str {
    match asset {
        Asset::Native => "native",
        Asset::Erc20(_) => "erc20",
        Asset::Erc721(..) => "erc721",
        Asset::Erc1155(..) => "erc1155",
    }
}

fn token_id<'a>(asset: &Asset) -> Value<'a> {
    match asset {
        Asset::Native | Asset::Erc20(_) => Value::Null,
        Asset::Erc721(_, id) | Asset::Erc1155(_, id) => Value::Number(*id),
    }
}

fn flow_kind(kind: FlowKind) -> &'static str {
    match kind {
        FlowKind::Call => "call",
        FlowKind::SelfDestruct => "self-destruct",
        FlowKind::Event => "event",
        FlowKind::Wrap => "wrap",
        FlowKind::Unwrap => "unwrap",
    }
}

fn change_kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::RoleGranted(_) => "role-granted",
        ChangeKind::RoleRevoked(_) => "role-revoked",
        ChangeKind::Owner => "owner",
        ChangeKind::Admin => "admin",
        ChangeKind::Implementation => "implementation",
        ChangeKind::Beacon => "beacon",
    }
}

fn role<'a>(kind: ChangeKind) -> Value<'a> {
    match kind {
        ChangeKind::RoleGranted(role) | ChangeKind::RoleRevoked(role) => Value::Hash(role),
        _ => Value::Null,
    }
}
