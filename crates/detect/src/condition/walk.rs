//! Walks through an expression: what it reads, asks and costs.

use super::{expr::Expr, look::Look};

impl Expr {
    /// Steps that it takes at most to compute it for one item, lists counted once: their items are counted when they
    /// are looked at.
    pub(crate) fn steps(&self) -> u64 {
        1 + match self {
            Expr::Constant(_) | Expr::Slot(_) | Expr::Variable(_) => 0,
            Expr::Field(of, _) | Expr::Not(of) => of.steps(),
            Expr::And(both) | Expr::Or(both) | Expr::Equal(both) | Expr::Compare(_, both) | Expr::Math(_, both) => {
                both.iter().map(Expr::steps).sum()
            }
            Expr::Quantify(_, _, both) => both.iter().map(Expr::steps).sum(),
            Expr::If(three) => three.iter().map(Expr::steps).sum(),
            Expr::In(of, among) => of.steps() + among.len() as u64,
            Expr::Call(_, arguments) => arguments.iter().map(Expr::steps).sum(),
            Expr::Look(look, arguments) => look.steps() + arguments.iter().map(Expr::steps).sum::<u64>(),
        }
    }

    /// Whether it asks where an account comes from.
    pub(crate) fn asks_origin(&self) -> bool {
        match self {
            Expr::Constant(_) | Expr::Slot(_) | Expr::Variable(_) => false,
            Expr::Field(of, _) | Expr::Not(of) | Expr::In(of, _) => of.asks_origin(),
            Expr::And(both) | Expr::Or(both) | Expr::Equal(both) | Expr::Compare(_, both) | Expr::Math(_, both) => {
                both.iter().any(Expr::asks_origin)
            }
            Expr::Quantify(_, _, both) => both.iter().any(Expr::asks_origin),
            Expr::If(three) => three.iter().any(Expr::asks_origin),
            Expr::Call(_, arguments) => arguments.iter().any(Expr::asks_origin),
            Expr::Look(look, arguments) => matches!(look, Look::Origin(_)) || arguments.iter().any(Expr::asks_origin),
        }
    }

    /// Shows every slot that is read.
    pub(super) fn each_slot(&mut self, see: &mut dyn FnMut(&mut usize)) {
        match self {
            Expr::Constant(_) | Expr::Variable(_) => {}
            Expr::Slot(at) => see(at),
            Expr::Field(of, _) | Expr::Not(of) => of.each_slot(see),
            Expr::And(both) | Expr::Or(both) | Expr::Equal(both) | Expr::Compare(_, both) | Expr::Math(_, both) => {
                both.iter_mut().for_each(|part| part.each_slot(see));
            }
            Expr::Quantify(_, _, both) => both.iter_mut().for_each(|part| part.each_slot(see)),
            Expr::If(three) => three.iter_mut().for_each(|part| part.each_slot(see)),
            Expr::In(of, among) => {
                of.each_slot(see);
                among.iter_mut().for_each(|part| part.each_slot(see));
            }
            Expr::Call(_, arguments) | Expr::Look(_, arguments) => {
                arguments.iter_mut().for_each(|part| part.each_slot(see))
            }
        }
    }
}
