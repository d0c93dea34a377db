//! From CEL's syntax tree to an expression in which every name and type is known, or to a fault that says where and
//! what to do.

pub(super) mod call;

use std::cell::Cell;

use cel::common::ast::{CallExpr, Expr as Tree, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators as op};
use facts::U256;

use super::{
    expr::{BLOCK, Comparison, Expr, Math, NAMES, STEPS, SUBJECT, Scene, TX},
    schema,
    types::{Record, Type, Value},
};
use crate::{
    Fault,
    card::{Parameters, Text},
    place::suggest,
};

/// Parts within parts of a condition.
const DEPTH: usize = 48;
/// Values of one list after `in`.
const LIST: usize = 64;

/// An expression with its type.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) expr: Expr,
    pub(super) of: Type,
    /// Whether it may be null.
    pub(super) null: bool,
    pub(super) at: usize,
}

/// What the checker knows while it walks.
pub(super) struct Checker<'a> {
    text: &'a Text,
    info: &'a SourceInfo,
    parameters: &'a Parameters,
    names: Vec<(String, usize, Record)>,
    /// The records whose fields are read, for the kinds of evidence.
    pub(super) reads: Vec<Record>,
    depth: usize,
}

impl<'a> Checker<'a> {
    /// A checker for conditions on `subject`.
    pub(super) fn new(text: &'a Text, info: &'a SourceInfo, parameters: &'a Parameters, subject: Record) -> Self {
        let mut names = vec![("block".to_owned(), BLOCK, Record::Block)];
        if subject != Record::Observed {
            names.push(("tx".to_owned(), TX, Record::Tx));
        }
        if subject != Record::Tx {
            names.push((subject.name().to_owned(), SUBJECT, subject));
        }
        Self { text, info, parameters, names, reads: Vec::new(), depth: 0 }
    }

    fn fault(&self, at: usize, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        self.text.fault(at, what, hint)
    }

    /// Checks a part. `near` is where it stands if the parser did not say.
    pub(super) fn check(&mut self, tree: &IdedExpr, near: usize) -> Result<Typed, Fault> {
        let at = self.info.offset_for(tree.id).map_or(near, |(start, _)| start as usize);
        self.depth += 1;
        if self.depth > DEPTH {
            let hint = "use fewer brackets, or split it into several rules";
            return Err(self.fault(at, format!("the condition has more than {DEPTH} parts within parts"), hint));
        }
        let typed = match &tree.expr {
            Tree::Literal(literal) => self.literal(literal, at),
            Tree::Ident(name) => self.name(name, at),
            Tree::Select(select) => self.select(select, at),
            Tree::Call(call) => self.call(call, at),
            Tree::List(_) => Err(self.fault(at, "a list stands only after `in`", "write `x in [a, b]`")),
            Tree::Map(_) | Tree::Struct(_) => Err(self.fault(at, "there are no maps or structs here", "")),
            Tree::Comprehension(_) | Tree::Unspecified => Err(self.fault(at, "this is not part of the language", "")),
        }?;
        self.depth -= 1;
        self.fold(typed)
    }

    /// Computes what is made of constants only, now.
    fn fold(&self, typed: Typed) -> Result<Typed, Fault> {
        let is_ready = match &typed.expr {
            Expr::Not(of) => of.is_constant(),
            Expr::And(both) | Expr::Or(both) | Expr::Equal(both) | Expr::Compare(_, both) | Expr::Math(_, both) => {
                both.iter().all(Expr::is_constant)
            }
            Expr::If(three) => three.iter().all(Expr::is_constant),
            Expr::In(of, _) => of.is_constant(),
            Expr::Call(super::expr::Function::Protected, _) => false,
            Expr::Call(_, arguments) => arguments.iter().all(Expr::is_constant),
            _ => false,
        };
        if !is_ready {
            return Ok(typed);
        }
        let steps = Cell::new(STEPS);
        let value = typed.expr.value(&mut Scene::empty(&steps));
        let value =
            value.map_err(|trouble| self.fault(typed.at, format!("this can never be computed: {trouble}"), ""))?;
        Ok(Typed { expr: Expr::Constant(owned(value)), ..typed })
    }

    fn literal(&self, literal: &LiteralValue, at: usize) -> Result<Typed, Fault> {
        let (value, of) = match literal {
            LiteralValue::Boolean(bool) => (Value::Bool(*bool.inner()), Type::Bool),
            LiteralValue::Int(int) => match u64::try_from(*int.inner()) {
                Ok(number) => (Value::Number(U256::from(number)), Type::Number),
                Err(_) => {
                    return Err(self.fault(at, "numbers here are never below zero", "compare the other way round"));
                }
            },
            LiteralValue::UInt(uint) => (Value::Number(U256::from(*uint.inner())), Type::Number),
            LiteralValue::String(text) => (Value::Text(text.inner().to_owned().into()), Type::Text),
            LiteralValue::Null => (Value::Null, Type::Null),
            LiteralValue::Double(_) => {
                let hint = "write the amount in base units, or `ether(\"1.5\")`, `gwei(\"30\")`";
                return Err(self.fault(at, "there are no fractions here: amounts are whole numbers", hint));
            }
            LiteralValue::Bytes(_) => {
                return Err(self.fault(at, "there are no byte texts here", "write `hash(\"0x…\")`"));
            }
        };
        Ok(Typed { expr: Expr::Constant(value), of, null: of == Type::Null, at })
    }

    fn name(&mut self, name: &str, at: usize) -> Result<Typed, Fault> {
        match self.names.iter().rev().find(|(known, ..)| known == name) {
            Some((_, slot, record)) => {
                Ok(Typed { expr: Expr::Variable(*slot), of: Type::Record(*record), null: false, at })
            }
            None => {
                let known = self.names.iter().map(|(known, ..)| known.as_str()).chain(["params"]);
                Err(self.fault(at, format!("`{}` is not known here", shown(name)), suggest(name, known)))
            }
        }
    }

    fn select(&mut self, select: &SelectExpr, at: usize) -> Result<Typed, Fault> {
        // The parser points at the dot.
        let at_name = at + 1;
        if matches!(&select.operand.expr, Tree::Ident(name) if name == "params") {
            return self.parameter(&select.field, at_name);
        }
        let of = self.check(&select.operand, at)?;
        let Type::Record(record) = of.of else {
            let what = format!("{} has no fields", of.of.name());
            return Err(self.fault(at_name, what, ""));
        };
        let Some(field) = schema::field(record, &select.field) else {
            let what = format!("a {} has no `{}`", record.name(), shown(&select.field));
            let known = schema::fields(record).iter().map(|field| field.name);
            return Err(self.fault(at_name, what, suggest(&select.field, known)));
        };
        if !self.reads.contains(&record) {
            self.reads.push(record);
        }
        Ok(Typed { expr: Expr::Field(Box::new(of.expr), field), of: field.of, null: field.null, at: at_name })
    }

    fn parameter(&self, name: &str, at: usize) -> Result<Typed, Fault> {
        let number = self.parameters.find_amount(name).map(|amount| (Value::Number(amount), Type::Number));
        let text = || self.parameters.find_text(name).map(|text| (Value::Text(text.to_owned().into()), Type::Text));
        match number.or_else(text) {
            Some((value, of)) => Ok(Typed { expr: Expr::Constant(value), of, null: false, at }),
            None => {
                let what = format!("the card has no parameter `{}` that is a number or a text", shown(name));
                Err(self.fault(at, what, suggest(name, self.parameters.names())))
            }
        }
    }

    fn call(&mut self, call: &CallExpr, at: usize) -> Result<Typed, Fault> {
        match (call.func_name.as_str(), &call.target, call.args.as_slice()) {
            (op::LOGICAL_AND, None, [one, two]) => Ok(self.logic(one, two, at, Expr::And)?),
            (op::LOGICAL_OR, None, [one, two]) => Ok(self.logic(one, two, at, Expr::Or)?),
            (op::LOGICAL_NOT, None, [of]) => {
                let of = self.expect(of, Type::Bool, at)?;
                Ok(Typed { expr: Expr::Not(Box::new(of.expr)), of: Type::Bool, null: false, at })
            }
            (op::NEGATE, None, _) => Err(self.fault(at, "numbers here are never below zero", "subtract instead")),
            (op::CONDITIONAL, None, [test, yes, no]) => self.conditional(test, yes, no, at),
            (op::EQUALS, None, [one, two]) => self.equal(one, two, at),
            (op::NOT_EQUALS, None, [one, two]) => {
                let equal = self.equal(one, two, at)?;
                Ok(Typed { expr: Expr::Not(Box::new(equal.expr)), ..equal })
            }
            (op::IN, None, [one, list]) => self.within(one, list, at),
            (name, None, [one, two]) if comparison(name).is_some() || math(name).is_some() => {
                let one = self.expect(one, Type::Number, at)?;
                let two = self.expect(two, Type::Number, at)?;
                let both = Box::new([one.expr, two.expr]);
                let (expr, of) = match (comparison(name), math(name)) {
                    (Some(how), _) => (Expr::Compare(how, both), Type::Bool),
                    (None, Some(how)) => (Expr::Math(how, both), Type::Number),
                    (None, None) => return Err(self.fault(at, "this operator is not known", "")),
                };
                Ok(Typed { expr, of, null: false, at })
            }
            (op::INDEX, ..) => Err(self.fault(at, "items have no numbers here", "write `list.exists(x, …)`")),
            (name, None, arguments) => self.function(name, arguments, at),
            (name, Some(target), arguments) => self.method(name, target, arguments, at),
        }
    }

    fn logic(
        &mut self,
        one: &IdedExpr,
        two: &IdedExpr,
        at: usize,
        build: fn(Box<[Expr; 2]>) -> Expr,
    ) -> Result<Typed, Fault> {
        let (one, two) = (self.expect(one, Type::Bool, at)?, self.expect(two, Type::Bool, at)?);
        Ok(Typed { expr: build(Box::new([one.expr, two.expr])), of: Type::Bool, null: false, at })
    }

    fn conditional(&mut self, test: &IdedExpr, yes: &IdedExpr, no: &IdedExpr, at: usize) -> Result<Typed, Fault> {
        let test = self.expect(test, Type::Bool, at)?;
        let (yes, no) = (self.check(yes, at)?, self.check(no, at)?);
        self.same(&yes, &no, at)?;
        let of = if yes.of == Type::Null { no.of } else { yes.of };
        let null = yes.null || no.null;
        Ok(Typed { expr: Expr::If(Box::new([test.expr, yes.expr, no.expr])), of, null, at })
    }

    fn equal(&mut self, one: &IdedExpr, two: &IdedExpr, at: usize) -> Result<Typed, Fault> {
        let (one, two) = (self.check(one, at)?, self.check(two, at)?);
        self.same(&one, &two, at)?;
        Ok(Typed { expr: Expr::Equal(Box::new([one.expr, two.expr])), of: Type::Bool, null: false, at })
    }

    /// `x in [a, b]`, with constants in the list.
    fn within(&mut self, one: &IdedExpr, list: &IdedExpr, at: usize) -> Result<Typed, Fault> {
        let one = self.check(one, at)?;
        let Tree::List(list) = &list.expr else {
            return Err(self.fault(at, "after `in` stands a list of constants", "write `x in [a, b]`"));
        };
        if list.elements.len() > LIST {
            let what = format!("`{}` values are more than the {LIST} a list may have", list.elements.len());
            return Err(self.fault(at, what, "split it into several rules"));
        }
        let mut among = Vec::new();
        for element in &list.elements {
            let element = self.check(element, at)?;
            self.same(&one, &element, element.at)?;
            match element.expr {
                Expr::Constant(value) => among.push(value),
                _ => return Err(self.fault(element.at, "this is not a constant", "compare with `==` and `||`")),
            }
        }
        Ok(Typed { expr: Expr::In(Box::new(one.expr), among), of: Type::Bool, null: false, at })
    }

    /// Checks a part that has to be of a type.
    fn expect(&mut self, tree: &IdedExpr, of: Type, near: usize) -> Result<Typed, Fault> {
        let typed = self.check(tree, near)?;
        if typed.of == of {
            return Ok(typed);
        }
        let hint = match (of, typed.of) {
            (Type::Number, Type::Hash) => "write `number(…)` round it",
            (Type::Number, Type::Text) => "write `amount(\"…\")` round it",
            (Type::Bool, _) => "compare it with something",
            _ => "",
        };
        Err(self.fault(typed.at, format!("this is {}, but {} is needed", typed.of.name(), of.name()), hint))
    }

    /// Whether two parts can be compared: one type, or a null where there can be one.
    fn same(&self, one: &Typed, two: &Typed, at: usize) -> Result<(), Fault> {
        match (one.of, two.of) {
            (Type::Null, Type::Null) => Ok(()),
            (Type::Null, _) | (_, Type::Null) => {
                let other = if one.of == Type::Null { two } else { one };
                if other.null {
                    Ok(())
                } else {
                    Err(self.fault(other.at, "this is never null", "leave the comparison out"))
                }
            }
            (Type::Word(words), Type::Text) => self.one_of(words, two),
            (Type::Text, Type::Word(words)) => self.one_of(words, one),
            (one, two) if one == two && one.is_scalar() => Ok(()),
            (one, two) => {
                let hint = match (one, two) {
                    (Type::Address, Type::Text) | (Type::Text, Type::Address) => {
                        "write `address(\"0x…\")` round the text"
                    }
                    (Type::Address, Type::Hash) | (Type::Hash, Type::Address) => "write `address(…)` round the hash",
                    (Type::Hash, Type::Text) | (Type::Text, Type::Hash) => {
                        "write `hash(\"0x…\")` or `topic(\"Name(…)\")` round the text"
                    }
                    (Type::Selector, Type::Text) | (Type::Text, Type::Selector) => {
                        "write `selector(\"name(…)\")` round the text"
                    }
                    (Type::Number, Type::Text) | (Type::Text, Type::Number) => "write `amount(\"…\")` round the text",
                    (Type::Number, Type::Hash) | (Type::Hash, Type::Number) => "write `number(…)` round the hash",
                    _ => "",
                };
                Err(self.fault(at, format!("{} and {} cannot be compared", one.name(), two.name()), hint))
            }
        }
    }

    /// A text that is compared with a word has to be one that the word can be.
    fn one_of(&self, words: &'static [&'static str], text: &Typed) -> Result<(), Fault> {
        match &text.expr {
            Expr::Constant(Value::Text(word)) if words.contains(&&**word) => Ok(()),
            Expr::Constant(Value::Text(word)) => {
                let what = format!("it is never `{}`", shown(word));
                Err(self.fault(text.at, what, suggest(word, words.iter().copied())))
            }
            _ => Err(self.fault(text.at, "a word is compared with a text in quotes", "")),
        }
    }

    /// A new name for the items of a list, while `test` is checked.
    fn named(&mut self, name: &str, record: Record, test: &IdedExpr, at: usize) -> Result<(usize, Typed), Fault> {
        let taken = self.names.iter().any(|(known, ..)| known == name) || name == "params";
        if taken {
            return Err(self.fault(at, format!("`{}` is taken", shown(name)), "use another name"));
        }
        let slot = SUBJECT + 1 + self.names.iter().filter(|(_, slot, _)| *slot > SUBJECT).count();
        if slot >= NAMES {
            let what = format!("more than {} lists within lists", NAMES - SUBJECT - 1);
            return Err(self.fault(at, what, "split it into several rules"));
        }
        self.names.push((name.to_owned(), slot, record));
        let test = self.expect(test, Type::Bool, at);
        self.names.pop();
        Ok((slot, test?))
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    match name {
        op::LESS => Some(Comparison::Less),
        op::LESS_EQUALS => Some(Comparison::LessOrEqual),
        op::GREATER => Some(Comparison::Greater),
        op::GREATER_EQUALS => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}

fn math(name: &str) -> Option<Math> {
    match name {
        op::ADD => Some(Math::Add),
        op::SUBSTRACT => Some(Math::Subtract),
        op::MULTIPLY => Some(Math::Multiply),
        op::DIVIDE => Some(Math::Divide),
        op::MODULO => Some(Math::Remainder),
        _ => None,
    }
}

/// A constant that outlives what it was computed from. Items and bytes are never constants.
fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Bool(bool) => Value::Bool(bool),
        Value::Number(number) => Value::Number(number),
        Value::Address(address) => Value::Address(address),
        Value::Hash(hash) => Value::Hash(hash),
        Value::Selector(selector) => Value::Selector(selector),
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Null | Value::Bytes(_) | Value::Item(_) | Value::Items(_) => Value::Null,
    }
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
