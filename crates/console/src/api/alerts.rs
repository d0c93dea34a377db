//! Alerts, newest first, and what people think of them.

use axum::{Json, extract::State, http::StatusCode};
use case::{Draft, Event, Marked};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Params, Path};
use crate::{
    AppState, Problem,
    auth::{Responder, Viewer},
    book::{AlertQuery, Group, HeldAlert},
    cursor::{self, List, PageSize},
    view::{AlertView, MarkWord, NamesView, Page, SeverityWord, block_time},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only of this chain, CAIP-2.
    chain: Option<String>,
    /// Only of this severity or worse.
    #[param(inline)]
    severity: Option<SeverityWord>,
    /// Only those that people have marked so.
    #[param(inline)]
    mark: Option<MarkWord>,
    /// Only of this group: `group` of `/api/v1/alert-groups`.
    group: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items on the page, 1 to 500.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: PageSize,
}

/// Alerts, newest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(Filter),
    responses((status = 200, body = Page<AlertView>),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 410, description = "older than the alerts that are listed", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn alerts(
    _: Viewer,
    State(desk): State<AppState>,
    Params(filter): Params<Filter>,
) -> Result<Json<Page<AlertView>>, Problem> {
    let chain = filter.chain.as_deref().map(str::parse).transpose();
    let query = AlertQuery {
        chain: chain.map_err(|error: facts::IdError| Problem::bad_request(error.to_string()))?,
        at_least: filter.severity.map(Into::into),
        mark: filter.mark.map(Into::into),
        group: filter.group.as_deref().map(|text| cursor::read(List::Groups, text)).transpose()?,
        before: filter.cursor.as_deref().map(|text| cursor::read(List::Alerts, text)).transpose()?,
        limit: filter.limit.0,
    };
    let found = desk.alerts(query).await?;
    let items = found
        .items
        .into_iter()
        .map(|held| {
            let mut names = NamesView::default();
            names.alert(&held.alert, &desk);
            AlertView::new(held.id, &held.alert, held.state, names)
        })
        .collect();
    Ok(Json(Page { items, next: found.next.map(|position| cursor::write(List::Alerts, position)) }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GroupFilter {
    /// Only of this chain, CAIP-2.
    chain: Option<String>,
    /// Only those with an alert of this severity or worse.
    #[param(inline)]
    severity: Option<SeverityWord>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items on the page, 1 to 500.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: PageSize,
}

/// Alerts that have one cause.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupView {
    /// Lists them: `group` of `/api/v1/alerts`.
    group: String,
    /// How many they are.
    count: u64,
    /// The worst of them.
    worst: SeverityWord,
    /// The rules that spoke, 16 at most.
    rules: Vec<String>,
    /// The time of the first one's block, in UTC.
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    /// The time of the newest one's block, in UTC.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    /// The newest of them.
    newest: AlertView,
}

/// Alerts that have one cause as one, newest first: those of one transaction, those of one matter, and those of one rule
/// about one account, where no hour lies between them.
#[utoipa::path(get, path = "/api/v1/alert-groups", tag = "alerts", params(GroupFilter),
    responses((status = 200, body = Page<GroupView>),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 410, description = "older than the alerts that are listed", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn groups(
    _: Viewer,
    State(desk): State<AppState>,
    Params(filter): Params<GroupFilter>,
) -> Result<Json<Page<GroupView>>, Problem> {
    let chain = filter.chain.as_deref().map(str::parse).transpose();
    let query = AlertQuery {
        chain: chain.map_err(|error: facts::IdError| Problem::bad_request(error.to_string()))?,
        at_least: filter.severity.map(Into::into),
        before: filter.cursor.as_deref().map(|text| cursor::read(List::Groups, text)).transpose()?,
        limit: filter.limit.0,
        ..AlertQuery::default()
    };
    let found = desk.groups(query).await?;
    let shown = |(group, held): (Group, HeldAlert)| {
        let mut names = NamesView::default();
        names.alert(&held.alert, &desk);
        GroupView {
            group: cursor::write(List::Groups, group.first),
            count: group.count,
            worst: group.worst.into(),
            rules: group.rules.into_iter().collect(),
            first_at: block_time(group.times.0),
            last_at: block_time(group.times.1),
            newest: AlertView::new(held.id, &held.alert, held.state, names),
        }
    };
    let items = found.items.into_iter().map(shown).collect();
    Ok(Json(Page { items, next: found.next.map(|position| cursor::write(List::Groups, position)) }))
}

/// What a person thinks of an alert.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMark {
    /// Whether it was useful.
    mark: MarkWord,
}

/// How an alert is marked now.
#[derive(Serialize, ToSchema)]
pub(super) struct MarkView {
    /// The alert.
    id: String,
    /// What the person thinks.
    mark: MarkWord,
}

/// Say whether an alert was useful. Saying it again changes nothing; saying something else replaces it.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/marks", tag = "alerts", request_body = NewMark,
    params(("id" = String, Path, description = "the alert's id")),
    responses((status = 201, description = "written", body = MarkView),
              (status = 200, description = "it was marked so already", body = MarkView),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn mark(
    responder: Responder,
    State(desk): State<AppState>,
    path: Path<String>,
    Body(NewMark { mark }): Body<NewMark>,
) -> Result<(StatusCode, Json<MarkView>), Problem> {
    let id = path.parse()?;
    let held = desk.alert(&id).await?.ok_or_else(|| Problem::not_found(format!("no alert has the id `{id}`")))?;
    let view = Json(MarkView { id: id.to_string(), mark });
    if held.state.mark == Some(mark.into()) {
        return Ok((StatusCode::OK, view));
    }
    // On the chain's stream, where the alert is, and in the case, which must be readable by itself.
    let ctx = responder.ctx("on the web page or by the API", &desk);
    let event = Event::Marked(Marked { id, mark: mark.into() });
    let drafts: Result<Vec<Draft>, _> =
        held.streams().into_iter().map(|stream| Draft::new(stream, ctx.clone(), &event)).collect();
    desk.write(drafts.map_err(|error| Problem::internal(&error))?).await?;
    Ok((StatusCode::CREATED, view))
}
