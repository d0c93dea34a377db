//! What a transaction did.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use report::analysis::{self, Look, Paint};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Params, Path};
use crate::{AppState, Problem, Untold, auth::Viewer};

/// Columns of the text form.
const COLUMNS: usize = 120;
/// The page brings its own style and nothing else: it may run nothing and load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The form of the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FormWord {
    /// The document with everything in it.
    #[default]
    Json,
    /// For a terminal.
    Text,
    /// One self-contained page.
    Html,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The form of the answer: `json` (the default), `text` or `html`.
    #[serde(default)]
    #[param(inline)]
    form: FormWord,
}

/// What a transaction did: the story, calls, movements, storage before and after, prices, privileges, and the weakness that
/// the rules suspect. What could not be seen, or is not proved, stands under `blind`. The document's form is described in
/// `docs/trace.md` and named by its field `schema`; text from a chain stands in it as it is.
#[utoipa::path(get, path = "/api/v1/chains/{chain}/trace/{tx}", tag = "chains",
    params(("chain" = String, Path, description = "the chain's CAIP-2 id"),
           ("tx" = String, Path, description = "the transaction's hash"), Wanted),
    responses((status = 200, description = "what it did",
               content((serde_json::Value = "application/json"), (String = "text/plain"), (String = "text/html"))),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn trace(
    _: Viewer,
    State(desk): State<AppState>,
    Path((chain, tx)): Path<(String, String)>,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let id = chain.parse().map_err(|error: facts::IdError| Problem::not_found(error.to_string()))?;
    let hash = tx.parse().map_err(|_| Problem::not_found(format!("`{tx}` is not the hash of a transaction")))?;
    let told = desk.trace(id, hash).await.map_err(|why| match why {
        Untold::NotFollowed => Problem::not_found(format!("chain `{chain}` is not followed here")),
        Untold::NotThere(why) => Problem::not_found(why),
        Untold::Unseen(why) => Problem::unseen(why),
    })?;
    // A large transaction takes a while to be written out; others wait for nothing.
    let written = tokio::task::spawn_blocking(move || match wanted.form {
        FormWord::Json => Ok(Json(&told).into_response()),
        FormWord::Text => {
            let text = analysis::text(&told, Look { width: COLUMNS, paint: Paint::Plain });
            Ok(typed("text/plain; charset=utf-8", text))
        }
        FormWord::Html => analysis::html(&told).map(|page| {
            let mut response = typed("text/html; charset=utf-8", page);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
            response
        }),
    });
    let written = written.await.map_err(|error| Problem::internal(&error))?;
    written.map_err(|error| Problem::internal(&error))
}

fn typed(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}
