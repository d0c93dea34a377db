//! Logging in on the web page: the token once, then a cookie that no script can read.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use case::{Actor, Ctx, Draft, Stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::extract::Body;
use crate::{
    AppState, Person, Problem,
    auth::{COOKIE, Viewer, cookie, deliberate},
};

/// A log-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogIn {
    /// The token.
    token: String,
}

/// Who is logged in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    /// The person; absent when nobody is.
    person: Option<Person>,
    /// When the session ends, in UTC; only told at log-in.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// Who this is. Answers 200 also to a stranger, so that the page can ask without making an error.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", security((), ("token" = []), ("session" = [])),
    responses((status = 200, body = SessionView)))]
pub(super) async fn whoami(viewer: Option<Viewer>) -> Json<SessionView> {
    Json(SessionView { person: viewer.map(|Viewer(person)| person), until: None })
}

/// Log in: the answer sets an HttpOnly, SameSite=Strict cookie. Needs the header `x-breakglass-intent: 1`.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", security(()), request_body = LogIn,
    responses((status = 200, body = SessionView),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn log_in(
    State(desk): State<AppState>,
    headers: HeaderMap,
    Body(LogIn { token }): Body<LogIn>,
) -> Result<Response, Problem> {
    deliberate(&headers)?;
    let now = desk.now();
    let Some(person) = desk.tokens().owner(token.trim(), now) else {
        tracing::warn!("somebody tried to log in with an unknown or expired token");
        return Err(Problem::no_log_in());
    };
    written(&desk, &person, "console.session-opened/1").await?;
    let lasts = desk.limits().session;
    let (id, until) = desk.sessions().open(person.clone(), now, lasts).map_err(|error| Problem::internal(&error))?;
    let cookie = set_cookie(&headers, &id, lasts.as_secs());
    let view = SessionView { person: Some(person), until: Some(until) };
    Ok(([(header::SET_COOKIE, cookie)], Json(view)).into_response())
}

/// Log out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", security(("session" = [])),
    responses((status = 204), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn log_out(State(desk): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    deliberate(&headers)?;
    if let Some(person) = cookie(&headers).and_then(|id| desk.sessions().close(id)) {
        written(&desk, &person, "console.session-closed/1").await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(&headers, "", 0))]).into_response())
}

/// Log-ins stand in the book: who could decide, and from when to when.
async fn written(desk: &AppState, person: &Person, kind: &str) -> Result<(), Problem> {
    let ctx = Ctx::new(Actor::Person(person.name.clone()), "on the web page", desk.now());
    let payload = json!({ "role": person.role });
    let draft = Draft { stream: Stream::Org, ctx, kind: kind.to_owned(), payload };
    desk.write(vec![draft]).await
}

fn set_cookie(headers: &HeaderMap, id: &str, max_age_s: i64) -> HeaderValue {
    // Behind a proxy that speaks TLS the cookie may only travel there. A forged header only makes it stricter.
    let tls = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if tls { "; Secure" } else { "" };
    let text = format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}");
    HeaderValue::try_from(text).expect("an id is hex digits, and the rest is ours")
}
