//! A war room that remembers what it was told: the other end of a webhook.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// The header that names an effect: what has been taken under a key is not to be taken again.
const KEY: &str = "breakglass-idempotency-key";

/// Messages by their idempotency keys, with how often each came.
type Told = Arc<Mutex<BTreeMap<String, u32>>>;

pub struct WarRoom {
    pub url: String,
    told: Told,
}

impl WarRoom {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port());
        let told = Told::default();
        let keeps = told.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(hear(stream, keeps.clone()));
            }
        });
        Self { url, told }
    }

    /// How often each message came since the last time this was asked.
    pub fn taken(&self) -> Vec<u32> {
        std::mem::take(&mut *self.told.lock().unwrap()).into_values().collect()
    }
}

/// One request a connection: a delivery is kept, a question is answered from what was kept.
async fn hear(mut stream: TcpStream, told: Told) -> Option<()> {
    let mut request = Vec::new();
    let (head, length) = loop {
        let end = request.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if request.len() >= end + 4 + length.unwrap_or(0) {
                break (head, length);
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    };
    let key = head.lines().find_map(|line| line.strip_prefix(KEY)?.strip_prefix(':')).unwrap().trim().to_owned();
    let status = if length.is_some() {
        *told.lock().unwrap().entry(key.clone()).or_default() += 1;
        200
    } else if told.lock().unwrap().contains_key(&key) {
        200
    } else {
        404
    };
    let answer = format!("HTTP/1.1 {status} x\r\n{KEY}: {key}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.ok()
}
