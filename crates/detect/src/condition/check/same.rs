//! What can be compared with what.

use super::{Checker, Typed, shown};
use crate::{
    Fault,
    condition::{
        expr::Expr,
        slots::Make,
        types::{Type, Value},
    },
    place::suggest,
};

impl Checker<'_> {
    /// Whether two parts can be compared: one type, or a null where there can be one.
    pub(super) fn same(&mut self, one: &Typed, two: &Typed, at: usize) -> Result<(), Fault> {
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
    fn one_of(&mut self, words: &'static [&'static str], text: &Typed) -> Result<(), Fault> {
        match &text.expr {
            Expr::Constant(Value::Text(word)) if words.contains(&&**word) => Ok(()),
            Expr::Constant(Value::Text(word)) => {
                let what = format!("it is never `{}`", shown(word));
                Err(self.fault(text.at, what, suggest(word, words.iter().copied())))
            }
            Expr::Slot(slot) => {
                self.slots.add(Make::OneOf(*slot, words), text.at);
                Ok(())
            }
            _ => Err(self.fault(text.at, "a word is compared with a text in quotes", "")),
        }
    }
}
