//! A desk on a real socket over a real book, with a clock that stands still until it is moved.
#![allow(dead_code, reason = "each test needs only a part")]

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use case::{Digest, Timestamp};
use console::{AppState, Limits, Role, StatusBoard, Token, Tokens};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    board::{self, Known},
    book::{self, Book},
};

/// The moment at which these tests happen.
pub const NOW: &str = "2026-11-21T03:14:07Z";

pub const ANA: &str = "ana's token, which is random in life";
pub const BO: &str = "bo's token";
pub const EVE: &str = "eve's token, which only reads";
pub const OLD: &str = "a token that expired yesterday";

pub struct Desk {
    pub address: SocketAddr,
    pub book: Book,
    pub board: StatusBoard,
    pub client: Client,
    pub shutdown: CancellationToken,
    pub served: JoinHandle<()>,
    clock_ms: Arc<AtomicI64>,
}

pub fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

impl Desk {
    pub async fn open() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        // A client wants a provider of TLS even for a plain connection.
        drop(rustls::crypto::ring::default_provider().install_default());
        let book = book::open().await;
        let board = board::board(now(), 21_438_914, true);
        let clock_ms = Arc::new(AtomicI64::new(now().as_millisecond()));
        let clock = clock_ms.clone();
        let state = AppState::new(book.store(), board.clone(), tokens())
            .with_names(Known)
            .with_metrics(|| "breakglass_head{chain=\"eip155:1\"} 21438914\n".to_owned())
            .with_clock(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).expect("a time"))
            .with_limits(limits);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let served = tokio::spawn(async move {
            console::serve(listener, state, stop).await.expect("the desk serves");
        });
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { address, book, board, client, shutdown, served, clock_ms }
    }

    /// Moves the desk's clock.
    pub fn set_clock(&self, now: Timestamp) {
        self.clock_ms.store(now.as_millisecond(), Ordering::SeqCst);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request without a token.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub async fn get(&self, token: &str, path: &str) -> (StatusCode, Value) {
        answer(self.ask(Method::GET, path).bearer_auth(token)).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.ask(Method::POST, path).bearer_auth(token).json(&body)).await
    }

    /// What an answer shows: its status, and its body as JSON a person can read.
    pub async fn shown(&self, token: &str, path: &str) -> String {
        let (status, body) = self.get(token, path).await;
        shown(status, &body)
    }
}

pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("the desk answers");
    let status = response.status();
    let body = response.text().await.expect("a whole answer");
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

pub fn shown(status: StatusCode, body: &Value) -> String {
    format!("{}\n{}\n", status.as_u16(), serde_json::to_string_pretty(body).expect("JSON can be written"))
}

/// A problem in one line: status, kind, detail, remedy.
pub fn problem((status, body): (StatusCode, Value)) -> String {
    let part = |name: &str| body[name].as_str().unwrap_or("?").to_owned();
    let kind = part("type").replace("urn:breakglass:problem:", "");
    assert_eq!(body["status"], status.as_u16(), "{body}");
    format!("{} {kind}: {}. {}", status.as_u16(), part("detail"), part("remedy"))
}

fn tokens() -> Tokens {
    let token = |name: &str, role, text: &str, expires| Token {
        name: name.into(),
        role,
        sha256: Digest::of_bytes(text.as_bytes()),
        expires,
    };
    Tokens::new(vec![
        token("ana", Role::Responder, ANA, None),
        token("bo", Role::Responder, BO, None),
        token("eve", Role::Viewer, EVE, None),
        token("old", Role::Responder, OLD, Some("2026-11-20T00:00:00Z".parse().expect("a time"))),
    ])
    .expect("tokens that fit together")
}
