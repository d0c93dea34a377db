//! To decide what this is and what to do: alerts become cases, cases become plans, plans get leave or do not.
//!
//! Pure: no node, no database, no clock, no randomness. Every judgement is handed all that it may see and gives its
//! reason in words, so that the book can say why, and a restart comes to the same end.
//!
//! Not here: executing a rehearsal (`trace`), sending anything (`act`), writing anything down (`store`), and walking from
//! one to the other (`engine`). Not yet here: announced changes, snoozing, clocks of authorities.
//!
//! Read first: [`Desk`] (what an alert means), [`Playbook`] and [`plan()`] (what to do), [`Policy`] (how far a machine may
//! go alone), [`next_actions`] (what comes next in a case).

mod error;
mod exceptions;
mod installation;
mod next;
mod plan;
mod playbook;
mod policy;
mod severity;
#[cfg(test)]
mod story;
mod triage;
mod tune;

pub use error::PlanError;
pub use exceptions::{Exception, ExceptionsFile};
pub use installation::Installation;
pub use next::{Action, next_actions};
pub use plan::{plan, step_in_words};
pub use playbook::{PLAYBOOKS, Playbook, choose};
pub use policy::{Automatic, Grantor, Leave, Policy, Scene};
pub use severity::{SEVERITY_TOML, SeverityMatrix, Weight};
pub use triage::{Decision, Desk, TriageRules, Withdrawal, triage, withdraw};
pub use tune::{FALSE_MIN, MarkedAlert, ProposedException, ProposedValue, REPEATS_MIN, RuleTuning, tune};
