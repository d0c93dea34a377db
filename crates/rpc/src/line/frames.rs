//! Messages in both directions over one connection: WebSocket frames, or JSON texts one after the other (IPC).

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixStream},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Error, Message, protocol::WebSocketConfig},
};
use url::Url;

use super::LineError;

/// A connection that carries whole JSON texts.
#[async_trait]
pub(super) trait Frames: Send {
    /// Sends one text.
    async fn send(&mut self, text: String) -> Result<(), String>;
    /// Asks for a sign of life; whether one has to come.
    async fn ping(&mut self) -> Result<bool, String>;
    /// The next text; an empty one is a sign of life. May be dropped and called again without loss.
    async fn next(&mut self) -> Result<Vec<u8>, String>;
}

pub(super) struct Ws(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Ws {
    pub(super) async fn connect(url: &Url, cap: usize) -> Result<Self, LineError> {
        crate::tls::install();
        let config = WebSocketConfig::default().max_message_size(Some(cap)).max_frame_size(Some(cap));
        match connect_async_with_config(url.as_str(), Some(config), true).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(Error::Http(response)) => match response.status().as_u16() {
                status @ (408 | 429 | 500..=599) => Err(LineError::Busy(format!("HTTP {status}"))),
                status => Err(LineError::Status(status)),
            },
            Err(error) => Err(LineError::Unreachable(plain(&error))),
        }
    }
}

/// The library's text about a URL could name its path.
fn plain(error: &Error) -> String {
    match error {
        Error::Url(_) | Error::HttpFormat(_) => "the address cannot be used for a WebSocket".into(),
        other => crate::error::short(&other.to_string()),
    }
}

#[async_trait]
impl Frames for Ws {
    async fn send(&mut self, text: String) -> Result<(), String> {
        self.0.send(Message::text(text)).await.map_err(|error| plain(&error))
    }

    async fn ping(&mut self) -> Result<bool, String> {
        self.0.send(Message::Ping(Default::default())).await.map_err(|error| plain(&error))?;
        Ok(true)
    }

    async fn next(&mut self) -> Result<Vec<u8>, String> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Ok(text.as_bytes().to_vec()),
            Some(Ok(Message::Binary(bytes))) => Ok(bytes.to_vec()),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Vec::new()),
            Some(Ok(Message::Close(_))) | None => Err("the node closed the connection".into()),
            Some(Err(error)) => Err(plain(&error)),
        }
    }
}

pub(super) struct Ipc {
    stream: UnixStream,
    buffer: Vec<u8>,
    scan: Scan,
    cap: usize,
}

impl Ipc {
    pub(super) async fn connect(path: &Path, cap: usize) -> Result<Self, LineError> {
        let stream = UnixStream::connect(path).await.map_err(|error| LineError::Unreachable(error.to_string()))?;
        Ok(Self { stream, buffer: Vec::new(), scan: Scan::default(), cap })
    }
}

#[async_trait]
impl Frames for Ipc {
    async fn send(&mut self, mut text: String) -> Result<(), String> {
        text.push('\n');
        self.stream.write_all(text.as_bytes()).await.map_err(|error| error.to_string())
    }

    async fn ping(&mut self) -> Result<bool, String> {
        Ok(false)
    }

    async fn next(&mut self) -> Result<Vec<u8>, String> {
        loop {
            if let Some(end) = self.scan.end(&self.buffer)? {
                let rest = self.buffer.split_off(end);
                self.scan = Scan::default();
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            if self.buffer.len() > self.cap {
                return Err(format!("a message of more than {} bytes", self.cap));
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => return Err("the node closed the connection".into()),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

/// Finds where a JSON object or list ends. Each byte is looked at once, however the socket cuts the text.
#[derive(Default)]
struct Scan {
    at: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    fn end(&mut self, buffer: &[u8]) -> Result<Option<usize>, String> {
        while let Some(byte) = buffer.get(self.at) {
            self.at += 1;
            if self.escaped {
                self.escaped = false;
            } else if self.in_string {
                match byte {
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
            } else {
                match byte {
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' if self.depth > 0 => {
                        self.depth -= 1;
                        if self.depth == 0 {
                            return Ok(Some(self.at));
                        }
                    }
                    b'"' if self.depth > 0 => self.in_string = true,
                    _ if self.depth == 0 && !byte.is_ascii_whitespace() => {
                        return Err("a text that is not JSON-RPC".into());
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }
}

/// Without any frame for this long the connection is asked for a sign of life, and after as long again given up.
pub(super) const SILENCE: Duration = Duration::from_secs(15);
