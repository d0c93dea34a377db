//! What the service is doing.

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{AppState, Problem, Status, auth::Viewer};

/// The service at this moment.
#[derive(Serialize, ToSchema)]
pub(super) struct StatusView {
    /// What the service says of itself.
    #[serde(flatten)]
    status: Status,
    /// The service's clock, in UTC.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// Why the service cannot be relied on now; absent when every chain is followed at its head.
    unready: Option<String>,
    /// Lines of the book that this version could not read: what they say is missing from every list.
    unreadable: u64,
    /// The last position in the book.
    position: u64,
}

/// The service: chains and how far behind they are, what could not be seen, queues, policy, the last seal.
#[utoipa::path(get, path = "/api/v1/status", tag = "status",
    responses((status = 200, body = StatusView),
              (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn status(_: Viewer, State(desk): State<AppState>) -> Result<Json<StatusView>, Problem> {
    let mut status = desk.board().read();
    status.last_seal = desk.last_seal().await?.or(status.last_seal);
    let now = desk.now();
    let unready = status.unready(now, desk.limits().status_stale);
    let (unreadable, position) = (desk.unreadable().await?, desk.last_position().await?);
    Ok(Json(StatusView { status, now, unready, unreadable, position }))
}
