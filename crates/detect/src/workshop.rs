//! Where the texts of rules in data are checked. What is written alike is checked once and shared, whatever the
//! values of its parameters are.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Fault,
    card::{Subject, Text},
    condition::{
        Bound, Condition, Known, compile, compile_account, compile_key, compile_number, compile_scalar,
        template::Template,
    },
};

/// Everything that was checked so far.
#[derive(Debug, Default)]
pub(crate) struct Workshop {
    conditions: Shelf<Condition>,
    templates: Shelf<Template>,
}

/// What was checked, by what it is for, what it looks at and its text. Parameters of other types make another.
type Shelf<T> = BTreeMap<Label, Vec<Arc<T>>>;

/// Purpose, subject, text, and the shape of the sections that the text may refer to.
type Label = (Purpose, Subject, Arc<str>, Arc<str>);

/// The workshop with one card on the bench.
pub(crate) struct Bench<'a> {
    pub(crate) workshop: &'a mut Workshop,
    /// What its texts may refer to.
    pub(crate) known: Known<'a>,
    /// The same for cards whose sections are the same, and empty for those without any.
    pub(crate) shape: &'a str,
}

/// What a text is for: the same words may do for one and not for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    Condition,
    Account,
    Scalar,
    Key,
    Number,
    Message,
}

impl Workshop {
    /// How many conditions were checked, paths and values within messages aside.
    #[cfg(test)]
    pub(crate) fn conditions(&self) -> usize {
        let conditions = self.conditions.iter().filter(|((purpose, ..), _)| *purpose == Purpose::Condition);
        conditions.map(|(_, shared)| shared.len()).sum()
    }
}

impl Bench<'_> {
    /// A condition: something that is true or false.
    ///
    /// # Errors
    /// A fault with the place in the file for whatever the checker refuses.
    pub(crate) fn condition(&mut self, text: &Text, on: Subject) -> Result<Bound<Condition>, Fault> {
        self.checked(Purpose::Condition, text, on)
    }

    /// A path to an account.
    ///
    /// # Errors
    /// As [`Bench::condition`].
    pub(crate) fn account(&mut self, text: &Text, on: Subject) -> Result<Bound<Condition>, Fault> {
        self.checked(Purpose::Account, text, on)
    }

    /// Something that can be written down.
    ///
    /// # Errors
    /// As [`Bench::condition`].
    pub(crate) fn scalar(&mut self, text: &Text, on: Subject) -> Result<Bound<Condition>, Fault> {
        self.checked(Purpose::Scalar, text, on)
    }

    /// Something that things can be kept under.
    ///
    /// # Errors
    /// As [`Bench::condition`].
    pub(crate) fn key(&mut self, text: &Text, on: Subject) -> Result<Bound<Condition>, Fault> {
        self.checked(Purpose::Key, text, on)
    }

    /// A number.
    ///
    /// # Errors
    /// As [`Bench::condition`].
    pub(crate) fn number(&mut self, text: &Text, on: Subject) -> Result<Bound<Condition>, Fault> {
        self.checked(Purpose::Number, text, on)
    }

    /// A message with values in braces.
    ///
    /// # Errors
    /// As [`Bench::condition`].
    pub(crate) fn message(&mut self, text: &Text, on: Subject) -> Result<Bound<Template>, Fault> {
        let known = self.known;
        let make = || Template::compile(text, on, known);
        let fits = |template: &Template| template.fits(known.parameters);
        let label = self.label(Purpose::Message, text, on);
        let shared = take(&mut self.workshop.templates, label, fits, make)?;
        Bound::template(shared, text, known.parameters)
    }

    fn checked(&mut self, purpose: Purpose, text: &Text, on: Subject) -> Result<Bound<Condition>, Fault> {
        let known = self.known;
        let make = || match purpose {
            Purpose::Condition => compile(text, on, known),
            Purpose::Account => compile_account(text, on, known),
            Purpose::Key => compile_key(text, on, known),
            Purpose::Number => compile_number(text, on, known),
            Purpose::Scalar | Purpose::Message => compile_scalar(text, on, known),
        };
        let fits = |condition: &Condition| condition.fits(known.parameters);
        let label = self.label(purpose, text, on);
        let shared = take(&mut self.workshop.conditions, label, fits, make)?;
        Bound::condition(shared, text, known.parameters)
    }

    fn label(&self, purpose: Purpose, text: &Text, on: Subject) -> Label {
        (purpose, on, Arc::clone(&text.text), self.shape.into())
    }
}

/// From the shelf, or newly made.
fn take<T>(
    shelf: &mut Shelf<T>,
    key: Label,
    fits: impl Fn(&T) -> bool,
    make: impl FnOnce() -> Result<T, Fault>,
) -> Result<Arc<T>, Fault> {
    let made = shelf.entry(key).or_default();
    if let Some(shared) = made.iter().find(|shared| fits(shared)) {
        return Ok(Arc::clone(shared));
    }
    let new = Arc::new(make()?);
    made.push(Arc::clone(&new));
    Ok(new)
}
