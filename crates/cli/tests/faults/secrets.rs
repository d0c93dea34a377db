//! Nothing that opens anything is said anywhere: not in the book, the log, the API, an export or an error.

use std::{path::Path, process::Command};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    book::Book,
    fake::{Spoil, fake},
    scene::Scene,
    serve::{HOOK_SECRET, Installation, PASSWORD},
};

/// The keystore's key, which every anvil gives to its first account.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const URL_PASSWORD: &str = "Hunter2UrlPassword";
const URL_KEY: &str = "4f9dKeyInThePath77";
const URL_QUERY: &str = "8c1eKeyInTheQuery55";
const HOOK_TOKEN: &str = "T0kenInTheHookAddress33";

/// A receiver that at first answers with everything it was sent, then takes it.
async fn receiver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/hooks/{HOOK_TOKEN}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let mut asked = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            asked += 1;
            let mut request = vec![0; 65_536];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let echo = String::from_utf8_lossy(&request[..length]).into_owned();
            let (status, body) = if asked <= 2 { (500, echo) } else { (200, String::new()) };
            let head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            // Whoever asked may have left.
            stream.write_all(format!("{head}{body}").as_bytes()).await.ok();
        }
    });
    url
}

/// Everything that must not be found, and what it is.
fn secrets(token: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut secrets: Vec<(&'static str, Vec<u8>)> = [
        ("the private key", KEY),
        ("the private key in capitals", &KEY.to_uppercase()),
        ("the keystore's password", PASSWORD),
        ("a password in a node's address", URL_PASSWORD),
        ("a key in a node's path", URL_KEY),
        ("a key in a node's query", URL_QUERY),
        ("a token in a webhook's address", HOOK_TOKEN),
        ("a webhook's secret", HOOK_SECRET),
        ("the access token", token),
        // `me:` and the password, as a header would carry them.
        ("a node's credentials in base 64", "bWU6SHVudGVyMlVybFBhc3N3b3Jk"),
    ]
    .into_iter()
    .map(|(what, text)| (what, text.as_bytes().to_vec()))
    .collect();
    secrets.push(("the private key as bytes", alloy_primitives::hex::decode(KEY).unwrap()));
    secrets
}

/// The first secret in some bytes, with what stands around it.
fn found(token: &str, bytes: &[u8]) -> Option<String> {
    secrets(token).into_iter().find_map(|(what, secret)| {
        let at = bytes.windows(secret.len()).position(|window| window == secret)?;
        let around = &bytes[at.saturating_sub(200)..(at + 80).min(bytes.len())];
        Some(format!("{what}: …{}…", String::from_utf8_lossy(around)))
    })
}

fn clean(token: &str, place: &str, bytes: &[u8]) {
    if let Some(found) = found(token, bytes) {
        panic!("in {place} stands {found}");
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut run = Command::new(env!("CARGO_BIN_EXE_breakglass"));
    run.args(arguments).current_dir(folder).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1").env("NO_COLOR", "1");
    let output = run.output().unwrap();
    [output.stdout, output.stderr].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_opens_anything_is_said_anywhere() {
    let Some(scene) = Scene::set().await else { return };
    let keyed = |url: &str| {
        url.replace("http://", &format!("http://me:{URL_PASSWORD}@")) + &format!("/v3/{URL_KEY}?key={URL_QUERY}")
    };
    let node = keyed(&fake(scene.node.http(), |_, _, _| Spoil::Keep).await);
    // One that is never there, and one that lies: their errors are told.
    let absent = keyed("http://127.0.0.1:9").replace(&format!("http://me:{URL_PASSWORD}@"), "ws://");
    let lying =
        keyed(&fake(scene.node.http(), |_, _, _| Spoil::Http(401, format!("bad key {URL_KEY} {URL_QUERY}"))).await);
    let installation = Installation::new(&scene, &[node, absent, lying]);
    installation.edit("breakglass.toml", "tokens = \"tokens.toml\"\n", "");
    installation.tells(&receiver().await);
    let folder = installation.folder.path();

    let mut serve = installation.serve_as(installation.command().env("RUST_LOG", "trace"));
    serve.ready().await;
    let said = serve.said();
    let token = said.lines().find_map(|line| line.strip_prefix("token ")).expect("a token is shown once").to_owned();
    serve.enter_with(&token);
    scene.attack().await;
    scene.node.mine(1).await;
    serve.book("the pause on its way", |book| book.of_kind("case.receipt/1").len() == 1).await;
    scene.node.mine(1).await;
    let told = |book: &Book| book.of_kind("case.receipt/1").len() >= 2 && book.is_contained();
    let book = serve.book("the war room told", told).await;
    let case = book.cases[0].id.to_string();
    serve.book("an alert about a bad node", |book| book.alerts("blind-spot").len() >= 2).await;

    for path in ["status", "alerts", "incidents", "openapi.json", "readiness", "whoami"] {
        let answer = serve.text(&format!("/api/v1/{path}")).await;
        clean(&token, path, answer.as_bytes());
    }
    for path in ["", "/entries", "/brief"] {
        let answer = serve.text(&format!("/api/v1/incidents/{case}{path}")).await;
        clean(&token, path, answer.as_bytes());
    }
    clean(&token, "metrics", serve.text("/metrics").await.as_bytes());
    let data = installation.data.display().to_string();
    for arguments in
        [vec!["case", "list"], vec!["case", "show", &case], vec!["case", "export", &case, "--out", "exported.json"]]
    {
        let output = run(folder, &[arguments.clone(), vec!["--data", &data]].concat());
        let shown = String::from_utf8_lossy(&output);
        assert!(shown.contains(&case) || shown.contains("wrote `exported.json`"), "{arguments:?}: {shown}");
        clean(&token, &format!("{arguments:?}"), &output);
    }
    let exported = run(folder, &["verify", "exported.json"]);
    assert!(String::from_utf8_lossy(&exported).contains("everything holds"), "{}", String::from_utf8_lossy(&exported));
    let said = serve.stop().await;
    // What is looked for is found where it may be.
    assert!(found(&token, said.as_bytes()).is_some_and(|found| found.contains("the access token")));
    assert!(found(&token, installation.read("breakglass.toml").as_bytes()).is_some());
    clean(&token, "the log", said.replacen(&format!("token {token}\n"), "", 1).as_bytes());
    installation.proved().await;
    let mut files = 0;
    for file in std::fs::read_dir(&installation.data).unwrap().map(|entry| entry.unwrap().path()) {
        clean(&token, &file.display().to_string(), &std::fs::read(&file).unwrap());
        files += 1;
    }
    assert!(files >= 2);
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if file.is_file() && !["breakglass.toml", "guardian.pass", "hook.secret"].contains(&name.as_str()) {
            clean(&token, &name, &std::fs::read(&file).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_beside_a_secret_is_told_without_it() {
    let Some(scene) = Scene::set().await else { return };
    let node = scene.node.http().replace("http://", &format!("http://me:{URL_PASSWORD}@"))
        + &format!("/v3/{URL_KEY}?key={URL_QUERY}");
    let base = || {
        let installation = Installation::new(&scene, std::slice::from_ref(&node));
        installation.tells(&format!("http://127.0.0.1:9/hooks/{HOOK_TOKEN}"));
        installation
    };
    let mistakes: [(&str, &str, &str); 10] = [
        ("breakglass.toml", "http://me", "htp://me"),
        ("breakglass.toml", "rpc = [\"", "rpc = [7, \""),
        ("breakglass.toml", "rpc = [\"", "rpc = \""),
        ("breakglass.toml", "rpc = [\"", "rcp = [\""),
        ("breakglass.toml", "me:", "me:\\q"),
        ("breakglass.toml", "127.0.0.1:9/hooks", "[127.0.0.1:9/hooks"),
        ("breakglass.toml", "http://127.0.0.1:9/hooks", "ftp://127.0.0.1:9/hooks"),
        ("breakglass.toml", "secret_file = \"hook.secret\"", "secret = \"a-secret-that-signs-what-we-send\""),
        ("breakglass.toml", "password_file = \"guardian.pass\"", "password = \"correct horse\""),
        ("guardian.pass", "correct horse", "correct horse battery"),
    ];
    for (file, from, to) in mistakes {
        let installation = base();
        installation.edit(file, from, to);
        for command in ["check", "serve"] {
            let said = run(
                installation.folder.path(),
                &[command, "--config", "breakglass.toml", "--protocol", "protocol.toml"],
            );
            assert!(String::from_utf8_lossy(&said).contains("error: "), "{to}: {}", String::from_utf8_lossy(&said));
            clean("no token", &format!("what `{command}` says of `{to}`"), &said);
        }
    }
    let installation = base();
    installation.edit("breakglass.toml", &scene.node.port.to_string(), "9");
    let said = run(installation.folder.path(), &["serve"]);
    clean("no token", "an unreachable node's error", &said);
    assert!(String::from_utf8_lossy(&said).contains("cannot be reached"), "{}", String::from_utf8_lossy(&said));
}
