//! The API without a listener, for whoever holds a book that nobody serves: the same answers, and no way in.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Request, StatusCode, header},
};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use store::Store;
use tokio_util::sync::CancellationToken;

use crate::{AppState, Automatic, Limits, Names, Role, StatusBoard, Tokens, TokensError};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// Bytes of one answer. A page of 500 incidents with their names has some two million.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// A desk that answers its owner from the book, and knows nothing of what a service is doing now.
pub struct ReadingRoom {
    router: Router,
    token: String,
}

impl ReadingRoom {
    /// Opens the API over a book; `now` is when.
    ///
    /// # Errors
    /// If the system gives no randomness for the one token that opens it.
    pub fn over(store: Store, names: impl Names + 'static, now: Timestamp) -> Result<Self, TokensError> {
        let (token, text) = Tokens::generate("reader", Role::Viewer)?;
        let board = StatusBoard::new(env!("CARGO_PKG_VERSION"), Automatic::Never, now);
        // A large book is read through before the first answer, and whoever asked has nobody else to ask.
        let limits = Limits { request: PATIENCE, ..Limits::default() };
        let desk = AppState::new(store, board, Tokens::new(vec![token])?).with_names(names).with_limits(limits);
        Ok(Self { router: super::router(desk, CancellationToken::new()), token: text })
    }

    /// Answers `GET` of a path with its query, as the API would: status and body.
    ///
    /// # Errors
    /// If the path is none, or the answer is larger than any of ours.
    pub async fn get(&self, path: &str) -> Result<(StatusCode, Bytes), axum::Error> {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        let request = request.body(Body::empty()).map_err(axum::Error::new)?;
        let answered = TowerToHyperService::new(self.router.clone()).call(request).await;
        let answer = answered.unwrap_or_else(|never| match never {});
        let status = answer.status();
        Ok((status, to_bytes(answer.into_body(), ANSWER_BYTES).await?))
    }
}
