//! Who gets in, and what is turned away before it costs anything.

use expect_test::expect;
use jiff::SignedDuration;
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    desk::{ANA, Desk, EVE, OLD, answer, now, problem},
    story::{Story, Tale},
};

/// Paths that need no token, because they hold no secret and their readers should hold none.
const OPEN: [&str; 5] = ["/api/v1/session", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"];

#[tokio::test]
async fn nothing_is_read_or_written_without_a_token() {
    let desk = Desk::open().await;
    let (_, doc) = answer(desk.ask(Method::GET, "/api/v1/openapi.json")).await;
    let mut tried = 0;
    for (path, methods) in doc["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|_| !OPEN.contains(&path.as_str())) {
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{id}", "bg-000000000000");
            for token in [None, Some("wrong"), Some(""), Some(OLD)] {
                let mut request = desk.ask(method.clone(), &path).json(&json!({}));
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                let (status, body) = answer(request).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} with {token:?}: {body}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 40, "only {tried} were tried");
    let basic = answer(desk.ask(Method::GET, "/api/v1/status").basic_auth("ana", Some(ANA))).await;
    expect!["401 unauthorized: the `Authorization` header is not `Bearer <token>`. send `Authorization: Bearer <token>`, or log in on the web page"].assert_eq(&problem(basic));
}

#[tokio::test]
async fn a_viewer_decides_nothing() {
    let desk = Desk::open().await;
    let incident = ["incidents/bg-000000000000/approvals", "incidents/bg-000000000000/close"];
    for path in incident.into_iter().chain(["alerts/1/marks", "announcements", "snoozes"]) {
        let refused = desk.post(EVE, &format!("/api/v1/{path}"), json!({})).await;
        assert_eq!(
            problem(refused),
            "403 forbidden: `eve` may read but not decide. use a token with the role `responder`"
        );
    }
}

fn log_in(desk: &Desk, token: &str) -> RequestBuilder {
    let body = json!({ "token": token });
    desk.ask(Method::POST, "/api/v1/session").header("x-breakglass-intent", "1").json(&body)
}

#[tokio::test]
async fn a_browser_holds_a_session_that_no_script_and_no_other_site_can_use() {
    let desk = Desk::open().await;
    let response = log_in(&desk, ANA).send().await.unwrap();
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let (cookie, attributes) = set.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict; Max-Age=43200");
    let over_tls = log_in(&desk, ANA).header("x-forwarded-proto", "https").send().await.unwrap();
    assert!(over_tls.headers()[header::SET_COOKIE].to_str().unwrap().ends_with("; Secure"));

    let with = |method, path| desk.ask(method, path).header(header::COOKIE, format!("other=1; {cookie}"));
    assert_eq!(answer(with(Method::GET, "/api/v1/status")).await.0, StatusCode::OK);
    let (_, who) = answer(with(Method::GET, "/api/v1/session")).await;
    assert_eq!(who["person"]["name"], "ana");

    let note = "/api/v1/incidents/bg-000000000000/notes";
    let body = json!({ "text": "x" });
    let forged = answer(with(Method::POST, note).json(&body)).await;
    expect!["403 forbidden: the request lacks the header `x-breakglass-intent`. send the header `x-breakglass-intent: 1` from a page of this service"].assert_eq(&problem(forged));
    let intent = |request: RequestBuilder| request.header("x-breakglass-intent", "1");
    let foreign = intent(with(Method::POST, note)).header("sec-fetch-site", "cross-site").json(&body);
    expect!["403 forbidden: the request comes from another site. send the header `x-breakglass-intent: 1` from a page of this service"].assert_eq(&problem(answer(foreign).await));
    let own = intent(with(Method::POST, note)).header("sec-fetch-site", "same-origin").json(&body);
    assert_eq!(answer(own).await.0, StatusCode::NOT_FOUND, "through the gate, to a case that is not there");

    desk.set_clock(now() + SignedDuration::from_hours(12));
    assert_eq!(answer(with(Method::GET, "/api/v1/status")).await.0, StatusCode::UNAUTHORIZED, "after its shift");
    desk.set_clock(now());
    assert_eq!(answer(intent(with(Method::DELETE, "/api/v1/session"))).await.0, StatusCode::NO_CONTENT);
    assert_eq!(answer(with(Method::GET, "/api/v1/status")).await.0, StatusCode::UNAUTHORIZED, "after log-out");
    let (status, who) = answer(with(Method::GET, "/api/v1/session")).await;
    assert_eq!((status, &who["person"]), (StatusCode::OK, &Value::Null));
}

#[tokio::test]
async fn a_wrong_token_or_a_forged_form_opens_no_session() {
    let desk = Desk::open().await;
    let wrong = answer(log_in(&desk, "guess")).await;
    expect!["401 unauthorized: this token is unknown or has expired. check that the whole token was pasted; whoever runs the service can make you a new one"].assert_eq(&problem(wrong));
    assert_eq!(answer(log_in(&desk, OLD)).await.0, StatusCode::UNAUTHORIZED);
    let forged = desk.ask(Method::POST, "/api/v1/session").json(&json!({ "token": ANA }));
    assert_eq!(answer(forged).await.0, StatusCode::FORBIDDEN);
    assert_eq!(desk.book.store().last_position().await.unwrap(), 0, "nothing was written");
}

#[tokio::test]
async fn what_cannot_be_read_is_a_problem_with_a_remedy() {
    let desk = Desk::open().await;
    let mut told = String::new();
    for path in [
        "alerts?cursor=in0000000000000007",
        "alerts?cursor=%27%3B%20drop",
        "alerts?limit=0",
        "alerts?limit=501",
        "alerts?limit=many",
        "alerts?severity=terrible",
        "alerts?sevrity=high",
        "alerts?chain=mainnet",
        "incidents?state=half",
        "incidents/nonsense",
        "incidents/bg-0123456789ab",
        "incidents/bg-0123456789ab/entries",
        "events?after=-1",
        "events?after=7",
        "nothing/here",
    ] {
        told.push_str(&format!("{path} -> {}\n", problem(desk.get(ANA, &format!("/api/v1/{path}")).await)));
    }
    told.push_str(&format!("PUT status -> {}\n", {
        let request = desk.ask(Method::PUT, "/api/v1/status").bearer_auth(ANA);
        problem(answer(request).await)
    }));
    expect![[r#"
        alerts?cursor=in0000000000000007 -> 400 bad-cursor: cursor `in0000000000000007` was not given out for this list. begin again without `cursor` and follow `next` unchanged
        alerts?cursor=%27%3B%20drop -> 400 bad-cursor: cursor `'; drop` was not given out for this list. begin again without `cursor` and follow `next` unchanged
        alerts?limit=0 -> 400 bad-request: Failed to deserialize query string: limit: `limit` is 0; a page has 1 to 500 items. compare the request with /api/v1/openapi.json
        alerts?limit=501 -> 400 bad-request: Failed to deserialize query string: limit: `limit` is 501; a page has 1 to 500 items. compare the request with /api/v1/openapi.json
        alerts?limit=many -> 400 bad-request: Failed to deserialize query string: limit: invalid digit found in string. compare the request with /api/v1/openapi.json
        alerts?severity=terrible -> 400 bad-request: Failed to deserialize query string: severity: unknown variant `terrible`, expected one of `info`, `low`, `medium`, `high`, `critical`. compare the request with /api/v1/openapi.json
        alerts?sevrity=high -> 400 bad-request: Failed to deserialize query string: sevrity: unknown field `sevrity`, expected one of `chain`, `severity`, `mark`, `group`, `cursor`, `limit`. compare the request with /api/v1/openapi.json
        alerts?chain=mainnet -> 400 bad-request: `mainnet` is not a CAIP-2 chain id: expected `eip155:1`. compare the request with /api/v1/openapi.json
        incidents?state=half -> 400 bad-request: Failed to deserialize query string: state: unknown variant `half`, expected one of `open`, `closed`, `all`. compare the request with /api/v1/openapi.json
        incidents/nonsense -> 404 not-found: `nonsense` is not a case id: expected `bg-` and 12 hex digits. look it up in the list it came from; /api/v1/openapi.json names every path
        incidents/bg-0123456789ab -> 404 not-found: no incident has the id `bg-0123456789ab`. look it up in the list it came from; /api/v1/openapi.json names every path
        incidents/bg-0123456789ab/entries -> 404 not-found: no incident has the id `bg-0123456789ab`. look it up in the list it came from; /api/v1/openapi.json names every path
        events?after=-1 -> 400 bad-request: Failed to deserialize query string: after: invalid digit found in string. compare the request with /api/v1/openapi.json
        events?after=7 -> 409 ahead-of-book: asked to go on after position 7, but the last position is 0. this is another or a restored book: read everything again, then listen without `after`
        nothing/here -> 404 not-found: this path is not part of the API. look it up in the list it came from; /api/v1/openapi.json names every path
        PUT status -> 405 method-not-allowed: this path does not take this method. /api/v1/openapi.json names the methods of every path
    "#]].assert_eq(&told);
}

#[tokio::test]
async fn a_body_too_large_broken_or_of_another_kind_is_turned_away() {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    story.noticed();
    desk.book.write(story.take()).await;
    let notes = format!("/api/v1/incidents/{}/notes", story.case);
    let post = |body: String, kind: &str| {
        desk.ask(Method::POST, &notes).bearer_auth(ANA).header(header::CONTENT_TYPE, kind).body(body)
    };
    let json = "application/json";
    let mut told = String::new();
    let large = json!({ "text": "a".repeat(64 * 1024) }).to_string();
    for (body, kind) in [
        (large, json),
        ("{\"text\": ".to_owned(), json),
        ("{\"text\": \"a\", \"text\": \"b\"}".to_owned(), json),
        ("[1]".to_owned(), json),
        ("text=a".to_owned(), "application/x-www-form-urlencoded"),
    ] {
        told.push_str(&format!("{}\n", problem(answer(post(body, kind)).await)));
    }
    expect![[r#"
        413 too-large: a request body may have 65536 bytes. send less; split a long note into several
        400 bad-request: Failed to parse the request body as JSON: text: EOF while parsing a value at line 1 column 9. compare the request with /api/v1/openapi.json
        400 bad-request: Failed to deserialize the JSON body into the target type: duplicate field `text` at line 1 column 20. compare the request with /api/v1/openapi.json
        400 bad-request: Failed to deserialize the JSON body into the target type: [0]: invalid type: integer `1`, expected a string at line 1 column 2. compare the request with /api/v1/openapi.json
        400 bad-request: Expected request with `Content-Type: application/json`. compare the request with /api/v1/openapi.json
    "#]].assert_eq(&told);
    let entries = desk.book.store().last_position().await.unwrap();
    assert_eq!(answer(post(json!({ "text": "fits" }).to_string(), json)).await.0, StatusCode::CREATED);
    assert_eq!(desk.book.store().last_position().await.unwrap(), entries + 1);
}

#[tokio::test]
async fn every_answer_carries_the_same_locks() {
    let desk = Desk::open().await;
    for path in ["/", "/assets/none.js", "/api/v1/status", "/api/v1/none", "/healthz", "/api/v1/openapi.json"] {
        let response = desk.ask(Method::GET, path).send().await.unwrap();
        let held = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let policy = held("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(held("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
        assert_eq!(held("referrer-policy").as_deref(), Some("no-referrer"), "{path}");
        assert_eq!(held("access-control-allow-origin"), None, "{path}");
        if path.starts_with("/api") {
            assert_eq!(held("cache-control").as_deref(), Some("no-store"), "{path}");
        }
    }
}

/// What the desk says to bytes on a bare socket, until it hangs up.
async fn said_to(desk: &Desk, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(desk.address).await.unwrap();
    // The desk may hang up before it has read everything; what it said is what counts.
    drop(socket.write_all(bytes).await);
    let mut said = Vec::new();
    drop(socket.read_to_end(&mut said).await);
    String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_head_that_is_too_large_or_never_ends_is_cut_off() {
    let limits = console::Limits { head: std::time::Duration::from_millis(200), ..Default::default() };
    let desk = Desk::with(limits).await;
    let huge = format!("GET / HTTP/1.1\r\nhost: desk\r\nx: {}\r\n\r\n", "a".repeat(64 * 1024));
    expect!["HTTP/1.1 431 Request Header Fields Too Large"].assert_eq(&said_to(&desk, huge.as_bytes()).await);
    // The test ends because the desk hangs up; without its limit this would wait for ever.
    let said = said_to(&desk, b"GET / HTTP/1.1\r\nhost: desk\r\n").await;
    assert!(said.is_empty() || said.contains("408"), "{said}");
    assert_eq!(answer(desk.ask(Method::GET, "/healthz")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_never_comes_is_not_waited_for() {
    let limits = console::Limits { request: std::time::Duration::from_millis(200), ..Default::default() };
    let desk = Desk::with(limits).await;
    let head = format!(
        "POST /api/v1/incidents/bg-000000000000/notes HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {ANA}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{{"
    );
    expect!["HTTP/1.1 408 Request Timeout"].assert_eq(&said_to(&desk, head.as_bytes()).await);
}
