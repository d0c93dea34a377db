//! From CEL's syntax tree to an expression in which every name and type is known, or to a fault that says where and
//! what to do.

pub(super) mod call;
pub(super) mod look;
mod same;

use std::cell::Cell;

use cel::common::ast::{CallExpr, Expr as Tree, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators as op};
use facts::U256;

use super::{
    expr::{BLOCK, Comparison, Expr, Math, NAMES, STEPS, SUBJECT, Scene, TX},
    schema,
    slots::{Make, Slots, owned},
    types::{Record, Type, Value},
};
use crate::{Fault, card::Text, condition::known::Known, place::suggest};

/// Parts within parts of a condition.
const DEPTH: usize = 48;
/// What is kept over time.
const KEPT: &[&str] = &["window", "sequence", "baseline"];
/// Names that a quantifier cannot take.
const RESERVED: &[&str] = &["params", "window", "sequence", "baseline", "answer", "list"];
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
    known: Known<'a>,
    /// Whether answers to standing questions are at hand.
    sees_answers: bool,
    /// What it takes from the card.
    slots: &'a mut Slots,
    names: Vec<(String, usize, Record)>,
    /// The records whose fields are read, for the kinds of evidence.
    pub(super) reads: Vec<Record>,
    depth: usize,
}

impl<'a> Checker<'a> {
    /// A checker for conditions on `subject`.
    pub(super) fn new(
        text: &'a Text,
        info: &'a SourceInfo,
        known: Known<'a>,
        subject: Record,
        slots: &'a mut Slots,
    ) -> Self {
        let mut names = vec![("block".to_owned(), BLOCK, Record::Block)];
        let sees_answers = matches!(subject, Record::Observed | Record::Block);
        if !sees_answers {
            names.push(("tx".to_owned(), TX, Record::Tx));
        }
        if subject != Record::Tx && subject != Record::Block {
            names.push((subject.name().to_owned(), SUBJECT, subject));
        }
        Self { text, info, known, sees_answers, slots, names, reads: Vec::new(), depth: 0 }
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

    /// Computes what is made of constants only, now; what is made of parameters too has a slot of its own.
    fn fold(&mut self, typed: Typed) -> Result<Typed, Fault> {
        let parts = match &typed.expr {
            Expr::Not(of) => std::slice::from_ref(&**of),
            Expr::And(both) | Expr::Or(both) | Expr::Equal(both) | Expr::Compare(_, both) | Expr::Math(_, both) => {
                &both[..]
            }
            Expr::If(three) => &three[..],
            Expr::In(of, _) => std::slice::from_ref(&**of),
            Expr::Call(super::expr::Function::Protected, _) => return Ok(typed),
            Expr::Call(_, arguments) => &arguments[..],
            _ => return Ok(typed),
        };
        let listed = if let Expr::In(_, among) = &typed.expr { &among[..] } else { &[] };
        if !parts.iter().all(Expr::is_fixed) {
            return Ok(typed);
        }
        if !parts.iter().chain(listed).all(Expr::is_constant) {
            let slot = self.slots.add(Make::Compute(typed.expr), typed.at);
            return Ok(Typed { expr: Expr::Slot(slot), ..typed });
        }
        let steps = Cell::new(STEPS);
        let value = typed.expr.value(&mut Scene::of_slots(&[], &steps));
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
            None if KEPT.contains(&name) => {
                let hint = format!("write `{name}.name(…)` with its key in brackets");
                Err(self.fault(at, format!("a {name} is asked by its key"), hint))
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
        if matches!(&select.operand.expr, Tree::Ident(name) if name == "answer") {
            return self.answer(&select.field, at_name);
        }
        if let Some(part) = self.part(&select.field, &select.operand, &[], at_name)? {
            return Ok(part);
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

    fn parameter(&mut self, name: &str, at: usize) -> Result<Typed, Fault> {
        match self.known.parameters.find(name) {
            Some((_, of)) => {
                let slot = self.slots.add(Make::Parameter(name.into(), of), at);
                Ok(Typed { expr: Expr::Slot(slot), of, null: false, at })
            }
            None => {
                let what = format!("the card has no parameter `{}` that is a number or a text", shown(name));
                Err(self.fault(at, what, suggest(name, self.known.parameters.names())))
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
            (name, None, [one, two]) if comparison(name).is_some() => self.compared(name, one, two, at),
            (name, None, [one, two]) if math(name).is_some() => {
                let one = self.expect(one, Type::Number, at)?;
                let two = self.expect(two, Type::Number, at)?;
                let both = Box::new([one.expr, two.expr]);
                let Some(how) = math(name) else { return Err(self.fault(at, "this operator is not known", "")) };
                Ok(Typed { expr: Expr::Math(how, both), of: Type::Number, null: false, at })
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
        if let Some(look) = self.among(&one, list, at)? {
            let expr = match look::constants(&look) {
                Some(among) => Expr::In(Box::new(one.expr), among),
                None => Expr::Look(look, vec![one.expr]),
            };
            return Ok(Typed { expr, of: Type::Bool, null: false, at });
        }
        let Tree::List(list) = &list.expr else {
            return Err(self.fault(
                at,
                "after `in` stands a list of constants",
                "write `x in [a, b]` or `x in list.name`",
            ));
        };
        if list.elements.len() > LIST {
            let what = format!("`{}` values are more than the {LIST} a list may have", list.elements.len());
            return Err(self.fault(at, what, "split it into several rules"));
        }
        let mut among = Vec::new();
        for element in &list.elements {
            let element = self.check(element, at)?;
            self.same(&one, &element, element.at)?;
            if !element.expr.is_fixed() {
                return Err(self.fault(element.at, "this is not a constant", "compare with `==` and `||`"));
            }
            among.push(element.expr);
        }
        Ok(Typed { expr: Expr::In(Box::new(one.expr), among), of: Type::Bool, null: false, at })
    }

    /// Checks a part that has to be of a type.
    fn expect(&mut self, tree: &IdedExpr, of: Type, near: usize) -> Result<Typed, Fault> {
        let typed = self.check(tree, near)?;
        if typed.of == of {
            return Ok(typed);
        }
        Err(self.not_a(of, &typed))
    }

    /// A part that is not what is needed.
    fn not_a(&self, of: Type, typed: &Typed) -> Fault {
        let hint = match (of, typed.of) {
            (Type::Number, Type::Hash) => "write `number(…)` round it",
            (Type::Number, Type::Text) => "write `amount(\"…\")` round it",
            (Type::Bool, _) => "compare it with something",
            (_, Type::Rate) => "a rate is compared as it is; compute on the other side",
            _ => "",
        };
        self.fault(typed.at, format!("this is {}, but {} is needed", typed.of.name(), of.name()), hint)
    }

    /// A new name for the items of a list, while `test` is checked.
    fn named(&mut self, name: &str, record: Record, test: &IdedExpr, at: usize) -> Result<(usize, Typed), Fault> {
        let taken = self.names.iter().any(|(known, ..)| known == name) || RESERVED.contains(&name);
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

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
