//! One incident as a file that proves itself.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use case::{CaseId, Stream};
use store::{CaseExport, StoreError};

use super::extract::Path;
use crate::{AppState, Problem, auth::Viewer, limits::WRITE_TRIES};

/// Take an incident out of the book: all its lines, their evidence, and the seals that prove them, as canonical JSON for
/// `breakglass verify`. If its newest lines are not sealed yet, the book is sealed first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/export", tag = "incidents",
    params(("id" = String, Path, description = "the incident's id")),
    responses((status = 200, description = "the exported case", body = Object),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json"),
              (status = 409, description = "the case grows faster than it can be sealed", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn export(_: Viewer, State(desk): State<AppState>, path: Path<String>) -> Result<Response, Problem> {
    let id: CaseId = path.parse()?;
    desk.incident(&id).await?;
    let export = sealed(&desk, &id).await?;
    let file = export.to_json().map_err(|error| Problem::internal(&error))?;
    // The id is `bg-` and hex digits: nothing in it can leave the quotes.
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{id}.json\""));
    let name = name.map_err(|error| Problem::internal(&error))?;
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], file).into_response())
}

/// The case with a seal over its last line. A seal is made only where there is none yet, so that reading a case again
/// and again writes nothing.
async fn sealed(desk: &AppState, id: &CaseId) -> Result<CaseExport, Problem> {
    let failed = |error: StoreError| match error {
        StoreError::Full => Problem::full(),
        error => Problem::internal(&error),
    };
    for _ in 0..WRITE_TRIES {
        let export = desk.store().export_case(id).await.map_err(failed)?;
        if is_sealed(&export) {
            return Ok(export);
        }
        desk.store().seal(desk.now()).await.map_err(failed)?;
    }
    Err(Problem::contended(&Stream::Case(id.clone()).to_string()))
}

fn is_sealed(export: &CaseExport) -> bool {
    let stream = Stream::Case(export.case.clone());
    let last = export.entries.last().map(|entry| entry.seq);
    let mut heads = export.seals.iter().flat_map(|seal| &seal.heads);
    heads.any(|head| head.stream == stream && Some(head.seq) == last)
}
