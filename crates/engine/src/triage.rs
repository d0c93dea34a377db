//! From what `respond` decides about an alert to the entries that say so.

use anyhow::Result;
use case::{
    Actor, Alert, AlertId, Attached, CaseId, CaseOpened, Ctx, Draft, Event, Raised, Severity, SnoozedBy, Stream,
    Suppressed,
};
use respond::{Decision, Desk};

/// What is decided about an alert, as entries: an opened case with its alert, an attachment, or a reason why not.
///
/// # Errors
/// If an entry has no canonical form.
pub fn decide(desk: &Desk<'_>, id: &AlertId, alert: &Alert) -> Result<Vec<Draft>> {
    let ctx = |why: &str| Ctx::new(Actor::machine("respond"), why, desk.now);
    let attached = |case: &CaseId, because: &str| {
        let payload = Attached { id: *id, alert: alert.clone(), because: because.to_owned() };
        Draft::new(Stream::Case(case.clone()), ctx(because), &Event::Attached(Box::new(payload)))
    };
    Ok(match desk.decide(id, alert) {
        Decision::Open { title, severity, kind } => {
            let case = CaseId::opened_by(id);
            let opened = CaseOpened {
                title,
                severity,
                kind,
                subject: alert.subject.clone(),
                block_time: alert.block_time,
                drill: false,
            };
            let because = "opened the case";
            vec![
                Draft::new(Stream::Case(case.clone()), ctx(because), &Event::CaseOpened(opened))?,
                attached(&case, because)?,
            ]
        }
        Decision::Attach { case, because, raise_to } => {
            let mut drafts = vec![attached(&case, &because)?];
            let from: Option<Severity> = desk.cases.iter().find(|held| held.id == case).map(|held| held.severity);
            if let (Some(from), Some(to)) = (from, raise_to) {
                let raised = Event::Raised(Raised { from, to });
                drafts.push(Draft::new(Stream::Case(case), ctx(&because), &raised)?);
            }
            drafts
        }
        Decision::Suppress { reason } => {
            let suppressed = Event::Suppressed(Suppressed { id: *id, reason: reason.clone(), snoozed: None });
            vec![Draft::new(Stream::Chain(alert.seen_at.chain.clone()), ctx(&reason), &suppressed)?]
        }
        Decision::HoldBack { snooze, reason } => {
            let snoozed = Some(SnoozedBy { id: snooze, severity: alert.severity });
            let suppressed = Event::Suppressed(Suppressed { id: *id, reason: reason.clone(), snoozed });
            vec![Draft::new(Stream::Chain(alert.seen_at.chain.clone()), ctx(&reason), &suppressed)?]
        }
    })
}
