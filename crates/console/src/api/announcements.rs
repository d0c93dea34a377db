//! What will be changed on a chain, said beforehand.

use axum::{Json, extract::State, http::StatusCode};
use case::{
    Announcement, AnnouncementId, AnnouncementMade, AnnouncementWithdrawn, Draft, Event, HeldAnnouncement, Stream,
};
use facts::ChainId;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Params, Path};
use crate::{
    AppState, Problem,
    auth::{Responder, Viewer},
    limits::{ANNOUNCEMENTS_OPEN, WHY_CHARS},
    view::{AnnouncementView, Page, PlannedView, address},
};

/// Announcements that one answer lists, the newest.
const LISTED_MAX: usize = 500;

/// A change to come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAnnouncement {
    /// One line for a person.
    title: String,
    /// The chain, CAIP-2.
    chain: String,
    /// Who may do it, 1 to 16: the sender of the transaction, or a multisig, a timelock or another contract on the way to
    /// it. Addresses on the chain, or CAIP-10.
    by: Vec<String>,
    /// What changes, 1 to 16, each once.
    changes: Vec<PlannedView>,
    /// From when on, by the time of blocks, in UTC; now if it is absent or past.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Until when, by the time of blocks, in UTC: 31 days after the beginning at most.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Where to read more: a ticket, a proposal.
    #[serde(default)]
    reference: Option<String>,
}

impl NewAnnouncement {
    fn read(self, now: Timestamp) -> Result<Announcement, String> {
        let chain: ChainId = self.chain.parse().map_err(|error: facts::IdError| error.to_string())?;
        Ok(Announcement {
            title: self.title,
            by: self.by.iter().map(|by| address(&chain, by)).collect::<Result<_, _>>()?,
            changes: self.changes.iter().map(|change| change.read(&chain)).collect::<Result<_, _>>()?,
            chain,
            from: self.from.unwrap_or(now).max(now),
            until: self.until,
            reference: self.reference.filter(|reference| !reference.is_empty()),
        })
    }
}

/// Announcements, newest first, with what came of them; the newest 500.
#[utoipa::path(get, path = "/api/v1/announcements", tag = "announcements",
    responses((status = 200, body = Page<AnnouncementView>),
              (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn announcements(
    _: Viewer,
    State(desk): State<AppState>,
) -> Result<Json<Page<AnnouncementView>>, Problem> {
    let now = desk.now();
    let shown = |(held, borne): (&HeldAnnouncement, &[_])| AnnouncementView::new(held, borne, now);
    let items = desk.notices(|notices| notices.announcements().take(LISTED_MAX).map(shown).collect()).await?;
    Ok(Json(Page { items, next: None }))
}

/// One announcement.
#[utoipa::path(get, path = "/api/v1/announcements/{id}", tag = "announcements",
    params(("id" = String, Path, description = "the announcement's id")),
    responses((status = 200, body = AnnouncementView),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn announcement(
    _: Viewer,
    State(desk): State<AppState>,
    path: Path<String>,
) -> Result<Json<AnnouncementView>, Problem> {
    let id: AnnouncementId = path.parse()?;
    find(&desk, &id).await.map(|(_, view)| Json(view))
}

/// Announce a change. It excuses just what it says, from the next block on: nothing that was seen before. Saying the same
/// again while it stands changes nothing.
#[utoipa::path(post, path = "/api/v1/announcements", tag = "announcements", request_body = NewAnnouncement,
    responses((status = 201, description = "announced", body = AnnouncementView),
              (status = 200, description = "this person had announced just that", body = AnnouncementView),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 422, description = "it makes no sense, or comes too late", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn announce(
    responder: Responder,
    State(desk): State<AppState>,
    Body(new): Body<NewAnnouncement>,
) -> Result<(StatusCode, Json<AnnouncementView>), Problem> {
    let ctx = responder.ctx("announced", &desk);
    let announcement = new.read(ctx.now).map_err(Problem::bad_request)?;
    let remedy = "correct it and announce it again";
    announcement.check(ctx.now).map_err(|why| Problem::refused(why, remedy))?;
    let (open, same) = desk
        .notices(|notices| {
            let standing = notices.announcements().map(|(held, _)| held).filter(|held| held.withdrawn.is_none());
            let open: Vec<_> = standing.filter(|held| held.announcement.until > ctx.now).collect();
            let same = open.iter().find(|held| held.who == ctx.who && is_same(&held.announcement, &announcement));
            (open.len(), same.map(|held| held.id.clone()))
        })
        .await?;
    if let Some(id) = same {
        return Ok((StatusCode::OK, Json(find(&desk, &id).await?.1)));
    }
    if open >= ANNOUNCEMENTS_OPEN {
        let remedy = "withdraw those that are not to happen any more";
        return Err(Problem::refused(format!("{open} announcements are open already"), remedy));
    }
    let Some(after) = desk.height(&announcement.chain).await? else {
        let detail =
            format!("no block of `{}` has been looked at: this service does not follow it", announcement.chain);
        return Err(Problem::refused(detail, "announce it where the chain is watched"));
    };
    let id = AnnouncementId::of(&announcement, &ctx).map_err(|error| Problem::internal(&error))?;
    let stream = Stream::Chain(announcement.chain.clone());
    let made = Event::AnnouncementMade(Box::new(AnnouncementMade { id: id.clone(), announcement, after }));
    let draft = Draft::new(stream, ctx, &made).map_err(|error| Problem::internal(&error))?;
    desk.write(vec![draft]).await?;
    Ok((StatusCode::CREATED, Json(find(&desk, &id).await?.1)))
}

/// Whether two say the same, but for a beginning that was the moment of saying it.
fn is_same(held: &Announcement, new: &Announcement) -> bool {
    let begun = Announcement { from: held.from, ..new.clone() };
    *held == begun && held.from <= new.from
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Reason {
    /// Why, 1 to 300 characters.
    why: Option<String>,
}

impl Reason {
    /// The reason, or the usual one.
    pub(super) fn or(self, usual: &str) -> Result<String, Problem> {
        let why = self.why.unwrap_or_default().trim().to_owned();
        match why.chars().count() {
            0 => Ok(usual.to_owned()),
            1..=WHY_CHARS => Ok(why),
            many => Err(Problem::bad_request(format!("a reason of {many} characters; {WHY_CHARS} are allowed"))),
        }
    }
}

/// Withdraw an announcement: what it says is not announced any more. What was done while it stood stays as it was told.
#[utoipa::path(delete, path = "/api/v1/announcements/{id}", tag = "announcements",
    params(("id" = String, Path, description = "the announcement's id"), Reason),
    responses((status = 200, description = "withdrawn, now or before", body = AnnouncementView),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json"),
              (status = 409, description = "its window has ended", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn withdraw(
    responder: Responder,
    State(desk): State<AppState>,
    path: Path<String>,
    Params(reason): Params<Reason>,
) -> Result<Json<AnnouncementView>, Problem> {
    let id: AnnouncementId = path.parse()?;
    let ctx = responder.ctx(&reason.or("withdrawn")?, &desk);
    let (held, view) = find(&desk, &id).await?;
    if held.withdrawn.is_some() {
        return Ok(Json(view));
    }
    if held.announcement.until <= ctx.now {
        let remedy = "there is nothing left to withdraw: what came of it stands";
        return Err(Problem::over(format!("its window ended at {}", held.announcement.until), remedy));
    }
    let event = Event::AnnouncementWithdrawn(AnnouncementWithdrawn { id: id.clone() });
    let stream = Stream::Chain(held.announcement.chain);
    let draft = Draft::new(stream, ctx, &event).map_err(|error| Problem::internal(&error))?;
    desk.write(vec![draft]).await?;
    Ok(Json(find(&desk, &id).await?.1))
}

async fn find(desk: &AppState, id: &AnnouncementId) -> Result<(HeldAnnouncement, AnnouncementView), Problem> {
    let now = desk.now();
    let found = desk
        .notices(|notices| {
            let found = notices.announcements().find(|(held, _)| held.id == *id);
            found.map(|(held, borne)| (held.clone(), AnnouncementView::new(held, borne, now)))
        })
        .await?;
    found.ok_or_else(|| Problem::not_found(format!("no announcement has the id `{id}`")))
}
