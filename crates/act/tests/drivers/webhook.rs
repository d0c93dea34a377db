use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use act::{Attempt, Driver, Outcome, Retry, Secret, Webhook, WebhookConfig, webhook};
use async_trait::async_trait;
use case::{Call, Step};
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use serde_json::json;

use super::{
    exam::{Candidate, exam},
    http::{Proxy, Reply, Request, Server, answer, serve},
    key, now, step,
};

const SECRET: &str = "5f2b0cf7e1b84f1d-signing-secret";
const TOKEN: &str = "T0KEN-in-the-path";

/// An installation folder with one webhook, `oncall`.
struct Folder {
    dir: tempfile::TempDir,
    url: String,
}

impl Folder {
    fn to(server: &Server) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("oncall.secret");
        fs::write(&path, SECRET).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Self { dir, url: format!("http://{}/hook/{TOKEN}?key={TOKEN}", server.address) }
    }

    fn config(&self) -> BTreeMap<String, WebhookConfig> {
        serde_json::from_value(json!({"oncall": {"url": self.url, "secret_file": "oncall.secret", "timeout_ms": 2000}}))
            .unwrap()
    }

    fn driver(&self) -> Webhook {
        let pauses = vec![Duration::from_millis(1); 3];
        Webhook::load(self.dir.path(), &self.config()).unwrap().with_pauses(pauses)
    }
}

fn page(id: &str) -> Step {
    let body = json!({"text": "paused", "b": 1, "a": {"z": "é"}});
    step(id, "webhook", Call::Webhook { endpoint: "oncall".to_owned(), body })
}

/// A receiver as the documentation of `webhook::verify` wants it.
async fn receiver() -> (Server, Arc<Mutex<BTreeSet<String>>>) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let seen_here = Arc::clone(&seen);
    let server = serve(move |request: Request| {
        let reply = receive(&request, &seen_here);
        async move { reply }
    })
    .await;
    (server, seen)
}

fn receive(request: &Request, seen: &Mutex<BTreeSet<String>>) -> Reply {
    let header = |name: &str| request.headers.get(&name.to_ascii_lowercase()).cloned().unwrap_or_default();
    let key = header(webhook::KEY_HEADER);
    let signed = if request.method == "GET" { key.as_bytes() } else { &request.body };
    let signature = header(webhook::SIGNATURE_HEADER);
    if webhook::verify(&Secret::new(SECRET), &signature, signed, now(), SignedDuration::from_mins(5)).is_err() {
        return answer(401, "bad signature");
    }
    let mut seen = seen.lock().unwrap();
    let status = match (request.method.as_str(), seen.contains(&key)) {
        ("GET", true) => 200,
        ("GET", false) => 404,
        (_, true) => 409,
        (_, false) => {
            assert_eq!(request.body, case::canonical(&json!({"a": {"z": "é"}, "b": 1, "text": "paused"})).unwrap());
            seen.insert(key.clone());
            200
        }
    };
    Reply::Answer { status, headers: vec![(webhook::KEY_HEADER, key)], body: vec![] }
}

struct Messages {
    folder: Folder,
    proxy: Proxy,
    seen: Arc<Mutex<BTreeSet<String>>>,
    _receiver: Server,
}

#[async_trait]
impl Candidate for Messages {
    fn fresh(&self) -> (Arc<dyn Driver>, String) {
        let driver = self.folder.driver();
        let shown = format!("{driver:?} {:?}", self.folder.config());
        (Arc::new(driver), shown)
    }

    fn step(&self, id: &str) -> Step {
        page(id)
    }

    async fn effects(&self) -> u64 {
        self.seen.lock().unwrap().len() as u64
    }

    async fn settle(&self) {}

    fn lose_answers(&self, on: bool) {
        self.proxy.swallow(on);
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned(), TOKEN.to_owned()]
    }
}

#[tokio::test]
async fn the_webhook_passes_the_common_exam() {
    let (receiver, seen) = receiver().await;
    let proxy = Proxy::to(receiver.address, "POST").await;
    let folder = Folder::to(&proxy.server);
    exam(&Messages { folder, proxy, seen, _receiver: receiver }).await;
}

/// Delivers one message to a receiver that answers these one after the other, the last one for ever; tells what came of
/// it and how many deliveries there were.
async fn check(replies: Vec<fn() -> Reply>, expected: Expect) -> Option<Retry> {
    let keys = Arc::new(Mutex::new(Vec::new()));
    let keys_here = Arc::clone(&keys);
    let server = serve(move |request: Request| {
        let mut keys = keys_here.lock().unwrap();
        let reply = replies[keys.len().min(replies.len() - 1)]();
        keys.push(request.headers[&webhook::KEY_HEADER.to_ascii_lowercase()].clone());
        async move { reply }
    })
    .await;
    let folder = Folder::to(&server);
    let driver = folder.driver();
    let step = page("page");
    let binding = driver.bind(&step, &key(&step), now()).await.unwrap();
    let sent = driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await;
    let retry = sent.as_ref().err().map(act::ActError::retry);
    let says =
        sent.map_or_else(|error| error.to_string(), |sent| sent.says).replace(&server.address.to_string(), "HOST");
    assert!(!says.contains(TOKEN) && !says.contains(SECRET), "{says}");
    let mut keys = keys.lock().unwrap().clone();
    let deliveries = keys.len();
    keys.dedup();
    assert_eq!(keys, [key(&step).0.to_string()], "every delivery carries the same key");
    expected.assert_eq(&format!("{deliveries}: {says}"));
    retry
}

#[tokio::test]
async fn what_receivers_answer() {
    check(vec![|| answer(204, "")], expect!["1: `HOST` answered 204"]).await;
    check(vec![|| answer(503, ""), || answer(429, ""), || answer(200, "ok")], expect!["3: `HOST` answered 200: `ok`"])
        .await;
    let gave_up = check(
        vec![|| answer(500, "we are\u{1b}[31m sorry")],
        expect!["4: `HOST` did not answer: `HOST` answered 500: `we are [31m sorry`, 4 times"],
    )
    .await;
    assert_eq!(gave_up, Some(Retry::Later));
    check(vec![|| answer(409, "seen")], expect!["1: `HOST` had it already"]).await;
    let other = || Reply::Answer { status: 409, headers: vec![(webhook::KEY_HEADER, "00".repeat(32))], body: vec![] };
    check(
        vec![other],
        expect!["1: step `page` is not taken: `HOST` answered 409; correct webhook `oncall` or the message"],
    )
    .await;
    let moved =
        || Reply::Answer { status: 302, headers: vec![("location", "http://127.0.0.1:1/".to_owned())], body: vec![] };
    assert_eq!(
        check(
            vec![moved],
            expect![
                "1: step `page` is not taken: `HOST` answered 302; redirects are not followed, correct the address"
            ]
        )
        .await,
        Some(Retry::Never)
    );
    check(vec![|| answer(400, "no such channel")], expect!["1: step `page` is not taken: `HOST` answered 400: `no such channel`; correct webhook `oncall` or the message"]).await;
    check(vec![|| answer(400, &format!("secret {SECRET} at /hook/{TOKEN} with key={TOKEN}, token {TOKEN}"))], expect!["1: step `page` is not taken: `HOST` answered 400: `secret .. at .. with .., token ..`; correct webhook `oncall` or the message"]).await;
    check(vec![|| Reply::Silence], expect!["1: answer of `HOST` lost: error sending request: client error (SendRequest): connection closed before message completed"]).await;
    check(
        vec![|| Reply::Bytes(b"SMTP ready\r\n\r\n".to_vec())],
        expect![
            "1: answer of `HOST` lost: error sending request: client error (SendRequest): invalid HTTP version parsed"
        ],
    )
    .await;
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let endless =
        || Reply::Stall([b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".as_slice(), &[b'a'; 20_000]].concat());
    check(vec![endless], expect!["1: `HOST` answered 200: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`"]).await;
}

#[tokio::test]
async fn a_receiver_that_does_not_speak_of_keys_leaves_the_outcome_unknown() {
    for status in [200, 404, 405] {
        let server = serve(move |_| async move { answer(status, "a web page") }).await;
        let driver = Folder::to(&server).driver();
        let step = page("page");
        let binding = driver.bind(&step, &key(&step), now()).await.unwrap();
        let outcome = driver.outcome(&step, &key(&step), &binding, &[], now()).await.unwrap();
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{status}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_accepted_message_is_done_although_the_receiver_keeps_no_keys() {
    let server =
        serve(|request: Request| async move { answer(if request.method == "POST" { 200 } else { 405 }, "") }).await;
    let folder = Folder::to(&server);
    let driver = folder.driver();
    let step = page("page");
    let binding = driver.bind(&step, &key(&step), now()).await.unwrap();
    let ask = async |driver: &Webhook| driver.outcome(&step, &key(&step), &binding, &[], now()).await.unwrap();
    assert!(matches!(ask(&driver).await, Outcome::Unknown { .. }));
    driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await.unwrap();
    assert_eq!(ask(&driver).await, Outcome::Done { tx: None, block: None });
    assert!(matches!(ask(&folder.driver()).await, Outcome::Unknown { .. }), "a later process has nobody to ask");
}

#[tokio::test]
async fn nobody_there_is_an_error_and_not_an_outcome() {
    let server = serve(|_| async { Reply::Silence }).await;
    let driver = Folder::to(&server).driver();
    let step = page("page");
    let binding = driver.bind(&step, &key(&step), now()).await.unwrap();
    let asked = driver.outcome(&step, &key(&step), &binding, &[], now()).await.unwrap_err();
    assert_eq!(asked.retry(), Retry::Later);
    let address = server.address;
    drop(server);
    // The listener's task has been told to end; it has when nobody takes a connection.
    for _ in 0..1000 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let error = driver.submit(&step, &key(&step), &binding, &Attempt::default(), now()).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Later);
    assert!(!error.to_string().contains(TOKEN), "{error}");
}

#[test]
fn a_webhook_that_cannot_be_used_is_named_with_its_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    };
    write("good", SECRET);
    write("short", "hunter2");
    let check = |config: serde_json::Value, expected: Expect| {
        let config = serde_json::from_value(json!({ "oncall": config })).unwrap();
        let shown =
            Webhook::load(dir.path(), &config).map_or_else(|error| error.to_string(), |driver| format!("{driver:?}"));
        assert!(!shown.contains(TOKEN) && !shown.contains("hunter2"), "{shown}");
        expected.assert_eq(&shown.replace(&dir.path().display().to_string(), "."));
    };
    let at = |url: &str| json!({"url": url, "secret_file": "good"});
    check(at(&format!("https://hooks.example/{TOKEN}")), expect![[r#"{"oncall": "hooks.example"}"#]]);
    check(
        at(&format!("http://hooks.example/{TOKEN}")),
        expect!["webhook.oncall: its address at `hooks.example` has scheme `http`; use https"],
    );
    check(
        at(&format!("https://user:{TOKEN}@hooks.example/")),
        expect![
            "webhook.oncall: its address at `hooks.example` holds a user or password; the signature proves who sends"
        ],
    );
    check(at(TOKEN), expect!["webhook.oncall: its address is none: relative URL without a base"]);
    check(json!({"secret_file": "good"}), expect!["webhook.oncall: needs exactly one of `url` and `url_env`"]);
    check(
        json!({"url": "https://hooks.example", "secret_file": "short"}),
        expect!["webhook.oncall: its secret has fewer than 16 bytes; make one with `openssl rand -hex 32`"],
    );
    check(
        json!({"url": "https://hooks.example", "secret_file": "none"}),
        expect!["webhook.oncall: file `./none` does not exist; create it or correct the path"],
    );
    check(
        json!({"url": "https://hooks.example", "secret_file": "good", "timeout_ms": 60000}),
        expect!["webhook.oncall: `timeout_ms` is 60000; it must be between 1 and 30000"],
    );
}
