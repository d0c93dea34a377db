//! Every endpoint, once. The OpenAPI document is made from the same list, so neither can have what the other lacks.
#![allow(unused_qualifications, reason = "the path macro writes them")]

mod alerts;
mod announcements;
mod brief;
mod decisions;
mod entries;
mod events;
mod export;
mod extract;
mod harden;
mod health;
mod incidents;
mod readiness;
mod reading;
mod session;
mod snoozes;
mod status;
mod trace;

pub use reading::ReadingRoom;

use std::sync::Arc;

use axum::{Extension, Json, Router, extract::DefaultBodyLimit, middleware, routing::get};
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{AppState, Problem, auth::COOKIE, limits::BODY_BYTES, page};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Breakglass",
        version = "1",
        description = "The front desk of Breakglass. Reads need a viewer's token, decisions a responder's. Amounts are \
                       decimal strings in base units, times RFC 3339 in UTC; chains, accounts and assets are CAIP-2, \
                       CAIP-10 and CAIP-19 ids. Errors are problem details (RFC 9457) with a remedy. Lists are paged \
                       by opaque cursors: 50 items unless `limit` says otherwise, 500 at most. A request body may have \
                       64 KiB. Text from a chain is given as it is and must be escaped by whoever shows it."
    ),
    security(("token" = []), ("session" = [])),
    modifiers(&Keys)
)]
struct Doc;

struct Keys;

impl Modify for Keys {
    fn modify(&self, doc: &mut utoipa::openapi::OpenApi) {
        let components = doc.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let about = "Set by `POST /api/v1/session`. With it, a write also needs the header `x-breakglass-intent: 1`.";
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(COOKIE, about));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

fn endpoints() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Doc::openapi())
        .routes(routes!(status::status))
        .routes(routes!(readiness::readiness))
        .routes(routes!(alerts::alerts))
        .routes(routes!(alerts::groups))
        .routes(routes!(alerts::mark))
        .routes(routes!(announcements::announcements, announcements::announce))
        .routes(routes!(announcements::announcement, announcements::withdraw))
        .routes(routes!(snoozes::snoozes, snoozes::snooze))
        .routes(routes!(snoozes::wake))
        .routes(routes!(incidents::incidents))
        .routes(routes!(incidents::incident))
        .routes(routes!(entries::entries))
        .routes(routes!(brief::brief))
        .routes(routes!(export::export))
        .routes(routes!(events::events))
        .routes(routes!(trace::trace))
        .routes(routes!(decisions::approve))
        .routes(routes!(decisions::close))
        .routes(routes!(decisions::note))
        .routes(routes!(session::whoami, session::log_in, session::log_out))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
}

/// The OpenAPI document of the API, pretty-printed JSON with a final newline.
///
/// # Errors
/// If JSON cannot write it, which does not happen for a well-formed document.
pub fn openapi() -> Result<String, serde_json::Error> {
    let (_, doc) = endpoints().split_for_parts();
    Ok(format!("{}\n", serde_json::to_string_pretty(&doc)?))
}

/// All of the desk as a router: API, health, metrics and page. Live streams end at `shutdown`.
pub fn router(desk: AppState, shutdown: CancellationToken) -> Router {
    let (router, doc) = endpoints().split_for_parts();
    let doc = Arc::new(doc);
    let limits = desk.limits().clone();
    router
        .route("/api/v1/openapi.json", get(move || async move { Json(doc.as_ref().clone()) }))
        .route("/api", axum::routing::any(unknown))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback_service(get(page::file).fallback(|| async { Problem::method_not_allowed() }).with_state(()))
        .with_state(desk)
        .layer(Extension(shutdown))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(move |request, next| harden::harden(limits.request, request, next)))
}

async fn unknown() -> Problem {
    Problem::not_found("this path is not part of the API")
}
