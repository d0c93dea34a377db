//! Incidents: the list, and one in full.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Params, Path};
use crate::{
    AppState, Problem,
    auth::Viewer,
    cursor::{self, List, PageSize},
    view::{IncidentSummary, IncidentView, Page},
};

/// Which incidents.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Which {
    /// Those that are not over.
    Open,
    /// Those that are over.
    Closed,
    /// All.
    #[default]
    All,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only open or closed ones.
    #[serde(default)]
    #[param(inline)]
    state: Which,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items on the page, 1 to 500.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: PageSize,
}

/// Incidents, newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(Filter),
    responses((status = 200, body = Page<IncidentSummary>),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn incidents(
    _: Viewer,
    State(desk): State<AppState>,
    Params(filter): Params<Filter>,
) -> Result<Json<Page<IncidentSummary>>, Problem> {
    let open = match filter.state {
        Which::Open => Some(true),
        Which::Closed => Some(false),
        Which::All => None,
    };
    let before = filter.cursor.as_deref().map(|text| cursor::read(List::Incidents, text)).transpose()?;
    let found = desk.incidents(open, before, filter.limit.0).await?;
    let items = found.items.iter().map(|incident| IncidentSummary::new(incident, &desk)).collect();
    Ok(Json(Page { items, next: found.next.map(|position| cursor::write(List::Incidents, position)) }))
}

/// One incident: alerts with evidence and marks, losses, the plan with rehearsals and approvals.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents",
    params(("id" = String, Path, description = "the incident's id")),
    responses((status = 200, body = IncidentView),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn incident(
    _: Viewer,
    State(desk): State<AppState>,
    path: Path<String>,
) -> Result<Json<IncidentView>, Problem> {
    let incident = desk.incident(&path.parse()?).await?;
    let mut view = IncidentView::new(&incident, &desk);
    for alert in &mut view.alerts {
        // A mark given before the alert was attached, and when its block came, stand on the chain's stream only.
        let Some(state) = desk.alert_state(&alert.id).await? else { continue };
        alert.mark = alert.mark.or(state.mark.map(Into::into));
        alert.received_at = state.received_at;
    }
    Ok(Json(view))
}
