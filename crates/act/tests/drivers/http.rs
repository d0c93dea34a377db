//! The least HTTP that a listener and a proxy need: one request a connection.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    raw: Vec<u8>,
}

pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// These bytes, and then the connection stays open without another.
    Stall(Vec<u8>),
    Bytes(Vec<u8>),
    /// The connection is closed without an answer.
    Silence,
}

pub fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer { status, headers: vec![], body: body.as_bytes().to_vec() }
}

/// A listener that ends when dropped.
pub struct Server {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub async fn serve<F, R>(handler: F) -> Server
where
    F: Fn(Request) -> R + Send + Sync + 'static,
    R: Future<Output = Reply> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let handler = Arc::new(handler);
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let handler = Arc::clone(&handler);
            tokio::spawn(async move {
                let Some(request) = read_request(&mut stream).await else { return };
                // A client may hang up on a long answer; that is its right.
                match handler(request).await {
                    Reply::Silence => {}
                    Reply::Bytes(bytes) => drop(stream.write_all(&bytes).await),
                    Reply::Stall(bytes) => {
                        drop(stream.write_all(&bytes).await);
                        drop(stream.read_to_end(&mut Vec::new()).await);
                    }
                    Reply::Answer { status, headers, body } => {
                        let mut head =
                            format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
                        for (name, value) in headers {
                            head += &format!("{name}: {value}\r\n");
                        }
                        drop(stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat()).await);
                    }
                }
            });
        }
    });
    Server { address, task }
}

/// Passes requests on and, while it swallows, keeps the answers to those that contain `mark` to itself.
pub struct Proxy {
    pub server: Server,
    swallow: Arc<AtomicBool>,
}

impl Proxy {
    pub async fn to(upstream: SocketAddr, mark: &'static str) -> Self {
        let swallow = Arc::new(AtomicBool::new(false));
        let swallows = Arc::clone(&swallow);
        let server = serve(move |request| {
            let swallows = Arc::clone(&swallows);
            async move {
                let mut stream = TcpStream::connect(upstream).await.unwrap();
                stream.write_all(&request.raw).await.unwrap();
                let (head, body) = read_message(&mut stream).await.unwrap();
                let marked = String::from_utf8_lossy(&request.raw).contains(mark);
                if swallows.load(Ordering::SeqCst) && marked {
                    Reply::Silence
                } else {
                    Reply::Bytes([head, body].concat())
                }
            }
        })
        .await;
        Self { server, swallow }
    }

    pub fn swallow(&self, on: bool) {
        self.swallow.store(on, Ordering::SeqCst);
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let (head, body) = read_message(stream).await?;
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = text.lines();
    let method = lines.next()?.split(' ').next()?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Request { method, headers, raw: [head, body.clone()].concat(), body })
}

/// Head and body of one message that says its length.
async fn read_message(stream: &mut TcpStream) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok()).unwrap_or(0);
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = bytes[end..end + length].to_vec();
    bytes.truncate(end);
    Some((bytes, body))
}
