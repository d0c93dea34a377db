//! The words of the case file: alerts, incidents, plans, and the entries they are made of.
//!
//! Plain data and its laws: an entry is chained to the one before it, an incident is a fold of its entries, a plan
//! is known by its digest, a step without an undo is never reversible. Nothing here decides what to do (that is
//! `respond`), stores anything (`store`) or asks what time it is: every decision is handed its [`Ctx`].
//!
//! Read first: [`Entry`] and [`Event`] (what is written down), [`Incident`] (what they add up to), [`Plan`].

mod alert;
mod announcement;
mod ctx;
mod decimal;
mod digest;
mod entry;
mod event;
mod exhibit;
mod incident;
mod losses;
mod money;
mod plan;
mod readiness;
mod scale;
mod seal;
mod snooze;

pub use alert::{Alert, AlertId, Basis, Evidence, EvidenceKind, Fingerprint, Loss, RuleRef};
pub use announcement::{
    Announcement, AnnouncementId, AnnouncementMade, AnnouncementWithdrawn, Bearing, Fit, HeldAnnouncement, Planned,
    PlannedChange,
};
pub use ctx::{Actor, Ctx};
pub use digest::{Digest, DigestError, canonical};
pub use entry::{BrokenChain, ChainWalk, Draft, Entry, Stream, StreamError, check_chain};
pub use event::{
    AlertRaised, AlertWithdrawn, Approved, Attached, CaseClosed, CaseOpened, Confirmed, DataFile, Event, Failed, Gone,
    Intent, Mark, Marked, Note, PlanProposed, Raised, Receipt, Refused, Rehearsed, RulesRefused, RulesReplaced,
    ServiceStarted, ServiceStopped, Suppressed, Unsettled,
};
pub use exhibit::{Exhibit, Holding, Taken, Unseen};
pub use incident::{
    CaseId, FoldError, Folding, Incident, Ledger, Phase, PlanState, Resolution, Standing, Standpoint, StepState,
    StepStatus,
};
pub use jiff::Timestamp;
pub use losses::{LossAmounts, LossRow, LossTotal, LossesAssessed};
pub use money::{Hop, MoneyTraced, Place, Rest, Trail};
pub use plan::{Call, Harm, IdempotencyKey, Limits, Plan, Precondition, Rehearsal, Step, Verdict};
pub use readiness::{Readiness, ReadinessCheck, ReadinessChecked, ReadinessFinding, ReadinessState};
pub use scale::{Confidence, Severity};
pub use seal::{Head, Seal};
pub use snooze::{Force, HELD_BACK_MAX, HeldBack, HeldSnooze, Snooze, SnoozeEnded, Snoozed, SnoozedBy};
