//! A node that misbehaves: it passes questions on to a real one and spoils the answers.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What to do with one answer.
#[derive(Clone)]
pub enum Spoil {
    /// Give it as it came.
    Keep,
    /// Give this result instead.
    Result(Value),
    /// Say that there is no such method.
    #[allow(dead_code, reason = "for tests of other crates that share this node")]
    Unsupported,
    /// Give this HTTP status and body instead.
    Http(u16, String),
    /// Promise the whole body and give half of it.
    HalfBody,
    /// Never answer.
    Hang,
    /// Answer without end.
    Endless,
}

type Rule = dyn Fn(&str, &Value, &Value) -> Spoil + Send + Sync;

/// A spoiling node in front of a real one; its URL.
pub async fn fake(behind: String, rule: impl Fn(&str, &Value, &Value) -> Spoil + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let rule: Arc<Rule> = Arc::new(rule);
    let client = reqwest::Client::new();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, client.clone(), behind.clone(), rule.clone()));
        }
    });
    url
}

/// Serves one connection until the caller leaves it, or until it is meant to break.
async fn serve(mut stream: TcpStream, client: reqwest::Client, behind: String, rule: Arc<Rule>) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let body = request(&mut stream, &mut buffer).await?;
        let asked: Value = serde_json::from_slice(&body).ok()?;
        let real: Value = client.post(&behind).json(&asked).send().await.ok()?.json().await.ok()?;
        let single = !asked.is_array();
        let (asked, mut real) =
            if single { (vec![asked], vec![real]) } else { (asked.as_array()?.clone(), real.as_array()?.clone()) };
        let mut half = false;
        for (question, answer) in asked.iter().zip(&mut real) {
            match rule(question["method"].as_str()?, &question["params"], &answer["result"]) {
                Spoil::Keep => {}
                Spoil::Result(result) => *answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result }),
                Spoil::Unsupported => {
                    let error = json!({ "code": -32601, "message": "the method does not exist" });
                    *answer = json!({ "jsonrpc": "2.0", "id": question["id"], "error": error });
                }
                Spoil::Http(status, body) => {
                    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
                    stream.write_all(format!("{head}{body}").as_bytes()).await.ok()?;
                    half = true;
                }
                Spoil::HalfBody => {
                    let text = answer.to_string();
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", text.len());
                    stream.write_all(format!("{head}{}", &text[..text.len() / 2]).as_bytes()).await.ok()?;
                    return None;
                }
                Spoil::Hang => std::future::pending().await,
                Spoil::Endless => {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":\"")
                        .await
                        .ok()?;
                    loop {
                        stream.write_all(&[b'a'; 65_536]).await.ok()?;
                    }
                }
            }
        }
        if half {
            continue;
        }
        let text = if single { real.remove(0).to_string() } else { Value::from(real).to_string() };
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", text.len());
        stream.write_all(format!("{head}{text}").as_bytes()).await.ok()?;
    }
}

/// The body of the next request on a connection.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        let end = buffer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
            let length: usize =
                head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())?;
            if buffer.len() >= end + length {
                let body = buffer[end..end + length].to_vec();
                buffer.drain(..end + length);
                return Some(body);
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
