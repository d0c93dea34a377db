//! A checked condition in words.

use std::sync::LazyLock;

use atlas::Selectors;
use facts::{B256, Selector};

use super::looks;
use crate::{
    RuleCard,
    condition::{
        expr::{Comparison, Expr, Function, Math, Quantifier},
        template::written,
        types::{Record, Type, Value},
    },
};

/// What a condition is told with.
pub(super) struct Tell<'a> {
    /// What it looks at.
    pub(super) on: Record,
    /// The values that the rule brings.
    pub(super) values: &'a [Value<'static>],
    /// Its card, with what it keeps.
    pub(super) card: &'a RuleCard,
}

/// The parts that all have to hold, each as a sentence without its beginning and end.
pub(super) fn all_of(expr: &Expr, tell: &Tell<'_>) -> Vec<String> {
    match expr {
        Expr::And(both) => both.iter().flat_map(|part| all_of(part, tell)).collect(),
        part => vec![says(part, tell)],
    }
}

/// A part that is true or false, as a sentence.
fn says(expr: &Expr, tell: &Tell<'_>) -> String {
    match expr {
        Expr::Not(of) => not(of, tell),
        Expr::And(both) => format!("{} and {}", says(&both[0], tell), says(&both[1], tell)),
        Expr::Or(both) => format!("either {} or {}", says(&both[0], tell), says(&both[1], tell)),
        Expr::If(three) => {
            let [test, yes, no] = [&three[0], &three[1], &three[2]].map(|part| says(part, tell));
            format!("({yes} if {test}, else {no})")
        }
        Expr::Equal(both) => match (&both[0], &both[1]) {
            (of, Expr::Constant(Value::Null)) | (Expr::Constant(Value::Null), of) => {
                format!("{} is absent", name(of, tell))
            }
            (one, two) => format!("{} is {}", name(one, tell), name(two, tell)),
        },
        Expr::Compare(how, both) => format!("{} is {} {}", name(&both[0], tell), compared(*how), name(&both[1], tell)),
        Expr::In(of, among) => format!("{} is one of {}", name(of, tell), listed(among, tell)),
        Expr::Call(Function::Protected, of) => format!("{} is protected", names(of, tell)),
        Expr::Call(Function::Reentered, _) => {
            "a contract was entered again before it had finished, and was misled by that".to_owned()
        }
        Expr::Call(Function::Booked, _) => "who paid books just this amount under somebody's name".to_owned(),
        Expr::Call(function @ (Function::Contains | Function::StartsWith | Function::EndsWith), of) => {
            let verb = match function {
                Function::StartsWith => "begins with",
                Function::EndsWith => "ends with",
                _ => "contains",
            };
            let mut of = of.iter().map(|part| name(part, tell));
            format!("{} {verb} {}", of.next().unwrap_or_default(), of.collect::<Vec<_>>().join(", "))
        }
        Expr::Quantify(quantifier, _, both) => {
            let how = match quantifier {
                Quantifier::All => "every one",
                Quantifier::Exists => "some one",
                Quantifier::ExistsOne => "exactly one",
            };
            format!("of {}, {how} is such that {}", name(&both[0], tell), says(&both[1], tell))
        }
        Expr::Field(of, field) if field.of == Type::Bool => match field.says.strip_prefix("whether ") {
            Some(rest) => match rest.strip_prefix("it ") {
                Some(rest) => format!("{} {rest}", name(of, tell)),
                None => format!("for {}, {rest}", name(of, tell)),
            },
            None => name(expr, tell),
        },
        other => name(other, tell),
    }
}

fn not(of: &Expr, tell: &Tell<'_>) -> String {
    match of {
        Expr::Equal(both) => match (&both[0], &both[1]) {
            (of, Expr::Constant(Value::Null)) | (Expr::Constant(Value::Null), of) => {
                format!("{} is there", name(of, tell))
            }
            (one, two) => format!("{} is not {}", name(one, tell), name(two, tell)),
        },
        Expr::In(of, among) => format!("{} is none of {}", name(of, tell), listed(among, tell)),
        Expr::Call(Function::Protected, of) => format!("{} is not protected", names(of, tell)),
        Expr::Not(of) => says(of, tell),
        other => format!("it is not so that {}", says(other, tell)),
    }
}

/// A part that is a value, as a noun.
pub(super) fn name(expr: &Expr, tell: &Tell<'_>) -> String {
    match expr {
        Expr::Constant(value) => constant(value),
        Expr::Slot(at) => tell.values.get(*at).map_or_else(|| "a parameter".to_owned(), constant),
        Expr::Variable(0) => "the transaction".to_owned(),
        Expr::Variable(1) => "the block".to_owned(),
        Expr::Variable(2) => match tell.on {
            Record::Tx => "the transaction".to_owned(),
            Record::Observed => "the answer".to_owned(),
            record => format!("the {}", record.name()),
        },
        Expr::Variable(_) => "it".to_owned(),
        Expr::Field(of, field) => {
            let field = match field.name {
                "from" => "sender",
                "to" => "recipient",
                "topic0" => "event",
                "topic1" => "first indexed argument",
                "topic2" => "second indexed argument",
                "topic3" => "third indexed argument",
                other => other,
            };
            let owner = match name(of, tell) {
                it if it == "it" => "its".to_owned(),
                other => format!("{other}’s"),
            };
            format!("{owner} {}", field.replace('_', " "))
        }
        Expr::Look(look, arguments) => looks::look(look, arguments, tell),
        Expr::Math(how, both) => {
            let sign = match how {
                Math::Add => "plus",
                Math::Subtract => "minus",
                Math::Multiply => "times",
                Math::Divide => "divided by",
                Math::Remainder => "modulo",
            };
            format!("{} {sign} {}", name(&both[0], tell), name(&both[1], tell))
        }
        Expr::Call(Function::AddressOf, of) => format!("the address in {}", names(of, tell)),
        Expr::Call(Function::NumberOf, of) => names(of, tell),
        Expr::Call(Function::Size, of) => format!("the size of {}", names(of, tell)),
        Expr::Call(Function::ShareBp, _) => {
            "the share of the payer's holding that went away, in basis points".to_owned()
        }
        Expr::Call(Function::Word, of) => match of.as_slice() {
            [of, Expr::Constant(Value::Number(at))] => format!("word {at} of {}", name(of, tell)),
            of => format!("a word of {}", names(of, tell)),
        },
        Expr::If(three) => {
            let (yes, no) = (name(&three[1], tell), name(&three[2], tell));
            format!("({yes} if {}, else {no})", says(&three[0], tell))
        }
        other => says(other, tell),
    }
}

pub(super) fn names(parts: &[Expr], tell: &Tell<'_>) -> String {
    parts.iter().map(|part| name(part, tell)).collect::<Vec<_>>().join(", ")
}

fn listed(among: &[Expr], tell: &Tell<'_>) -> String {
    among.iter().map(|one| name(one, tell)).collect::<Vec<_>>().join(", ")
}

/// A constant; a function or an event by its name, where the binary knows it.
fn constant(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => format!("“{text}”"),
        number @ Value::Number(_) => grouped(&written(number)),
        Value::Selector(selector) => function(*selector),
        Value::Hash(hash) => event(*hash),
        other => written(other),
    }
}

static KNOWN: LazyLock<Selectors> = LazyLock::new(Selectors::embedded);

/// A function by its name, where the binary knows it.
pub(super) fn function(selector: Selector) -> String {
    KNOWN.selector(selector).map_or_else(|| selector.to_string(), ToString::to_string)
}

/// An event by its name, where the binary knows it.
pub(super) fn event(topic: B256) -> String {
    KNOWN.topic(topic).map_or_else(|| topic.to_string(), ToString::to_string)
}

pub(super) fn compared(how: Comparison) -> &'static str {
    match how {
        Comparison::Less => "less than",
        Comparison::LessOrEqual => "at most",
        Comparison::Greater => "more than",
        Comparison::GreaterOrEqual => "at least",
    }
}

/// A number with a comma after every three digits from the right.
fn grouped(number: &str) -> String {
    if number.len() < 5 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut said = String::new();
    for (at, digit) in number.chars().enumerate() {
        if at > 0 && (number.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}
