//! Functions and methods.

use cel::common::ast::{Expr as Tree, IdedExpr};
use facts::U256;

use super::{Checker, Typed, shown};
use crate::{
    Fault,
    card::{parse_amount, parse_decimal},
    condition::{
        expr::{Expr, Function, Quantifier},
        literal,
        types::{Record, Type, Value},
    },
    place::suggest,
};

/// Functions by name, with what they take, for the documentation and for hints.
pub(crate) const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("address", "address(\"0x…\") or address(hash)", "an address; of a hash, null unless it holds one"),
    ("amount", "amount(\"1000000\")", "a number too large for a literal, or with a unit: \"1.5 ether\""),
    ("ether", "ether(\"1.5\")", "an exact amount in wei"),
    ("gwei", "gwei(\"30\")", "an exact amount in wei"),
    ("has", "has(tx.to)", "whether a field is not null"),
    ("hash", "hash(\"0x…\")", "a 32-byte hash"),
    ("max_uint", "max_uint(256)", "the largest number of so many bits"),
    ("number", "number(hash)", "a hash as a number; null of null"),
    ("protected", "protected(address)", "whether it is a contract of the protocol"),
    ("selector", "selector(\"pause()\")", "a function's or an error's selector"),
    ("size", "size(list)", "how many items, bytes or characters"),
    ("topic", "topic(\"Transfer(address,address,uint256)\")", "an event's first topic"),
];

/// Methods by name.
pub(crate) const METHODS: &[(&str, &str, &str)] = &[
    ("all", "list.all(x, test)", "whether the test holds for every item"),
    ("contains", "text.contains(\"…\")", "whether the text has this part"),
    ("endsWith", "text.endsWith(\"…\")", "whether the text ends so"),
    ("exists", "list.exists(x, test)", "whether the test holds for some item"),
    ("exists_one", "list.exists_one(x, test)", "whether the test holds for exactly one item"),
    ("startsWith", "text.startsWith(\"…\")", "whether the text begins so"),
    ("word", "log.word(0), call.word(0)", "the n-th 32-byte word of the data or arguments, as a hash"),
];

impl Checker<'_> {
    pub(super) fn function(&mut self, name: &str, arguments: &[IdedExpr], at: usize) -> Result<Typed, Fault> {
        // The parser points at the bracket.
        let at = at.saturating_sub(name.len());
        let [argument] = arguments else {
            return Err(match FUNCTIONS.iter().find(|(known, ..)| *known == name) {
                Some((_, form, _)) => self.fault(at, format!("`{name}` takes one argument"), format!("write `{form}`")),
                None => self.unknown(name, at),
            });
        };
        if name == "has" {
            return self.has(argument, at);
        }
        let argument = self.check(argument, at)?;
        let text = match &argument.expr {
            Expr::Constant(Value::Text(text)) => Some(text.clone().into_owned()),
            _ => None,
        };
        let constant = text.map(|text| {
            let bad = |why: String| self.fault(at, format!("`{}` {why}", shown(&text)), "");
            let not = |why: String| self.fault(at, why, "");
            let (value, of) = match name {
                "address" => (literal::address(&text).map(Value::Address).map_err(bad), Type::Address),
                "hash" => (literal::hash(&text).map(Value::Hash).map_err(bad), Type::Hash),
                "topic" => (literal::topic(&text).map(Value::Hash).map_err(bad), Type::Hash),
                "selector" => (literal::selector_of(&text).map(Value::Selector).map_err(bad), Type::Selector),
                "amount" => (parse_amount(&text).map(Value::Number).map_err(not), Type::Number),
                "ether" => (parse_decimal(&text, 18).map(Value::Number).map_err(not), Type::Number),
                "gwei" => (parse_decimal(&text, 9).map(Value::Number).map_err(not), Type::Number),
                _ => return Ok(None),
            };
            Ok(Some(Typed { expr: Expr::Constant(value?), of, null: false, at }))
        });
        if let Some(typed) = constant.transpose()?.flatten() {
            return Ok(typed);
        }
        let (function, of) = match (name, argument.of) {
            ("size", Type::List(_) | Type::Bytes | Type::Text) => (Function::Size, Type::Number),
            ("address", Type::Hash) => (Function::AddressOf, Type::Address),
            ("number", Type::Hash) => (Function::NumberOf, Type::Number),
            ("protected", Type::Address) => (Function::Protected, Type::Bool),
            ("max_uint", Type::Number) => return self.max_uint(&argument, at),
            _ => {
                let Some((_, form, _)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
                    return Err(self.unknown(name, at));
                };
                let what = format!("`{name}` does not take {}", argument.of.name());
                return Err(self.fault(argument.at, what, format!("write `{form}`")));
            }
        };
        let null = function == Function::AddressOf || (function == Function::NumberOf && argument.null);
        Ok(Typed { expr: Expr::Call(function, vec![argument.expr]), of, null, at })
    }

    fn unknown(&self, name: &str, at: usize) -> Fault {
        let hint = match name {
            "double" | "float" => "there are no fractions here: amounts are whole numbers".to_owned(),
            "matches" => "there are no patterns here; use `contains`, `startsWith` or `endsWith`".to_owned(),
            _ => suggest(name, FUNCTIONS.iter().map(|(known, ..)| *known)),
        };
        self.fault(at, format!("there is no function `{}`", shown(name)), hint)
    }

    /// `has(x.y)`: whether a field is not null.
    fn has(&mut self, argument: &IdedExpr, at: usize) -> Result<Typed, Fault> {
        let of = self.check(argument, at)?;
        if !matches!(argument.expr, Tree::Select(_)) || !of.null {
            return Err(self.fault(of.at, "`has` asks for a field that may be null", "leave it out"));
        }
        let equal = Expr::Equal(Box::new([of.expr, Expr::Constant(Value::Null)]));
        Ok(Typed { expr: Expr::Not(Box::new(equal)), of: Type::Bool, null: false, at })
    }

    fn max_uint(&self, bits: &Typed, at: usize) -> Result<Typed, Fault> {
        let number = match bits.expr {
            Expr::Constant(Value::Number(number)) => usize::try_from(number).ok(),
            _ => None,
        };
        match number.filter(|bits| (8..=256).contains(bits) && bits % 8 == 0) {
            Some(bits) => {
                let max = U256::MAX >> (256 - bits);
                Ok(Typed { expr: Expr::Constant(Value::Number(max)), of: Type::Number, null: false, at })
            }
            None => Err(self.fault(bits.at, "this is not a number of bits", "write a multiple of 8 up to 256")),
        }
    }

    pub(super) fn method(
        &mut self,
        name: &str,
        target: &IdedExpr,
        arguments: &[IdedExpr],
        at: usize,
    ) -> Result<Typed, Fault> {
        let at = at.saturating_sub(name.len());
        let of = self.check(target, at)?;
        match (name, of.of, arguments) {
            ("all" | "exists" | "exists_one" | "existsOne", Type::List(record), [item, test]) => {
                let quantifier = match name {
                    "all" => Quantifier::All,
                    "exists" => Quantifier::Exists,
                    _ => Quantifier::ExistsOne,
                };
                self.quantify(quantifier, of, record, (item, test), at)
            }
            ("word", Type::Record(Record::Log | Record::Call), [index]) => {
                let index = self.expect(index, Type::Number, at)?;
                let expr = Expr::Call(Function::Word, vec![of.expr, index.expr]);
                Ok(Typed { expr, of: Type::Hash, null: false, at })
            }
            ("contains" | "startsWith" | "endsWith", Type::Text, [part]) => {
                let part = self.expect(part, Type::Text, at)?;
                let function = match name {
                    "contains" => Function::Contains,
                    "startsWith" => Function::StartsWith,
                    _ => Function::EndsWith,
                };
                Ok(Typed { expr: Expr::Call(function, vec![of.expr, part.expr]), of: Type::Bool, null: false, at })
            }
            _ => {
                let hint = match (name, METHODS.iter().find(|(known, ..)| *known == name)) {
                    ("filter" | "map", _) => "use `exists` or `all`".to_owned(),
                    ("matches", _) => {
                        "there are no patterns here; use `contains`, `startsWith` or `endsWith`".to_owned()
                    }
                    (_, Some((_, form, _))) => format!("write `{form}`"),
                    (_, None) => suggest(name, METHODS.iter().map(|(known, ..)| *known)),
                };
                Err(self.fault(at, format!("{} has no such method `{}`", of.of.name(), shown(name)), hint))
            }
        }
    }

    fn quantify(
        &mut self,
        quantifier: Quantifier,
        list: Typed,
        record: Record,
        (item, test): (&IdedExpr, &IdedExpr),
        at: usize,
    ) -> Result<Typed, Fault> {
        let Tree::Ident(item) = &item.expr else {
            return Err(self.fault(at, "the first argument is a new name", "write `list.exists(x, x.… )`"));
        };
        let (slot, test) = self.named(item, record, test, at)?;
        let expr = Expr::Quantify(quantifier, slot, Box::new([list.expr, test.expr]));
        Ok(Typed { expr, of: Type::Bool, null: false, at })
    }
}
