//! What must be in a transaction for a condition to hold on it: the look-ups that keep other transactions away.

use facts::{B256, Selector, U256};

use super::{
    expr::{Comparison, Expr, Math, SUBJECT, TX},
    look::Look,
    types::{Record, Value},
};
use crate::{FlowShape, Wake, Whose, card::List};

/// What wakes a rule with this condition. Everything the condition can hold for is covered: a part that names a key
/// guards the whole, so that what does not have the key is not looked at.
pub(crate) fn wakes(condition: &Expr, on: Record, values: &[Value<'static>]) -> Vec<Wake> {
    if matches!(on, Record::Observed | Record::Block) {
        return vec![Wake::Block];
    }
    let mut parts = Vec::new();
    conjuncts(condition, &mut parts);
    let rarest = |keys: &Vec<Found>| (keys.contains(&Found::Whose(Whose::Protected)), keys.len());
    let keys = |key: Key| parts.iter().filter_map(|part| required(part, key, on, values)).min_by_key(rarest);
    let (own, names) = (keys(Key::Account(of_item)), keys(Key::Name(of_item)));
    // The rarest kind of key wins: an account is rarer than a function, and a function than an event.
    if let Some(own) = own {
        let product = own.len() * names.as_ref().map_or(1, Vec::len);
        let names = names.filter(|_| product <= KEYS);
        return item_wakes(on, &own, names.as_deref(), at_least(&parts, on, values));
    }
    if let Some(parties) = keys(Key::Account(of_tx)) {
        return parties.into_iter().filter_map(|key| key.whose()).map(Wake::Party).collect();
    }
    if let Some(names) = names {
        return item_wakes(on, &[], Some(&names), U256::ZERO);
    }
    if let Some(selectors) = keys(Key::Name(of_tx)) {
        return selectors.into_iter().filter_map(|key| key.selector()).map(Wake::Selector).collect();
    }
    // Calls wake what looks at something else: of that, everything in the transaction is looked at.
    let called = parts.iter().find_map(|part| functions(part)).filter(|_| on != Record::Call);
    if let Some(functions) = called {
        return functions.iter().map(|function| Wake::Selector(*function)).collect();
    }
    match on {
        Record::Change => vec![Wake::Change],
        Record::Flow => vec![Wake::Flow(native(&parts, values).unwrap_or(FlowShape::Any))],
        _ => vec![Wake::Tx],
    }
}

/// What wakes a rule that looks at everything of a kind.
pub(crate) fn wakes_of_all(on: Record) -> Vec<Wake> {
    wakes(&Expr::Constant(Value::Bool(true)), on, &[])
}

/// What wakes a rule that speaks about protected accounts only. `subject` is the path to whom it speaks about.
pub(crate) fn protected_wakes(condition: &Expr, subject: &Expr, on: Record, values: &[Value<'static>]) -> Vec<Wake> {
    let wakes = wakes(condition, on, values);
    let is_of_item = Key::Account(of_item).is_read_by(subject, on);
    let is_of_tx = Key::Account(of_tx).is_read_by(subject, on);
    // A condition that names its accounts itself is woken by them; of those that are not protected it is silent.
    let names_accounts = |wake: &Wake| {
        let of_item =
            matches!(wake, Wake::Call(Some(_), _) | Wake::Log(Some(_), _) | Wake::Moved { .. } | Wake::Changed(_));
        of_item || matches!(wake, Wake::Party(_))
    };
    if wakes.iter().all(names_accounts) || !(is_of_item || is_of_tx) {
        return wakes;
    }
    let protected = Some(Whose::Protected);
    let named = wakes.iter().map(|wake| match wake {
        Wake::Call(None, selector @ Some(_)) if is_of_item => Some(Wake::Call(protected, *selector)),
        Wake::Log(None, topic @ Some(_)) if is_of_item => Some(Wake::Log(protected, *topic)),
        _ => None,
    });
    named.collect::<Option<Vec<_>>>().unwrap_or_else(|| match on {
        Record::Call if is_of_item => vec![Wake::Call(protected, None)],
        Record::Log if is_of_item => vec![Wake::Log(protected, None)],
        Record::Flow if is_of_item => vec![Wake::Moved { whose: Whose::Protected, at_least: U256::ZERO }],
        Record::Change if is_of_item => vec![Wake::Changed(Whose::Protected)],
        _ => vec![Wake::Party(Whose::Protected)],
    })
}

/// Keys of one rule. A longer list is looked at transaction by transaction.
const KEYS: usize = 64;

/// What a dispatch looks things up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Whose(Whose),
    Selector(Selector),
    Topic(B256),
}

impl Found {
    fn whose(self) -> Option<Whose> {
        if let Found::Whose(whose) = self { Some(whose) } else { None }
    }

    fn selector(self) -> Option<Selector> {
        if let Found::Selector(selector) = self { Some(selector) } else { None }
    }

    fn topic(self) -> Option<B256> {
        if let Found::Topic(topic) = self { Some(topic) } else { None }
    }
}

/// The wakes of things with one of these keys. Without names any name will do, without accounts any account. Movements of
/// value have to be of at least so much.
fn item_wakes(on: Record, accounts: &[Found], names: Option<&[Found]>, at_least: U256) -> Vec<Wake> {
    let whose: Vec<_> = accounts.iter().map(|key| key.whose()).collect();
    let whose = if whose.is_empty() { vec![None] } else { whose };
    let named = |whose: Option<Whose>| {
        let names = names.map_or_else(|| vec![None], |names| names.iter().map(|name| Some(*name)).collect());
        names.into_iter().filter_map(move |name| match (on, whose) {
            (Record::Call, whose) => Some(Wake::Call(whose, name.and_then(Found::selector))),
            (Record::Log, whose) => Some(Wake::Log(whose, name.and_then(Found::topic))),
            (Record::Flow, Some(whose)) => Some(Wake::Moved { whose, at_least }),
            (Record::Change, Some(whose)) => Some(Wake::Changed(whose)),
            (_, Some(whose)) => Some(Wake::Party(whose)),
            (_, None) => name.and_then(Found::selector).map(Wake::Selector),
        })
    };
    let mut wakes: Vec<_> = whose.into_iter().flat_map(named).collect();
    wakes.dedup();
    wakes
}

fn conjuncts<'a>(expr: &'a Expr, parts: &mut Vec<&'a Expr>) {
    match expr {
        Expr::And(both) => both.iter().for_each(|part| conjuncts(part, parts)),
        part => parts.push(part),
    }
}

/// Which fields are looked for: accounts or names, of the thing itself or of its transaction.
#[derive(Clone, Copy)]
enum Key {
    Account(fn(Record) -> usize),
    Name(fn(Record) -> usize),
}

fn of_item(on: Record) -> usize {
    if on == Record::Tx { TX } else { SUBJECT }
}

fn of_tx(_: Record) -> usize {
    TX
}

/// The keys of which one must be there for this part to hold; none if it names no such key.
fn required(part: &Expr, key: Key, on: Record, values: &[Value<'static>]) -> Option<Vec<Found>> {
    let found = match part {
        Expr::Equal(both) => {
            let (path, value) = match (both[0].fixed(values), both[1].fixed(values)) {
                (None, Some(value)) => (&both[0], value),
                (Some(value), None) => (&both[1], value),
                _ => return None,
            };
            key.is_read_by(path, on).then(|| found(value).map(|found| vec![found])).flatten()?
        }
        Expr::In(path, among) if key.is_read_by(path, on) => {
            among.iter().map(|one| found(one.fixed(values)?)).collect::<Option<_>>()?
        }
        Expr::Call(super::expr::Function::Protected, arguments) => match key {
            Key::Account(_) => arguments
                .first()
                .is_some_and(|path| key.is_read_by(path, on))
                .then(|| vec![Found::Whose(Whose::Protected)])?,
            Key::Name(_) => return None,
        },
        _ => return None,
    };
    (found.len() <= KEYS).then_some(found)
}

/// The functions one of which the transaction must call, where there are few.
fn functions(part: &Expr) -> Option<&[Selector]> {
    let Expr::Look(Look::Called(list), _) = part else { return None };
    let List::Selectors(functions) = &**list else { return None };
    (functions.len() <= KEYS).then_some(functions)
}

impl Key {
    /// Whether this is a path to such a key.
    fn is_read_by(self, path: &Expr, on: Record) -> bool {
        let Expr::Field(of, field) = path else { return false };
        let (at, fields): (_, fn(Record) -> &'static [&'static str]) = match self {
            Key::Account(at) => (at(on), accounts),
            Key::Name(at) => (at(on), names),
        };
        let record = if at == TX { Record::Tx } else { on };
        // The subject of a rule about transactions is the transaction, whose one name is `tx`.
        matches!(**of, Expr::Variable(slot) if slot == at) && fields(record).contains(&field.name)
    }
}

/// The fields that name the account by which the dispatch finds a thing.
fn accounts(record: Record) -> &'static [&'static str] {
    match record {
        Record::Tx => &["from", "to"],
        Record::Flow => &["from", "to", "token"],
        Record::Call => &["to", "code"],
        Record::Log => &["address"],
        Record::Change => &["contract"],
        _ => &[],
    }
}

/// The fields that name a function or an event.
fn names(record: Record) -> &'static [&'static str] {
    match record {
        Record::Tx | Record::Call => &["selector"],
        Record::Log => &["topic0"],
        _ => &[],
    }
}

fn found(value: &Value<'_>) -> Option<Found> {
    match value {
        Value::Address(address) => Some(Found::Whose(Whose::Account(*address))),
        Value::Selector(selector) => Some(Found::Selector(*selector)),
        Value::Hash(topic) => Some(Found::Topic(*topic)),
        _ => None,
    }
}

/// The native coin alone, from some amount on, if that is what the parts ask for.
fn native(parts: &[&Expr], values: &[Value<'static>]) -> Option<FlowShape> {
    let is_word = |expr: &Expr| matches!(expr.fixed(values), Some(Value::Text(word)) if word == "native");
    let is_native = |part: &&Expr| match part {
        Expr::Equal(both) => {
            let [one, two] = &**both;
            (is_item(one, "asset") && is_word(two)) || (is_item(two, "asset") && is_word(one))
        }
        _ => false,
    };
    let at_least = at_least(parts, Record::Flow, values);
    parts.iter().any(is_native).then_some(FlowShape::Native { at_least })
}

/// The least amount of value that may move, if the parts ask for one: `flow.amount > x`, `y < flow.amount / 2` and so on.
fn at_least(parts: &[&Expr], on: Record, values: &[Value<'static>]) -> U256 {
    let bounds = parts.iter().filter_map(|part| bound(part, values));
    bounds.max().filter(|_| on == Record::Flow).unwrap_or_default()
}

/// The least amount for which this part can hold.
fn bound(part: &Expr, values: &[Value<'static>]) -> Option<U256> {
    let number = |expr: &Expr| match expr.fixed(values) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let Expr::Compare(how, both) = part else { return None };
    let [one, two] = &**both;
    let (amount, number, is_more) = match (how, number(one), number(two)) {
        (Comparison::Greater, None, Some(two)) => (one, two, true),
        (Comparison::GreaterOrEqual, None, Some(two)) => (one, two, false),
        (Comparison::Less, Some(one), None) => (two, one, true),
        (Comparison::LessOrEqual, Some(one), None) => (two, one, false),
        _ => return None,
    };
    let least = number.saturating_add(U256::from(is_more));
    match amount {
        Expr::Math(Math::Divide, parts) if is_item(&parts[0], "amount") => match parts[1].fixed(values) {
            // What is divided by nothing is in trouble, and that has to show.
            Some(Value::Number(by)) if !by.is_zero() => Some(least.saturating_mul(*by)),
            _ => None,
        },
        amount => is_item(amount, "amount").then_some(least),
    }
}

/// Whether this is a field of what is looked at.
fn is_item(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Field(of, field) if field.name == name && matches!(**of, Expr::Variable(SUBJECT)))
}
