//! Rules that wake nobody for a while.

use axum::{Json, extract::State, http::StatusCode};
use case::{Digest, Draft, Event, Force, HeldSnooze, Snooze, SnoozeEnded, Snoozed, Stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    announcements::Reason,
    extract::{Body, Params, Path},
};
use crate::{
    AppState, Problem,
    auth::{Responder, Viewer},
    limits::{SNOOZES_OPEN, WHY_CHARS},
    view::{ActorView, Page, SeverityWord},
};

/// Snoozes that one answer lists, the newest.
const LISTED_MAX: usize = 500;

/// A rule that is to wake nobody for a while.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSnooze {
    /// The rule's id; its instances are snoozed with it.
    rule: String,
    /// Whom the alerts are about, CAIP-10; anybody if absent.
    #[serde(default)]
    subject: Option<String>,
    /// Until when, in UTC: seven days from now at most.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Why, 1 to 300 characters.
    why: String,
    /// Also alerts of critical weight that say that money is being lost. Without it they get through.
    #[serde(default)]
    losses_too: bool,
}

/// A snooze, and what it held back.
#[derive(Serialize, ToSchema)]
pub(super) struct SnoozeView {
    /// Its id.
    id: String,
    /// The rule's id.
    rule: String,
    /// Whom the alerts are about, CAIP-10; anybody if absent.
    subject: Option<String>,
    /// Until when, in UTC.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Why.
    why: String,
    /// Who snoozed it.
    by: ActorView,
    /// Since when, in UTC.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Also alerts of critical weight that say that money is being lost.
    losses_too: bool,
    /// Whether it holds anything back now.
    holds: bool,
    /// When its end was written down, in UTC.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// How many alerts it held back.
    held_back: u64,
    /// The worst of them.
    worst: Option<SeverityWord>,
    /// The first of them by their ids, 32 at most.
    alerts: Vec<String>,
}

impl SnoozeView {
    fn new(held: &HeldSnooze, now: Timestamp) -> Self {
        Self {
            id: held.id.clone(),
            rule: held.snooze.rule.clone(),
            subject: held.snooze.subject.as_ref().map(ToString::to_string),
            until: held.snooze.until,
            why: held.why.clone(),
            by: (&held.who).into(),
            since: held.at,
            losses_too: held.snooze.losses_too == Force::Yes,
            holds: held.ended.is_none() && now < held.snooze.until,
            ended_at: held.ended,
            held_back: held.held_back.count,
            worst: held.held_back.worst.map(Into::into),
            alerts: held.held_back.alerts.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Snoozes, newest first, with what they held back; the newest 500.
#[utoipa::path(get, path = "/api/v1/snoozes", tag = "alerts",
    responses((status = 200, body = Page<SnoozeView>),
              (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn snoozes(_: Viewer, State(desk): State<AppState>) -> Result<Json<Page<SnoozeView>>, Problem> {
    let now = desk.now();
    let shown = |held: &HeldSnooze| SnoozeView::new(held, now);
    let items = desk.notices(|notices| notices.snoozes().take(LISTED_MAX).map(shown).collect()).await?;
    Ok(Json(Page { items, next: None }))
}

/// Let a rule wake nobody for a while. Its alerts are written down as ever, and open no case; when it ends, by itself or
/// by somebody, what it held back is said.
#[utoipa::path(post, path = "/api/v1/snoozes", tag = "alerts", request_body = NewSnooze,
    responses((status = 201, description = "snoozed", body = SnoozeView),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 422, description = "too long, or over already", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn snooze(
    responder: Responder,
    State(desk): State<AppState>,
    Body(new): Body<NewSnooze>,
) -> Result<(StatusCode, Json<SnoozeView>), Problem> {
    let why = new.why.trim();
    if !(1..=WHY_CHARS).contains(&why.chars().count()) {
        return Err(Problem::bad_request(format!("say why in 1 to {WHY_CHARS} characters: somebody will ask")));
    }
    if !(1..=128).contains(&new.rule.len()) || new.rule.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Problem::bad_request("`rule` is not the id of a rule: `breakglass rules list` names them"));
    }
    let subject = new.subject.as_deref().map(str::parse).transpose();
    let subject = subject.map_err(|error: facts::IdError| Problem::bad_request(error.to_string()))?;
    let losses_too = if new.losses_too { Force::Yes } else { Force::No };
    let snooze = Snooze { rule: new.rule, subject, until: new.until, losses_too };
    let ctx = responder.ctx(why, &desk);
    snooze.check(ctx.now).map_err(|why| Problem::refused(why, "give another end"))?;
    let open = desk.notices(|notices| notices.snoozes().filter(|held| held.ended.is_none()).count()).await?;
    if open >= SNOOZES_OPEN {
        let remedy = "end those that are not needed, or change the rules";
        return Err(Problem::refused(format!("{open} snoozes are open already"), remedy));
    }
    let digest = Digest::of(&(&snooze, &ctx)).map_err(|error| Problem::internal(&error))?;
    let id = format!("sn-{}", digest.short());
    let event = Event::Snoozed(Snoozed { id: id.clone(), snooze });
    let draft = Draft::new(Stream::Org, ctx, &event).map_err(|error| Problem::internal(&error))?;
    desk.write(vec![draft]).await?;
    Ok((StatusCode::CREATED, Json(find(&desk, &id).await?.1)))
}

/// End a snooze before its time.
#[utoipa::path(delete, path = "/api/v1/snoozes/{id}", tag = "alerts",
    params(("id" = String, Path, description = "the snooze's id"), Reason),
    responses((status = 200, description = "ended, now or before", body = SnoozeView),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn wake(
    responder: Responder,
    State(desk): State<AppState>,
    path: Path<String>,
    Params(reason): Params<Reason>,
) -> Result<Json<SnoozeView>, Problem> {
    let ctx = responder.ctx(&reason.or("ended by a person")?, &desk);
    let (held, view) = find(&desk, &path.0).await?;
    if held.ended.is_some() {
        return Ok(Json(view));
    }
    let event = Event::SnoozeEnded(SnoozeEnded { id: held.id.clone(), held_back: held.held_back });
    let draft = Draft::new(Stream::Org, ctx, &event).map_err(|error| Problem::internal(&error))?;
    desk.write(vec![draft]).await?;
    Ok(Json(find(&desk, &held.id).await?.1))
}

async fn find(desk: &AppState, id: &str) -> Result<(HeldSnooze, SnoozeView), Problem> {
    let now = desk.now();
    let found = desk.notices(|notices| notices.snoozes().find(|held| held.id == id).cloned()).await?;
    let shown: String = id.chars().take(40).collect();
    let held = found.ok_or_else(|| Problem::not_found(format!("no snooze has the id `{shown}`")))?;
    let view = SnoozeView::new(&held, now);
    Ok((held, view))
}
