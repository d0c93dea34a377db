//! Following the money: where what was taken went, unit by unit, as far as a case's own transactions show.
//!
//! Money that was mixed is told apart by one written convention, [`CONVENTION`]: within the case, what came in first goes
//! out first, and what an account held before the case goes out last. `docs/decisions/0005-first-in-first-out.md` says
//! why. The native coin stays the same money when it is wrapped or unwrapped. What an exchange, a bridge, a mixer or a
//! pool made of it is not judged: there it rests. Transactions that belong to no case are not followed.
//!
//! Read first: [`trace`], then `pots` (the convention itself).

mod pots;
mod trace;
mod trails;
mod wrapping;

pub use trace::{CONVENTION, trace};

#[cfg(test)]
mod tests;
