//! What a responder decides about a case. Each is an entry; nothing here acts on it.

use axum::{Json, extract::State, http::StatusCode};
use case::{Approved, CaseClosed, CaseId, Ctx, Digest, Draft, Event, Incident, Note, StepStatus, Stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Path};
use crate::{
    AppState, Problem,
    auth::Responder,
    limits::{NOTE_CHARS, WRITE_TRIES},
    view::{IncidentView, PlanView, ResolutionWord, StepView},
};

/// Leave for one step of one plan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// The plan's digest, as the incident shows it: leave holds for this plan and no other.
    #[schema(value_type = String)]
    plan: String,
    /// The step's id.
    step: String,
}

/// Give leave for a step. It writes an entry; the service takes the step if a rehearsal on the head succeeds. Giving
/// it twice is the same as giving it once.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/approvals", tag = "decisions", request_body = Approval,
    params(("id" = String, Path, description = "the incident's id")),
    responses((status = 201, description = "leave was given", body = StepView),
              (status = 200, description = "this person had given it already", body = StepView),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json"),
              (status = 409, description = "not the plan that stands, or the step waits for nobody", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn approve(
    responder: Responder,
    State(desk): State<AppState>,
    path: Path<String>,
    Body(approval): Body<Approval>,
) -> Result<(StatusCode, Json<StepView>), Problem> {
    let id: CaseId = path.parse()?;
    let plan: Digest =
        approval.plan.parse().map_err(|error: case::DigestError| Problem::bad_request(error.to_string()))?;
    let ctx = responder.ctx("approved at the console", &desk);
    let (incident, wrote) = decide(&desk, &id, |incident| {
        let event = may_approve(incident, &plan, &approval.step, &ctx)?;
        event.map(|event| draft(&id, &ctx, &event)).transpose().map(Vec::from_iter)
    })
    .await?;
    let view = incident.plan().map(PlanView::from).into_iter().flat_map(|plan| plan.steps);
    let step = view.into_iter().find(|step| step.id == approval.step);
    let step = step.ok_or_else(|| Problem::stale_plan("the plan was replaced just now"))?;
    Ok((if wrote { StatusCode::CREATED } else { StatusCode::OK }, Json(step)))
}

/// The entry that gives leave; none if this person gave it already and it still counts.
fn may_approve(incident: &Incident, plan: &Digest, step: &str, ctx: &Ctx) -> Result<Option<Event>, Problem> {
    let held = incident.plan().ok_or_else(|| Problem::stale_plan("the incident has no plan yet"))?;
    if held.digest != *plan {
        let (asked, now) = (plan.short(), held.digest.short());
        return Err(Problem::stale_plan(format!("approval names plan `{asked}`, the plan that stands is `{now}`")));
    }
    let (Some(own), Some(state)) = (held.plan.step(step), held.state(step)) else {
        let shown: String = step.chars().take(80).collect();
        return Err(Problem::not_waiting(format!("the plan has no step `{shown}`")));
    };
    let given = state.approvals.iter().any(|(by, _)| *by == ctx.who);
    match &state.status {
        // A refusal needs a second look: leave given before it no longer counts.
        StepStatus::Refused { .. } => {}
        _ if given => return Ok(None),
        StepStatus::Proposed | StepStatus::Approved => {}
        StepStatus::Intended | StepStatus::Submitted { .. } | StepStatus::Done { .. } | StepStatus::Failed { .. } => {
            return Err(Problem::not_waiting(format!("step `{step}` was taken or has failed")));
        }
    }
    if !incident.is_open() {
        return Err(Problem::not_waiting("the incident is closed"));
    }
    if ctx.now > own.limits.until {
        let until = own.limits.until;
        return Err(Problem::not_waiting(format!("step `{step}` could be taken until `{until}` only")));
    }
    Ok(Some(Event::Approved(Approved { plan: *plan, step: step.to_owned() })))
}

/// The end of a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    /// How it ended.
    resolution: ResolutionWord,
    /// What there is to say about it, at most 8000 characters.
    #[serde(default)]
    note: String,
}

/// Close an incident.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/close", tag = "decisions", request_body = Closing,
    params(("id" = String, Path, description = "the incident's id")),
    responses((status = 201, description = "closed", body = IncidentView),
              (status = 200, description = "it was closed so already", body = IncidentView),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json"),
              (status = 409, description = "closed otherwise", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn close(
    responder: Responder,
    State(desk): State<AppState>,
    path: Path<String>,
    Body(Closing { resolution, note }): Body<Closing>,
) -> Result<(StatusCode, Json<IncidentView>), Problem> {
    let id: CaseId = path.parse()?;
    let note = checked_note(&note)?;
    let ctx = responder.ctx("closed at the console", &desk);
    let (incident, wrote) = decide(&desk, &id, |incident| match incident.resolution {
        Some(held) if held == resolution.into() => Ok(Vec::new()),
        Some(_) => Err(Problem::not_waiting("the incident was closed with another resolution")),
        None => {
            let mut drafts = Vec::new();
            if !note.is_empty() {
                drafts.push(draft(&id, &ctx, &Event::Note(Note { text: note.clone() }))?);
            }
            drafts.push(draft(&id, &ctx, &Event::CaseClosed(CaseClosed { resolution: resolution.into() }))?);
            Ok(drafts)
        }
    })
    .await?;
    let status = if wrote { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(IncidentView::new(&incident, &desk))))
}

/// Something to remember.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNote {
    /// 1 to 8000 characters.
    text: String,
}

/// Where something was written.
#[derive(Serialize, ToSchema)]
pub(super) struct Written {
    /// The incident.
    incident: String,
    /// How many entries it has now.
    entries: u64,
    /// Digest of the last of them.
    #[schema(value_type = String)]
    head: Digest,
}

/// Write a note into an incident, open or closed.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/notes", tag = "decisions", request_body = NewNote,
    params(("id" = String, Path, description = "the incident's id")),
    responses((status = 201, description = "written", body = Written),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn note(
    responder: Responder,
    State(desk): State<AppState>,
    path: Path<String>,
    Body(NewNote { text }): Body<NewNote>,
) -> Result<(StatusCode, Json<Written>), Problem> {
    let id: CaseId = path.parse()?;
    let text = checked_note(&text)?;
    if text.is_empty() {
        return Err(Problem::bad_request("a note without text"));
    }
    let ctx = responder.ctx("noted at the console", &desk);
    let event = Event::Note(Note { text });
    let (incident, _) = decide(&desk, &id, |_| Ok(vec![draft(&id, &ctx, &event)?])).await?;
    let view = Written { incident: id.to_string(), entries: incident.entries, head: incident.head };
    Ok((StatusCode::CREATED, Json(view)))
}

fn checked_note(text: &str) -> Result<String, Problem> {
    let chars = text.chars().count();
    if chars > NOTE_CHARS {
        return Err(Problem::bad_request(format!("a note of {chars} characters; {NOTE_CHARS} are allowed")));
    }
    Ok(text.trim().to_owned())
}

fn draft(id: &CaseId, ctx: &Ctx, event: &Event) -> Result<Draft, Problem> {
    Draft::new(Stream::Case(id.clone()), ctx.clone(), event).map_err(|error| Problem::internal(&error))
}

/// Decides on the incident as it stands and writes what was decided, only if nothing came in between; else decides
/// again on what stands then. Returns the incident afterwards, and whether anything was written.
async fn decide(
    desk: &AppState,
    id: &CaseId,
    decide: impl Fn(&Incident) -> Result<Vec<Draft>, Problem>,
) -> Result<(std::sync::Arc<Incident>, bool), Problem> {
    for _ in 0..WRITE_TRIES {
        let incident = desk.incident(id).await?;
        let drafts = decide(&incident)?;
        if drafts.is_empty() {
            return Ok((incident, false));
        }
        if desk.write_if_unchanged(drafts, &incident).await? {
            return Ok((desk.incident(id).await?, true));
        }
    }
    Err(Problem::contended(&Stream::Case(id.clone()).to_string()))
}
