//! What a condition takes from its card: values that are known when a rule is made, long before a block is seen.
//!
//! A condition is checked once for all rules that are written alike; they differ in the values of their parameters.
//! What is made of parameters and constants alone is computed when a rule is bound, not at every item, and a fault in
//! it has its place in the file of the rule whose parameter is wrong.

use std::{cell::Cell, sync::Arc};

use super::{
    Condition,
    expr::{Expr, STEPS, Scene, Trouble},
    template::Template,
    types::{Record, Type, Value},
};
use crate::{
    Fault, Wake,
    card::{Parameters, Text},
    place::suggest,
};

/// The values of one rule, in the order of the slots that its condition reads.
pub(crate) type Values = Box<[Value<'static>]>;

/// Reads one value as another, or says what is wrong and what to do.
pub(super) type Read = fn(&Value<'_>) -> Result<Value<'static>, (String, &'static str)>;

/// How the values of a condition's slots are made from a card's parameters.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    recipes: Vec<Recipe>,
    /// The recipes whose values are read at run time; the others are on the way to them.
    kept: Vec<usize>,
    /// Where in the whole text the part begins that is being checked.
    begin: usize,
}

#[derive(Debug)]
struct Recipe {
    make: Make,
    /// Where it stands, for a fault.
    at: usize,
}

#[derive(Debug)]
pub(super) enum Make {
    /// A parameter of this type.
    Parameter(Arc<str>, Type),
    /// Something made of constants and of slots before this one.
    Compute(Expr),
    /// A slot's value, read as another.
    Read(usize, Read),
    /// A slot's text, which has to be one of these words.
    OneOf(usize, &'static [&'static str]),
}

impl Slots {
    /// From here on positions are those of a part that begins at `at`.
    pub(super) fn begin(&mut self, at: usize) {
        self.begin = at;
    }

    /// A slot that is made in this way. One parameter has one slot.
    pub(super) fn add(&mut self, make: Make, at: usize) -> usize {
        if let Make::Parameter(name, _) = &make {
            let same = |recipe: &Recipe| matches!(&recipe.make, Make::Parameter(known, _) if known == name);
            if let Some(known) = self.recipes.iter().position(same) {
                return known;
            }
        }
        self.recipes.push(Recipe { make, at: self.begin + at });
        self.recipes.len() - 1
    }

    /// Keeps the slots that a finished expression reads, and no others.
    pub(super) fn keep(&mut self, expr: &mut Expr) {
        expr.each_slot(&mut |slot| {
            *slot = self.kept.iter().position(|kept| kept == slot).unwrap_or_else(|| {
                self.kept.push(*slot);
                self.kept.len() - 1
            });
        });
    }

    /// Whether a card has the parameters that are asked for, as they are asked for.
    pub(super) fn fit(&self, parameters: &Parameters) -> bool {
        self.recipes.iter().all(|recipe| match &recipe.make {
            Make::Parameter(name, of) => parameters.find(name).is_some_and(|(_, found)| found == *of),
            _ => true,
        })
    }

    /// The values of a rule with these parameters. `text` is what its own card says.
    ///
    /// # Errors
    /// A fault with the place in the rule's file, for a parameter that is missing or cannot be what it has to be.
    pub(super) fn bind(&self, text: &Text, parameters: &Parameters) -> Result<Values, Fault> {
        let mut values: Vec<Value<'static>> = Vec::with_capacity(self.recipes.len());
        for recipe in &self.recipes {
            let fault = |what: String, hint: &str| text.fault(recipe.at, what, hint);
            let value = match &recipe.make {
                Make::Parameter(name, _) => parameters.find(name).map(|(value, _)| value).ok_or_else(|| {
                    let hint = suggest(name, parameters.names());
                    fault(format!("the card has no parameter `{name}`"), &hint)
                })?,
                Make::Compute(expr) => {
                    let steps = Cell::new(STEPS);
                    let value = expr.value(&mut Scene::of_slots(&values, &steps));
                    owned(value.map_err(|trouble| fault(format!("this can never be computed: {trouble}"), ""))?)
                }
                Make::Read(slot, read) => read(&values[*slot]).map_err(|(what, hint)| fault(what, hint))?,
                Make::OneOf(slot, words) => match &values[*slot] {
                    Value::Text(word) if words.contains(&&**word) => Value::Null,
                    other => {
                        let word = super::template::written(other);
                        let hint = suggest(&word, words.iter().copied());
                        return Err(fault(format!("it is never `{word}`"), &hint));
                    }
                },
            };
            values.push(value);
        }
        let take = |slot: &usize| std::mem::replace(&mut values[*slot], Value::Null);
        Ok(self.kept.iter().map(take).collect())
    }
}

/// A value that outlives what it was computed from. Items and bytes are never computed before a block is seen.
pub(super) fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Bool(bool) => Value::Bool(bool),
        Value::Number(number) => Value::Number(number),
        Value::Address(address) => Value::Address(address),
        Value::Hash(hash) => Value::Hash(hash),
        Value::Selector(selector) => Value::Selector(selector),
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Null | Value::Rate(..) | Value::Bytes(_) | Value::Item(_) | Value::Items(_) => Value::Null,
    }
}

/// Something checked once for all rules that write it alike, with one rule's values.
#[derive(Debug)]
pub(crate) struct Bound<T> {
    of: Arc<T>,
    values: Values,
}

impl Bound<Condition> {
    /// A condition for a rule with these parameters.
    ///
    /// # Errors
    /// As [`Slots::bind`].
    pub(crate) fn condition(of: Arc<Condition>, text: &Text, parameters: &Parameters) -> Result<Self, Fault> {
        let values = of.slots.bind(text, parameters)?;
        Ok(Self { of, values })
    }

    /// What is computed, and the values that the rule brings to it.
    pub(crate) fn parts(&self) -> (&Expr, &[Value<'static>]) {
        (&self.of.expr, &self.values)
    }

    /// Computes a condition.
    pub(crate) fn holds<'a>(&'a self, scene: &mut Scene<'a>) -> Result<bool, Trouble> {
        self.of.expr.holds(scene.with(&self.values))
    }

    /// Computes a value.
    pub(crate) fn value<'a>(&'a self, scene: &mut Scene<'a>) -> Result<Value<'a>, Trouble> {
        self.of.expr.value(scene.with(&self.values))
    }

    /// The records whose fields it reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Record> + '_ {
        self.of.reads.iter().copied()
    }

    /// What it comes to.
    pub(crate) fn of(&self) -> Type {
        self.of.of
    }

    /// The expression itself.
    pub(crate) fn expr(&self) -> &Expr {
        &self.of.expr
    }

    /// What wakes a rule with this condition. Everything the condition can hold for is covered.
    pub(crate) fn wakes(&self, on: Record) -> Vec<Wake> {
        super::keys::wakes(&self.of.expr, on, &self.values)
    }

    /// What wakes a rule with this condition that speaks about protected accounts only, `subject` of them.
    pub(crate) fn protected_wakes(&self, subject: &Self, on: Record) -> Vec<Wake> {
        super::keys::protected_wakes(&self.of.expr, &subject.of.expr, on, &self.values)
    }
}

impl Bound<Template> {
    /// A message for a rule with these parameters.
    ///
    /// # Errors
    /// As [`Slots::bind`].
    pub(crate) fn template(of: Arc<Template>, text: &Text, parameters: &Parameters) -> Result<Self, Fault> {
        let values = of.slots.bind(text, parameters)?;
        Ok(Self { of, values })
    }

    /// The values in it.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.of.exprs()
    }

    /// The message for an item. A value that cannot be computed says why in its place.
    pub(crate) fn fill<'a>(&'a self, scene: &mut Scene<'a>) -> String {
        self.of.fill(scene.with(&self.values))
    }

    /// The records it reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Record> + '_ {
        self.of.reads()
    }
}
