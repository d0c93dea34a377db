//! The entries of one incident: its timeline, as it stands in the book.

use axum::{Json, extract::State};
use case::{CaseId, Stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Params, Path};
use crate::{AppState, Problem, auth::Viewer, cursor::PageSize, view::EntryView};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// Only entries after this number; 0 for all.
    #[serde(default)]
    #[param(value_type = Option<u64>)]
    after: u64,
    /// Entries on the page, 1 to 500.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: PageSize,
}

/// Entries in order.
#[derive(Serialize, ToSchema)]
pub(super) struct Entries {
    /// The entries, oldest first.
    items: Vec<EntryView>,
    /// Give it back as `after` for the next page; absent on the last.
    next: Option<u64>,
}

/// The entries of an incident, oldest first, as they stand in the book.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/entries", tag = "incidents",
    params(("id" = String, Path, description = "the incident's id"), After),
    responses((status = 200, body = Entries),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn entries(
    _: Viewer,
    State(desk): State<AppState>,
    path: Path<String>,
    Params(After { after, limit: PageSize(limit) }): Params<After>,
) -> Result<Json<Entries>, Problem> {
    let id: CaseId = path.parse()?;
    // An empty page must mean that there is nothing more, not that there is no such case.
    desk.incident(&id).await?;
    let mut entries = desk.stream(&Stream::Case(id), after, limit + 1).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.seq);
    let items = entries.into_iter().map(|entry| EntryView::new(None, entry)).collect::<Result<_, _>>()?;
    Ok(Json(Entries { items, next }))
}
