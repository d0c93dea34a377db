//! Functions and methods.

use super::{Checker, Typed, shown};
use crate::{
    Fault,
    condition::{
        expr::{Expr, Function, Quantifier},
        literal,
        slots::{Make, Read},
        types::{Record, Type, Value},
    },
    place::suggest,
};
use cel::common::ast::{Expr as Tree, IdedExpr};

/// Functions by name, with what they take, for the documentation and for hints.
pub(crate) const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("address", "address(\"0x…\") or address(hash)", "an address; of a hash, null unless it holds one"),
    ("amount", "amount(\"1000000\")", "a number too large for a literal, or with a unit: \"1.5 ether\""),
    ("codehash", "codehash(address)", "hash of an account's code, if its creation was seen; null if not"),
    (
        "codeshape",
        "codeshape(address)",
        "the same without immutables, addresses of libraries and the compiler's note: one for all deployments",
    ),
    ("creator", "creator(address)", "who created a contract, if that was seen; null if not"),
    ("entity", "entity(address)", "the account at the beginning of its chain of creators; itself if none was seen"),
    ("ether", "ether(\"1.5\")", "an exact amount in wei"),
    ("fall_bp", "fall_bp(before, after)", "by how many basis points it fell, rounded down; zero if it rose"),
    ("funder", "funder(address)", "who first sent it native value while it had none, if that was seen; null if not"),
    ("gwei", "gwei(\"30\")", "an exact amount in wei"),
    ("has", "has(tx.to)", "whether a field is not null"),
    ("hash", "hash(\"0x…\")", "a 32-byte hash"),
    ("label", "label(address, \"mixer\")", "whether an account has a label of this kind"),
    ("max_uint", "max_uint(256)", "the largest number of so many bits"),
    ("number", "number(hash)", "a hash as a number; null of null"),
    ("protected", "protected(address)", "whether it is a contract of the protocol"),
    ("rise_bp", "rise_bp(before, after)", "by how many basis points it rose, rounded down; without bound from zero"),
    ("selector", "selector(\"pause()\")", "a function's or an error's selector"),
    ("size", "size(list)", "how many items, bytes or characters"),
    ("topic", "topic(\"Transfer(address,address,uint256)\")", "an event's first topic"),
];

/// Methods by name.
pub(crate) const METHODS: &[(&str, &str, &str)] = &[
    (
        "booked",
        "flow.booked()",
        "whether who paid keeps accounts, and put just this amount on somebody's name or took it off there",
    ),
    ("called", "tx.called(list.x)", "whether a call of a function on the list lasted that may have changed something"),
    ("all", "list.all(x, test)", "whether the test holds for every item"),
    ("contains", "text.contains(\"…\")", "whether the text has this part"),
    ("endsWith", "text.endsWith(\"…\")", "whether the text ends so"),
    ("exists", "list.exists(x, test)", "whether the test holds for some item"),
    ("exists_one", "list.exists_one(x, test)", "whether the test holds for exactly one item"),
    (
        "matches",
        "text.matches(\"^a+$\")",
        "whether the text fits the pattern somewhere: a regular expression without back-references",
    ),
    ("startsWith", "text.startsWith(\"…\")", "whether the text begins so"),
    (
        "reentered",
        "tx.reentered()",
        "whether a contract was entered again before it had finished, and was misled by that",
    ),
    (
        "share_bp",
        "flow.share_bp()",
        "which share of what the payer held went away in the transaction, in basis points; null if that is not known",
    ),
    (
        "word",
        "log.word(0), call.word(0), answer.x.word(0)",
        "the n-th 32-byte word of the data, arguments or return data, as a hash",
    ),
];

impl Checker<'_> {
    pub(super) fn function(&mut self, name: &str, arguments: &[IdedExpr], at: usize) -> Result<Typed, Fault> {
        // The parser points at the bracket.
        let at = at.saturating_sub(name.len());
        if let Some(typed) = self.looked_up(name, arguments, at)? {
            return Ok(typed);
        }
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
        if let (Type::Text, true, Some((read, of))) = (argument.of, argument.expr.is_fixed(), literal::reader(name)) {
            return self.read(argument.expr, read, of, at);
        }
        let (function, of) = match (name, argument.of) {
            ("size", Type::List(_) | Type::Bytes | Type::Text) => (Function::Size, Type::Number),
            ("address", Type::Hash) => (Function::AddressOf, Type::Address),
            ("number", Type::Hash) => (Function::NumberOf, Type::Number),
            ("protected", Type::Address) => (Function::Protected, Type::Bool),
            ("max_uint", Type::Number) if argument.expr.is_fixed() => {
                return self.read(argument.expr, literal::max_uint, Type::Number, argument.at);
            }
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
            "matches" => "write `text.matches(\"…\")`".to_owned(),
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

    /// A value that is read as another: now if it is a constant, else when the rule brings it.
    fn read(&mut self, from: Expr, read: Read, of: Type, at: usize) -> Result<Typed, Fault> {
        let expr = match from {
            Expr::Slot(slot) => Expr::Slot(self.slots.add(Make::Read(slot, read), at)),
            Expr::Constant(value) => Expr::Constant(read(&value).map_err(|(what, hint)| self.fault(at, what, hint))?),
            _ => return Err(self.fault(at, "this is not a constant", "")),
        };
        Ok(Typed { expr, of, null: false, at })
    }

    pub(super) fn method(
        &mut self,
        name: &str,
        target: &IdedExpr,
        arguments: &[IdedExpr],
        at: usize,
    ) -> Result<Typed, Fault> {
        if let Some(kept) = self.kept(name, target, arguments, at)? {
            return Ok(kept);
        }
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
            ("called", Type::Record(Record::Tx), [list]) => self.called(of, list, at),
            ("reentered", Type::Record(Record::Tx), []) => {
                Ok(Typed { expr: Expr::Call(Function::Reentered, vec![of.expr]), of: Type::Bool, null: false, at })
            }
            ("booked", Type::Record(Record::Flow), []) => {
                Ok(Typed { expr: Expr::Call(Function::Booked, vec![of.expr]), of: Type::Bool, null: false, at })
            }
            ("share_bp", Type::Record(Record::Flow), []) => {
                Ok(Typed { expr: Expr::Call(Function::ShareBp, vec![of.expr]), of: Type::Number, null: true, at })
            }
            ("matches", Type::Text, [pattern]) => self.matches(of, pattern, at),
            ("word", Type::Record(Record::Log | Record::Call | Record::Observed), [index]) => {
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
