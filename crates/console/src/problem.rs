//! What a client is told when something is refused: RFC 9457 problem details, with a remedy.

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was refused (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem and never changes: `urn:breakglass:problem:` and a word.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong with this request.
    pub detail: String,
    /// What to do next.
    pub remedy: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>, remedy: &str) -> Self {
        Self {
            kind: format!("urn:breakglass:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            remedy: remedy.to_owned(),
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        let remedy = "compare the request with /api/v1/openapi.json";
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "the request cannot be read", detail, remedy)
    }

    pub(crate) fn bad_cursor(cursor: &str) -> Self {
        let shown: String = cursor.chars().take(40).collect();
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-cursor",
            "the cursor is not one of ours",
            format!("cursor `{shown}` was not given out for this list"),
            "begin again without `cursor` and follow `next` unchanged",
        )
    }

    pub(crate) fn unauthorized(detail: &str) -> Self {
        let remedy = "send `Authorization: Bearer <token>`, or log in on the web page";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "who are you", detail, remedy)
    }

    pub(crate) fn no_log_in() -> Self {
        let detail = "this token is unknown or has expired";
        let remedy = "check that the whole token was pasted; whoever runs the service can make you a new one";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "who are you", detail, remedy)
    }

    pub(crate) fn forbidden(detail: impl Into<String>, remedy: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "not allowed", detail, remedy)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        let remedy = "look it up in the list it came from; /api/v1/openapi.json names every path";
        Self::new(StatusCode::NOT_FOUND, "not-found", "no such thing", detail, remedy)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "this path does not take this method";
        let remedy = "/api/v1/openapi.json names the methods of every path";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "not like this", detail, remedy)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "the request body is too large",
            format!("a request body may have {} bytes", crate::limits::BODY_BYTES),
            "send less; split a long note into several",
        )
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "the request took too long",
            "the request was not answered in time",
            "try again; if it happens again, ask for a smaller page and look at the service's log",
        )
    }

    /// The plan or step is not the one that can be decided on now.
    pub(crate) fn stale_plan(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "stale-plan",
            "this is not the plan that stands",
            detail,
            "read the incident again and decide on the plan that it shows now",
        )
    }

    /// The step exists and waits for nobody's leave.
    pub(crate) fn not_waiting(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "not-waiting",
            "this is not waiting for a decision",
            detail,
            "read the incident again: its timeline says what happened",
        )
    }

    /// What is to be written down does not make sense, or comes too late.
    pub(crate) fn refused(detail: impl Into<String>, remedy: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "this cannot be written down", detail, remedy)
    }

    /// It is over already.
    pub(crate) fn over(detail: impl Into<String>, remedy: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "over", "this is over", detail, remedy)
    }

    /// Somebody else kept writing to the same case.
    pub(crate) fn contended(stream: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "contended",
            "the case is being written to",
            format!("`{stream}` changed at each of {} tries", crate::limits::WRITE_TRIES),
            "nothing was written; read it again and repeat the decision",
        )
    }

    /// A live stream is asked to go on after a line that the book does not have.
    pub(crate) fn ahead_of_book(asked: u64, last: u64) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "ahead-of-book",
            "the book does not reach that far",
            format!("asked to go on after position {asked}, but the last position is {last}"),
            "this is another or a restored book: read everything again, then listen without `after`",
        )
    }

    /// Alerts so old that the desk no longer keeps their state.
    pub(crate) fn too_old(kept: usize) -> Self {
        Self::new(
            StatusCode::GONE,
            "too-old",
            "these alerts are older than what the console keeps at hand",
            format!("the console lists the newest {kept} alerts"),
            "older ones stand in the book: read it with `GET /api/v1/events?after=0`",
        )
    }

    /// There is no room for a decision.
    pub(crate) fn full() -> Self {
        tracing::error!("the disk is full: a decision could not be written");
        Self::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "full",
            "the disk is full",
            "nothing was written",
            "free some space on the service's machine, then repeat the decision",
        )
    }

    /// Something on a chain could not be looked at.
    pub(crate) fn unseen(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unseen",
            "it could not be looked at",
            detail,
            "ask again in a moment; if it stays so, look at the chain's endpoints in `GET /api/v1/status`",
        )
    }

    /// Something broke on our side. What it was stands in the log, not in the answer.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request could not be answered");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the service could not answer",
            "the book could not be read or written; nothing is known to have changed",
            "read the incident again before repeating a decision; the service's log names the error",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"breakglass\""));
        }
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::too_large();
        }
        Self::bad_request(rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}
