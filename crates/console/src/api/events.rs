//! The live stream of entries (server-sent events).
//!
//! It is pulled, not pushed: nothing is read from the book before the client's socket has room, so a slow client
//! costs one small page of entries. One that takes nothing at all is cut off (`server/stall.rs`). Either way it comes
//! back with the id of its last event and goes on from there; no entry is ever passed over.

use std::{collections::VecDeque, convert::Infallible};

use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use case::Entry;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;

use super::extract::Params;
use crate::{AppState, Problem, auth::Viewer, view::EntryView};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// Go on after this position of the book; 0 for all of it. `Last-Event-ID` goes before it. With neither, the
    /// stream begins now.
    after: Option<u64>,
}

/// Entries of the whole book as they are written, as server-sent events: first `ready`, then one `entry` each, whose
/// `id` is its position. A comment every 15 seconds shows that the line is alive. The service ends the stream after
/// an hour: come back with `Last-Event-ID`.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(After, ("Last-Event-ID" = Option<u64>, Header, description = "the id of the last event that was seen")),
    responses((status = 200, description = "`data` is an entry", body = EntryView, content_type = "text/event-stream"),
              (status = 400, body = Problem, content_type = "application/problem+json"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 409, description = "the book does not reach that far", body = Problem,
               content_type = "application/problem+json")))]
pub(super) async fn events(
    _: Viewer,
    State(desk): State<AppState>,
    Extension(shutdown): Extension<CancellationToken>,
    headers: HeaderMap,
    Params(After { after }): Params<After>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let bell = desk.bell();
    let last = desk.last_position().await?;
    let from = match headers.get("last-event-id") {
        Some(id) => {
            let id = id.to_str().ok().and_then(|text| text.trim().parse().ok());
            id.ok_or_else(|| Problem::bad_request("`Last-Event-ID` is not a position of the book"))?
        }
        None => after.unwrap_or(last),
    };
    if from > last {
        return Err(Problem::ahead_of_book(from, last));
    }
    let ready = Event::default().event("ready").id(from.to_string()).data(format!("{{\"position\":{from}}}"));
    let heartbeat = KeepAlive::new().interval(desk.limits().heartbeat);
    let end = tokio::time::sleep(desk.limits().stream);
    let line = Line { desk, bell, position: from, ahead: VecDeque::new() };
    let entries = stream::once(async { ready }).chain(stream::unfold(line, Line::next));
    let entries = entries.take_until(end).take_until(shutdown.cancelled_owned()).map(Ok);
    Ok(Sse::new(entries).keep_alive(heartbeat))
}

/// One client's place in the book.
struct Line {
    desk: AppState,
    bell: watch::Receiver<u64>,
    position: u64,
    ahead: VecDeque<(u64, Entry)>,
}

impl Line {
    /// The next entry, when there is one. Ends when the book cannot be read: the client comes back and is told why.
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if let Some((position, entry)) = self.ahead.pop_front() {
                self.position = position;
                let view = EntryView::new(Some(position), entry).ok()?;
                let data = serde_json::to_string(&view).map_err(|error| Problem::internal(&error)).ok()?;
                return Some((Event::default().event("entry").id(position.to_string()).data(data), self));
            }
            // Look at the bell before the book: a line written in between rings it again.
            self.bell.borrow_and_update();
            self.ahead = self.desk.entries_after(self.position, self.desk.limits().ahead).await.ok()?.into();
            if self.ahead.is_empty() {
                self.bell.changed().await.ok()?;
            }
        }
    }
}
