//! Who asks, and may they. A handler that takes a [`Viewer`] or a [`Responder`] cannot be reached by anyone else.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};
use case::{Actor, Ctx};

use crate::{AppState, Person, Problem, Role};

/// The cookie that holds a browser's session id.
pub(crate) const COOKIE: &str = "breakglass_session";
/// A page of another site cannot make a browser send this header, so a write with a cookie must carry it.
pub(crate) const INTENT_HEADER: &str = "x-breakglass-intent";

/// Somebody who may read.
#[derive(Debug, Clone)]
pub(crate) struct Viewer(pub Person);

/// Somebody who may decide.
#[derive(Debug, Clone)]
pub(crate) struct Responder(pub Person);

impl Responder {
    /// The circumstances of what they decide now.
    pub(crate) fn ctx(&self, why: &str, desk: &AppState) -> Ctx {
        Ctx::new(Actor::Person(self.0.name.clone()), why, desk.now())
    }
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &AppState) -> Result<Self, Problem> {
        who(parts, desk).map(Viewer)
    }
}

impl OptionalFromRequestParts<AppState> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &AppState) -> Result<Option<Self>, Problem> {
        Ok(who(parts, desk).ok().map(Viewer))
    }
}

impl FromRequestParts<AppState> for Responder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &AppState) -> Result<Self, Problem> {
        let person = who(parts, desk)?;
        if person.role < Role::Responder {
            let detail = format!("`{}` may read but not decide", person.name);
            return Err(Problem::forbidden(detail, "use a token with the role `responder`"));
        }
        Ok(Responder(person))
    }
}

fn who(parts: &Parts, desk: &AppState) -> Result<Person, Problem> {
    if let Some(given) = parts.headers.get(header::AUTHORIZATION) {
        let text = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let text = text.ok_or_else(|| Problem::unauthorized("the `Authorization` header is not `Bearer <token>`"))?;
        return desk
            .tokens()
            .owner(text.trim(), desk.now())
            .ok_or_else(|| Problem::unauthorized("this token is unknown or has expired"));
    }
    let id = cookie(&parts.headers).ok_or_else(|| Problem::unauthorized("the request carries no token"))?;
    let person = desk
        .sessions()
        .person(id, desk.now())
        .ok_or_else(|| Problem::unauthorized("this session has ended: log in again"))?;
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        deliberate(&parts.headers)?;
    }
    Ok(person)
}

/// Proves that a page of ours sent the request, not a page of another site with our cookie.
pub(crate) fn deliberate(headers: &HeaderMap) -> Result<(), Problem> {
    let remedy = "send the header `x-breakglass-intent: 1` from a page of this service";
    if headers.get(INTENT_HEADER).is_none_or(|value| value != "1") {
        return Err(Problem::forbidden(format!("the request lacks the header `{INTENT_HEADER}`"), remedy));
    }
    match headers.get("sec-fetch-site").map(|value| value.as_bytes()) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(Problem::forbidden("the request comes from another site", remedy)),
    }
}

/// The session id in the cookie, if there is one.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}
