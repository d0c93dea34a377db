//! The live stream: nothing skipped, nothing repeated, nobody held up by a slow listener.

use std::time::Duration;

use case::{Actor, Ctx, Draft, Event, Note, Stream};
use expect_test::expect_file;
use futures_util::StreamExt;
use reqwest::{Method, Response, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use crate::{
    desk::{ANA, Desk, EVE, answer, now, problem},
    story::{Story, Tale},
};

/// A bound on everything that is waited for: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads a stream message by message.
struct Listener {
    response: Response,
    rest: String,
}

impl Listener {
    async fn open(desk: &Desk, path: &str, last_id: Option<u64>) -> Self {
        let mut request = desk.ask(Method::GET, path).bearer_auth(EVE);
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, rest: String::new() }
    }

    /// The next message, or none when the stream ends.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((message, rest)) = self.rest.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.rest = rest;
                return Some(message);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("something in time");
            self.rest.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The ids of the next so many entries.
    async fn ids(&mut self, count: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let message = self.next().await.expect("the stream goes on");
            if message.starts_with("event: entry") {
                ids.push(id(&message));
            }
        }
        ids
    }
}

fn id(message: &str) -> u64 {
    message.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().parse().unwrap()
}

fn note(text: &str) -> Draft {
    let ctx = Ctx::new(Actor::machine("test"), "to be heard", now());
    Draft::new(Stream::Org, ctx, &Event::Note(Note { text: text.to_owned() })).unwrap()
}

#[tokio::test]
async fn an_entry_is_heard_as_it_is_written() {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    story.noticed();
    desk.book.write(story.take()).await;
    let mut listener = Listener::open(&desk, "/api/v1/events", None).await;
    let ready = listener.next().await.unwrap();
    desk.book.write(vec![note("<b>now</b>\nand a second line")]).await;
    let heard = listener.next().await.unwrap();
    expect_file!["./golden/events.txt"].assert_eq(&format!("{ready}\n\n{heard}\n"));
}

#[tokio::test]
async fn whoever_comes_back_misses_nothing_and_hears_nothing_twice() {
    let desk = Desk::open().await;
    for batch in 0..20 {
        desk.book.write((0..100).map(|number| note(&format!("{batch}/{number}"))).collect()).await;
    }
    // Goes away and comes back after every 173 entries, while more are written.
    let (mut heard, mut writes) = (Vec::new(), 0);
    while heard.len() < 2_500 {
        let last = heard.last().copied();
        let mut listener = match last {
            None => Listener::open(&desk, "/api/v1/events?after=0", None).await,
            Some(last) => Listener::open(&desk, "/api/v1/events?after=1", Some(last)).await,
        };
        if writes < 5 {
            desk.book.write((0..100).map(|number| note(&format!("late {number}"))).collect()).await;
            writes += 1;
        }
        heard.extend(listener.ids(173.min(2_500 - heard.len())).await);
    }
    assert_eq!(heard, (1..=2_500).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_stream_of_another_book_is_told_so() {
    let desk = Desk::open().await;
    desk.book.write(vec![note("one")]).await;
    let request = desk.ask(Method::GET, "/api/v1/events").bearer_auth(EVE);
    assert_eq!(
        problem(answer(request.header("last-event-id", "2")).await),
        "409 ahead-of-book: asked to go on after position 2, but the last position is 1. this is another or a restored \
         book: read everything again, then listen without `after`"
    );
    let request = desk.ask(Method::GET, "/api/v1/events").bearer_auth(EVE);
    assert_eq!(answer(request.header("last-event-id", "x")).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_quiet_line_shows_that_it_lives() {
    let limits = console::Limits { heartbeat: Duration::from_millis(50), ..Default::default() };
    let desk = Desk::with(limits).await;
    let mut listener = Listener::open(&desk, "/api/v1/events", None).await;
    assert!(listener.next().await.unwrap().starts_with("event: ready"));
    assert!(listener.next().await.unwrap().starts_with(':'), "a comment");
}

/// Asks for the whole book, takes the first few bytes and then nothing more until the desk has given its place to
/// somebody else; then reads what had been on its way.
async fn slow_client(desk: &Desk) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(desk.address).await.unwrap();
    let head = format!("GET /api/v1/events?after=0 HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {EVE}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut said = vec![0; 16];
    stream.read_exact(&mut said).await.unwrap();
    // The desk has one place, so this is answered only once the slow client has lost it.
    let served = tokio::time::timeout(PATIENCE, desk.get(ANA, "/api/v1/status")).await.expect("a place in time");
    assert_eq!(served.0, StatusCode::OK);
    let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the desk has hung up");
    assert!(end.is_err() || !said.ends_with(b"0\r\n\r\n"), "it was cut off, not ended");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn a_listener_that_takes_nothing_is_cut_off_and_resumes_where_it_was() {
    let limits = console::Limits { stall: Duration::from_millis(300), connections: 1, ..Default::default() };
    let desk = Desk::with(limits).await;
    let large = "a".repeat(200_000);
    for _ in 0..200 {
        desk.book.write(vec![note(&large)]).await;
    }
    let said = slow_client(&desk).await;
    assert!(said.len() < 20_000_000, "it was not buffered for: {} bytes", said.len());
    let whole = said.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    let last = whole.lines().filter_map(|line| line.strip_prefix("id: ")).filter_map(|id| id.parse().ok()).next_back();
    let last: u64 = last.expect("it had heard something");
    assert!(last < 200, "the desk did not wait for it: {last}");
    let mut listener = Listener::open(&desk, "/api/v1/events", Some(last)).await;
    let rest = usize::try_from(200 - last).unwrap();
    assert_eq!(listener.ids(rest).await, (last + 1..=200).collect::<Vec<u64>>());
}

#[tokio::test]
async fn the_desk_closes_while_people_listen() {
    let desk = Desk::open().await;
    let mut listener = Listener::open(&desk, "/api/v1/events", None).await;
    assert!(listener.next().await.unwrap().starts_with("event: ready"));
    desk.shutdown.cancel();
    assert_eq!(listener.next().await, None, "the stream ends");
    tokio::time::timeout(Duration::from_secs(4), desk.served).await.expect("before the farewell is over").unwrap();
    assert!(desk.client.get(format!("http://{}/healthz", desk.address)).send().await.is_err());
}

#[tokio::test]
async fn many_listen_at_once() {
    let limits = console::Limits { connections: 64, ..Default::default() };
    let desk = Desk::with(limits).await;
    let listeners = futures_util::stream::iter(0..50).then(|_| Listener::open(&desk, "/api/v1/events?after=0", None));
    let mut listeners: Vec<Listener> = listeners.collect().await;
    desk.book.write((0..300).map(|number| note(&number.to_string())).collect()).await;
    for listener in &mut listeners {
        assert_eq!(listener.ids(300).await, (1..=300).collect::<Vec<u64>>());
    }
}
