//! `window.x(…)`, `sequence.x(…)`, `baseline.x(…).part`, `answer.x`, `… in list.x`, labels, origins and patterns.

use std::str::FromStr;

use atlas::{LabelKind, LabelKinds};
use cel::common::ast::{Expr as Tree, IdedExpr};

use super::{Checker, Typed, comparison, shown};
use crate::{
    Fault,
    card::{List, Measure},
    condition::{
        expr::{Comparison, Expr},
        known::Shape,
        look::{Look, Origin, Part},
        pattern::Pattern,
        types::{Record, Type, Value},
    },
    place::suggest,
};

/// Values up to which a list is part of the condition itself, so that it can wake the rule.
const INLINE: usize = 64;

/// Parts of a baseline: name, what it takes after a dot, what it is, what it says.
pub(crate) const PARTS: &[(&str, Part, Type, &str)] = &[
    ("ready", Part::Ready, Type::Bool, "whether it has seen enough; until then `above` and `below` are false"),
    ("count", Part::Count, Type::Number, "observations it keeps, of this season"),
    ("median", Part::Median, Type::Number, "the learnt median; null until it is ready"),
    ("spread", Part::Spread, Type::Number, "the learnt median absolute deviation; null until it is ready"),
    ("above", Part::Above, Type::Bool, "`above(value, 350)`: whether the value scores 3.50 or more above the median"),
    ("below", Part::Below, Type::Bool, "`below(value, 350)`: whether the value scores 3.50 or more below the median"),
    (
        "score",
        Part::Score,
        Type::Number,
        "`score(value)`: 0.6745 times the distance from the median in spreads, in hundredths; null until it is ready",
    ),
    (
        "rise",
        Part::Rise,
        Type::Number,
        "`rise(value)`: how far values have crept up, this one included (CUSUM), in hundredths of a deviation",
    ),
    ("fall", Part::Fall, Type::Number, "`fall(value)`: the same downwards"),
];

/// The word for all kinds of account that funds should neither come from nor go to.
const HOSTILE: &str = "hostile";

/// Functions of where an account comes from.
const ORIGINS: &[(&str, Origin, Type)] = &[
    ("creator", Origin::Creator, Type::Address),
    ("funder", Origin::Funder, Type::Address),
    ("codehash", Origin::CodeHash, Type::Hash),
    ("codeshape", Origin::CodeShape, Type::Hash),
    ("entity", Origin::Entity, Type::Address),
];

/// Kinds of what is kept over time, as a condition calls them.
const WINDOW: &str = "window";
const SEQUENCE: &str = "sequence";
const BASELINE: &str = "baseline";

impl Checker<'_> {
    /// A look-up of what the rule keeps: `window.x(…)`, `sequence.x(…)`, `baseline.x(…).part(…)`. None if the call is
    /// something else.
    pub(super) fn kept(
        &mut self,
        name: &str,
        target: &IdedExpr,
        arguments: &[IdedExpr],
        at: usize,
    ) -> Result<Option<Typed>, Fault> {
        let at = at.saturating_sub(name.len());
        match &target.expr {
            Tree::Ident(kind) if kind == WINDOW => self.window(name, arguments, at).map(Some),
            Tree::Ident(kind) if kind == SEQUENCE => {
                let (which, arguments) = self.find(SEQUENCE, name, arguments, at)?;
                let expr = Expr::Look(Look::Sequence(which), arguments);
                Ok(Some(Typed { expr, of: Type::Bool, null: false, at }))
            }
            Tree::Ident(kind) if kind == BASELINE => {
                let hint = format!("write `baseline.{name}(…).above(value, 350)` or another of its parts");
                Err(self.fault(at, "a baseline is not a value", hint))
            }
            _ => self.part(name, target, arguments, at),
        }
    }

    /// `baseline.x(…).part`, with or without something to judge. None if `target` is no baseline.
    pub(super) fn part(
        &mut self,
        part: &str,
        target: &IdedExpr,
        arguments: &[IdedExpr],
        at: usize,
    ) -> Result<Option<Typed>, Fault> {
        let Tree::Call(call) = &target.expr else { return Ok(None) };
        let is_baseline =
            call.target.as_ref().is_some_and(|of| matches!(&of.expr, Tree::Ident(kind) if kind == BASELINE));
        if !is_baseline {
            return Ok(None);
        }
        let (which, mut looked) = self.find(BASELINE, &call.func_name, &call.args, at)?;
        let Some((_, part, of, _)) = PARTS.iter().find(|(known, ..)| *known == part) else {
            let what = format!("a baseline has no `{}`", shown(part));
            return Err(self.fault(at, what, suggest(part, PARTS.iter().map(|(known, ..)| *known))));
        };
        if arguments.len() != part.takes() {
            let hint = "see what it takes in data/rules/LANGUAGE.md";
            return Err(self.fault(at, format!("this takes {} numbers, not {}", part.takes(), arguments.len()), hint));
        }
        for argument in arguments {
            looked.push(self.expect(argument, Type::Number, at)?.expr);
        }
        let null = matches!(part, Part::Median | Part::Spread | Part::Score);
        Ok(Some(Typed { expr: Expr::Look(Look::Baseline(which, *part), looked), of: *of, null, at }))
    }

    fn window(&mut self, name: &str, arguments: &[IdedExpr], at: usize) -> Result<Typed, Fault> {
        let (which, arguments) = self.find(WINDOW, name, arguments, at)?;
        let shape = &self.known.windows[which];
        let (of, null) = match shape.measure {
            Some(Measure::Rate) => (Type::Rate, false),
            Some(Measure::Quantile | Measure::Min | Measure::Max | Measure::First | Measure::Last) => {
                (Type::Number, true)
            }
            _ => (Type::Number, false),
        };
        let entries = u32::try_from(shape.entries_max).unwrap_or(u32::MAX);
        Ok(Typed { expr: Expr::Look(Look::Window(which, entries), arguments), of, null, at })
    }

    /// The section of this name, and what it is asked by.
    fn find(&mut self, kind: &str, name: &str, arguments: &[IdedExpr], at: usize) -> Result<(usize, Vec<Expr>), Fault> {
        let shapes: &[Shape] = match kind {
            WINDOW => self.known.windows,
            SEQUENCE => self.known.sequences,
            _ => self.known.baselines,
        };
        let Some(which) = shapes.iter().position(|shape| shape.name == name) else {
            let hint = match shapes {
                [] => format!("add a `[{kind}.{}]` to the card; a {kind} cannot refer to another", shown(name)),
                _ => suggest(name, shapes.iter().map(|shape| shape.name.as_str())),
            };
            return Err(self.fault(at, format!("there is no {kind} `{}` here", shown(name)), hint));
        };
        let key = shapes[which].key.clone();
        if key.len() != arguments.len() {
            let wanted = key.iter().map(|of| of.name()).collect::<Vec<_>>().join(", ");
            let hint =
                if key.is_empty() { "write `()`: it has no key".to_owned() } else { format!("its key is {wanted}") };
            let what = format!("`{kind}.{name}` is asked by {} values, not {}", key.len(), arguments.len());
            return Err(self.fault(at, what, hint));
        }
        let mut asked = Vec::new();
        for (argument, of) in arguments.iter().zip(key) {
            let typed = self.check(argument, at)?;
            let fits = typed.of == of
                || typed.of == Type::Null
                || matches!((typed.of, of), (Type::Word(_) | Type::Text, Type::Word(_) | Type::Text));
            if !fits {
                let what = format!("this is {}, but the key of `{kind}.{name}` is {}", typed.of.name(), of.name());
                return Err(self.fault(typed.at, what, ""));
            }
            asked.push(typed.expr);
        }
        Ok((which, asked))
    }

    /// `answer.name`, with dashes of the question's name as underscores.
    pub(super) fn answer(&mut self, name: &str, at: usize) -> Result<Typed, Fault> {
        if !self.sees_answers {
            let hint = "use `on = \"block\"`, which looks at the block and the answers after it";
            return Err(self.fault(at, "answers are looked at after a block, not within a transaction", hint));
        }
        let names: Vec<_> = self
            .known
            .questions
            .iter()
            .map(|question| question.name.rsplit('/').next().unwrap_or_default().replace('-', "_"))
            .collect();
        match names.iter().position(|known| known == name) {
            Some(which) => {
                if !self.reads.contains(&Record::Observed) {
                    self.reads.push(Record::Observed);
                }
                let expr = Expr::Look(Look::Answer(which), Vec::new());
                Ok(Typed { expr, of: Type::Record(Record::Observed), null: false, at })
            }
            None => {
                let hint = match &names[..] {
                    [] => "add a `[[question]]` to the card".to_owned(),
                    names => suggest(name, names.iter().map(String::as_str)),
                };
                Err(self.fault(at, format!("the card asks no question `{}`", shown(name)), hint))
            }
        }
    }

    /// `x in list.name`. None if what follows is no list of the card's.
    pub(super) fn among(&mut self, one: &Typed, list: &IdedExpr, at: usize) -> Result<Option<Look>, Fault> {
        let Tree::Select(select) = &list.expr else { return Ok(None) };
        if !matches!(&select.operand.expr, Tree::Ident(name) if name == "list") {
            return Ok(None);
        }
        let name = select.field.as_str();
        let Some(list) = self.known.lists.get(name) else {
            let hint = match self.known.lists.is_empty() {
                true => format!("add a `[list.{}]` to the card", shown(name)),
                false => suggest(name, self.known.lists.keys().map(String::as_str)),
            };
            return Err(self.fault(at, format!("the card has no list `{}`", shown(name)), hint));
        };
        let of = match &**list {
            List::Addresses(_) => Type::Address,
            List::Hashes(_) => Type::Hash,
            List::Selectors(_) => Type::Selector,
            List::Numbers(_) => Type::Number,
            List::Texts(_) => Type::Text,
        };
        let is_text = of == Type::Text && matches!(one.of, Type::Word(_));
        if one.of != of && !is_text {
            let what = format!("this is {}, but `list.{name}` holds values that are {}", one.of.name(), of.name());
            return Err(self.fault(one.at, what, ""));
        }
        Ok(Some(Look::Among(std::sync::Arc::clone(list))))
    }

    /// `tx.called(list.name)`.
    pub(super) fn called(&mut self, tx: Typed, list: &IdedExpr, at: usize) -> Result<Typed, Fault> {
        let function = Typed { expr: Expr::Constant(Value::Null), of: Type::Selector, null: false, at };
        let Some(Look::Among(list)) = self.among(&function, list, at)? else {
            return Err(self.fault(at, "`called` takes a list of functions", "write `tx.called(list.name)`"));
        };
        Ok(Typed { expr: Expr::Look(Look::Called(list), vec![tx.expr]), of: Type::Bool, null: false, at })
    }

    /// `label(…)`, `creator(…)` and so on. None if the name is another.
    pub(super) fn looked_up(&mut self, name: &str, arguments: &[IdedExpr], at: usize) -> Result<Option<Typed>, Fault> {
        let origin = ORIGINS.iter().find(|(known, ..)| *known == name);
        match (name, origin, arguments) {
            (_, Some((_, what, of)), [account]) => {
                let account = self.expect(account, Type::Address, at)?;
                let expr = Expr::Look(Look::Origin(*what), vec![account.expr]);
                Ok(Some(Typed { expr, of: *of, null: true, at }))
            }
            ("label", _, [account, kind]) => {
                let account = self.expect(account, Type::Address, at)?;
                let kind = self.expect(kind, Type::Text, at)?;
                let Expr::Constant(Value::Text(kind)) = kind.expr else {
                    return Err(self.fault(
                        kind.at,
                        "the kind of a label is a text in quotes",
                        "write `label(tx.from, \"mixer\")`",
                    ));
                };
                let kinds = match LabelKind::from_str(&kind) {
                    Ok(one) => LabelKinds::of(&[one]),
                    Err(_) if kind == HOSTILE => LabelKinds::HOSTILE,
                    Err(_) => {
                        let known = LabelKind::ALL.iter().map(|kind| kind.name()).chain([HOSTILE]);
                        let hint = suggest(&kind, known);
                        return Err(self.fault(at, format!("`{}` is no kind of account", shown(&kind)), hint));
                    }
                };
                let expr = Expr::Look(Look::Labelled(kinds), vec![account.expr]);
                Ok(Some(Typed { expr, of: Type::Bool, null: false, at }))
            }
            ("rise_bp" | "fall_bp", _, [before, after]) => {
                let (before, after) = (self.expect(before, Type::Number, at)?, self.expect(after, Type::Number, at)?);
                let look = if name == "rise_bp" { Look::RiseBp } else { Look::FallBp };
                let expr = Expr::Look(look, vec![before.expr, after.expr]);
                Ok(Some(Typed { expr, of: Type::Number, null: false, at }))
            }
            _ => Ok(None),
        }
    }

    /// `text.matches("…")`.
    pub(super) fn matches(&mut self, of: Typed, pattern: &IdedExpr, at: usize) -> Result<Typed, Fault> {
        let pattern = self.expect(pattern, Type::Text, at)?;
        let Expr::Constant(Value::Text(text)) = &pattern.expr else {
            return Err(self.fault(
                pattern.at,
                "a pattern is a text in quotes",
                "write `call.reason.matches(\"^Ownable\")`",
            ));
        };
        let pattern = Pattern::new(text).map_err(|(what, hint)| self.fault(pattern.at, what, hint))?;
        Ok(Typed { expr: Expr::Look(Look::Matches(pattern), vec![of.expr]), of: Type::Bool, null: false, at })
    }

    /// Two numbers, or a rate and a number or a rate.
    pub(super) fn compared(&mut self, name: &str, one: &IdedExpr, two: &IdedExpr, at: usize) -> Result<Typed, Fault> {
        let how = comparison(name).unwrap_or(Comparison::Less);
        let one = self.check(one, at)?;
        let two = self.check(two, at)?;
        let is_rate = one.of == Type::Rate || two.of == Type::Rate;
        for side in [&one, &two] {
            if !(side.of == Type::Number || is_rate && side.of == Type::Rate) {
                return Err(self.not_a(Type::Number, side));
            }
        }
        let expr = match is_rate {
            true => Expr::Look(Look::Compare(how), vec![one.expr, two.expr]),
            false => Expr::Compare(how, Box::new([one.expr, two.expr])),
        };
        Ok(Typed { expr, of: Type::Bool, null: false, at })
    }
}

/// The values of a short list, as constants.
pub(super) fn constants(look: &Look) -> Option<Vec<Expr>> {
    let Look::Among(list) = look else { return None };
    if list.len() > INLINE {
        return None;
    }
    let constants: Vec<_> = match &**list {
        List::Addresses(items) => items.iter().copied().map(Value::Address).collect(),
        List::Hashes(items) => items.iter().copied().map(Value::Hash).collect(),
        List::Selectors(items) => items.iter().copied().map(Value::Selector).collect(),
        List::Numbers(items) => items.iter().copied().map(Value::Number).collect(),
        List::Texts(items) => items.iter().map(|text| Value::Text(text.clone().into())).collect(),
    };
    Some(constants.into_iter().map(Expr::Constant).collect())
}
