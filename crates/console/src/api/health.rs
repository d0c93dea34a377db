//! For those who watch the watcher. They need no token: there is no secret here, and a probe should hold none.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::AppState;

/// Whether the process is alive and its book can be read.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "alive", body = String, content_type = "text/plain"),
              (status = 503, description = "the book cannot be read", body = String, content_type = "text/plain")))]
pub(super) async fn healthz(State(desk): State<AppState>) -> Response {
    match desk.last_position().await {
        Ok(_) => (StatusCode::OK, "alive\n").into_response(),
        Err(_told_in_the_log) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the book cannot be read: see the service's log\n").into_response()
        }
    }
}

/// Whether every chain is followed at its head.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses((status = 200, description = "follows every chain", body = String, content_type = "text/plain"),
              (status = 503, description = "why it does not", body = String, content_type = "text/plain")))]
pub(super) async fn readyz(State(desk): State<AppState>) -> Response {
    match desk.board().read().unready(desk.now(), desk.limits().status_stale) {
        None => (StatusCode::OK, "ready\n".to_owned()).into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

/// Metrics in Prometheus' text form.
#[utoipa::path(get, path = "/metrics", tag = "health", security(()),
    responses((status = 200, description = "metrics", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(desk): State<AppState>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], desk.metrics()).into_response()
}
